package dev.procession.benchmarks;

/** A process by one of the {@link Starter}s. Closing kills it and returns when it is dead. */
interface Started extends AutoCloseable {

    long pid();

    /** Waits until this starter's own means have noticed its death. */
    void awaitDeath() throws Exception;

    /** Asks it to end at once; what has ended already is not touched. */
    void kill();

    @Override
    default void close() {
        kill();
        try {
            awaitDeath();
        } catch (Exception e) {
            throw new IllegalStateException("pid " + pid() + " was killed, but was not seen to die", e);
        }
    }
}
