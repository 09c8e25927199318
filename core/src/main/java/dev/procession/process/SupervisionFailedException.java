package dev.procession.process;

import org.jspecify.annotations.Nullable;

/** Supervision could not do as it was told, for another reason than its siblings have. */
public class SupervisionFailedException extends SupervisionException {

    private static final long serialVersionUID = 1L;

    public SupervisionFailedException(String process, String message, @Nullable Throwable cause) {
        super(process, SupervisionFault.FAILED, message, cause);
    }
}
