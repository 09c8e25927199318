package dev.procession.process;

import org.jspecify.annotations.Nullable;

/** Supervision could not do as it was told. The message says what was expected, what was found and what to do. */
public abstract class SupervisionException extends ProcessionException {

    private static final long serialVersionUID = 1L;

    private final String process;
    private final SupervisionFault fault;

    SupervisionException(String process, SupervisionFault fault, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.process = process;
        this.fault = fault;
    }

    /** The name that was asked for: of a process, or of a group. Empty where it was all of the supervisor. */
    public String process() {
        return process;
    }

    /** The same in the words of supervisord. */
    public SupervisionFault fault() {
        return fault;
    }
}
