package dev.procession.supervise;

import dev.procession.launch.Launch;
import dev.procession.launch.LogRotation;
import dev.procession.launch.StopScope;
import dev.procession.os.OperatingSystem;
import dev.procession.process.AlreadyStartedException;
import dev.procession.process.StartFailedException;
import dev.procession.readiness.ReadinessWait.Kind;
import dev.procession.readiness.ReadinessWait.Outcome;
import dev.procession.supervise.StateMachine.Effect;
import dev.procession.supervise.StateMachine.Step;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Starts the runs of one process: for whoever waits for that in its own thread, and in the supervisor's {@link Loop} for
 * what nobody waits for, restarts above all. Thread safe.
 */
final class RunStarter {

    /** What a preparation may take before it is not waited for any more, such as for a name that nobody resolves. */
    private static final Duration LONGEST_PREPARATION = Duration.ofSeconds(5);

    /** After which time the loop looks again whether somebody else has prepared a start. */
    private static final long PREPARING_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    /** How often the size of a log is looked at that must not grow without a limit. */
    private static final long ROTATION_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final SupervisedProcess process;
    private final OperatingSystem system;
    private final Launch launch;
    private final Progress progress;
    private final Loop loop;
    private final Lifecycle lifecycle;
    private final RunEnder ender;

    /** Guarded by the lifecycle's {@link Lifecycle#spawning}. */
    private @Nullable String startForbidden;

    RunStarter(SupervisedProcess process, Shared shared, Launch launch, Lifecycle lifecycle, RunEnder ender) {
        this.process = process;
        this.system = shared.system();
        this.launch = launch;
        this.progress = shared.progress();
        this.loop = shared.loop();
        this.lifecycle = lifecycle;
        this.ender = ender;
        lifecycle.proceedBy(this::proceed);
    }

    /** An event after which it may be time for another run. In the loop. */
    private void proceed(Event event) {
        if (!lifecycle.preparing.tryLock()) {
            loop.at(System.nanoTime() + PREPARING_NANOS, () -> proceed(event));
            return;
        }
        StartSequence sequence = null;
        boolean prepared = false;
        try {
            if (lifecycle.peek(event)) {
                sequence = sequence();
                sequence.prepare();
            }
            prepared = true;
            Start start = spawn(sequence, event);
            if (start != null) {
                follow(start);
            } else if (sequence != null) {
                sequence.close();
            }
        } catch (RuntimeException e) {
            if (e instanceof StartFailedException failed) {
                lifecycle.couldNotBegin(failed);
            }
            if (!prepared) {
                failToPrepare(event, headline(e));
            }
            if (sequence != null) {
                sequence.close();
            }
            if (!(e instanceof StartFailedException)) {
                throw e;
            }
        } finally {
            lifecycle.preparing.unlock();
        }
    }

    /** What could not even be prepared has failed like what could not be spawned. */
    private void failToPrepare(Event event, String why) {
        synchronized (lifecycle.spawning) {
            if (lifecycle.peek(event)) {
                lifecycle.apply(event);
                lifecycle.apply(new Event.SpawnFailed(why));
            }
        }
    }

    private StartSequence sequence() {
        return new StartSequence(system, launch, (elapsed, waiting) -> progress.waiting(process, elapsed, waiting));
    }

    /**
     * Spawns it, and begins to wait in this thread until it is ready.
     *
     * @param by who starts it: from now on its start is that one's, until somebody else starts it
     * @throws AlreadyStartedException if it runs, or is about to, and is therefore somebody else's start
     * @throws StartFailedException if it cannot be spawned; nothing of it is left then
     */
    Start begin(Object by) {
        while (true) {
            ender.awaitGone();
            lifecycle.preparing.lock();
            try {
                // Whoever was faster while we waited may have left something behind again.
                if (isStartable()) {
                    return prepareAndSpawn(by);
                }
            } finally {
                lifecycle.preparing.unlock();
            }
        }
    }

    /** Whether nothing is in the way of a start that somebody wants. */
    private boolean isStartable() {
        synchronized (lifecycle.lock) {
            requireNotStarted();
            return lifecycle.standing().gone() || lifecycle.standing().state() == ProcessState.UNKNOWN;
        }
    }

    /** @throws AlreadyStartedException if it runs, or is about to */
    void requireNotStarted() {
        ProcessState now = lifecycle.state();
        if (now.isRunning()) {
            throw new AlreadyStartedException(process.name(), now.toString());
        }
    }

    private Start prepareAndSpawn(Object by) {
        Event event = new Event.Start();
        StartSequence sequence = sequence();
        Start start = null;
        try {
            synchronized (lifecycle.spawning) {
                requireStartAllowed();
                // Throws if it cannot be started now, before the start is anybody's.
                lifecycle.peek(event);
                lifecycle.startFor(by, Lifecycle.WHATEVER_STOPS);
            }
            // What can take its time, such as resolving a name, comes before the lock that a stop waits for.
            prepare(sequence);
            start = spawn(sequence, event);
            if (start == null) {
                throw new IllegalStateException(
                        "Expected '" + process.name() + "' to be startable, but was " + lifecycle.state());
            }
            return start;
        } finally {
            if (start == null) {
                sequence.close();
            }
        }
    }

    private void prepare(StartSequence sequence) {
        try {
            sequence.prepare();
        } catch (StartFailedException e) {
            synchronized (lifecycle.spawning) {
                requireStartAllowed();
                lifecycle.apply(new Event.Start());
                lifecycle.apply(new Event.SpawnFailed(headline(e)));
            }
            throw e;
        }
    }

    /** Whether, after a first start that failed, another will follow by itself, unless somebody stops it. */
    boolean triesAgain() {
        return !lifecycle.policy().givesUpAfter(1);
    }

    /** @throws IllegalStateException if its supervisor is closed */
    void requireStartAllowed() {
        synchronized (lifecycle.spawning) {
            if (startForbidden != null) {
                throw new IllegalStateException(
                        "Expected an open supervisor to start '" + process.name() + "', but " + startForbidden);
            }
        }
    }

    /**
     * Starts it in the loop, without anybody waiting for it, as soon as nothing is left of its last run.
     *
     * @param begun completes when the start has begun or failed to; with an exception if it cannot be started now
     * @param stops how often it had been stopped when that was asked for
     */
    void startInLoop(CompletableFuture<@Nullable Void> begun, long stops) {
        loop.execute(() -> {
            if (!lifecycle.preparing.tryLock()) {
                // Somebody else is faster; what came of that is seen a moment later.
                loop.at(System.nanoTime() + PREPARING_NANOS, () -> startInLoop(begun, stops));
                return;
            }
            try {
                Optional<Run> last =
                        lifecycle.run().filter(ended -> !ended.ended().isDone());
                if (last.isPresent() && !lifecycle.state().isRunning()) {
                    last.get().ended().thenRun(() -> startInLoop(begun, stops));
                    return;
                }
                synchronized (lifecycle.spawning) {
                    lifecycle.peek(new Event.Start());
                    lifecycle.startFor(begun, stops);
                }
                proceed(new Event.Start());
                begun.complete(null);
            } catch (RuntimeException e) {
                begun.completeExceptionally(e);
            } finally {
                lifecycle.preparing.unlock();
            }
        });
    }

    /** @return null if the event does not lead to a spawn */
    private @Nullable Start spawn(@Nullable StartSequence sequence, Event event) {
        Run started;
        synchronized (lifecycle.spawning) {
            if (event instanceof Event.Start) {
                requireStartAllowed();
                lifecycle.requireStillWanted();
            }
            if (sequence == null || !lifecycle.peek(event)) {
                if (!lifecycle.applyUnlessItSpawns(event)) {
                    // Its time has come only now: it is prepared first.
                    loop.execute(() -> proceed(event));
                }
                return null;
            }
            lifecycle.apply(event);
            started = spawn(sequence);
        }
        boolean complete = false;
        try {
            started.child().exit().thenRunAsync(() -> ender.exited(started), loop);
            process.spawned(started);
            launch.rotation(system.cut()).ifPresent(rotation -> keepSmall(started, rotation));
            progress.started(process);
            Start start = new Start(process, started, sequence);
            lifecycle.attempt(start);
            complete = true;
            return start;
        } finally {
            if (!complete) {
                ender.end(started, launch.spec().stop().scope(StopScope.TREE));
                lifecycle.giveUp("its start failed");
            }
        }
    }

    private void keepSmall(Run running, LogRotation rotation) {
        loop.at(System.nanoTime() + ROTATION_NANOS, () -> {
            try {
                rotation.rotateIfDue();
            } finally {
                if (!running.hasExited()) {
                    keepSmall(running, rotation);
                }
            }
        });
    }

    private Run spawn(StartSequence sequence) {
        Run started = null;
        try {
            started = sequence.spawn();
            return started;
        } catch (StartFailedException e) {
            lifecycle.apply(new Event.SpawnFailed(headline(e)));
            throw e;
        } finally {
            synchronized (lifecycle.lock) {
                if (started != null) {
                    lifecycle.spawned(started);
                } else if (lifecycle.standing().state() == ProcessState.STARTING) {
                    lifecycle.apply(new Event.SpawnFailed("its spawn failed"));
                }
            }
        }
    }

    /** What nobody waits for is looked at by the loop. */
    private void follow(Start start) {
        if (!lifecycle.awaitsReadiness()) {
            start.abandon();
            return;
        }
        loop.add(() -> {
            Optional<Outcome> outcome;
            try {
                outcome = start.look();
            } catch (RuntimeException | Error e) {
                // Nobody else would look whether it ever becomes ready.
                start.abandon();
                fail(start, new Outcome(Kind.NEVER, Duration.ZERO, List.of(), "nobody can look: " + e, "mend that"));
                return Loop.Activity.DONE;
            }
            if (outcome.isEmpty()) {
                return start.pauseNanos();
            }
            if (outcome.get().kind() == Kind.READY) {
                if (lifecycle.becomeReady(start)) {
                    lifecycle.tellReady();
                }
            } else {
                fail(start, outcome.get());
            }
            return Loop.Activity.DONE;
        });
    }

    /** A start did not become ready. What still lives of it is ended by the loop, and more may follow. */
    private void fail(Start start, Outcome outcome) {
        Step step;
        synchronized (lifecycle.lock) {
            lifecycle.noticeExit();
            if (!lifecycle.isStarting(start)) {
                return;
            }
            step = lifecycle.apply(new Event.NotReady(start.describe(outcome)));
        }
        if (step.effects().contains(Effect.END)) {
            loop.execute(() -> ender.endInLoop(start.run(), launch.spec().stop().scope(StopScope.TREE)));
        }
    }

    /** Whether, after a start that failed so, another will follow by itself, or has followed by now. */
    boolean comesBackAfter(Start start, Outcome outcome, Object by) {
        synchronized (lifecycle.lock) {
            if (!lifecycle.isStartOf(by) || !triesAgain()) {
                return false;
            }
            Standing standing = lifecycle.standing();
            if (!lifecycle.isCurrent(start.run())) {
                return true;
            }
            if (start.run().hasExited()) {
                // The loop may be faster than who waits: it can have been spawned again, or given up, by now.
                return standing.state() == ProcessState.BACKOFF
                        || standing.state() == ProcessState.STARTING
                        || standing.state() == ProcessState.FATAL
                        || standing.state() == ProcessState.STOPPED;
            }
            if (outcome.kind() != Kind.NEVER || !lifecycle.isStarting(start) || standing.closing()) {
                return false;
            }
        }
        fail(start, outcome);
        return true;
    }

    /**
     * Waits until nobody prepares a run any more: what that would make again must not come after it was given back. To be
     * called when starts are forbidden.
     */
    void awaitPrepared() {
        try {
            if (lifecycle.preparing.tryLock(LONGEST_PREPARATION.toNanos(), TimeUnit.NANOSECONDS)) {
                lifecycle.preparing.unlock();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** When it returns, a start has spawned already, or will fail. */
    void forbidStart(String because) {
        synchronized (lifecycle.spawning) {
            startForbidden = because;
            lifecycle.apply(new Event.Close());
        }
    }

    /** The first line says what happened; the others are for whoever was waiting. Whose it is stands elsewhere. */
    private String headline(RuntimeException failure) {
        String whose = "'" + process.name() + "' ";
        String first = failure instanceof StartFailedException
                ? String.valueOf(failure.getMessage()).lines().findFirst().orElse("")
                : failure.toString();
        return first.startsWith(whose) ? first.substring(whose.length()) : first;
    }
}
