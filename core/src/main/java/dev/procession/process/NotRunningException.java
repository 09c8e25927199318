package dev.procession.process;

/** What was asked for needs a process that runs. */
public class NotRunningException extends SupervisionException {

    private static final long serialVersionUID = 1L;

    /**
     * @param process its name
     * @param found how it stands, such as {@code EXITED (exit code 1)}
     */
    public NotRunningException(String process, String found) {
        super(
                process,
                SupervisionFault.NOT_RUNNING,
                "Expected '" + process + "' to be running, but was " + found + "; start it first",
                null);
    }
}
