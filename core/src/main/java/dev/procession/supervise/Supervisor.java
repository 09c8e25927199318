package dev.procession.supervise;

import dev.procession.cleanup.StopSequence.Limit;
import dev.procession.launch.Allocation;
import dev.procession.launch.Launch;
import dev.procession.launch.ProcessSpec;
import dev.procession.launch.RunCookie;
import dev.procession.os.OperatingSystem;
import dev.procession.os.backend.Backend;
import dev.procession.process.InvalidSpecException;
import dev.procession.process.StartFailedException;
import dev.procession.process.StopFailedException;
import dev.procession.readiness.ReadinessProbes;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
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

    private static final long LAST_LINES_MILLIS = 1_000;

    private final OperatingSystem system;
    private final Path base = Path.of("").toAbsolutePath();
    private final Path folder;
    private final Supplier<List<SupervisedProcess>> outside;
    private final ExecutorService work = workers("procession-work");
    private final ExecutorService console = workers("procession-console");

    /** Guards what follows. */
    private final Object lock = new Object();

    private final Map<String, SupervisedProcess> processes = new LinkedHashMap<>();
    private @Nullable String closedBecause;

    Supervisor(OperatingSystem system, Path folder, Supplier<List<SupervisedProcess>> outside) {
        this.system = system;
        this.folder = base.resolve(folder);
        this.outside = outside;
    }

    /** A supervisor whose processes have their folders below {@code target/procession/run-PID}. */
    public static Supervisor create() {
        return create(
                Path.of("target", "procession", "run-" + ProcessHandle.current().pid()));
    }

    /**
     * A supervisor.
     *
     * @param folder each process gets a folder of its name in here, emptied at every start; relative to the directory the
     *     JVM was started in
     */
    public static Supervisor create(Path folder) {
        return create(folder, List::of);
    }

    /**
     * A supervisor whose processes may also refer to those of others, and depend on them.
     *
     * @param folder each process gets a folder of its name in here, emptied at every start
     * @param outside the processes of others, asked for at every start
     */
    public static Supervisor create(Path folder, Supplier<List<SupervisedProcess>> outside) {
        return new Supervisor(Backend.current(), folder, outside);
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
        List<SupervisedProcess> added = add(specs);
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

    /** What somebody depends on that was started before must still be there. */
    private static void requireReadiness(SupervisedProcess process, List<SupervisedProcess> group) {
        for (SupervisedProcess before : process.dependencies()) {
            if (!group.contains(before) && !before.isReady()) {
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
                processes.remove(process.name(), process);
            }
        }
    }

    /** Everything is looked at, and every port leased, before anything is started. */
    private List<SupervisedProcess> add(List<ProcessSpec> specs) {
        synchronized (lock) {
            List<SupervisedProcess> others = visible();
            List<Allocation> allocations = new ArrayList<>();
            List<SupervisedProcess> added = new ArrayList<>();
            boolean complete = false;
            try {
                for (ProcessSpec spec : specs) {
                    requireOpen(spec.name());
                    requireNewName(spec, allocations);
                    OpenSupervisors.ofJvm().add(this);
                    allocations.add(allocate(spec));
                }
                Dependencies.check(
                        specs, others.stream().map(SupervisedProcess::name).toList());
                Map<String, Allocation> visible = new LinkedHashMap<>();
                others.forEach(process -> visible.put(process.name(), process.allocation()));
                allocations.forEach(allocation -> visible.put(allocation.spec().name(), allocation));
                allocations.forEach(allocation -> added.add(supervised(allocation, visible)));
                added.forEach(process -> process.dependOn(dependencies(process.spec(), added, others)));
                added.forEach(process -> processes.put(process.name(), process));
                complete = true;
                return added;
            } finally {
                if (!complete) {
                    added.forEach(SupervisedProcess::release);
                    allocations.forEach(Allocation::close);
                }
            }
        }
    }

    /** The nearest of each name: in the group, then in this supervisor, then outside. */
    private Set<SupervisedProcess> dependencies(
            ProcessSpec spec, List<SupervisedProcess> group, List<SupervisedProcess> others) {
        Map<String, SupervisedProcess> nearest = new LinkedHashMap<>();
        // Those of this supervisor stand behind those outside.
        others.forEach(process -> nearest.put(process.name(), process));
        group.forEach(process -> nearest.put(process.name(), process));
        return spec.dependsOn().stream().map(nearest::get).collect(Collectors.toUnmodifiableSet());
    }

    private void requireNewName(ProcessSpec spec, List<Allocation> allocations) {
        SupervisedProcess before = processes.get(spec.name());
        boolean taken = (before != null && !before.isReleased())
                || allocations.stream().anyMatch(other -> other.spec().name().equals(spec.name()));
        if (taken) {
            throw new InvalidSpecException(
                            "name",
                            "is \"" + spec.name() + "\", which another process of this supervisor has already",
                            "give one of them another 'name'")
                    .at(spec.declaration());
        }
    }

    private Allocation allocate(ProcessSpec spec) {
        try {
            return Allocation.of(spec, base, folder.resolve(spec.name()), system.sockets());
        } catch (InvalidSpecException e) {
            throw e.at(spec.declaration());
        }
    }

    private SupervisedProcess supervised(Allocation allocation, Map<String, Allocation> visible) {
        ProcessSpec spec = allocation.spec();
        RunCookie cookie = RunCookie.of(
                system.processes().self(),
                spec.name(),
                ThreadLocalRandom.current().nextLong(Long.MAX_VALUE));
        try {
            Launch launch = new Launch(allocation, cookie, visible);
            ReadinessProbes.check(launch);
            Runnable property = spec.portProperty().isEmpty()
                    ? () -> {}
                    : PortProperties.hold(spec, allocation.port().orElseThrow());
            return new SupervisedProcess(system, launch, property, work, console);
        } catch (InvalidSpecException e) {
            throw e.at(spec.declaration());
        }
    }

    /** What its processes may refer to and depend on: each other, and those outside that it was shown. */
    private List<SupervisedProcess> visible() {
        List<SupervisedProcess> visible = new ArrayList<>(outside.get());
        processes().stream().filter(process -> !process.isReleased()).forEach(visible::add);
        return visible;
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

    /** The process of that name. */
    public Optional<SupervisedProcess> process(String name) {
        synchronized (lock) {
            return Optional.ofNullable(processes.get(name));
        }
    }

    /**
     * Stops all processes in this thread, at once; those that depend on others before those.
     *
     * @throws StopFailedException if something survived even KILL; it names all of it
     */
    public void stopAll() {
        StopOrder.stop(
                processes(), process -> process.beginStop(process.spec().stop(), SupervisedProcess.VERIFICATION));
    }

    /**
     * Stops all processes, as {@link #stopAll} does, and gives their ports back. Nothing can be started after it. Idempotent.
     *
     * @throws StopFailedException if something survived even KILL; it names all of it
     */
    @Override
    public void close() {
        forbidStarts("it was closed");
        try {
            stopAll();
        } finally {
            try {
                endLeftAlone(SupervisedProcess.VERIFICATION, Optional.empty());
            } finally {
                OpenSupervisors.ofJvm().remove(this);
            }
        }
    }

    /** When it returns, every start has spawned already, or will fail. */
    void forbidStarts(String because) {
        synchronized (lock) {
            if (closedBecause == null) {
                closedBecause = because;
            }
        }
        processes().forEach(process -> process.forbidStart(because));
    }

    /** Ends what stop scopes have spared, and gives everything back. */
    void endLeftAlone(Duration verification, Optional<Limit> limit) {
        List<SupervisedProcess> all = processes();
        try {
            StopOrder.forEach(all, process -> process.endLeftAlone(verification, limit));
        } finally {
            all.forEach(SupervisedProcess::release);
            work.shutdown();
            console.shutdown();
            awaitLastLines();
        }
    }

    /** What was written last belongs on the console before whoever closed this goes on; but a console can block. */
    private void awaitLastLines() {
        try {
            console.awaitTermination(LAST_LINES_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
