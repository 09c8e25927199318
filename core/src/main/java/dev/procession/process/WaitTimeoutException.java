package dev.procession.process;

/** A wait reached its deadline. The message says what was awaited, for how long, and what was seen instead. */
public class WaitTimeoutException extends ProcessionException {

    private static final long serialVersionUID = 1L;

    public WaitTimeoutException(String message) {
        super(message);
    }
}
