package dev.procession.process;

/** A process that was to stay up has ended, and nobody asked it to. */
public class ProcessDiedException extends ProcessionException {

    private static final long serialVersionUID = 1L;

    public ProcessDiedException(String message) {
        super(message);
    }
}
