package dev.procession.supervise;

import dev.procession.cleanup.PortOwners;
import dev.procession.cleanup.TreeMarks;
import dev.procession.cleanup.Watchdog;
import dev.procession.launch.Allocation;
import dev.procession.launch.ConsoleLog;
import dev.procession.launch.Launch;
import dev.procession.launch.LogMatch;
import dev.procession.launch.ProcessLog;
import dev.procession.launch.ProcessSpec;
import dev.procession.launch.RestartMode;
import dev.procession.launch.RestartPolicy;
import dev.procession.launch.StopPolicy;
import dev.procession.launch.StopScope;
import dev.procession.os.OperatingSystem;
import dev.procession.process.AlreadyStartedException;
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
import dev.procession.process.Straggler;
import dev.procession.process.StragglersException;
import dev.procession.process.WaitTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
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

    /** How long a reader may leave a full pipe full. */
    private static final Duration SEND_PATIENCE = Duration.ofSeconds(10);

    /** How long another program beside it may take. */
    private static final Duration EXEC_PATIENCE = Duration.ofSeconds(60);

    /** How long a process that can stop may take to do so. */
    private static final Duration PAUSE_PATIENCE = Duration.ofMillis(200);

    private final OperatingSystem system;
    private final Launch launch;
    private final Place place;
    private final Stragglers stragglers;
    private final Lifecycle lifecycle;
    private final RunStarter starter;
    private final RunEnder ender;
    private final Console console;
    private final AtomicReference<Runnable> onRelease;
    private volatile @Nullable ConsoleLog consoleLog;
    private volatile boolean released;
    private volatile Set<SupervisedProcess> dependencies = Set.of();

    /**
     * @param onRelease gives back what it holds besides its launch
     * @param fallback its restart policy, if its description leaves that open
     */
    SupervisedProcess(Shared shared, Launch launch, Place place, Runnable onRelease, RestartPolicy fallback) {
        this.system = shared.system();
        this.launch = launch;
        this.place = place;
        this.onRelease = new AtomicReference<>(onRelease);
        this.console = shared.console();
        this.stragglers = new Stragglers(launch.spec().name(), shared.stragglers());
        this.lifecycle = new Lifecycle(this, shared, launch, fallback);
        this.ender = new RunEnder(this, shared, stragglers, lifecycle);
        this.starter = new RunStarter(this, shared, launch, lifecycle, ender);
    }

    Lifecycle lifecycle() {
        return lifecycle;
    }

    RunStarter starter() {
        return starter;
    }

    RunEnder ender() {
        return ender;
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

    /** The name of its group; its own if it belongs to none. */
    public String group() {
        return place.group();
    }

    Place place() {
        return place;
    }

    /** As supervisord addresses it: {@code name}, or {@code group:name}. */
    String namespec() {
        return Namespec.of(group(), name());
    }

    /** All that supervisord tells of a process, at this moment. Never throws, whatever state it is in. */
    public ProcessReport info() {
        return lifecycle.report(place.group());
    }

    /** What it was started from. */
    public ProcessSpec spec() {
        return launch.spec();
    }

    /** The state right now; a process that has died is not {@link ProcessState#RUNNING}, even if that is news. */
    public ProcessState state() {
        return lifecycle.state();
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
        return lifecycle.run().flatMap(Run::exitStatus);
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
     * What it has written in its present or last run, also after its end; {@link ProcessLog#allRuns} is what it has written in
     * all of them.
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

    /**
     * What it has started, directly or not, and still lives, by a fresh scan: {@link #tree} without the process itself,
     * described as stragglers are.
     *
     * @throws IllegalStateException if it was never started
     */
    public List<Straggler> descendants() {
        return current().leftAlone();
    }

    /**
     * The TCP ports on which its tree listens, in ascending order, by a fresh scan; none where this platform does not tell
     * whose a listener is.
     *
     * @throws IllegalStateException if it was never started
     */
    public Set<Integer> listeningPorts() {
        return current().listeningPorts();
    }

    /**
     * Whether its tree listens on a TCP port, by a fresh scan. Where that cannot be told, since the platform does not show
     * whose a listener is or the owner cannot be looked into, whoever listens there is taken for it while it is running.
     *
     * @throws IllegalStateException if it was never started
     */
    public boolean isListeningOn(int port) {
        return current().isListeningOn(port);
    }

    /**
     * Who listens on a TCP port of this machine, whoever it is, for messages: pid, command and age.
     *
     * @return empty if nobody does
     */
    public Optional<String> listenerOn(int port) {
        return new PortOwners(system).anybody(port);
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
        return lifecycle
                .run()
                .orElseThrow(() -> new IllegalStateException(
                        "Expected '" + name() + "' to have been started, but was " + state()));
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
     * @throws IllegalStateException if its {@code stdin} is not a pipe, was closed, or the process has ended or is being
     *     stopped
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
        ProcessState now = state();
        if (now == ProcessState.STOPPING || current.hasExited()) {
            throw new IllegalStateException("Expected '" + name() + "' to be running, but was " + now);
        }
        current.send(text.getBytes(StandardCharsets.UTF_8), patience);
    }

    /**
     * Runs another program beside it, such as its client, and waits in this thread until that has ended, for 60 s at most: see
     * {@link #exec(Duration, String...)}.
     */
    public ExecResult exec(String... argv) {
        return exec(EXEC_PATIENCE, argv);
    }

    /**
     * Runs another program beside it, such as its client, and waits in this thread until that has ended: {@code
     * redis.exec("redis-cli", "-p", "${port}", "ping").stdout()}. It runs in the same working directory, with the same
     * environment and as the same user, with an empty standard input and without a shell; placeholders mean what they mean in
     * its {@code command}, except that other processes are not known. When this process ends, that program is ended, and so is
     * what it leaves behind.
     *
     * @param timeout how long it may take before it is killed
     * @throws IllegalStateException if this process is not running
     * @throws dev.procession.process.InvalidSpecException if there is no such program, or a placeholder has no value
     * @throws WaitTimeoutException if it has not ended within that time, with what it wrote last
     * @throws ProcessionException if it was ended with this process
     */
    public ExecResult exec(Duration timeout, String... argv) {
        Exec exec = new Exec(launch, List.of(argv));
        Durations.check("timeout", timeout);
        Run running = current();
        id();
        return exec.run(running, timeout);
    }

    /** It gets to the end of its standard input. Idempotent; nothing happens without a pipe. */
    public void closeStdin() {
        current().closeStdin();
    }

    /** Whether others can rely on it: it is ready or, as a one-shot, has done its work. */
    public boolean isReady() {
        return lifecycle.isReady();
    }

    /**
     * Whether it is running, and was started at or after the start of this JVM, in clock ticks.
     */
    public boolean isFresh() {
        return lifecycle
                .run()
                .filter(current -> !current.hasExited()
                        && current.child().id().startTicks()
                                >= system.processes().self().startTicks())
                .isPresent();
    }

    /**
     * Stops it: the stop signal, the grace period, KILL, and a look that its tree has gone. Final: it is not restarted.
     *
     * @return false if it was not running
     * @throws StopFailedException if something survived even KILL
     * @throws StragglersException if it left something behind and that is to be a failure ({@link StragglerPolicy#FAIL})
     */
    public boolean stop() {
        return stop(spec().stop());
    }

    /**
     * Starts it, after it has ended in whichever way, and waits in this thread until it is ready: a new run in the same
     * folder and on the same ports, with its log going on.
     *
     * @throws AlreadyStartedException if it is running, or about to
     * @throws StartFailedException if it cannot be started or does not become ready; nothing of it is left then
     * @throws IllegalStateException if its supervisor is closed, or its first start has failed: its ports and its folder may
     *     be somebody else's by then
     */
    public void start() {
        starter.requireStartAllowed();
        if (released) {
            throw new IllegalStateException("Expected '" + name()
                    + "' to have its ports and folder, but they were given back; start its description again");
        }
        starter.requireNotStarted();
        new GroupStart(List.of(this)).run();
    }

    /**
     * Stops it, if it is running, and starts it again, as {@link #stop} and {@link #start} do.
     *
     * @throws AlreadyStartedException if another thread has started it in between
     * @throws StopFailedException if something survived even KILL; it is not started then
     * @throws StartFailedException if it cannot be started or does not become ready; nothing of it is left then
     */
    public void restart() {
        stop();
        start();
    }

    /**
     * Kills the process itself, as if it had crashed, and returns when it is dead. That is no failure of the test; what
     * follows is up to its restart policy.
     *
     * @return false if it was not running
     * @throws StopFailedException if it survived
     */
    public boolean crash() {
        Run current = current();
        expectExit();
        if (current.hasExited() || !current.child().signal(Signal.KILL)) {
            return false;
        }
        if (current.awaitStatus(Lifecycle.VERIFICATION) instanceof ExitStatus.Unknown && !current.hasExited()) {
            throw new StopFailedException(
                    "'" + name() + "' (pid " + current.child().id().pid() + ") has survived KILL for "
                            + Durations.describe(Lifecycle.VERIFICATION));
        }
        // Whoever looks next sees it dead.
        state();
        return true;
    }

    /**
     * Stops its tree by a signal, as Ctrl-Z does: it lives, but answers nobody. Returns when it has stopped.
     *
     * @return false if it was not running
     * @throws WaitTimeoutException if it has not stopped within 10 s
     */
    public boolean pause() {
        Run current = current();
        if (current.hasExited() || !current.signalAll(Signal.STOP)) {
            return false;
        }
        long deadline = System.nanoTime() + Durations.nanos(Lifecycle.VERIFICATION);
        // Who waits for a child of vfork stops only when that has called exec, which a stopped one never does.
        while (!lifecycle.await(any -> current.hasExited() || isPaused(), PAUSE_PATIENCE)) {
            if (System.nanoTime() > deadline) {
                throw new WaitTimeoutException("Expected '" + name() + "' to be paused within "
                        + Durations.describe(Lifecycle.VERIFICATION) + ", but it goes on");
            }
            current.signalAll(Signal.CONT);
            current.signalAll(Signal.STOP);
        }
        return !current.hasExited();
    }

    /**
     * Lets it go on after a {@link #pause}.
     *
     * @return false if it was not running
     */
    public boolean resume() {
        Run current = current();
        return !current.hasExited() && current.signalAll(Signal.CONT);
    }

    /**
     * Lets it read its configuration again, by its reload signal. Unlike {@link #signal}, that is no excuse for an end.
     *
     * @return false if it was not running
     */
    public boolean reload() {
        Run current = current();
        return !current.hasExited() && system.signaller().send(current.child().id(), spec().reloadSignal());
    }

    /** How often it has been started again: by its restart policy, {@link #restart} or {@link #start}. */
    public int restarts() {
        return Math.max(0, lifecycle.runs() - 1);
    }

    /** Whether the process itself lives, in whichever state, as of the process table: Perl's {@code stat}. */
    public boolean isAlive() {
        return lifecycle
                .run()
                .filter(current -> !current.hasExited()
                        && system.processes().isAlive(current.child().id()))
                .isPresent();
    }

    /**
     * Waits until it is ready, as after a crash under a restart policy.
     *
     * @param timeout 0 is one look
     * @throws dev.procession.process.InvalidSpecException if the timeout is negative or longer than a year
     * @throws WaitTimeoutException if it is not ready then, or at once if nothing will start it by itself
     */
    public void awaitReady(Duration timeout) {
        Durations.check("timeout", timeout);
        Optional<Boolean> there = awaitThere(timeout);
        if (!there.orElse(false)) {
            throw new WaitTimeoutException(failureMessage(
                    "Expected '" + name() + "' to be ready"
                            + (there.isPresent() ? "" : " within " + Durations.describe(timeout))
                            + ", but was " + lifecycle.standing().describe(),
                    "look at what it logged, and at " + spec().declarationOf("restart")));
        }
    }

    /** @return whether it is there; empty if that was still open when the time was over */
    private Optional<Boolean> awaitThere(Duration timeout) {
        // What was seen counts: it can die a moment later, and come back.
        AtomicReference<Optional<Boolean>> seen = new AtomicReference<>(Optional.empty());
        lifecycle.await(
                life -> {
                    seen.set(life.isThereForGood());
                    return seen.get().isPresent();
                },
                timeout);
        return seen.get();
    }

    /** Whether nothing of it runs, and nothing will start it by itself: seen in one moment, unlike its state and what comes. */
    public boolean isDown() {
        return lifecycle.isDown();
    }

    /** Waits until others can rely on it, for as long as its start may take, if it is not down for good. */
    boolean comesUp() {
        return awaitThere(spec().ready().timeout()).orElse(false);
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
        boolean wasRunning = ender.stop(policy);
        throwStragglers(List.of(this));
        return wasRunning;
    }

    /** What has outlived it so far, when it ended or was stopped; all of it has been ended, unless that was to be ignored. */
    public List<Straggler> stragglers() {
        return stragglers.all();
    }

    /** @throws StragglersException if these processes have left some that are to be a failure and were not told yet */
    static void throwStragglers(List<SupervisedProcess> processes) {
        Stragglers.throwUntold(
                processes.stream().map(process -> process.stragglers).toList());
    }

    /** It has been spawned. */
    void spawned(Run run) {
        ConsoleLog shown = consoleLog;
        if (shown != null) {
            run.child().exit().whenComplete((status, failure) -> shown.ended());
        } else if (spec().consoleLog()) {
            consoleLog = console.follow(
                    name(), run.log(), launch.secrets(), run.child().exit());
        }
    }

    /** What shows its lines on the console, if anything does. */
    Optional<ConsoleLog> consoleLog() {
        return Optional.ofNullable(consoleLog);
    }

    /** Gives its ports and its folder back. Idempotent. */
    void release() {
        // Its files may be somebody else's soon.
        consoleLog().ifPresent(shown -> console.finish(List.of(shown), Optional.empty()));
        starter.awaitPrepared();
        onRelease.getAndSet(() -> {}).run();
        // Before they are anybody else's.
        Watchdog.ofJvm().forget(TreeMarks.of(launch));
        launch.close();
        released = true;
    }

    /** Whether its ports and its folder may be somebody else's by now. */
    boolean isReleased() {
        return released;
    }

    /** Whether it was ever started; without that it has no log. */
    public boolean wasStarted() {
        return lifecycle.run().isPresent();
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
        lifecycle.expectExit();
    }

    /**
     * Waits until it ends by itself. That is expected then, also if it had ended already.
     *
     * @param timeout 0 is one look
     * @return how it ended
     * @throws dev.procession.process.InvalidSpecException if the timeout is negative or longer than a year
     * @throws WaitTimeoutException if it is still running then
     */
    public ExitStatus awaitExit(Duration timeout) {
        Durations.check("timeout", timeout);
        Run current = current();
        // Also when it has just ended: whoever waits for the end cannot know whether it was faster.
        lifecycle.expectedExit();
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
        return lifecycle.diedUnasked().map(dead -> {
            boolean givenUp = lifecycle.policy().mode() != RestartMode.NEVER;
            return new ProcessDiedException(
                    givenUp
                            ? failureMessage(
                                    "'" + name() + "' was given up" + afterFailedStarts() + ": "
                                            + lifecycle.standing().spawnError(),
                                    "find out why it does not start any more; how often it is tried says "
                                            + spec().declarationOf("restart"))
                            : FailureReport.died(launch, dead, dead.awaitStatus(Lifecycle.NEWS_LAG)));
        });
    }

    private String afterFailedStarts() {
        int failed = lifecycle.failedStarts();
        return failed == 0 ? "" : " after " + failed + (failed == 1 ? " failed start" : " failed starts");
    }

    /**
     * The message of a failure, as all of this library's are: how it stands, its command, the last lines of its log and
     * where that is, with its secrets hidden.
     *
     * @param headline what was expected and what was found, such as {@code Expected 'api' to be ready, but was EXITED}
     * @param remedy what to do
     */
    public String failureMessage(String headline, String remedy) {
        Run current = lifecycle.run().orElse(null);
        Optional<ExitStatus> status = current == null ? Optional.empty() : current.exitStatus();
        return FailureReport.of(launch, headline, state(), current, status, remedy);
    }

    @Override
    public String toString() {
        return "'" + name() + "' " + state()
                + exitStatus().map(status -> " (" + status + ")").orElse("");
    }
}
