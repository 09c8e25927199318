package dev.procession.process;

/** A process or a group was to be added under a name that is taken. Nothing was added. */
public class DuplicateProcessException extends SupervisionException {

    private static final long serialVersionUID = 1L;

    /**
     * @param process the name
     * @param found who has it, such as {@code a process that is RUNNING (pid 12)}
     */
    public DuplicateProcessException(String process, String found) {
        super(
                process,
                SupervisionFault.ALREADY_ADDED,
                "Expected a name that is free, but '" + process + "' is taken by " + found
                        + "; give another name, or remove that one first",
                null);
    }
}
