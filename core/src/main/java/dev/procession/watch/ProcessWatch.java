package dev.procession.watch;

import dev.procession.os.DeathWatch;
import dev.procession.os.backend.Backend;
import dev.procession.process.DidNotStartException;
import dev.procession.process.Durations;
import dev.procession.process.Epoch;
import dev.procession.process.Forks;
import dev.procession.process.FoundProcess;
import dev.procession.process.OldStartTimeException;
import dev.procession.process.OwnLine;
import dev.procession.process.ProcessId;
import dev.procession.process.ProcessSelection;
import dev.procession.process.ProcessSource;
import dev.procession.process.ProcessionException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Waits until a process that anybody may start is there, or until one is gone. Thread safe.
 *
 * <p>Who has started this JVM counts in neither: nobody waits for the death of the build he is part of, or takes it for an
 * old server.
 *
 * <p>Every wait has a deadline; with a timeout of 0 it is one look. An interrupt ends it with a {@link ProcessionException}
 * and leaves the thread interrupted.
 */
public final class ProcessWatch {

    private static final long SHORTEST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final long LONGEST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    /** Looking takes a fifth of a core at most, however many processes there are. */
    private static final int PAUSE_PER_LOOK = 4;

    /** Who becomes another program lives on, and yet is no longer meant. */
    private static final long SECOND_LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private final Supplier<DeathWatch> deaths;

    private ProcessWatch(Supplier<DeathWatch> deaths) {
        this.deaths = deaths;
    }

    /** That of this JVM. It is made in no time, and native code is loaded when a death is first waited for. */
    public static ProcessWatch ofJvm() {
        return new ProcessWatch(() -> Backend.current().deaths());
    }

    /** One that notices deaths in a way of one's own. */
    static ProcessWatch with(DeathWatch deaths) {
        return new ProcessWatch(() -> deaths);
    }

    /**
     * Waits until something fresh is there. An older process beside it does not matter, but a fork of an older one that is
     * meant as well is as old as that.
     *
     * @param selection who is looked for
     * @param epoch from when on a process is fresh: {@link Epoch#now()} before the start is asked for, {@link Epoch#ago} for
     *     what has been started lately
     * @param timeout how long at most
     * @return those that are fresh, the newest first; at least one
     * @throws OldStartTimeException if at the end only older ones are there
     * @throws DidNotStartException if at the end none is there
     */
    public List<FoundProcess> awaitStart(ProcessSelection selection, Epoch epoch, Duration timeout) {
        return awaitStart(selection, epoch, timeout, look -> !look.fresh().isEmpty());
    }

    /**
     * Waits until something fresh is there, and nothing older any more.
     *
     * @param selection who is looked for
     * @param epoch from when on a process is fresh
     * @param timeout how long at most
     * @return those that are fresh, the newest first; at least one
     * @throws OldStartTimeException if at the end an older one is there
     * @throws DidNotStartException if at the end none is there
     */
    public List<FoundProcess> awaitOnlyFresh(ProcessSelection selection, Epoch epoch, Duration timeout) {
        return awaitStart(
                selection,
                epoch,
                timeout,
                look -> !look.fresh().isEmpty() && look.old().isEmpty());
    }

    /** What one look has shown. */
    private record Look(List<FoundProcess> fresh, List<FoundProcess> old) {}

    private static List<FoundProcess> awaitStart(
            ProcessSelection selection, Epoch epoch, Duration timeout, Predicate<Look> isEnough) {
        Durations.check("timeout", timeout);
        long deadline = System.nanoTime() + timeout.toNanos();
        Set<ProcessId> knownOld = new HashSet<>();
        Set<Long> ownLine = OwnLine.pids(ProcessSource.ofMachine());
        while (true) {
            long start = System.nanoTime();
            Look look = look(others(selection.find(), ownLine), epoch, knownOld);
            if (isEnough.test(look)) {
                return look.fresh();
            }
            long now = System.nanoTime();
            if (now >= deadline) {
                if (selection instanceof PidFile file) {
                    file.warnOfDoubts();
                }
                if (look.old().isEmpty()) {
                    throw new DidNotStartException(selection, timeout);
                }
                throw new OldStartTimeException(selection, timeout, epoch, look.old());
            }
            // The last look comes at the deadline, not before it.
            long pause = Math.max(SHORTEST_PAUSE_NANOS, Math.min(LONGEST_PAUSE_NANOS, PAUSE_PER_LOOK * (now - start)));
            pause(Math.min(pause, deadline - now), "start", selection);
        }
    }

    /** @param knownOld stay so: when what it was forked from ends, a process is not fresh for that */
    private static Look look(List<FoundProcess> all, Epoch epoch, Set<ProcessId> knownOld) {
        Forks forks = new Forks(ProcessSource.ofMachine(), all);
        all.stream()
                .filter(process -> forks.startTicks(process) < epoch.ticks())
                .forEach(process -> knownOld.add(process.id()));
        return new Look(
                all.stream().filter(process -> !knownOld.contains(process.id())).toList(),
                all.stream().filter(process -> knownOld.contains(process.id())).toList());
    }

    private static void pause(long nanos, String what, ProcessSelection selection) {
        try {
            TimeUnit.NANOSECONDS.sleep(nanos);
        } catch (InterruptedException e) {
            throw interrupted(what, selection, e);
        }
    }

    private static ProcessionException interrupted(String what, ProcessSelection selection, InterruptedException e) {
        Thread.currentThread().interrupt();
        return new ProcessionException("Interrupted while waiting for the " + what + " of " + selection, e);
    }

    /**
     * Waits until a look finds nobody any more: whoever is started anew meanwhile is waited for, too. Processes that are
     * known by their ids are not replaced by others.
     *
     * @param selection who is to be gone
     * @param timeout how long at most
     * @return who is still there at the end, the newest first; empty if all are gone
     */
    public List<FoundProcess> awaitDeath(ProcessSelection selection, Duration timeout) {
        Durations.check("timeout", timeout);
        long deadline = System.nanoTime() + timeout.toNanos();
        Set<Long> ownLine = OwnLine.pids(ProcessSource.ofMachine());
        List<FoundProcess> before = List.of();
        while (true) {
            List<FoundProcess> left = left(selection, ownLine);
            if (left.isEmpty()
                    && before.stream().anyMatch(process -> process.id().isAlive())) {
                // In the moment in which it executes another program, or the same anew, a process has no command line.
                pause(SHORTEST_PAUSE_NANOS, "death", selection);
                left = left(selection, ownLine);
            }
            before = left;
            long remaining = deadline - System.nanoTime();
            if (left.isEmpty() || remaining <= 0) {
                return left;
            }
            awaitAll(left, Math.min(remaining, SECOND_LOOK_NANOS), selection);
        }
    }

    private static List<FoundProcess> left(ProcessSelection selection, Set<Long> ownLine) {
        return others(selection instanceof PidFile file ? file.findOrDoubt() : selection.find(), ownLine);
    }

    private static List<FoundProcess> others(List<FoundProcess> found, Set<Long> ownLine) {
        ProcessSource source = ProcessSource.ofMachine();
        return found.stream()
                .filter(process -> !OwnLine.includes(ownLine, process, source))
                .toList();
    }

    private void awaitAll(List<FoundProcess> processes, long nanos, ProcessSelection selection) {
        DeathWatch watch = deaths.get();
        CompletableFuture<?>[] all = new CompletableFuture<?>[processes.size()];
        int armed = 0;
        try {
            for (FoundProcess process : processes) {
                all[armed++] = watch.death(process.id());
            }
            CompletableFuture.allOf(all).get(nanos, TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            // The next look tells.
        } catch (InterruptedException e) {
            throw interrupted("death", selection, e);
        } catch (ExecutionException e) {
            throw new ProcessionException("Cannot watch " + selection + ": " + e.getCause(), e);
        } finally {
            for (CompletableFuture<?> one : all) {
                if (one != null) {
                    one.cancel(false);
                }
            }
        }
    }
}
