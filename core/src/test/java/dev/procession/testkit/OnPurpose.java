package dev.procession.testkit;

import java.util.logging.Logger;

/** Thrown by tests to see that it does no harm; what is logged about it is no news to anybody. */
public final class OnPurpose extends RuntimeException {

    private static final long serialVersionUID = 1L;

    // Held, since the log manager itself forgets loggers.
    private static final Logger LOGGER = Logger.getLogger("dev.procession.os");

    static {
        LOGGER.setFilter(entry -> !(entry.getThrown() instanceof OnPurpose));
    }

    public OnPurpose() {
        super("thrown on purpose");
    }
}
