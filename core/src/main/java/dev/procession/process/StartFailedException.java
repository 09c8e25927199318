package dev.procession.process;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A process could not be started or did not become ready. Whatever had been started for it is gone by the time this is
 * thrown. The message says what was expected, what was found and what to do.
 */
public class StartFailedException extends ProcessionException {

    private static final long serialVersionUID = 1L;

    private final String process;
    private final transient @Nullable ExitStatus exitStatus;
    private final transient List<Path> logs;

    /** Nothing of it was started. */
    public StartFailedException(String process, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.process = process;
        this.exitStatus = null;
        this.logs = List.of();
    }

    /**
     * It was started, but did not become ready.
     *
     * @param exitStatus how it ended, if it ended by itself
     * @param logs the files with what it wrote
     */
    public StartFailedException(String process, String message, @Nullable ExitStatus exitStatus, List<Path> logs) {
        super(message, null);
        this.process = process;
        this.exitStatus = exitStatus;
        this.logs = List.copyOf(logs);
    }

    /** The name of the process. */
    public String process() {
        return process;
    }

    /** The files with what it wrote; none if it was not started. */
    public List<Path> logs() {
        // Null in an exception that was serialised: those files may be another machine's.
        return logs == null ? List.of() : logs;
    }

    /** How it ended, if it ended by itself before it was ready; null otherwise. */
    public @Nullable ExitStatus exitStatus() {
        return exitStatus;
    }
}
