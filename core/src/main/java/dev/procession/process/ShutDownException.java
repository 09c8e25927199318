package dev.procession.process;

/** Something was asked of a supervisor that is shutting down, or is closed. */
public class ShutDownException extends SupervisionException {

    private static final long serialVersionUID = 1L;

    /**
     * @param process the name that was asked for; empty where it was all of the supervisor
     * @param wanted what was asked for, such as {@code start 'web'}
     * @param found why it is too late, such as {@code it is closed}
     */
    public ShutDownException(String process, String wanted, String found) {
        super(
                process,
                SupervisionFault.SHUTDOWN_STATE,
                "Expected an open supervisor to " + wanted + ", but " + found + "; open another one",
                null);
    }
}
