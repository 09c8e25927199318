package dev.procession.process;

/** A process was started, but was made to end before it was running, as by a stop in another thread. */
public class AbnormalTerminationException extends SupervisionException {

    private static final long serialVersionUID = 1L;

    /**
     * @param process its name
     * @param found how it stands instead, such as {@code STOPPED (killed by TERM)}
     */
    public AbnormalTerminationException(String process, String found) {
        super(
                process,
                SupervisionFault.ABNORMAL_TERMINATION,
                "Expected '" + process + "' to be running once it was started, but was " + found
                        + "; look who stopped it meanwhile, and start it again",
                null);
    }
}
