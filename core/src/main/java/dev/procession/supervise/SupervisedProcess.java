package dev.procession.supervise;

import dev.procession.cleanup.StopSequence;
import dev.procession.cleanup.StopSequence.Limit;
import dev.procession.launch.Allocation;
import dev.procession.launch.CommandText;
import dev.procession.launch.ConsoleLog;
import dev.procession.launch.Launch;
import dev.procession.launch.LogMatch;
import dev.procession.launch.ProcessLog;
import dev.procession.launch.ProcessSpec;
import dev.procession.launch.StopPolicy;
import dev.procession.launch.StopScope;
import dev.procession.os.OperatingSystem;
import dev.procession.process.Durations;
import dev.procession.process.ExitStatus;
import dev.procession.process.ProcessDiedException;
import dev.procession.process.ProcessId;
import dev.procession.process.ProcessInfo;
import dev.procession.process.ProcessionException;
import dev.procession.process.RunState;
import dev.procession.process.Signal;
import dev.procession.process.StartFailedException;
import dev.procession.process.StopFailedException;
import dev.procession.process.WaitTimeoutException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A program under supervision: the handle that tests use. Thread safe.
 *
 * <p>It is started and owned by a {@link Supervisor}.
 */
public final class SupervisedProcess {

    private static final Logger LOG = System.getLogger("dev.procession");

    /** How long KILL may take to have its effect before that is reported as a failure. */
    static final Duration VERIFICATION = Duration.ofSeconds(10);

    /** How long a reader may leave a full pipe full. */
    private static final Duration SEND_PATIENCE = Duration.ofSeconds(10);

    /** How long the kernel's news of a death may lag behind the process table. */
    private static final Duration NEWS_LAG = Duration.ofSeconds(1);

    private final OperatingSystem system;
    private final Launch launch;
    private final Executor work;
    private final Executor console;
    private final AtomicReference<Runnable> onRelease;
    private volatile @Nullable ConsoleLog consoleLog;
    private volatile boolean released;
    private volatile Set<SupervisedProcess> dependencies = Set.of();

    /** Held during the spawn: whoever has forbidden it knows that it either happened before or never will. */
    private final Object spawning = new Object();

    private @Nullable String startForbidden;

    /** Guards what follows. Taken inside of {@link #spawning}, never around it. */
    private final Object lock = new Object();

    private ProcessState state = ProcessState.STOPPED;
    private @Nullable Run run;
    private boolean exitAskedFor;
    private boolean leavesOthersAlone;

    /**
     * @param onRelease gives back what it holds besides its launch
     * @param console where lines are shown; it may block
     */
    SupervisedProcess(OperatingSystem system, Launch launch, Runnable onRelease, Executor work, Executor console) {
        this.system = system;
        this.launch = launch;
        this.onRelease = new AtomicReference<>(onRelease);
        this.work = work;
        this.console = console;
    }

    /** What must be ready before it is started, and is stopped after it. */
    Set<SupervisedProcess> dependencies() {
        return dependencies;
    }

    /** To be said before it is started. */
    void dependOn(Set<SupervisedProcess> processes) {
        dependencies = Set.copyOf(processes);
    }

    /** The name, unique in its supervisor. */
    public String name() {
        return launch.spec().name();
    }

    /** What it was started from. */
    public ProcessSpec spec() {
        return launch.spec();
    }

    /** The state right now; a process that has died is {@link ProcessState#EXITED} at once. */
    public ProcessState state() {
        synchronized (lock) {
            boolean upUntilNow = state == ProcessState.RUNNING || state == ProcessState.STARTING;
            return upUntilNow && run != null && run.hasExited() ? ProcessState.EXITED : state;
        }
    }

    /**
     * The pid.
     *
     * @throws IllegalStateException if it is not running, naming the state
     */
    public long pid() {
        return id().pid();
    }

    /**
     * The identity of the running process.
     *
     * @throws IllegalStateException if it is not running, naming the state
     */
    public ProcessId id() {
        Run current = current();
        if (current.hasExited()) {
            throw new IllegalStateException("Expected '" + name() + "' to be running, but was " + state()
                    + current.exitStatus().map(status -> " (" + status + ")").orElse(""));
        }
        return current.child().id();
    }

    /**
     * The main port.
     *
     * @throws IllegalStateException if nothing in its description refers to {@code ${port}}
     */
    public int port() {
        return launch.port()
                .orElseThrow(() -> new IllegalStateException("Expected '" + name()
                        + "' to have a port, but nothing in its description refers to ${port}; put it into "
                        + spec().declarationOf("command")));
    }

    /**
     * A port by its name; the main one's is {@code port}.
     *
     * @throws IllegalStateException if it has none of that name, listing those it has
     */
    public int port(String name) {
        return launch.allocation()
                .port(name)
                .orElseThrow(() -> new IllegalStateException("Expected '" + name() + "' to have a port '" + name
                        + "', but it has "
                        + (ports().isEmpty() ? "none" : String.join(", ", ports().keySet())) + "; declare it in "
                        + spec().declarationOf("ports")));
    }

    /** The numbers of all its ports by name, the main one first. */
    public Map<String, Integer> ports() {
        return launch.allocation().ports();
    }

    /** Whether it has a main port. */
    public boolean hasPort() {
        return launch.port().isPresent();
    }

    /** The working directory. */
    public Path directory() {
        return launch.directory();
    }

    /**
     * When the present run was started.
     *
     * @throws IllegalStateException if it was never started
     */
    public Instant startedAt() {
        return current().startedAt();
    }

    /** How the last run ended; empty while it is running or before it was started. */
    public Optional<ExitStatus> exitStatus() {
        synchronized (lock) {
            return run == null ? Optional.empty() : run.exitStatus();
        }
    }

    /**
     * The end of the present run, to be used with other asynchronous code. Waiting for it does not make a death expected;
     * {@link #awaitExit} does.
     *
     * @throws IllegalStateException if it was never started
     */
    public CompletableFuture<ExitStatus> exit() {
        CompletableFuture<ExitStatus> exit = current().child().exit();
        // Not on the thread that watches everything: what callers hang on it may block.
        return exit.isDone() ? exit.copy() : exit.thenApplyAsync(status -> status);
    }

    /**
     * What it has written, also after its end.
     *
     * @throws IllegalStateException if it was never started
     */
    public ProcessLog log() {
        return current().log();
    }

    /** The process itself, if it lives, and everything it has started that still lives, by a fresh scan. */
    public List<ProcessInfo> tree() {
        Run current = current();
        List<ProcessInfo> tree = new ArrayList<>();
        system.processes()
                .find(current.child().id().pid())
                .filter(row -> row.id().equals(current.child().id()) && !row.isDead())
                .ifPresent(tree::add);
        tree.addAll(current.tree().members());
        return tree;
    }

    /** Whether it lives, but has been stopped by a signal such as STOP and not yet been continued. */
    public boolean isPaused() {
        ProcessId id = current().child().id();
        return system.processes()
                .find(id.pid())
                .filter(row -> row.id().equals(id) && row.state() == RunState.STOPPED)
                .isPresent();
    }

    private Run current() {
        synchronized (lock) {
            if (run == null) {
                throw new IllegalStateException("Expected '" + name() + "' to have been started, but was " + state);
            }
            return run;
        }
    }

    /**
     * The first line that matched the {@code log} of its readiness conditions, with the groups of that expression.
     *
     * @throws IllegalStateException if it has no such condition, or was never ready
     */
    public LogMatch readyLine() {
        Run current = current();
        Pattern pattern = spec().ready()
                .logPattern()
                .orElseThrow(() -> new IllegalStateException("Expected '" + name()
                        + "' to wait for a line, but its readiness has no 'log'; add one to "
                        + spec().declarationOf("ready")));
        return current.log()
                .find(pattern)
                .orElseThrow(() -> new IllegalStateException(
                        "Expected '" + name() + "' to have logged /" + pattern + "/, but was " + state()));
    }

    /**
     * Writes to its standard input, in UTF-8, exactly what is given.
     *
     * @throws IllegalStateException if its {@code stdin} is not a pipe, was closed, or the process has ended
     * @throws WaitTimeoutException if it does not read for 10 s
     */
    public void send(String text) {
        send(text, SEND_PATIENCE);
    }

    /** @param patience how long it may leave a full pipe full */
    void send(String text, Duration patience) {
        Run current = current();
        if (!launch.isFed()) {
            throw new IllegalStateException(
                    "Expected '" + name() + "' to have a pipe as standard input, but it has none;"
                            + " write stdin = PIPE in " + spec().declaration());
        }
        if (current.hasExited()) {
            throw new IllegalStateException("Expected '" + name() + "' to be running, but was " + state());
        }
        current.send(text.getBytes(StandardCharsets.UTF_8), patience);
    }

    /** It gets to the end of its standard input. Idempotent; nothing happens without a pipe. */
    public void closeStdin() {
        current().closeStdin();
    }

    /**
     * Spawns it, and begins to wait in this thread until it is ready.
     *
     * @throws StartFailedException if it cannot be spawned; nothing of it is left then
     */
    Start begin() {
        StartSequence sequence = new StartSequence(system, launch);
        Run started = spawn(sequence);
        started.child().exit().thenRunAsync(() -> sweepAfterExit(started), work);
        if (spec().consoleLog()) {
            consoleLog = ConsoleLog.follow(
                    name(), started.log(), launch.secrets(), started.child().exit(), console);
        }
        Start start = null;
        try {
            start = new Start(this, started, sequence);
            return start;
        } finally {
            if (start == null) {
                sequence.close();
                end(started, spec().stop().scope(StopScope.TREE));
                startFailed();
            }
        }
    }

    private Run spawn(StartSequence sequence) {
        // What can take its time, such as resolving a name, comes before the lock that a stop waits for.
        sequence.prepare();
        synchronized (spawning) {
            if (startForbidden != null) {
                throw new IllegalStateException(
                        "Expected an open supervisor to start '" + name() + "', but " + startForbidden);
            }
            Run started = sequence.spawn();
            synchronized (lock) {
                run = started;
                state = ProcessState.STARTING;
                exitAskedFor = spec().ready().isOneShot();
            }
            return started;
        }
    }

    /** When it returns, a start has spawned already, or will fail. */
    void forbidStart(String because) {
        synchronized (spawning) {
            startForbidden = because;
        }
    }

    /** Of a start that failed nothing is left, whatever the stop scope. */
    Optional<StopSequence> beginStopAfterFailure() {
        return beginStop(spec().stop().scope(StopScope.TREE), VERIFICATION);
    }

    /** It was stopped because it did not become ready. */
    void startFailed() {
        synchronized (lock) {
            state = ProcessState.FATAL;
        }
    }

    /** Whether somebody else has asked for the end of what is being started. */
    boolean isStartCutShort() {
        synchronized (lock) {
            // The end of a one-shot is asked for from the beginning.
            return spec().ready().isOneShot()
                    ? state == ProcessState.STOPPING || state == ProcessState.STOPPED
                    : exitAskedFor;
        }
    }

    /** It ended by itself: what it leaves behind goes too, unless somebody is stopping it already. */
    private void sweepAfterExit(Run exited) {
        try {
            exited.claimEnd(spec().stop(), VERIFICATION).ifPresent(sequence -> runEnd(exited, sequence));
        } catch (RuntimeException e) {
            LOG.log(Level.ERROR, "Cleaning up after '" + name() + "' failed", e);
        }
    }

    /** @return false if somebody has stopped it meanwhile */
    boolean becomeReady(Start start) {
        synchronized (lock) {
            if (run != start.run()) {
                return false;
            }
            if (spec().ready().isOneShot()) {
                // Its end was what it was started for; who swept up behind it has set the state.
                return state == ProcessState.EXITED;
            }
            if (state == ProcessState.EXITED && !exitAskedFor) {
                // It was ready, and has died since: that is the news, as it would be a moment later.
                return true;
            }
            if (state != ProcessState.STARTING) {
                return false;
            }
            state = ProcessState.RUNNING;
            return true;
        }
    }

    /** Whether others can rely on it: it is ready or, as a one-shot, has done its work. */
    public boolean isReady() {
        ProcessState now = state();
        return now == ProcessState.RUNNING || (spec().ready().isOneShot() && now == ProcessState.EXITED);
    }

    /**
     * Stops it: the stop signal, the grace period, KILL, and a look that its tree has gone. Final: it is not restarted.
     *
     * @return false if it was not running
     * @throws StopFailedException if something survived even KILL
     */
    public boolean stop() {
        return stop(spec().stop());
    }

    /**
     * Kills it and its tree without a grace period, also when a stop with one is under way. Final: it is not restarted.
     *
     * @return false if it was not running
     * @throws StopFailedException if something survived even KILL
     */
    public boolean kill() {
        return stop(spec().stop().scope(StopScope.TREE).gracePeriod(Duration.ZERO));
    }

    private boolean stop(StopPolicy policy) {
        Run current = askForEnd();
        if (current == null) {
            return false;
        }
        boolean wasRunning = !current.hasExited();
        end(current, policy);
        return wasRunning;
    }

    /** From here on its end is expected. Null if there is nothing to end. */
    private @Nullable Run askForEnd() {
        // A process that is just being spawned is waited for; it would escape.
        synchronized (spawning) {
            synchronized (lock) {
                if (run == null || run.ended().isDone()) {
                    return null;
                }
                if (!run.hasExited()) {
                    exitAskedFor = true;
                    state = ProcessState.STOPPING;
                }
                return run;
            }
        }
    }

    /** Ends a run, or waits for whoever is doing that already; one that was to spare the rest of the tree is completed. */
    private void end(Run ending, StopPolicy policy) {
        Optional<StopSequence> claimed = ending.claimEnd(policy, VERIFICATION);
        if (claimed.isPresent()) {
            runEnd(ending, claimed.get());
        } else {
            if (policy.gracePeriod().isZero()) {
                ending.hurry();
            }
            awaitEnd(ending, policy.longest().plus(VERIFICATION).plus(NEWS_LAG));
        }
        if (policy.scope() != StopScope.PROCESS) {
            endLeftAlone(VERIFICATION);
        }
    }

    private void runEnd(Run ending, StopSequence sequence) {
        try {
            StopSequence.runAll(List.of(sequence));
        } finally {
            finish(ending, sequence);
        }
        throwFailure(ending);
    }

    private static void throwFailure(Run ended) {
        ended.takeFailure().ifPresent(failure -> {
            throw new StopFailedException(failure);
        });
    }

    private void awaitEnd(Run ending, Duration longest) {
        boolean interrupted = false;
        long deadline = System.nanoTime() + longest.toNanos();
        try {
            while (true) {
                try {
                    ending.ended().get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
                    return;
                } catch (InterruptedException e) {
                    interrupted = true;
                    ending.hurry();
                } catch (TimeoutException | ExecutionException e) {
                    throw new StopFailedException("'" + name() + "' is still being ended by another thread after "
                            + Durations.describe(longest));
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void finish(Run ending, StopSequence sequence) {
        synchronized (lock) {
            if (state == ProcessState.STOPPING) {
                state = ProcessState.STOPPED;
            } else if (state != ProcessState.FATAL) {
                state = ProcessState.EXITED;
            }
            leavesOthersAlone = sequence.leavesOthersAlone();
        }
        ending.finish(sequence);
    }

    /** Begins to stop it, for a supervisor that stops many at once in one thread. Empty if there is nothing to do. */
    Optional<StopSequence> beginStop(StopPolicy policy, Duration verification) {
        Run current = askForEnd();
        return current == null ? Optional.empty() : current.claimEnd(policy, verification);
    }

    /** Shortens its end, whoever is bringing that about. */
    void limitEnd(Limit limit) {
        Run current;
        synchronized (lock) {
            current = run;
        }
        if (current != null) {
            current.limitEnd(limit);
        }
    }

    /** The sequence from {@link #beginStop} has run. */
    void endStop(StopSequence sequence) {
        finish(current(), sequence);
    }

    /**
     * Waits for an end, whoever is bringing it about.
     *
     * @throws StopFailedException if something survived even KILL, and nobody has said so yet
     */
    void awaitEnd(Optional<Limit> limit) {
        Run current;
        synchronized (lock) {
            current = run;
        }
        if (current != null) {
            Duration longest = spec().stop().longest().plus(VERIFICATION).plus(NEWS_LAG);
            awaitEnd(current, limit.map(Limit::left).orElse(longest));
            throwFailure(current);
        }
    }

    /** What its stop scope has left alive on purpose is ended now, each named in the log. */
    void endLeftAlone(Duration verification) {
        endLeftAlone(verification, Optional.empty());
    }

    void endLeftAlone(Duration verification, Optional<Limit> limit) {
        Run current;
        synchronized (lock) {
            current = leavesOthersAlone ? run : null;
            leavesOthersAlone = false;
        }
        if (current != null) {
            for (ProcessInfo straggler : current.tree().members()) {
                LOG.log(
                        Level.WARNING,
                        "'" + name() + "' left " + CommandText.of(straggler, system.processes()) + " (pid "
                                + straggler.pid() + ") behind; it was killed");
            }
            StopSequence sweep = current.sweep(verification);
            limit.ifPresent(sweep::limit);
            StopSequence.runAll(List.of(sweep));
            sweep.failure().ifPresent(failure -> {
                throw new StopFailedException(failure);
            });
        }
    }

    /** Gives its ports and its folder back. Idempotent. */
    void release() {
        // The news of the exit may come too late for the console.
        ConsoleLog shown = consoleLog;
        if (shown != null) {
            shown.close();
        }
        onRelease.getAndSet(() -> {}).run();
        launch.close();
        released = true;
    }

    /** Whether its ports and its folder may be somebody else's by now. */
    boolean isReleased() {
        return released;
    }

    /** Whether it was ever started; without that it has no log. */
    public boolean wasStarted() {
        synchronized (lock) {
            return run != null;
        }
    }

    Allocation allocation() {
        return launch.allocation();
    }

    /**
     * Sends a signal to the process itself. If it ends, its end was asked for.
     *
     * @return false if it has ended
     */
    public boolean signal(Signal signal) {
        Run current = current();
        expectExit();
        return !current.hasExited() && system.signaller().send(current.child().id(), signal);
    }

    /** Says that it may end from now on: its end is no failure of the test. */
    public void expectExit() {
        synchronized (lock) {
            exitAskedFor = exitAskedFor || (run != null && !run.hasExited());
        }
    }

    /**
     * Waits until it ends by itself. That is expected then, also if it had ended already.
     *
     * @param timeout 0 is one look
     * @return how it ended
     * @throws WaitTimeoutException if it is still running then
     */
    public ExitStatus awaitExit(Duration timeout) {
        Run current = current();
        synchronized (lock) {
            // Also when it has just ended: whoever waits for the end cannot know whether it was faster.
            exitAskedFor = true;
        }
        try {
            return current.child().exit().copy().get(Durations.nanos(timeout), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new WaitTimeoutException("Expected '" + name() + "' to exit within " + Durations.describe(timeout)
                    + ", but it is " + state() + " (pid " + current.child().id().pid() + ")");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ProcessionException("Interrupted while waiting for '" + name() + "' to exit", e);
        } catch (ExecutionException | CancellationException e) {
            throw new ProcessionException("Cannot learn how '" + name() + "' ended", e);
        }
    }

    /**
     * The death that nobody asked for, if there was one since it became ready. Looks at the process table too, so that a
     * death is seen even before the news of it has come.
     *
     * @return an exception whose message holds the exit status and the last lines of the log
     */
    public Optional<ProcessDiedException> unexpectedDeath() {
        Run current;
        synchronized (lock) {
            boolean wasReady = state == ProcessState.RUNNING || state == ProcessState.EXITED;
            if (run == null || exitAskedFor || !wasReady) {
                return Optional.empty();
            }
            current = run;
        }
        if (!current.hasExited() && system.processes().isAlive(current.child().id())) {
            return Optional.empty();
        }
        return Optional.of(new ProcessDiedException(FailureReport.died(launch, current, statusOf(current))));
    }

    private ExitStatus statusOf(Run dead) {
        try {
            return dead.child().exit().copy().get(NEWS_LAG.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException | ExecutionException e) {
            return new ExitStatus.Unknown(
                    OptionalInt.empty(), "no news of its end after " + Durations.describe(NEWS_LAG));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new ExitStatus.Unknown(OptionalInt.empty(), "interrupted while asking");
        }
    }

    @Override
    public String toString() {
        return "'" + name() + "' " + state()
                + exitStatus().map(status -> " (" + status + ")").orElse("");
    }
}
