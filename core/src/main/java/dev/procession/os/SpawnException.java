package dev.procession.os;

/** The operating system refused to start a program. The message says what was tried and what it answered. */
public class SpawnException extends Exception {

    private static final long serialVersionUID = 1L;

    public SpawnException(String message) {
        super(message);
    }

    public SpawnException(String message, Throwable cause) {
        super(message, cause);
    }
}
