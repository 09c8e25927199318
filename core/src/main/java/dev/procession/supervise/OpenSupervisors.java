package dev.procession.supervise;

import dev.procession.cleanup.StopSequence.Limit;
import dev.procession.cleanup.Watchdog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The supervisors of this JVM that may have something to stop when it ends. One hook ends them all, together: the JVM runs
 * hooks at the same time, and what depends on the process of another supervisor must still be stopped before that. Thread
 * safe.
 *
 * <p>Some time after the last of them was closed, hook and watchdog go, so that in a JVM in which class loaders come and go
 * nothing keeps this one; with the next supervisor they come back. Whether there is one is decided here alone.
 */
final class OpenSupervisors {

    /** There is one end of a JVM; a class loader knows no more than its own. */
    private static final OpenSupervisors OF_JVM = new OpenSupervisors(Watchdog::ofJvm, Duration.ofSeconds(2));

    /** How long KILL may take to have its effect then. */
    private static final Duration LAST_VERIFICATION = Duration.ofSeconds(2);

    private final Supplier<Watchdog> watchdog;
    private final long lingerNanos;

    // Guarded by the monitor.
    private final Set<Supervisor> open = new LinkedHashSet<>();
    private @Nullable Thread hook;
    private boolean ending;
    private boolean lingering;
    private long emptySince;

    /** @param linger how long hook and watchdog stay without a supervisor: one after the other must not start them anew */
    OpenSupervisors(Supplier<Watchdog> watchdog, Duration linger) {
        this.watchdog = watchdog;
        this.lingerNanos = linger.toNanos();
    }

    static OpenSupervisors ofJvm() {
        return OF_JVM;
    }

    /** @throws IllegalStateException if the JVM is ending already */
    synchronized void add(Supervisor supervisor) {
        try {
            if (hook == null) {
                Thread end = new Thread(this::endAll, "procession-shutdown");
                Runtime.getRuntime().addShutdownHook(end);
                hook = end;
            } else if (!open.contains(supervisor)) {
                requireRunningJvm();
            }
        } catch (IllegalStateException e) {
            throw new IllegalStateException("Expected a running JVM, but it is shutting down: nothing is started", e);
        }
        if (ending) {
            throw new IllegalStateException("Expected a running JVM, but it is shutting down: nothing is started");
        }
        open.add(supervisor);
    }

    /** The JVM tells that it is ending only by refusing a hook. */
    private static void requireRunningJvm() {
        Thread question = new Thread(() -> {}, "procession-question");
        Runtime.getRuntime().addShutdownHook(question);
        Runtime.getRuntime().removeShutdownHook(question);
    }

    synchronized void remove(Supervisor supervisor) {
        if (open.remove(supervisor) && open.isEmpty()) {
            emptySince = System.nanoTime();
            if (!lingering) {
                Thread thread = new Thread(this::linger, "procession-linger");
                thread.setDaemon(true);
                try {
                    thread.start();
                    lingering = true;
                } catch (OutOfMemoryError e) {
                    // No thread is left: all stays until the next one is closed.
                }
            }
        }
    }

    /** Looks again and again, should something live on that had to be ended. */
    private synchronized void linger() {
        try {
            boolean left = false;
            while (!left && open.isEmpty() && !ending) {
                long nanos = emptySince + lingerNanos - System.nanoTime();
                if (nanos > 0) {
                    // A millisecond more rather than none at all, which would be without end.
                    wait(TimeUnit.NANOSECONDS.toMillis(nanos) + 1);
                } else {
                    left = leave();
                    emptySince = System.nanoTime();
                }
            }
        } catch (InterruptedException e) {
            // Somebody ends all threads: what is there stays.
        } finally {
            lingering = false;
        }
    }

    private boolean leave() {
        if (hook == null || !watchdog.get().retire()) {
            return false;
        }
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
            hook = null;
        } catch (IllegalStateException e) {
            // The JVM is ending: it runs already.
        }
        return true;
    }

    /** Those that have not been closed, whatever they spare. */
    synchronized List<Supervisor> open() {
        return open.stream().filter(Supervisor::isOpen).toList();
    }

    private synchronized List<Supervisor> endOfAdding() {
        ending = true;
        return List.copyOf(open);
    }

    /** Whoever ends a JVM does not wait for one grace period after the other: the longest must do for all. */
    private void endAll() {
        List<Supervisor> all = endOfAdding();
        all.forEach(supervisor -> supervisor.forbidStarts("the JVM is shutting down"));
        List<SupervisedProcess> processes = new ArrayList<>();
        all.forEach(supervisor -> processes.addAll(supervisor.processes()));
        Duration longest = processes.stream()
                .map(process -> process.spec().stop().longest())
                .max(Comparator.naturalOrder())
                .orElse(Duration.ZERO);
        Optional<Limit> limit = Optional.of(Limit.in(longest, LAST_VERIFICATION));
        try {
            StopOrder.stop(
                    processes,
                    process -> process.ender().beginStop(process.spec().stop(), LAST_VERIFICATION),
                    limit);
        } finally {
            try {
                endLeftAlone(all, limit);
            } finally {
                all.forEach(supervisor -> supervisor.hasEnded(limit));
            }
        }
        watchdog.get().end();
    }

    private static void endLeftAlone(List<Supervisor> all, Optional<Limit> limit) {
        RuntimeException failure = null;
        for (Supervisor supervisor : all) {
            try {
                supervisor.endLeftAlone(LAST_VERIFICATION, limit);
            } catch (RuntimeException e) {
                if (failure == null) {
                    failure = e;
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
