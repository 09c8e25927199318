package dev.procession.cleanup;

import dev.procession.launch.CommandText;
import dev.procession.launch.StopPolicy;
import dev.procession.launch.StopScope;
import dev.procession.os.Child;
import dev.procession.os.OperatingSystem;
import dev.procession.process.ProcessId;
import dev.procession.process.ProcessInfo;
import dev.procession.process.ProcessionException;
import dev.procession.process.RunState;
import dev.procession.process.Signal;
import dev.procession.process.Straggler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
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

    /** Who has not ended soon is looked for ever less often: each look reads the process table. */
    private static final Duration LONGEST_POLL = Duration.ofMillis(100);

    /** The pause is that part of the time already spent: so much longer, at the most, a stop takes for it. */
    private static final int PART = 16;

    private static final int MOST_FREEZE_SCANS = 20;

    /** What ends by itself soon after its parent, such as the rest of a pipeline, was not left behind. */
    private static final Duration SETTLING = Duration.ofMillis(100);

    /** How long what was written last may be on its way into the logs, while others go on writing. */
    private static final Duration LAST_WORDS = Duration.ofSeconds(1);

    private final String name;
    private final OperatingSystem system;
    private final Child root;
    private final ProcessTree tree;
    private final StopPolicy policy;
    private final Duration verification;

    /** When its end was noticed. What it did before is in a scan that begins later. */
    private final CompletableFuture<Long> rootGone;

    private volatile boolean hurried;
    private volatile @Nullable Limit limit;
    private volatile @Nullable Thread runner;
    private Phase phase;
    private int signalsSent;
    private long begun;
    private long over;
    private boolean escalated;
    private long deadline;
    private long settled;
    private long asking;
    private long nextLook;

    /** A scan is of use only if it was begun after this: after what was done last. */
    private long moment = System.nanoTime();

    private int unsure;
    private int scans;
    private int before;
    private boolean killed;
    private boolean everKilled;
    private List<ProcessInfo> left = List.of();

    /** Who has been asked to end after the root, and which program it was then. */
    private final Map<ProcessId, OptionalLong> asked = new HashMap<>();

    private List<Straggler> stragglers = List.of();
    private @Nullable String blind;

    private enum Phase {
        SIGNAL,
        ROOT_GRACE,
        SETTLING,
        SURVIVOR_GRACE,
        KILL,
        LAST_WORDS,
        DONE
    }

    /**
     * @param policy a grace period of 0 kills at once, without a stop signal
     * @param verification how long KILL may take to have its effect, from the first on
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
        this.rootGone = root.exit().handle((status, failure) -> System.nanoTime());
    }

    /**
     * Runs several at once in this thread. An interrupt does not leave anything behind: it ends all grace periods, and is
     * kept for the caller.
     */
    public static void runAll(Collection<StopSequence> sequences) {
        Thread runner = Thread.currentThread();
        sequences.forEach(StopSequence::runHere);
        Optional<Census> census = sequences.stream().findFirst().map(any -> new Census(any.system.processes()));
        boolean interrupted = false;
        while (true) {
            long pause = Long.MAX_VALUE;
            boolean busy = false;
            long now = System.nanoTime();
            for (StopSequence sequence : sequences) {
                Optional<Duration> wait = sequence.advance(now, census.orElseThrow());
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

    /** From here on it is this thread that runs it, and is woken when a look is worth while. */
    public void runHere() {
        Thread thread = Thread.currentThread();
        runner = thread;
        rootGone.thenRun(() -> LockSupport.unpark(thread));
    }

    /**
     * Does what is due. One that fails is escalated, and leaves others to go their way.
     *
     * @param now as of {@link System#nanoTime()}
     * @param census where it looks; those of many are shared, if all that is done after a look waits for the next call
     * @return when to call again at the latest; empty when it is over
     */
    public Optional<Duration> advance(long now, Census census) {
        try {
            return step(now, census);
        } catch (RuntimeException e) {
            blind = e.toString();
            if (phase == Phase.KILL && (now >= deadline || isOver(now))) {
                done();
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
    private Optional<Duration> step(long now, Census census) {
        boolean asked = phase == Phase.SURVIVOR_GRACE;
        if (phase == Phase.SIGNAL) {
            begun = begun == 0 ? System.nanoTime() : begun;
            begin(now, census);
        }
        Limit common = limit;
        if (hurried || (common != null && now >= common.graceEnd())) {
            escalate(now);
        }
        if (phase == Phase.ROOT_GRACE) {
            awaitRoot(now, census);
        }
        if (phase == Phase.SETTLING) {
            settle(now, census);
        }
        // Who was asked just now is looked at with all the others, at a later call.
        if (phase == Phase.SURVIVOR_GRACE && asked && now >= nextLook) {
            awaitSurvivors(now, census);
        }
        boolean more = phase == Phase.KILL && kill(now, census);
        if (phase == Phase.LAST_WORDS && (now >= deadline || isOver(now) || root.isDrained())) {
            done();
        }
        return switch (phase) {
            case DONE -> Optional.empty();
            case ROOT_GRACE ->
                rootGone.isDone()
                        ? Optional.of(Duration.ZERO)
                        : Optional.of(Duration.ofNanos(Math.max(
                                0, (common == null ? deadline : Math.min(deadline, common.graceEnd())) - now)));
            case SURVIVOR_GRACE -> Optional.of(untilNextLook(now));
            default -> Optional.of(more ? Duration.ZERO : POLL);
        };
    }

    private Duration untilNextLook(long now) {
        Limit common = limit;
        long next = common == null ? nextLook : Math.min(nextLook, common.graceEnd());
        return Duration.ofNanos(Math.max(0, next - now));
    }

    private void begin(long now, Census census) {
        // Who is there now is remembered: when the root goes, its children are nobody's.
        look(census);
        if (isUnsure()) {
            lookAgain();
            return;
        }
        if (!rootGone.isDone()) {
            if (policy.gracePeriod().isZero()) {
                escalate(now);
                return;
            }
            sendStopSignal();
        }
        phase = Phase.ROOT_GRACE;
        // Among many it may have been a while before it was asked.
        deadline = System.nanoTime() + policy.gracePeriod().toNanos();
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

    private void awaitRoot(long now, Census census) {
        if (rootGone.isDone()) {
            if (rootGone.join() - now > 0) {
                // Only since this call: at the next one a scan will do for all that ended meanwhile.
                return;
            }
            moment = Math.max(moment, rootGone.join());
            if (!look(census)) {
                escalate(now);
                return;
            }
            if (isUnsure()) {
                lookAgain();
                return;
            }
            if (left.isEmpty() || leavesOthersAlone()) {
                finish();
                return;
            }
            if (signalsSent == 0) {
                phase = Phase.SETTLING;
                settled = now + SETTLING.toNanos();
            } else {
                askSurvivors(now);
            }
        } else if (now >= deadline) {
            if (signalsSent <= policy.retries()) {
                sendStopSignal();
                deadline = now + policy.gracePeriod().toNanos();
            } else {
                escalate(now);
            }
        }
    }

    /** It ended by itself: whoever is left a moment later was left behind. */
    private void settle(long now, Census census) {
        if (look(census) && left.isEmpty() && !isUnsure()) {
            finish();
        } else if (now >= settled) {
            noteStragglers();
            askSurvivors(now);
            deadline = now + policy.gracePeriod().toNanos();
        }
        lookAgain();
    }

    private void askSurvivors(long now) {
        asking = now;
        nextLook = now + POLL.toNanos();
        left.forEach(this::ask);
        phase = Phase.SURVIVOR_GRACE;
        lookAgain();
    }

    private void ask(ProcessInfo row) {
        // Before the signal: one signal too many does less harm than one that nobody has heard.
        asked.put(row.id(), system.processes().image(row.pid()));
        signalAndResume(row, Signal.TERM);
    }

    /** What was asked between fork and exec may have taken the signal with its parent's handler, and lost it by the exec. */
    private void askAnew(ProcessInfo row) {
        OptionalLong before = asked.getOrDefault(row.id(), OptionalLong.empty());
        OptionalLong image = system.processes().image(row.pid());
        if (before.isPresent() && image.isPresent() && !image.equals(before)) {
            ask(row);
        }
    }

    /** Whether another look, at the next call and so with all the others, may show somebody where this has shown nobody. */
    private boolean isUnsure() {
        return unsure > 0 && unsure % ProcessTree.MOST_SCANS != 0;
    }

    /** What has been seen up to now will not do any more. */
    private void lookAgain() {
        moment = System.nanoTime();
    }

    private void awaitSurvivors(long now, Census census) {
        if (look(census) && left.isEmpty() && !isUnsure()) {
            finish();
        } else if (now >= deadline) {
            if (stragglers.isEmpty()) {
                noteStragglers();
            }
            escalate(now);
        } else {
            left.forEach(this::askAnew);
        }
        // Where nobody is seen but somebody may be, that is soon decided.
        long part = left.isEmpty() ? 0 : (now - asking) / PART;
        long pause = Math.max(POLL.toNanos(), Math.min(LONGEST_POLL.toNanos(), part));
        nextLook = Math.min(now + pause, deadline);
        lookAgain();
    }

    private void noteStragglers() {
        attempt(() -> stragglers =
                StragglerReport.of(system, left, row -> tree.sign(row.id()).describe("'" + name + "'")));
    }

    /** Who outlived the root: of its own accord, or in spite of the signals. They have been ended like everybody else. */
    public List<Straggler> stragglers() {
        return stragglers;
    }

    private void escalate(long now) {
        if (phase != Phase.DONE && phase != Phase.KILL && phase != Phase.LAST_WORDS) {
            escalated = true;
            phase = Phase.KILL;
            moment = Math.max(moment, now);
            deadline = now + verification.toNanos();
        }
    }

    /**
     * One look, and what follows from it.
     *
     * @return whether the next look is worth while at once
     */
    private boolean kill(long now, Census census) {
        boolean rootAlone = leavesOthersAlone();
        look(census);
        if (killed) {
            killed = false;
            scans = 0;
            if (rootGone.isDone() && (rootAlone || (left.isEmpty() && !isUnsure())) && blind == null) {
                finish();
            } else if (now >= deadline || isOver(now)) {
                done();
                // Should it end after all, nobody will be there to look.
                root.exit().thenRun(root::reap);
            }
            return false;
        }
        if (!rootAlone && scans < MOST_FREEZE_SCANS && (scans == 0 || left.size() != before)) {
            freeze();
        } else {
            if (!rootAlone) {
                root.signalGroup(Signal.KILL);
                signalLeft(Signal.KILL);
            }
            attempt(() -> root.signal(Signal.KILL));
            if (!everKilled) {
                // Not from the looks before it, which take their time on a machine under load.
                deadline = System.nanoTime() + verification.toNanos();
            }
            everKilled = true;
            killed = true;
        }
        lookAgain();
        return true;
    }

    /** Until a scan finds nobody new everybody is stopped: what forks faster than it is killed would outrun a plain KILL. */
    private void freeze() {
        scans++;
        before = left.size();
        root.signalGroup(Signal.STOP);
        attempt(() -> root.signal(Signal.STOP));
        signalLeft(Signal.STOP);
    }

    private boolean isOver(long now) {
        Limit common = limit;
        return common != null && now >= common.end();
    }

    private void signalLeft(Signal signal) {
        left.forEach(row -> attempt(() -> system.signaller().send(row.id(), signal)));
    }

    /**
     * Looks who is left. When even that is impossible, because no file can be opened any more, the group can still be
     * killed, but nobody can say that all is gone.
     */
    private boolean look(Census census) {
        return attempt(() -> {
            left = tree.members(census, moment);
            boolean undecided = left.isEmpty() && tree.isUndecided();
            unsure = undecided ? unsure + 1 : 0;
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
        phase = Phase.LAST_WORDS;
        deadline = System.nanoTime() + LAST_WORDS.toNanos();
        if (leavesOthersAlone()) {
            tree.remember(left);
        } else {
            // Whoever was overlooked because it keeps forking cannot outrun a signal to its group.
            root.signalGroup(Signal.KILL);
        }
        root.reap();
    }

    private void done() {
        phase = Phase.DONE;
        over = System.nanoTime();
    }

    /** How long it took, when it has run. */
    public Duration elapsed() {
        return Duration.ofNanos(over - begun);
    }

    /** Whether something was sent KILL because it had not ended otherwise, or was not to be asked. */
    public boolean wasEscalated() {
        return escalated;
    }

    /** There will be no news of the root's end, but it is gone. To be said before it runs. */
    public void rootIsLost() {
        rootGone.complete(System.nanoTime());
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
        boolean rootLives = !rootGone.isDone();
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
