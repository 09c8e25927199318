package dev.procession.process;

import org.jspecify.annotations.Nullable;

/** The parent of every error that Procession raises on its own account. Its message is meant to be read as it is. */
public class ProcessionException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public ProcessionException(String message) {
        super(message);
    }

    public ProcessionException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
