package dev.procession.awaitility;

import dev.procession.process.ProcessDiedException;
import dev.procession.supervise.SupervisedProcess;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.awaitility.core.TerminalFailureException;
import org.awaitility.core.ThrowingRunnable;

/** Awaitility for conditions that only a living process can meet. */
public final class ProcessionAwait {

    /** How long the news of a death may lag behind what a condition sees of it, such as a reset connection. */
    private static final long NEWS_LAG_MILLIS = 500;

    private ProcessionAwait() {}

    /**
     * As Awaitility's {@code await()}, but it does not wait for the dead: if the process has ended, the wait fails before
     * the next poll.
     *
     * <pre>{@code
     * await(api).atMost(Duration.ofSeconds(30)).until(() -> orders.count() == 3);
     * }</pre>
     *
     * <p>The failure is a {@link TerminalFailureException} that was caused by a {@link ProcessDiedException}; the message
     * of both is the whole report, with exit status and the last lines of the log. An end that was asked for counts too; a
     * one-shot that has done its work does not. What the condition throws because the process ends, such as "connection
     * refused", gives way to that report. While its restart policy brings it back, the wait goes on, and what the condition
     * throws does not count.
     *
     * <p>For that it uses {@code failFast} and {@code ignoreExceptionsMatching}. Awaitility keeps one of each: another
     * {@code failFast} replaces the look at the process, and with {@code ignoreExceptions…} the caller decides which are
     * ignored. An {@code ignoreExceptionsByDefault} has to be repeated here. While a poll blocks, Awaitility looks at
     * nothing else.
     */
    public static ConditionFactory await(SupervisedProcess process) {
        ThrowingRunnable alive = () -> requireAlive(process);
        return Awaitility.await().failFast(alive).ignoreExceptionsMatching(thrown -> isEnding(process));
    }

    private static void requireAlive(SupervisedProcess process) {
        process.unexpectedDeath().ifPresent(death -> {
            throw death;
        });
        if (hasEnded(process) && !isOnItsWay(process)) {
            throw new ProcessDiedException(process.failureMessage(
                    "'" + process.name() + "' ended while something was awaited of it, as it was asked to: "
                            + process.exitStatus().map(Object::toString).orElse("it is not running"),
                    "end it only when the wait is over; what outlives it is awaited with Awaitility's own await()"));
        }
    }

    private static boolean hasEnded(SupervisedProcess process) {
        return (!process.wasStarted() || process.exitStatus().isPresent()) && !process.isReady();
    }

    /** It is down, or not yet ready, but comes by itself. */
    private static boolean isOnItsWay(SupervisedProcess process) {
        return !process.isDown() && !process.isReady();
    }

    /** Waits a little, since sockets are closed before a process counts as dead. */
    private static boolean isEnding(SupervisedProcess process) {
        if (isOnItsWay(process)) {
            return true;
        }
        try {
            process.exit().get(NEWS_LAG_MILLIS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException e) {
            // Then it lives, or nobody will ever know.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IllegalStateException e) {
            return true;
        }
        return hasEnded(process) || isOnItsWay(process);
    }
}
