package dev.procession.cleanup;

import dev.procession.launch.CommandText;
import dev.procession.launch.StopPolicy;
import dev.procession.launch.StopScope;
import dev.procession.os.Child;
import dev.procession.os.OperatingSystem;
import dev.procession.process.ProcessInfo;
import dev.procession.process.ProcessionException;
import dev.procession.process.RunState;
import dev.procession.process.Signal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Makes one child and its tree end, and looks that they have: the stop signal to the root; when that has exited, TERM to
 * what is left, for the rest of the grace period; then STOP, a new scan, KILL, again until nothing is left. The root is
 * reaped last, so that the ids of its session and group are certainly its own until then.
 *
 * <p>It never waits: each step says when it wants to be asked again, so one thread can stop any number of processes at
 * once. For one thread, apart from {@link #hurry()} and {@link #limit}.
 */
public final class StopSequence {

    private static final Duration POLL = Duration.ofMillis(4);
    private static final int MOST_FREEZE_SCANS = 20;

    private final String name;
    private final OperatingSystem system;
    private final Child root;
    private final ProcessTree tree;
    private final StopPolicy policy;
    private final Duration verification;

    private volatile boolean hurried;
    private volatile @Nullable Limit limit;
    private volatile @Nullable Thread runner;
    private Phase phase;
    private int signalsSent;
    private long deadline;
    private List<ProcessInfo> left = List.of();
    private @Nullable String blind;

    private enum Phase {
        SIGNAL,
        ROOT_GRACE,
        SURVIVOR_GRACE,
        KILL,
        DONE
    }

    /**
     * @param policy a grace period of 0 kills at once, without a stop signal
     * @param verification how long KILL may take to have its effect
     */
    public StopSequence(
            String name,
            OperatingSystem system,
            Child root,
            ProcessTree tree,
            StopPolicy policy,
            Duration verification) {
        this.name = name;
        this.system = system;
        this.root = root;
        this.tree = tree;
        this.policy = policy;
        this.verification = verification;
        this.phase = Phase.SIGNAL;
    }

    /**
     * Runs several at once in this thread. An interrupt does not leave anything behind: it ends all grace periods, and is
     * kept for the caller.
     */
    public static void runAll(Collection<StopSequence> sequences) {
        Thread runner = Thread.currentThread();
        sequences.forEach(sequence -> {
            sequence.runner = runner;
            sequence.root.exit().whenComplete((s, f) -> LockSupport.unpark(runner));
        });
        boolean interrupted = false;
        while (true) {
            long pause = Long.MAX_VALUE;
            boolean busy = false;
            for (StopSequence sequence : sequences) {
                Optional<Duration> wait = sequence.stepSafely(System.nanoTime());
                if (wait.isPresent()) {
                    busy = true;
                    pause = Math.min(pause, wait.get().toNanos());
                }
            }
            if (!busy) {
                break;
            }
            LockSupport.parkNanos(sequences, Math.max(1, pause));
            if (Thread.interrupted()) {
                interrupted = true;
                sequences.forEach(StopSequence::hurry);
            }
        }
        if (interrupted) {
            runner.interrupt();
        }
    }

    /** One that fails is escalated, and leaves the others to go their way. */
    private Optional<Duration> stepSafely(long now) {
        try {
            return step(now);
        } catch (RuntimeException e) {
            blind = e.toString();
            if (phase == Phase.KILL && (now >= deadline || isOver(now))) {
                phase = Phase.DONE;
                return Optional.empty();
            }
            escalate(now);
            return Optional.of(POLL);
        }
    }

    /**
     * Does what is due.
     *
     * @return when to call again at the latest; empty when it is over
     */
    Optional<Duration> step(long now) {
        if (phase == Phase.SIGNAL) {
            begin(now);
        }
        Limit common = limit;
        if (hurried || (common != null && now >= common.graceEnd())) {
            escalate(now);
        }
        if (phase == Phase.ROOT_GRACE) {
            awaitRoot(now);
        }
        if (phase == Phase.SURVIVOR_GRACE) {
            awaitSurvivors(now);
        }
        if (phase == Phase.KILL) {
            kill(now);
        }
        return switch (phase) {
            case DONE -> Optional.empty();
            case ROOT_GRACE ->
                Optional.of(Duration.ofNanos(
                        Math.max(0, (common == null ? deadline : Math.min(deadline, common.graceEnd())) - now)));
            default -> Optional.of(POLL);
        };
    }

    private void begin(long now) {
        // Who is there now is remembered: when the root goes, its children are nobody's.
        look();
        if (policy.gracePeriod().isZero()) {
            escalate(now);
            return;
        }
        if (!root.exit().isDone()) {
            sendStopSignal();
        }
        phase = Phase.ROOT_GRACE;
        deadline = now + policy.gracePeriod().toNanos();
    }

    private void sendStopSignal() {
        signalsSent++;
        boolean toGroup = policy.scope() == StopScope.GROUP;
        if (toGroup && root.signalGroup(policy.signal())) {
            root.signalGroup(Signal.CONT);
            return;
        }
        attempt(() -> root.signal(policy.signal()));
        attempt(() -> resume(tree.root()));
        if (toGroup) {
            left.stream()
                    .filter(row -> row.group() == root.id().pid())
                    .forEach(row -> signalAndResume(row, policy.signal()));
        }
    }

    private void signalAndResume(ProcessInfo row, Signal signal) {
        attempt(() -> {
            system.signaller().send(row.id(), signal);
            resume(Optional.of(row));
        });
    }

    /** A paused process would only see the signal when somebody continues it. */
    private void resume(Optional<ProcessInfo> row) {
        row.filter(r -> r.state() == RunState.STOPPED)
                .ifPresent(r -> system.signaller().send(r.id(), Signal.CONT));
    }

    private void awaitRoot(long now) {
        if (root.exit().isDone()) {
            if (!look()) {
                escalate(now);
                return;
            }
            if (left.isEmpty() || leavesOthersAlone()) {
                finish();
                return;
            }
            left.forEach(row -> signalAndResume(row, Signal.TERM));
            phase = Phase.SURVIVOR_GRACE;
        } else if (now >= deadline) {
            if (signalsSent <= policy.retries()) {
                sendStopSignal();
                deadline = now + policy.gracePeriod().toNanos();
            } else {
                escalate(now);
            }
        }
    }

    private void awaitSurvivors(long now) {
        if (look() && left.isEmpty()) {
            finish();
        } else if (now >= deadline) {
            escalate(now);
        }
    }

    private void escalate(long now) {
        if (phase != Phase.DONE && phase != Phase.KILL) {
            phase = Phase.KILL;
            deadline = now + verification.toNanos();
        }
    }

    private void kill(long now) {
        boolean rootAlone = leavesOthersAlone();
        if (!rootAlone) {
            freeze();
            root.signalGroup(Signal.KILL);
            signalLeft(Signal.KILL);
        }
        attempt(() -> root.signal(Signal.KILL));
        look();
        if (root.exit().isDone() && (rootAlone || left.isEmpty()) && blind == null) {
            finish();
        } else if (now >= deadline || isOver(now)) {
            phase = Phase.DONE;
            // Should it end after all, nobody will be there to look.
            root.exit().thenRun(root::reap);
        }
    }

    private boolean isOver(long now) {
        Limit common = limit;
        return common != null && now >= common.end();
    }

    private void signalLeft(Signal signal) {
        left.forEach(row -> attempt(() -> system.signaller().send(row.id(), signal)));
    }

    /** Stops everybody until a scan finds nobody new: what forks faster than it is killed would outrun a plain KILL. */
    private void freeze() {
        int before = -1;
        look();
        for (int scans = 0; left.size() != before && scans < MOST_FREEZE_SCANS; scans++) {
            before = left.size();
            root.signalGroup(Signal.STOP);
            attempt(() -> root.signal(Signal.STOP));
            signalLeft(Signal.STOP);
            look();
        }
    }

    /**
     * Looks who is left. When even that is impossible, because no file can be opened any more, the group can still be
     * killed, but nobody can say that all is gone.
     */
    private boolean look() {
        return attempt(() -> {
            left = tree.members();
            blind = null;
        });
    }

    /** What fails, because no file can be opened any more, must not keep the rest from being done. */
    private boolean attempt(Runnable action) {
        try {
            action.run();
            return true;
        } catch (ProcessionException e) {
            blind = e.getMessage();
            return false;
        }
    }

    private void finish() {
        phase = Phase.DONE;
        if (!leavesOthersAlone()) {
            // Whoever was overlooked because it keeps forking cannot outrun a signal to its group.
            root.signalGroup(Signal.KILL);
        }
        root.reap();
    }

    /** Ends the grace period, from any thread: what has not ended by now is killed. */
    public void hurry() {
        hurried = true;
        LockSupport.unpark(runner);
    }

    /** Shortens it, from any thread. What has not ended by then has been sent KILL at least once. */
    public void limit(Limit common) {
        limit = common;
        LockSupport.unpark(runner);
    }

    /**
     * The last moments for the ends of many processes together, by {@link System#nanoTime}.
     *
     * @param graceEnd when every grace period is over
     * @param end when nobody looks any more whether KILL has had its effect
     */
    public record Limit(long graceEnd, long end) {

        /** From now on. */
        public static Limit in(Duration grace, Duration verification) {
            long graceEnd = System.nanoTime() + grace.toNanos();
            return new Limit(graceEnd, graceEnd + verification.toNanos());
        }

        /** How long it is until the end. */
        public Duration left() {
            return Duration.ofNanos(Math.max(0, end - System.nanoTime()));
        }
    }

    /** Whether its scope is the process alone, so that what it had started may still live. */
    public boolean leavesOthersAlone() {
        return policy.scope() == StopScope.PROCESS;
    }

    /** What even KILL did not end, for messages; empty if all is well. */
    public Optional<String> failure() {
        boolean rootLives = !root.exit().isDone();
        if (blind != null) {
            return Optional.of("'" + name + "' was sent KILL, but nobody can see whether all of it has gone: " + blind);
        }
        if (!rootLives && (left.isEmpty() || leavesOthersAlone())) {
            return Optional.empty();
        }
        List<String> survivors = new ArrayList<>();
        if (rootLives) {
            survivors.add("pid " + root.id().pid());
        }
        List<ProcessInfo> meant = leavesOthersAlone() ? List.of() : left;
        meant.forEach(row -> survivors.add(
                "pid " + row.pid() + " (" + CommandText.of(row, system.processes()) + ", " + row.state() + ")"));
        return Optional.of("'" + name + "' could not be ended: KILL had no effect within "
                + TimeUnit.NANOSECONDS.toSeconds(verification.toNanos()) + " s on " + String.join(", ", survivors)
                + "; a process in state UNINTERRUPTIBLE waits for the kernel, often for a disk or network file system");
    }
}
