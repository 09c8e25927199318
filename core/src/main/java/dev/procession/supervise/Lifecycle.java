package dev.procession.supervise;

import dev.procession.launch.Launch;
import dev.procession.launch.ProcessLog;
import dev.procession.launch.ProcessSpec;
import dev.procession.launch.RestartMode;
import dev.procession.launch.RestartPolicy;
import dev.procession.os.OperatingSystem;
import dev.procession.process.Durations;
import dev.procession.process.ExitStatus;
import dev.procession.process.ProcessionException;
import dev.procession.process.StartFailedException;
import dev.procession.supervise.StateMachine.Change;
import dev.procession.supervise.StateMachine.Effect;
import dev.procession.supervise.StateMachine.Rules;
import dev.procession.supervise.StateMachine.Step;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The life of one supervised process, over all its runs: its state machine, what that is told, and what others are told of
 * it. What is to be done, {@link RunStarter} and {@link RunEnder} do. Thread safe.
 *
 * <p>Its locks are taken in this order: {@link #preparing}, {@link #spawning}, {@link #lock}.
 */
final class Lifecycle {

    /** Of a start that no stop before it can be meant for. */
    static final long WHATEVER_STOPS = -1;

    /** How long KILL may take to have its effect before that is reported as a failure. */
    static final Duration VERIFICATION = Duration.ofSeconds(10);

    /** How long the kernel's news of a death may lag behind the process table. */
    static final Duration NEWS_LAG = Duration.ofSeconds(1);

    /** How long a wait goes without a look of its own: news can be late. */
    private static final long LONGEST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final SupervisedProcess process;
    private final OperatingSystem system;
    private final Launch launch;
    private final Progress progress;
    private final Loop loop;
    private final RestartPolicy policy;
    private final boolean awaitsReadiness;
    private final StateMachine machine;
    private final EventBus events;
    private final LongSupplier clock;
    private final List<Thread> watchers = new CopyOnWriteArrayList<>();

    /** Held during the spawn: whoever has forbidden it knows that it either happened before or never will. */
    final Object spawning = new Object();

    /**
     * Held while a run is prepared and spawned, around {@link #spawning}: there is one set of folders and logs, and who
     * comes second must find it as the first has left it. No stop waits for it, and the loop comes back later.
     */
    final ReentrantLock preparing = new ReentrantLock();

    /** Guards what follows. Taken inside of {@link #spawning}, never around it. */
    final Object lock = new Object();

    private Standing standing = Standing.NEW;
    private @Nullable Run run;
    private @Nullable Start attempt;
    private @Nullable Object starter;
    private int tries;
    private boolean exitTold;
    private boolean exitAskedFor;
    private boolean hasRun;
    private boolean cameUp;
    private int runs;
    private int failedStarts;
    private int runsBefore;
    private long stops;
    private long stopsBeforeStart;
    private int startsAhead;
    private @Nullable StartFailedException startFailure;
    private Optional<Instant> endedAt = Optional.empty();
    private long appointment = Standing.NEVER;
    private @Nullable Runnable appointed;
    private volatile Consumer<Event> proceeding = event -> {};

    /** @param fallback its restart policy, if its description leaves that open */
    Lifecycle(SupervisedProcess process, Shared shared, Launch launch, RestartPolicy fallback) {
        this.process = process;
        this.system = shared.system();
        this.launch = launch;
        this.progress = shared.progress();
        this.loop = shared.loop();
        this.events = shared.events();
        this.clock = shared.clock();
        ProcessSpec spec = launch.spec();
        this.policy = spec.restart().orElse(fallback);
        Duration startSeconds = policy.startSeconds();
        boolean nothingElse =
                spec.ready().isDefault() && launch.allocation().ports().isEmpty();
        this.awaitsReadiness = startSeconds == null || !nothingElse;
        this.machine = new StateMachine(
                new Rules(
                        policy,
                        startSeconds == null ? Duration.ZERO : startSeconds,
                        awaitsReadiness,
                        spec.ready().exit(),
                        spec.expectedExitCodes()),
                new SplittableRandom());
    }

    private ProcessSpec spec() {
        return launch.spec();
    }

    /** Right now: a process that has ended is not running, even if that is news to us. */
    ProcessState state() {
        synchronized (lock) {
            noticeExit();
            return standing.state();
        }
    }

    Standing standing() {
        synchronized (lock) {
            noticeExit();
            return standing;
        }
    }

    Optional<Run> run() {
        synchronized (lock) {
            return Optional.ofNullable(run);
        }
    }

    /** How often it was tried to start it since somebody last wanted that; what could not be spawned counts. */
    int tries() {
        synchronized (lock) {
            return tries;
        }
    }

    /** How often it has been spawned. */
    int runs() {
        synchronized (lock) {
            return runs;
        }
    }

    /** How many failed starts in a row have made its policy give it up, the last time it did. */
    int failedStarts() {
        synchronized (lock) {
            return failedStarts;
        }
    }

    RestartPolicy policy() {
        return policy;
    }

    /** Whether it has come up since somebody last wanted it to be started, however it stands by now. */
    boolean cameUp() {
        synchronized (lock) {
            return cameUp;
        }
    }

    /** Its end is no failure from now on. */
    void expectExit() {
        synchronized (lock) {
            exitAskedFor = exitAskedFor || (run != null && !run.hasExited());
        }
    }

    /** Nor was it, if it has ended already. */
    void expectedExit() {
        synchronized (lock) {
            exitAskedFor = true;
        }
    }

    /** A run that has ended, or been given up, although nobody wanted that; empty if there is none. */
    Optional<Run> diedUnasked() {
        synchronized (lock) {
            noticeExit();
            if (run == null || !hasRun) {
                return Optional.empty();
            }
            boolean died = policy.mode() == RestartMode.NEVER
                    ? !exitAskedFor
                            && (standing.state() == ProcessState.EXITED
                                    || (standing.state() == ProcessState.RUNNING
                                            && !system.processes()
                                                    .isAlive(run.child().id())))
                    : standing.state() == ProcessState.FATAL;
            return died ? Optional.of(run) : Optional.empty();
        }
    }

    /** Whether it must be ready to be running, or only live. */
    boolean awaitsReadiness() {
        return awaitsReadiness;
    }

    /** Whether that is its present or last run. */
    boolean isCurrent(Run other) {
        synchronized (lock) {
            return run == other;
        }
    }

    // What happens

    /** @param starter is given, in the loop, what may be time for another run */
    void proceedBy(Consumer<Event> starter) {
        proceeding = starter;
    }

    /** In the loop: it may be time for another run. */
    void proceedSoon(Event event) {
        loop.execute(() -> proceeding.accept(event));
    }

    /**
     * From now on its start is that one's, until somebody else starts it.
     *
     * @param stopsBefore how often it had been stopped when that start was asked for: a later stop is meant for it; or
     *     {@link #WHATEVER_STOPS} for a thread that starts it itself, and is asked for it at the moment in which it does
     */
    void startFor(Object by, long stopsBefore) {
        synchronized (lock) {
            stopsBeforeStart = stopsBefore;
            starter = by;
            cameUp = false;
            tries = 0;
            startFailure = null;
        }
    }

    /** @throws IllegalStateException if it was stopped after its start was asked for */
    void requireStillWanted() {
        synchronized (lock) {
            if (stopsBeforeStart != WHATEVER_STOPS && stops != stopsBeforeStart) {
                throw new IllegalStateException("'" + process.name() + "' was stopped before it was spawned");
            }
        }
    }

    /** It could not even be prepared. */
    void couldNotBegin(StartFailedException failure) {
        synchronized (lock) {
            startFailure = failure;
        }
    }

    /** There is a new run. */
    void spawned(Run started) {
        synchronized (lock) {
            run = started;
            exitTold = false;
            runs++;
            exitAskedFor = spec().ready().isOneShot();
        }
    }

    /** Somebody looks whether the new run is ready. */
    void attempt(Start start) {
        synchronized (lock) {
            attempt = start;
        }
    }

    /** Somebody wants its end. */
    void askedToEnd() {
        synchronized (lock) {
            stops++;
        }
    }

    void wakeWatchers() {
        watchers.forEach(LockSupport::unpark);
    }

    Step apply(Event event) {
        synchronized (lock) {
            Step step = machine.on(standing, event, clock.getAsLong());
            take(step);
            return step;
        }
    }

    /**
     * The same, unless it is time for another run: whoever prepares and spawns that says so himself. Looks at the clock once,
     * since a pause can end between two looks.
     *
     * @return false if it is time for another run; nothing has changed then
     */
    boolean applyUnlessItSpawns(Event event) {
        synchronized (lock) {
            Step step = machine.on(standing, event, clock.getAsLong());
            if (step.effects().contains(Effect.SPAWN)) {
                return false;
            }
            take(step);
            return true;
        }
    }

    private void take(Step step) {
        standing = step.standing();
        step.changes().forEach(this::tell);
        makeAppointment();
    }

    private void tell(Change change) {
        boolean isDone = change.to() == ProcessState.EXITED && spec().ready().isOneShot();
        if (change.to() == ProcessState.STARTING) {
            tries++;
            runsBefore = runs;
        }
        if (isDone) {
            cameUp = true;
        }
        if (change.to() == ProcessState.RUNNING) {
            cameUp = true;
            hasRun = true;
        } else if (change.to() != ProcessState.STOPPING && change.from().isSignallable()) {
            endedAt = Optional.of(Instant.now());
        }
        if (change.to() == ProcessState.FATAL) {
            failedStarts = change.tries();
        }
        publish(change);
        if (standing.comesBack() && (change.to() == ProcessState.EXITED || change.to() == ProcessState.BACKOFF)) {
            Duration pause = Duration.ofNanos(standing.pause());
            loop.execute(() -> progress.restarting(process, change.cause(), pause));
        } else if (change.to() == ProcessState.FATAL && policy.mode() != RestartMode.NEVER) {
            loop.execute(() -> progress.gaveUp(process, change.cause()));
        }
        wakeWatchers();
    }

    private void publish(Change change) {
        // A start that could not even be spawned has nothing to do with the run before it.
        boolean spawned = run != null
                && runs > runsBefore
                && change.to() != ProcessState.STARTING
                && change.from() != ProcessState.BACKOFF;
        OptionalLong pid = spawned ? OptionalLong.of(run.child().id().pid()) : OptionalLong.empty();
        Optional<ExitStatus> exit = spawned ? run.exitStatus() : Optional.empty();
        events.publish((serial, at) -> new SupervisionEvent.StateChanged(
                serial,
                at,
                process.group(),
                process.name(),
                change.from(),
                change.to(),
                pid,
                exit,
                change.tries(),
                change.expected(),
                change.cause()));
    }

    /** How it stands, for whoever asks from outside. */
    ProcessReport report(String group) {
        synchronized (lock) {
            noticeExit();
            Optional<Run> last = Optional.ofNullable(run);
            boolean alive = last.isPresent() && !last.get().hasExited();
            List<Path> logs = last.map(Run::log).map(ProcessLog::files).orElse(List.of());
            return new ProcessReport(
                    process.name(),
                    group,
                    last.map(Run::startedAt),
                    endedAt,
                    Instant.now(),
                    standing.state(),
                    standing.spawnError(),
                    Optional.ofNullable(standing.exitStatus()),
                    logs.stream().findFirst(),
                    logs.stream().skip(1).findFirst(),
                    alive ? last.get().child().id().pid() : 0,
                    standing.tries(),
                    Math.max(0, runs - 1));
        }
    }

    private void makeAppointment() {
        long at = standing.dueAt();
        if (at == appointment) {
            return;
        }
        if (appointed != null) {
            // One in an hour would keep the loop's thread for so long, whatever has become of us.
            loop.cancel(appointed);
        }
        appointment = at;
        appointed = at == Standing.NEVER ? null : () -> proceeding.accept(new Event.Due());
        if (appointed != null) {
            loop.at(at, appointed);
        }
    }

    /** The process table or the kernel may have told of an end before the loop has. */
    void noticeExit() {
        Run current = run;
        if (current == null || exitTold || !current.hasExited()) {
            return;
        }
        exitTold = true;
        boolean hasBeenReady = attempt != null && attempt.run() == current && attempt.hasBeenReady();
        if (hasBeenReady && !spec().ready().isOneShot()) {
            // It was ready, and has died since: that is the news.
            apply(new Event.Ready());
        }
        current.exitStatus().ifPresent(status -> apply(new Event.Exited(status)));
    }

    boolean peek(Event event) {
        synchronized (lock) {
            return machine.on(standing, event, clock.getAsLong()).effects().contains(Effect.SPAWN);
        }
    }

    /** Whether its start is still that one's. */
    boolean isStartOf(Object by) {
        synchronized (lock) {
            return starter == by;
        }
    }

    /** What the last start could not even begin for. */
    Optional<StartFailedException> startFailure() {
        synchronized (lock) {
            return Optional.ofNullable(startFailure);
        }
    }

    /** Whether it is this start that is under way: while the next is being spawned, the last run is still there to be seen. */
    boolean isStarting(Start start) {
        return run == start.run() && !exitTold && standing.state() == ProcessState.STARTING;
    }

    /** @return false if it has ended or somebody has stopped it meanwhile, and that is no later news */
    boolean becomeReady(Start start) {
        synchronized (lock) {
            if (run != start.run()) {
                return cameUp;
            }
            if (spec().ready().isOneShot()) {
                // Its end was what it was started for, and that of what it has left behind.
                noticeExit();
                return standing.state() == ProcessState.EXITED
                        && start.run().ended().isDone();
            }
            if (isStarting(start)) {
                apply(new Event.Ready());
            }
            noticeExit();
            return standing.state() == ProcessState.STARTING
                    || standing.state() == ProcessState.RUNNING
                    // It was ready, and has died since: that is the news, as it would be a moment later.
                    || (standing.state() == ProcessState.EXITED && !exitAskedFor)
                    || (cameUp && policy.mode() != RestartMode.NEVER && !exitAskedFor);
        }
    }

    /** Whether, having come up, it needs nothing more to be ready for others: a one-shot leaves nothing behind first. */
    boolean isComplete() {
        synchronized (lock) {
            return !spec().ready().isOneShot() || (run != null && run.ended().isDone());
        }
    }

    void tellReady() {
        run().ifPresent(started -> progress.ready(process, Duration.between(started.startedAt(), Instant.now())));
    }

    /** Whether somebody else has asked for the end of what is being started. */
    boolean isStartCutShort(Object by) {
        synchronized (lock) {
            if (starter != by) {
                return true;
            }
            // Also between two tries, when there is nothing whose end could be asked for.
            boolean stopped = standing.state() == ProcessState.STOPPING || standing.state() == ProcessState.STOPPED;
            // The end of a one-shot is asked for from the beginning.
            return stopped || (exitAskedFor && !spec().ready().isOneShot());
        }
    }

    /** It was ended because it did not become ready, and nobody waits for it any more. */
    void giveUp(String why) {
        apply(new Event.GiveUp(why));
    }

    /** The same, unless somebody else has started it since. */
    void giveUp(String why, Object by) {
        synchronized (lock) {
            if (starter == by) {
                giveUp(why);
            }
        }
    }

    /** The calling thread is woken at every change of state, until {@link #unwatch}. */
    void watch() {
        watchers.add(Thread.currentThread());
    }

    void unwatch() {
        watchers.remove(Thread.currentThread());
    }

    /** Whether others can rely on it: it is ready or, as a one-shot, has done its work. */
    boolean isReady() {
        synchronized (lock) {
            noticeExit();
            return standing.state() == ProcessState.RUNNING
                    || (spec().ready().isOneShot() && standing.state() == ProcessState.EXITED);
        }
    }

    /**
     * Whether it is ready, and not one that has died a moment ago, the news of which can be late. Empty while it is not, but
     * may become so or come back by itself.
     */
    Optional<Boolean> isThereForGood() {
        synchronized (lock) {
            boolean there = isReady()
                    && (standing.state() != ProcessState.RUNNING
                            || (run != null
                                    && system.processes().isAlive(run.child().id())));
            return there || isDown() ? Optional.of(there) : Optional.empty();
        }
    }

    /** It is down, does not come back by itself, and nobody is about to start it. */
    boolean isDown() {
        synchronized (lock) {
            noticeExit();
            return standing.state().isStopped() && !standing.comesBack() && startsAhead == 0;
        }
    }

    /** A start was asked for that has not begun yet: its turn has not come, or it waits for others. */
    void startIsAhead() {
        synchronized (lock) {
            startsAhead++;
        }
    }

    /** That start has begun, or will not. */
    void startIsNoMoreAhead() {
        synchronized (lock) {
            startsAhead--;
        }
        watchers.forEach(LockSupport::unpark);
    }

    /** Whether nobody has forbidden it. */
    boolean mayStart() {
        return !standing().closing();
    }

    /** How often somebody has asked for its end: a start that still waits for others then is not wanted any more. */
    long stops() {
        synchronized (lock) {
            return stops;
        }
    }

    /** Waits in this thread until it is as somebody wants it. */
    boolean await(Predicate<Lifecycle> condition, Duration timeout) {
        long deadline = System.nanoTime() + Durations.nanos(timeout);
        watch();
        try {
            while (!condition.test(this)) {
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    return false;
                }
                if (Thread.currentThread().isInterrupted()) {
                    throw new ProcessionException("Interrupted while waiting for '" + process.name() + "'");
                }
                LockSupport.parkNanos(this, Math.min(left, LONGEST_PAUSE_NANOS));
            }
            return true;
        } finally {
            unwatch();
        }
    }
}
