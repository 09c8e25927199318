package dev.procession.supervise;

/** That somebody is told of the events of a supervisor. Thread safe. */
public interface Subscription extends AutoCloseable {

    /** The listener's name, by which the log speaks of it. */
    String name();

    /**
     * Ends it. What the listener is being told at this moment it is still told, possibly after this has returned; nothing
     * else. Does not wait, and may be called by the listener itself. Further calls have no effect.
     */
    @Override
    void close();
}
