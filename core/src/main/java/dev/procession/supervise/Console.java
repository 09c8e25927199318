package dev.procession.supervise;

import dev.procession.cleanup.StopSequence.Limit;
import dev.procession.launch.ConsoleLog;
import dev.procession.launch.ProcessLog;
import dev.procession.launch.Secrets;
import dev.procession.process.ExitStatus;
import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Where the lines of a supervisor's processes are shown, by one thread: a console can block, and nothing else waits for it.
 * Thread safe.
 */
final class Console {

    /** A console that takes no line for so long is not waited for. */
    private static final Duration STANDSTILL = Duration.ofSeconds(1);

    /** How long one that takes its time may have for the rest. */
    private static final Duration LONGEST = Duration.ofSeconds(30);

    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final ExecutorService thread;

    /** All of one thread, so that each waits for the lines of the others. */
    private final Set<ConsoleLog> followed = ConcurrentHashMap.newKeySet();

    Console(ExecutorService thread) {
        this.thread = thread;
    }

    ConsoleLog follow(String name, ProcessLog log, Secrets secrets, CompletableFuture<ExitStatus> exit) {
        ConsoleLog shown = ConsoleLog.follow(name, log, secrets, exit, thread);
        followed.add(shown);
        return shown;
    }

    /**
     * Ends them: what was written last belongs on the console before whoever ends them goes on. It is waited for as long as
     * lines are taken; an interrupt ends that. What has not been shown when this returns is not read any more.
     */
    void finish(Collection<ConsoleLog> logs, Optional<Limit> limit) {
        logs.forEach(ConsoleLog::close);
        long end = System.nanoTime() + patience(limit).toNanos();
        long lines = lines();
        long moved = System.nanoTime();
        while (!logs.stream().allMatch(ConsoleLog::isOver)
                && System.nanoTime() < end
                && System.nanoTime() - moved < STANDSTILL.toNanos()
                && !Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos(this, POLL_NANOS);
            if (lines() != lines) {
                lines = lines();
                moved = System.nanoTime();
            }
        }
        logs.forEach(ConsoleLog::abandon);
        followed.removeAll(logs);
    }

    private long lines() {
        return followed.stream().mapToLong(ConsoleLog::lines).sum();
    }

    private static Duration patience(Optional<Limit> limit) {
        return limit.map(common -> Duration.ofNanos(common.graceEnd() - System.nanoTime()))
                .map(left -> left.compareTo(STANDSTILL) < 0 ? STANDSTILL : left)
                .filter(left -> left.compareTo(LONGEST) < 0)
                .orElse(LONGEST);
    }

    /** Nothing is shown any more. */
    void shutdown() {
        thread.shutdown();
    }
}
