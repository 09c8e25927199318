package dev.procession.supervise;

import dev.procession.cleanup.Census;
import dev.procession.cleanup.StopSequence;
import dev.procession.cleanup.StopSequence.Limit;
import dev.procession.launch.StopPolicy;
import dev.procession.launch.StopScope;
import dev.procession.os.OperatingSystem;
import dev.procession.process.Durations;
import dev.procession.process.ProcessionException;
import dev.procession.process.StopFailedException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Ends the runs of one process, and whatever they have left: for whoever waits for that in its own thread, and in the
 * supervisor's {@link Loop} for what nobody waits for, such as after an end of its own. Thread safe.
 */
final class RunEnder {

    private static final Logger LOG = System.getLogger("dev.procession");

    private final SupervisedProcess process;
    private final OperatingSystem system;
    private final Progress progress;
    private final Stragglers stragglers;
    private final Loop loop;
    private final Census census;
    private final Lifecycle lifecycle;

    /** Whose stop scope has left others alive on purpose. Guarded by the lifecycle's {@link Lifecycle#lock}. */
    private final List<Run> sparing = new ArrayList<>();

    RunEnder(SupervisedProcess process, Shared shared, Stragglers stragglers, Lifecycle lifecycle) {
        this.process = process;
        this.system = shared.system();
        this.progress = shared.progress();
        this.stragglers = stragglers;
        this.loop = shared.loop();
        this.census = shared.census();
        this.lifecycle = lifecycle;
    }

    /** It ended by itself, or was made to: what it leaves behind goes too, unless somebody is stopping it already. */
    void exited(Run exited) {
        synchronized (lifecycle.lock) {
            if (lifecycle.isCurrent(exited)) {
                lifecycle.noticeExit();
            }
        }
        endInLoop(exited, process.spec().stop());
    }

    void endInLoop(Run ending, StopPolicy how) {
        Optional<StopSequence> claimed = ending.claimEnd(sparing(ending, how), Lifecycle.VERIFICATION);
        claimed.ifPresent(sequence -> runInLoop(ending, sequence));
    }

    private void runInLoop(Run ending, StopSequence sequence) {
        sequence.runHere();
        loop.add(() -> {
            Optional<Duration> wait = sequence.advance(System.nanoTime(), census);
            if (wait.isPresent()) {
                return wait.get().toNanos();
            }
            finish(ending, sequence);
            ending.takeFailure()
                    .ifPresent(failure ->
                            LOG.log(Level.ERROR, "Cleaning up after '" + process.name() + "' failed: " + failure));
            return Loop.Activity.DONE;
        });
    }

    /** One that has ended by itself: what it has left is nobody's business where stragglers are ignored. */
    private StopPolicy sparing(Run ended, StopPolicy how) {
        synchronized (lifecycle.lock) {
            boolean ignored = stragglers.areIgnored()
                    && ended.hasExited()
                    && lifecycle.standing().state() != ProcessState.STOPPING
                    && lifecycle.standing().state() != ProcessState.FATAL;
            return ignored ? how.scope(StopScope.PROCESS) : how;
        }
    }

    /**
     * Ends it, in this thread.
     *
     * @return false if there was nothing to end and nothing to come
     */
    boolean stop(StopPolicy how) {
        boolean pending;
        Optional<Run> ending;
        boolean wasRunning;
        synchronized (lifecycle.spawning) {
            synchronized (lifecycle.lock) {
                Standing standing = lifecycle.standing();
                pending = standing.state() == ProcessState.BACKOFF || standing.comesBack();
                ending = askForEnd();
                wasRunning = ending.isPresent() && !ending.get().hasExited();
            }
        }
        ending.ifPresent(ended -> end(ended, sparing(ended, how)));
        // Of one that was about to come back the end is over before the loop has said so to the state machine.
        lifecycle.await(
                any -> lifecycle.state() != ProcessState.STOPPING
                        || Thread.currentThread().isInterrupted(),
                Lifecycle.VERIFICATION);
        return pending || wasRunning;
    }

    /** The same without anybody waiting for it. In the loop. */
    void stopInLoop(StopPolicy how) {
        askForEnd().ifPresent(ending -> {
            if (how.gracePeriod().isZero()) {
                ending.hurry();
            }
            endInLoop(ending, how);
        });
    }

    /** From here on its end is expected. Empty if there is nothing to end. */
    private Optional<Run> askForEnd() {
        // A process that is just being spawned is waited for; it would escape.
        synchronized (lifecycle.spawning) {
            synchronized (lifecycle.lock) {
                lifecycle.noticeExit();
                lifecycle.expectExit();
                lifecycle.askedToEnd();
                lifecycle.apply(new Event.Stop());
                return lifecycle.run().filter(present -> !present.ended().isDone());
            }
        }
    }

    /** Ends a run, or waits for whoever is doing that already; one that was to spare the rest of the tree is completed. */
    void end(Run ending, StopPolicy how) {
        Optional<StopSequence> claimed = ending.claimEnd(how, Lifecycle.VERIFICATION);
        if (claimed.isPresent()) {
            try {
                StopSequence.runAll(List.of(claimed.get()));
            } finally {
                finish(ending, claimed.get());
            }
            throwFailure(ending);
        } else {
            if (how.gracePeriod().isZero()) {
                ending.hurry();
            }
            ending.awaitEnd(how.longest().plus(Lifecycle.VERIFICATION).plus(Lifecycle.NEWS_LAG));
        }
        if (how.scope() != StopScope.PROCESS) {
            endLeftAlone(Lifecycle.VERIFICATION, Optional.empty());
        }
    }

    private static void throwFailure(Run ended) {
        ended.takeFailure().ifPresent(failure -> {
            throw new StopFailedException(failure);
        });
    }

    /** A sequence that ends a run is over, whoever ran it. */
    private void finish(Run ending, StopSequence sequence) {
        try {
            stragglers.add(sequence.stragglers());
        } finally {
            // Whatever fails on the way, somebody waits for this.
            settle(ending, sequence);
        }
    }

    /** One that comes back for ever must not be remembered for ever. */
    private static boolean spares(Run ending, StopSequence sequence) {
        try {
            return sequence.leavesOthersAlone() && !ending.tree().members().isEmpty();
        } catch (ProcessionException e) {
            // Nobody can look now; who is there is seen at the next look.
            return true;
        }
    }

    private void settle(Run ending, StopSequence sequence) {
        boolean stopped;
        boolean again = false;
        boolean spares = spares(ending, sequence);
        synchronized (lifecycle.lock) {
            if (spares) {
                sparing.add(ending);
            }
            if (lifecycle.isCurrent(ending)) {
                lifecycle.noticeExit();
            }
            stopped = lifecycle.standing().state() == ProcessState.STOPPING;
            Optional<String> failure = sequence.failure();
            if (failure.isPresent()) {
                lifecycle.apply(new Event.Stuck(failure.get()));
            } else {
                again = !lifecycle.applyUnlessItSpawns(new Event.Gone());
            }
        }
        if (again) {
            lifecycle.proceedSoon(new Event.Gone());
        }
        ending.finish(sequence);
        if (stopped) {
            progress.stopped(process, sequence.elapsed(), sequence.wasEscalated());
        }
        lifecycle.wakeWatchers();
    }

    /** Begins to stop it, for a supervisor that stops many at once in one thread. Empty if there is nothing to do. */
    Optional<StopSequence> beginStop(StopPolicy how, Duration verification) {
        return askForEnd().flatMap(ending -> ending.claimEnd(sparing(ending, how), verification));
    }

    /** Of a start that failed nothing is left, whatever the stop scope. What somebody else has started since is not ours. */
    Optional<StopSequence> beginStopAfterFailure(Object by) {
        synchronized (lifecycle.spawning) {
            if (!lifecycle.isStartOf(by)) {
                return Optional.empty();
            }
            return askForEnd()
                    .flatMap(ending ->
                            ending.claimEnd(process.spec().stop().scope(StopScope.TREE), Lifecycle.VERIFICATION));
        }
    }

    /** The sequence from {@link #beginStop} has run. */
    void endStop(StopSequence sequence) {
        lifecycle.run().ifPresent(ended -> finish(ended, sequence));
    }

    /** Shortens its end, whoever is bringing that about. */
    void limitEnd(Limit limit) {
        lifecycle.run().ifPresent(ending -> ending.limitEnd(limit));
    }

    /**
     * Waits for an end, whoever is bringing it about.
     *
     * @throws StopFailedException if something survived even KILL, and nobody has said so yet
     */
    void awaitEnd(Optional<Limit> limit) {
        // One that nobody is ending is a new run, which somebody has started since.
        lifecycle.run().filter(Run::isBeingEnded).ifPresent(ending -> {
            Duration longest =
                    process.spec().stop().longest().plus(Lifecycle.VERIFICATION).plus(Lifecycle.NEWS_LAG);
            ending.awaitEnd(limit.map(Limit::left).orElse(longest));
            throwFailure(ending);
        });
    }

    /** Waits until nothing is left of a run that has ended or is being ended, so that another can be started. */
    void awaitGone() {
        Duration longest =
                process.spec().stop().longest().plus(Lifecycle.VERIFICATION).plus(Lifecycle.NEWS_LAG);
        lifecycle
                .run()
                .filter(ended ->
                        !lifecycle.state().isRunning() && !ended.ended().isDone())
                .ifPresent(ended -> ended.awaitEnd(longest));
        // It is the loop that says so to the state machine, when what has waited for that is its own to start.
        boolean told = lifecycle.await(
                any -> lifecycle.standing().gone()
                        || lifecycle.state().isRunning()
                        || lifecycle.state() == ProcessState.UNKNOWN,
                longest);
        if (!told) {
            throw new StopFailedException("'" + process.name() + "' is still being ended by another thread after "
                    + Durations.describe(longest));
        }
    }

    /** Whether something of it lives that was left alive on purpose. */
    boolean sparesSomebody() {
        List<Run> current;
        synchronized (lifecycle.lock) {
            current = List.copyOf(sparing);
        }
        return current.stream().anyMatch(spared -> !spared.tree().members().isEmpty());
    }

    /**
     * What its stop scope has left alive on purpose is ended now, each named in the log. Not if somebody has started it again:
     * all runs have one cookie, and the new one would be taken for what the last has left.
     */
    void endLeftAlone(Duration verification, Optional<Limit> limit) {
        if (lifecycle.standing().closing()) {
            sweepLeftAlone(verification, limit);
            return;
        }
        lifecycle.preparing.lock();
        try {
            ProcessState now = lifecycle.state();
            if (now != ProcessState.STARTING && now != ProcessState.RUNNING) {
                sweepLeftAlone(verification, limit);
            }
        } finally {
            lifecycle.preparing.unlock();
        }
    }

    private void sweepLeftAlone(Duration verification, Optional<Limit> limit) {
        List<Run> current;
        synchronized (lifecycle.lock) {
            current = List.copyOf(sparing);
            sparing.clear();
        }
        for (Run spared : current) {
            stragglers.add(spared.leftAlone());
            StopSequence sweep = spared.sweep(verification);
            limit.ifPresent(sweep::limit);
            StopSequence.runAll(List.of(sweep));
            sweep.failure().ifPresent(failure -> {
                throw new StopFailedException(failure);
            });
        }
    }

    /**
     * Looks whether the process still lives that should, as procmon's consistency check. One that has vanished without any
     * news of its end for longer than news takes counts as ended.
     *
     * @param suspect the run of which the last look has already found that, or null
     * @return the run of which this look finds it for the first time, or null
     */
    @Nullable
    Run checkConsistency(@Nullable Run suspect) {
        Run current = lifecycle
                .run()
                .filter(living -> !living.hasExited()
                        && !living.ended().isDone()
                        && !system.processes().isAlive(living.child().id()))
                .orElse(null);
        if (current == null || current != suspect) {
            return current;
        }
        LOG.log(
                Level.WARNING,
                "Lost process '" + process.name() + "' somehow: there is no news of its end, but it is gone");
        current.lose();
        synchronized (lifecycle.lock) {
            if (lifecycle.isCurrent(current)) {
                lifecycle.noticeExit();
            }
        }
        StopSequence sweep = current.sweep(Lifecycle.VERIFICATION);
        sweep.rootIsLost();
        if (current.claimEnd(sweep)) {
            stragglers.add(current.leftAlone());
            runInLoop(current, sweep);
        }
        return null;
    }
}
