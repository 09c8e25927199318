package dev.procession.process;

/** Something survived even KILL within the time allowed, as a process stuck in the kernel does. It is named. */
public class StopFailedException extends ProcessionException {

    private static final long serialVersionUID = 1L;

    public StopFailedException(String message) {
        super(message);
    }
}
