package dev.procession.awaitility;

import dev.procession.expect.Finding;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.awaitility.core.ThrowingRunnable;

/**
 * A condition that a process comes to meet, for both of Awaitility's ways to wait. {@code until} calls it, and a timeout
 * then names only the condition. {@code untilAsserted} runs it: a timeout shows what was found, the state of the process,
 * its exit status and the last lines of its log. Thread safe.
 */
public abstract class ProcessCondition implements Callable<Boolean>, ThrowingRunnable {

    // Awaitility names an anonymous class by the method that made it, which a class with a name would hide.
    ProcessCondition() {}

    /** What is amiss; empty if it holds. */
    abstract Optional<Finding> look();

    /** Whether it holds now. */
    @Override
    public final Boolean call() {
        return look().isEmpty();
    }

    /** @throws AssertionError if it does not hold now; it says why */
    @Override
    public final void run() {
        look().ifPresent(finding -> {
            throw new AssertionError(finding.message());
        });
    }
}
