package dev.procession.readiness;

import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * One condition of readiness, asked again and again until it holds. For one thread, the waiter's.
 *
 * <p>A probe never blocks: it begins something, and at the next look sees how far it has come. That is what lets one
 * thread wait for any number of them and notice a death at once.
 */
public interface ReadinessProbe extends AutoCloseable {

    /** What is awaited, for messages: {@code tcp 127.0.0.1:21873}. */
    String description();

    /** One look. */
    Answer look();

    /**
     * Looks once more whether that still holds which has held, and proves anew whose it is. It is asked for when all else
     * holds, too: a listener or a file can have become somebody else's meanwhile. Begins nothing that takes time.
     *
     * @return empty if it cannot change: what has happened, has happened
     */
    default Optional<Answer> proveAgain() {
        return Optional.empty();
    }

    /**
     * The look after the process has ended, for what it did last.
     *
     * @return empty if nothing can be learned from a dead process
     */
    default Optional<Answer> lookAfterExit() {
        return Optional.empty();
    }

    /**
     * Asks that what has happened until now be seen, by a probe that looks in a thread of its own.
     *
     * @param ended whether nothing more will happen
     * @return whether it has been by now; empty if each look sees everything
     */
    default Optional<BooleanSupplier> catchUp(boolean ended) {
        return Optional.empty();
    }

    /** Gives up whatever was begun. */
    @Override
    default void close() {}

    /** What a look found. */
    sealed interface Answer {

        /** What was seen, for messages: {@code connection refused, 412 tries}. */
        String seen();
    }

    /**
     * It holds, and is not asked again but for {@link #proveAgain()}.
     *
     * @param seen what was seen
     */
    record Holds(String seen) implements Answer {}

    /**
     * Not yet.
     *
     * @param seen what was seen instead
     * @param pauseMillis ask again after at least that time; 0 leaves it to the waiter
     */
    record NotYet(String seen, long pauseMillis) implements Answer {}

    /**
     * Never: waiting any longer makes no sense.
     *
     * @param seen what was seen
     * @param fix what to do about it
     */
    record Never(String seen, String fix) implements Answer {}
}
