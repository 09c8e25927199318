package dev.procession.supervise;

import dev.procession.cleanup.Census;
import dev.procession.cleanup.Leftovers;
import dev.procession.cleanup.StopSequence.Limit;
import dev.procession.launch.ProcessSpec;
import dev.procession.launch.RestartPolicy;
import dev.procession.os.OperatingSystem;
import dev.procession.os.backend.Backend;
import dev.procession.process.AlreadyStartedException;
import dev.procession.process.BaseDirectory;
import dev.procession.process.DuplicateProcessException;
import dev.procession.process.Durations;
import dev.procession.process.InvalidSpecException;
import dev.procession.process.ShutDownException;
import dev.procession.process.Signal;
import dev.procession.process.StartFailedException;
import dev.procession.process.StopFailedException;
import dev.procession.process.StragglersException;
import dev.procession.process.UnknownProcessException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Starts processes, owns them, and ends them all when it is closed or the JVM ends in an orderly way. Thread safe.
 *
 * <pre>{@code
 * try (Supervisor supervisor = Supervisor.create()) {
 *     SupervisedProcess redis = supervisor.start(ProcessSpec.command("redis-server", "--port", "${port}").build());
 *     ...
 * }
 * }</pre>
 */
public final class Supervisor implements AutoCloseable {

    /** How long KILL may take to have its effect in a shutdown. */
    private static final Duration LAST_VERIFICATION = Duration.ofSeconds(5);

    /** How long listeners that are behind may take to be told the rest. */
    private static final Duration LAST_EVENTS = Duration.ofSeconds(1);

    /** The same, when no time is left. */
    private static final Duration FEWEST_EVENTS = Duration.ofMillis(100);

    private final Admission admission;
    private final OpenSupervisors open;
    private final Supplier<List<SupervisedProcess>> around;
    private final Shared shared;
    private final Console console = new Console(workers("procession-console"));
    private final EventBus events = new EventBus();
    private final NamedCalls calls;
    private final Optional<Duration> consistencyCheck;

    /** Guards what follows. */
    private final Object lock = new Object();

    /** By {@code name} or {@code group:name}. */
    private final Map<String, SupervisedProcess> processes = new LinkedHashMap<>();

    private SupervisorState state;
    private boolean checking;
    private @Nullable String closedBecause;

    private Supervisor(OperatingSystem system, OpenSupervisors open, Builder builder) {
        this.open = open;
        Path base = BaseDirectory.ofJvm().resolve(builder.base);
        this.around = builder.around;
        this.shared = new Shared(
                system,
                builder.stragglers,
                builder.progress,
                new Loop(),
                new Census(system.processes()),
                console,
                events,
                builder.clock);
        this.admission = new Admission(shared, base, base.resolve(builder.folder));
        this.calls = new NamedCalls(shared.loop());
        this.consistencyCheck = builder.consistencyCheck;
        this.state = builder.idle ? SupervisorState.STOPPED : SupervisorState.RUNNING;
    }

    /** A supervisor whose processes have their folders below {@code target/procession/run-PID}. */
    public static Supervisor create() {
        return builder().build();
    }

    /**
     * A supervisor.
     *
     * @param folder each process gets a folder of its name in here, emptied at every start, or {@code name~2} where another
     *     supervisor or JVM is using that; relative to the directory the JVM was started in
     */
    public static Supervisor create(Path folder) {
        return builder().folder(folder).build();
    }

    /**
     * For a supervisor that differs from others in more than its folder.
     *
     * @throws InvalidSpecException if the name of the directory this JVM was started in cannot be read in its locale
     */
    public static Builder builder() {
        // Where its name cannot be read, not even a logger can be had.
        BaseDirectory.ofJvm();
        return new Builder();
    }

    /** How a supervisor is to be. For one thread. */
    public static final class Builder {
        private Path folder =
                Path.of("target", "procession", "run-" + ProcessHandle.current().pid());
        private Supplier<List<SupervisedProcess>> around = List::of;
        private StragglerPolicy stragglers = StragglerPolicy.KILL;
        private Path base = Path.of("");
        private Progress progress = Progress.LOGGED;
        private Optional<Duration> consistencyCheck = Optional.empty();
        private boolean idle;
        private LongSupplier clock = System::nanoTime;

        private Builder() {}

        /**
         * Where each process gets a folder of its name, emptied at every start, or {@code name~2} where another supervisor or
         * JVM is using that; relative to the {@link #base}. Default {@code target/procession/run-PID}.
         */
        public Builder folder(Path path) {
            folder = path;
            return this;
        }

        /** Processes of others that these may refer to and depend on; asked for at every start. Default none. */
        public Builder around(Supplier<List<SupervisedProcess>> processes) {
            around = processes;
            return this;
        }

        /**
         * What {@code ${basedir}} stands for, and where relative programs, directories and folders start. Default the
         * directory the JVM was started in, which is not that of a module in a build of many.
         */
        public Builder base(Path directory) {
            base = directory;
            return this;
        }

        /** Who is told what happens. Default {@link Progress#LOGGED}. */
        public Builder progress(Progress listener) {
            progress = listener;
            return this;
        }

        /** What becomes of what they leave behind. Default {@link StragglerPolicy#KILL}. */
        public Builder stragglers(StragglerPolicy policy) {
            stragglers = policy;
            return this;
        }

        /**
         * What is added is not started by itself before {@link Supervisor#open}, as with procmon's service. Default: it is as
         * soon as it is added.
         */
        public Builder idle() {
            idle = true;
            return this;
        }

        /**
         * How often to look whether every process that should live does, as procmon's {@code consistencyDelay} of 60 s:
         * for machines where news of an end can be lost. Default never, since that does not happen.
         *
         * @throws InvalidSpecException if it is not above 0
         */
        public Builder consistencyCheck(Duration every) {
            Durations.check("consistencyCheck", every);
            if (every.isZero()) {
                throw new InvalidSpecException("consistencyCheck", "is 0", "give a duration such as 60 s");
            }
            consistencyCheck = Optional.of(every);
            return this;
        }

        /** What the time is for its processes' states, in nanoseconds. Default {@link System#nanoTime}. */
        Builder clock(LongSupplier nanos) {
            clock = nanos;
            return this;
        }

        public Supervisor build() {
            return build(Backend.current());
        }

        Supervisor build(OperatingSystem system) {
            return build(system, OpenSupervisors.ofJvm());
        }

        Supervisor build(OperatingSystem system, OpenSupervisors open) {
            return new Supervisor(system, open, this);
        }
    }

    /** Begins to load native code in the background, so that the first start need not wait for it: about 100 ms. */
    public static void warmUp() {
        Backend.warmUp();
    }

    /** Idle threads go, so that a supervisor that is forgotten costs nothing. */
    private static ExecutorService workers(String name) {
        ThreadPoolExecutor workers =
                new ThreadPoolExecutor(1, 1, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                    Thread thread = new Thread(task, name);
                    thread.setDaemon(true);
                    return thread;
                });
        workers.allowCoreThreadTimeOut(true);
        return workers;
    }

    /**
     * Starts a process and waits in this thread until it is ready. Several threads may start different processes at once.
     *
     * @throws InvalidSpecException if the name is taken, or a placeholder has no value
     * @throws StartFailedException if it cannot be started or does not become ready; nothing of it is left then
     * @throws IllegalStateException if the supervisor is closed
     */
    public SupervisedProcess start(ProcessSpec spec) {
        return startAll(List.of(spec)).get(0);
    }

    /**
     * Starts processes and waits in this thread until all are ready: each is started as soon as those it depends on are
     * ready, independent ones at the same time. All are checked, and all their ports leased, before the first is started.
     *
     * @throws InvalidSpecException if a name is taken, a placeholder has no value, or what depends on each other has no
     *     beginning; nothing was started then
     * @throws StartFailedException if one cannot be started or does not become ready: the first that failed, with the
     *     others that did attached. All of them are stopped then, and their names are free again
     * @throws IllegalStateException if the supervisor is closed
     */
    public List<SupervisedProcess> startAll(List<ProcessSpec> specs) {
        Leftovers.ofJvm().end();
        List<SupervisedProcess> added =
                add(specs.stream().map(Newcomer::alone).toList(), around.get(), RestartPolicy.NEVER);
        boolean started = false;
        try {
            for (SupervisedProcess process : added) {
                requireOpen(process.name());
                requireReadiness(process, added);
            }
            new GroupStart(added).run();
            started = true;
            return added;
        } finally {
            if (!started) {
                added.forEach(this::discard);
            }
        }
    }

    /** What somebody depends on that was started before must still be there, or come back. */
    private static void requireReadiness(SupervisedProcess process, List<SupervisedProcess> group) {
        for (SupervisedProcess before : process.dependencies()) {
            if (!group.contains(before) && !before.comesUp()) {
                throw new StartFailedException(
                        process.name(),
                        "'" + process.name() + "' could not be started: it depends on " + before
                                + "\n  try         start '" + before.name() + "' first; look at "
                                + process.spec().declarationOf("dependsOn"),
                        null);
            }
        }
    }

    /** What it wrote can still be read; its name, its ports and its folder are free again. */
    private void discard(SupervisedProcess process) {
        process.release();
        synchronized (lock) {
            if (!process.wasStarted()) {
                // By now its name may be another's.
                processes.remove(process.namespec(), process);
            }
        }
    }

    /**
     * Everything is looked at, and every port leased, before anything is started.
     *
     * @param outside what {@link #around} tells; asked by the caller before it has the lock, since that is somebody else's
     *     code
     */
    private List<SupervisedProcess> add(
            List<Newcomer> newcomers, List<SupervisedProcess> outside, RestartPolicy fallback) {
        synchronized (lock) {
            List<Newcomer> before = new ArrayList<>();
            for (Newcomer newcomer : newcomers) {
                requireOpen(newcomer.spec().name());
                requireNewName(newcomer, before);
                before.add(newcomer);
            }
            open.add(this);
            List<SupervisedProcess> added = admission.admit(newcomers, visible(outside), fallback);
            added.forEach(process -> processes.put(process.namespec(), process));
            processes.values().forEach(process -> replaceRemoved(process, added));
            beginToCheck();
            return added;
        }
    }

    /** Who depends on one that was removed depends on the next of that name. */
    private static void replaceRemoved(SupervisedProcess process, List<SupervisedProcess> added) {
        Set<SupervisedProcess> needed = process.dependencies();
        if (needed.stream().anyMatch(SupervisedProcess::isReleased)) {
            process.dependOn(needed.stream()
                    .map(one -> added.stream()
                            .filter(next -> one.isReleased() && next.name().equals(one.name()))
                            .findFirst()
                            .orElse(one))
                    .collect(Collectors.toUnmodifiableSet()));
        }
    }

    private void requireNewName(Newcomer newcomer, List<Newcomer> before) {
        Optional<SupervisedProcess> holder = holder(newcomer.place().group());
        if (holder.isPresent()
                || before.stream().anyMatch(other -> other.namespec().equals(newcomer.namespec()))) {
            // A group's folder holds those of its members.
            boolean isGroup = holder.filter(process -> !process.name().equals(process.group()))
                    .isPresent();
            throw new InvalidSpecException(
                            "name",
                            "is \"" + newcomer.namespec() + "\", which "
                                    + (isGroup ? "a group" : "another process")
                                    + " of this supervisor has already",
                            "give one of them another 'name'")
                    .at(newcomer.spec().declaration());
        }
    }

    /** Who has the name of a group, or is it; one whose start failed has none any more. */
    private Optional<SupervisedProcess> holder(String group) {
        return processes.values().stream()
                .filter(process -> process.group().equals(group) && !process.isReleased())
                .findFirst();
    }

    /** What its processes may refer to and depend on: each other, and those outside that it was shown. */
    private List<SupervisedProcess> visible(List<SupervisedProcess> outside) {
        List<SupervisedProcess> visible = new ArrayList<>(outside);
        processes().stream().filter(process -> !process.isReleased()).forEach(visible::add);
        return visible;
    }

    boolean isOpen() {
        synchronized (lock) {
            return closedBecause == null;
        }
    }

    private void requireOpen(String name) {
        synchronized (lock) {
            if (closedBecause != null) {
                throw new IllegalStateException(
                        "Expected an open supervisor to start '" + name + "', but " + closedBecause);
            }
        }
    }

    /** The processes it owns, in the order in which they were started; those that have ended included. */
    public List<SupervisedProcess> processes() {
        synchronized (lock) {
            return List.copyOf(processes.values());
        }
    }

    /** The process of that name, {@code name} or {@code group:name}. */
    public Optional<SupervisedProcess> process(String name) {
        synchronized (lock) {
            return Optional.ofNullable(processes.get(name));
        }
    }

    /**
     * Supervises a process: starts it, without waiting for that, if this supervisor is open, and the process is to be started
     * by itself ({@link ProcessSpec#autostart}). Unless its description says otherwise, it is started again after an
     * unexpected end, as supervisord's programs are.
     *
     * @throws DuplicateProcessException if a process or a group of that name is there
     * @throws InvalidSpecException if a placeholder has no value, or it depends on somebody who is not there
     * @throws ShutDownException if this supervisor was closed
     */
    public SupervisedProcess add(ProcessSpec spec) {
        return added(spec.name(), List.of(Newcomer.alone(spec))).get(0);
    }

    /**
     * Supervises the processes of a group, as {@link #add(ProcessSpec)} one; in the order of their priorities.
     *
     * @throws DuplicateProcessException if a process or a group of that name is there
     * @throws InvalidSpecException if a placeholder has no value, or one depends on somebody who is not there; none is added
     *     then
     * @throws ShutDownException if this supervisor was closed
     */
    public List<SupervisedProcess> add(ProcessGroup group) {
        return added(
                group.name(),
                group.members().stream()
                        .map(member -> Newcomer.of(group, member))
                        .toList());
    }

    private List<SupervisedProcess> added(String group, List<Newcomer> newcomers) {
        requireNotClosed(group, "add '" + group + "'");
        Leftovers.ofJvm().end();
        List<SupervisedProcess> outside = around.get();
        List<SupervisedProcess> added;
        boolean start;
        synchronized (lock) {
            requireNotClosed(group, "add '" + group + "'");
            holder(group).ifPresent(holder -> {
                throw new DuplicateProcessException(
                        group,
                        "'" + holder.namespec() + "', which is "
                                + holder.lifecycle().standing().describe());
            });
            added = add(newcomers, outside, RestartPolicy.unexpected());
            // Before anybody can start them, so that listeners know whose states they are told of.
            events.publish((serial, at) -> new SupervisionEvent.GroupAdded(serial, at, group));
            added.forEach(process -> events.publish(
                    (serial, at) -> new SupervisionEvent.ProcessAdded(serial, at, group, process.name())));
            start = state == SupervisorState.RUNNING;
        }
        if (start) {
            startByThemselves(added);
        }
        return added;
    }

    private void startByThemselves(List<SupervisedProcess> some) {
        calls.start(
                some.stream()
                        .filter(process -> process.spec().autostart() && !process.isReleased())
                        .toList(),
                true,
                false);
    }

    /**
     * Starts, without waiting for that, all that is to be started by itself, and from now on whatever is added: procmon's
     * {@code startService}. Idempotent.
     *
     * @throws ShutDownException if this supervisor was closed
     */
    public void open() {
        List<SupervisedProcess> there;
        synchronized (lock) {
            requireNotClosed("", "be opened");
            // Whoever is added after this is started by that.
            there = enter(SupervisorState.RUNNING) ? processes() : List.of();
        }
        startByThemselves(there);
    }

    /**
     * Stops and forgets a process or a whole group: it is never started again, and its name and ports are free.
     *
     * @param name {@code name}, {@code group:name}, {@code group:*}
     * @throws UnknownProcessException if there is none of that name
     * @throws StopFailedException if something survived even KILL; that is forgotten all the same
     * @throws ShutDownException if this supervisor was closed
     */
    public void remove(String name) {
        requireNotClosed(name, "remove '" + name + "'");
        List<SupervisedProcess> meant = NamedCalls.meant(name, processes());
        // What waits to be started again is not given up, but stopped.
        meant.stream()
                .filter(process -> process.state() == ProcessState.BACKOFF)
                .forEach(process -> process.ender().stop(process.spec().stop()));
        meant.forEach(process -> process.starter().forbidStart("it was removed"));
        try {
            StopOrder.stop(
                    meant, process -> process.ender().beginStop(process.spec().stop(), Lifecycle.VERIFICATION));
            StopOrder.forEach(meant, process -> process.ender().endLeftAlone(Lifecycle.VERIFICATION, Optional.empty()));
        } finally {
            meant.forEach(this::forget);
        }
        SupervisedProcess.throwStragglers(meant);
    }

    private void forget(SupervisedProcess process) {
        process.release();
        synchronized (lock) {
            if (!processes.remove(process.namespec(), process)) {
                // Somebody else has removed it at the same time.
                return;
            }
            events.publish(
                    (serial, at) -> new SupervisionEvent.ProcessRemoved(serial, at, process.group(), process.name()));
            if (processes.values().stream().noneMatch(other -> other.group().equals(process.group()))) {
                events.publish((serial, at) -> new SupervisionEvent.GroupRemoved(serial, at, process.group()));
            }
        }
    }

    /**
     * Starts processes that are there but do not run, and waits in this thread until each is running or its first start has
     * failed; its restart policy goes on with that. In the order of dependencies, then of priorities.
     *
     * @param name {@code name}; {@code group:name}; {@code group:*} for those of a group that do not run yet
     * @return a result for each, failures among them: {@link AlreadyStartedException}, {@code SpawnErrorException}, {@code
     *     AbnormalTerminationException}, {@code SupervisionFailedException}
     * @throws UnknownProcessException if there is none of that name
     * @throws ShutDownException if this supervisor was closed
     */
    public List<ProcessResult> start(String name) {
        return start(name, true);
    }

    /** The same; with or without waiting. Without, a result tells only that the start was begun. */
    public List<ProcessResult> start(String name, boolean wait) {
        requireNotClosed(name, "start '" + name + "'");
        return calls.start(NamedCalls.meant(name, processes()), NamedCalls.isGroup(name), wait);
    }

    /** Starts all that do not run yet, as {@link #start(String)}. */
    public List<ProcessResult> startAll() {
        requireNotClosed("", "start all");
        return calls.start(living(), true, true);
    }

    /**
     * Stops processes, and waits in this thread until they have ended: what depends on others first, then the highest
     * priority number first. Final: they are not started again by themselves.
     *
     * @param name {@code name}; {@code group:name}; {@code group:*} for those of a group that run
     * @return a result for each, in ascending order, failures among them: {@code NotRunningException}, {@code
     *     SupervisionFailedException} if something survived even KILL
     * @throws UnknownProcessException if there is none of that name
     * @throws ShutDownException if this supervisor was closed
     */
    public List<ProcessResult> stop(String name) {
        return stop(name, true);
    }

    /** The same; with or without waiting. Without, all are asked to end at once, and a result tells only that. */
    public List<ProcessResult> stop(String name, boolean wait) {
        requireNotClosed(name, "stop '" + name + "'");
        return calls.stop(NamedCalls.meant(name, processes()), NamedCalls.isGroup(name), wait);
    }

    /** As {@link #stop(String)}, but kills them and their trees without a grace period. */
    public List<ProcessResult> kill(String name) {
        requireNotClosed(name, "kill '" + name + "'");
        return calls.kill(NamedCalls.meant(name, processes()), NamedCalls.isGroup(name));
    }

    /** Kills all that run, and their trees, without a grace period. */
    public List<ProcessResult> killAll() {
        requireNotClosed("", "kill all");
        return calls.kill(living(), true);
    }

    /**
     * Stops processes, as far as they run, and starts them again, as {@link #stop(String)} and {@link #start(String)} do.
     *
     * @param name {@code name}; {@code group:name}; {@code group:*}
     * @return a result for each, failures among them
     * @throws UnknownProcessException if there is none of that name
     * @throws ShutDownException if this supervisor was closed
     */
    public List<ProcessResult> restart(String name) {
        return restart(name, true);
    }

    /** The same; waiting for the starts or not. It waits for the ends. */
    public List<ProcessResult> restart(String name, boolean wait) {
        requireNotClosed(name, "restart '" + name + "'");
        return calls.restart(NamedCalls.meant(name, processes()), wait);
    }

    /** Restarts all that run, as procmon's {@code restartAll}. */
    public List<ProcessResult> restartAll() {
        requireNotClosed("", "restart all");
        return calls.restart(
                living().stream()
                        .filter(process -> !process.lifecycle().isDown())
                        .toList(),
                true);
    }

    /**
     * Sends a signal to processes. If one ends of it, its end was asked for.
     *
     * @param name {@code name}; {@code group:name}; {@code group:*} for those of a group that run
     * @return a result for each, {@code NotRunningException} among them
     * @throws UnknownProcessException if there is none of that name
     * @throws ShutDownException if this supervisor was closed
     */
    public List<ProcessResult> signal(String name, Signal signal) {
        requireNotClosed(name, "send " + signal + " to '" + name + "'");
        return calls.signal(NamedCalls.meant(name, processes()), NamedCalls.isGroup(name), signal);
    }

    /** How all processes stand, sorted by group and name. */
    public List<ProcessReport> info() {
        return processes().stream()
                .map(SupervisedProcess::info)
                .sorted(Comparator.comparing(ProcessReport::group).thenComparing(ProcessReport::name))
                .toList();
    }

    /** Whether it is at work. */
    public SupervisorState state() {
        synchronized (lock) {
            return state;
        }
    }

    /** @return false if it was in that state already */
    private boolean enter(SupervisorState next) {
        synchronized (lock) {
            SupervisorState before = state;
            if (before == next) {
                return false;
            }
            state = next;
            events.publish((serial, at) -> new SupervisionEvent.SupervisorStateChanged(serial, at, before, next));
            return true;
        }
    }

    /**
     * Tells somebody of everything that happens from now on: in order, in another thread. Who throws or blocks hurts nobody
     * else, and is named in the log.
     *
     * @param name by which the log speaks of the listener
     * @throws IllegalStateException if this supervisor was closed
     */
    public Subscription subscribe(String name, Consumer<? super SupervisionEvent> listener) {
        return events.subscribe(name, listener);
    }

    /**
     * Tells all listeners something of one's own, as supervisord's {@code sendRemoteCommEvent}.
     *
     * @param type what kind of saying it is
     * @param data what is said
     * @throws ShutDownException if this supervisor was closed
     */
    public void tell(String type, String data) {
        requireNotClosed("", "tell of '" + type + "'");
        events.publish((serial, at) -> new SupervisionEvent.UserEvent(serial, at, type, data));
    }

    /** Those that can be started: a fixture whose start failed cannot. */
    private List<SupervisedProcess> living() {
        return processes().stream().filter(process -> !process.isReleased()).toList();
    }

    private void requireNotClosed(String name, String wanted) {
        synchronized (lock) {
            if (closedBecause != null) {
                throw new ShutDownException(name, wanted, closedBecause);
            }
        }
    }

    private void beginToCheck() {
        if (!checking && consistencyCheck.isPresent()) {
            checking = true;
            checkSoon(consistencyCheck.get(), Map.of());
        }
    }

    private void checkSoon(Duration after, Map<SupervisedProcess, Run> suspects) {
        shared.loop().at(System.nanoTime() + after.toNanos(), () -> {
            Map<SupervisedProcess, Run> found = new HashMap<>();
            try {
                for (SupervisedProcess process : living()) {
                    Run suspect = process.ender().checkConsistency(suspects.get(process));
                    if (suspect != null) {
                        found.put(process, suspect);
                    }
                }
            } finally {
                if (isOpen()) {
                    checkSoon(found.isEmpty() ? consistencyCheck.orElseThrow() : Lifecycle.NEWS_LAG, found);
                }
            }
        });
    }

    /**
     * Stops all that run in this thread, at once; but those that depend on others before those, and the highest priority
     * number first.
     *
     * @return a result for each, in ascending order, failures among them: {@code SupervisionFailedException} if something
     *     survived even KILL
     * @throws StragglersException if something was left behind and that is to be a failure ({@link StragglerPolicy#FAIL})
     * @throws ShutDownException if this supervisor was closed
     */
    public List<ProcessResult> stopAll() {
        requireNotClosed("", "stop all");
        List<ProcessResult> results = calls.stop(processes(), true, true);
        SupervisedProcess.throwStragglers(processes());
        return results;
    }

    private void endAll(Optional<Limit> limit) {
        StopOrder.stop(
                processes(),
                process -> process.ender()
                        .beginStop(
                                process.spec().stop(), limit.isPresent() ? LAST_VERIFICATION : Lifecycle.VERIFICATION),
                limit);
    }

    /**
     * Stops all processes, as {@link #stopAll} does, and gives their ports back. Nothing can be started after it. Idempotent.
     * What was written last for the console is shown before it returns; one that is behind has 30 s for that, and is given up
     * when it takes no line for 1 s.
     *
     * @throws StopFailedException if something survived even KILL; it names all of it
     * @throws StragglersException if something was left behind and that is to be a failure ({@link StragglerPolicy#FAIL})
     */
    @Override
    public void close() {
        end("it was closed", Optional.empty());
    }

    /**
     * Closes this supervisor, as {@link #close} does, but within a bound: what has not ended by then is killed. An interrupt
     * of this thread kills at once. Nothing can be started after it, and what would change something throws.
     *
     * @param bound for all of it; what even KILL does not end at once may take 5 s more, listeners that are still busy have
     *     100 ms more, and a console that is behind 1 s
     * @throws StopFailedException if something survived even KILL; it names all of it
     */
    public void shutdown(Duration bound) {
        Durations.check("bound", bound);
        end("it was shut down", Optional.of(Limit.in(bound, LAST_VERIFICATION)));
    }

    private void end(String because, Optional<Limit> limit) {
        forbidStarts(because);
        try {
            endAll(limit);
        } finally {
            try {
                if (shared.stragglers() == StragglerPolicy.IGNORE) {
                    giveBack(limit);
                } else {
                    endLeftAlone(Lifecycle.VERIFICATION, limit);
                }
            } finally {
                // What it has spared ends with the JVM.
                if (processes().stream().noneMatch(process -> process.ender().sparesSomebody())) {
                    open.remove(this);
                }
                hasEnded(limit);
            }
        }
        SupervisedProcess.throwStragglers(processes());
    }

    /** Nothing is left to do: whoever listens is told the rest. */
    void hasEnded(Optional<Limit> limit) {
        enter(SupervisorState.STOPPED);
        events.close(lastEvents(limit));
        shared.loop().forgetAppointments();
    }

    private static Duration lastEvents(Optional<Limit> limit) {
        return limit.map(common -> Duration.ofNanos(common.graceEnd() - System.nanoTime()))
                .map(left -> left.compareTo(FEWEST_EVENTS) < 0 ? FEWEST_EVENTS : left)
                .filter(left -> left.compareTo(LAST_EVENTS) < 0)
                .orElse(LAST_EVENTS);
    }

    /** When it returns, every start has spawned already, or will fail. */
    void forbidStarts(String because) {
        synchronized (lock) {
            if (closedBecause == null) {
                closedBecause = because;
                enter(SupervisorState.SHUTDOWN);
            }
        }
        processes().forEach(process -> process.starter().forbidStart(because));
    }

    /** Ends what stop scopes have spared, and gives everything back. */
    void endLeftAlone(Duration verification, Optional<Limit> limit) {
        List<SupervisedProcess> all = processes();
        try {
            StopOrder.forEach(all, process -> process.ender().endLeftAlone(verification, limit));
        } finally {
            giveBack(limit);
        }
    }

    private void giveBack(Optional<Limit> limit) {
        List<SupervisedProcess> all = processes();
        console.finish(
                all.stream().flatMap(process -> process.consoleLog().stream()).toList(), limit);
        all.forEach(SupervisedProcess::release);
        console.shutdown();
    }
}
