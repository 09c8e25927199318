package dev.procession.process;

/** A process was to be started that runs, or is about to. It was left as it is. */
public class AlreadyStartedException extends SupervisionException {

    private static final long serialVersionUID = 1L;

    /**
     * @param process its name
     * @param found how it stands, such as {@code RUNNING (pid 12)}
     */
    public AlreadyStartedException(String process, String found) {
        super(
                process,
                SupervisionFault.ALREADY_STARTED,
                "Expected '" + process + "' not to be started yet, but was " + found + "; stop it first, or restart it",
                null);
    }
}
