package dev.procession.supervise;

import dev.procession.cleanup.StopSequence;
import dev.procession.launch.Launch;
import dev.procession.launch.ProcessSpec;
import dev.procession.launch.RunCookie;
import dev.procession.os.OperatingSystem;
import dev.procession.os.backend.Backend;
import dev.procession.process.InvalidSpecException;
import dev.procession.process.ProcessionException;
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
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
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

    /** How long KILL may take to have its effect when the JVM is ending. */
    private static final Duration LAST_VERIFICATION = Duration.ofSeconds(2);

    private final OperatingSystem system;
    private final Path base = Path.of("").toAbsolutePath();
    private final Path folder;
    private final ExecutorService work = workers();
    private final Thread shutdownHook = new Thread(this::shutDown, "procession-shutdown");

    /** Guards what follows. */
    private final Object lock = new Object();

    private final Map<String, SupervisedProcess> processes = new LinkedHashMap<>();
    private @Nullable String closedBecause;
    private boolean hooked;

    Supervisor(OperatingSystem system, Path folder) {
        this.system = system;
        this.folder = base.resolve(folder);
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
        return new Supervisor(Backend.current(), folder);
    }

    /** Begins to load native code in the background, so that the first start need not wait for it: about 100 ms. */
    public static void warmUp() {
        Backend.warmUp();
    }

    /** Idle threads go, so that a supervisor that is forgotten costs nothing. */
    private static ExecutorService workers() {
        ThreadPoolExecutor workers =
                new ThreadPoolExecutor(1, 1, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                    Thread thread = new Thread(task, "procession-work");
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
     * Starts processes one after the other, waiting in this thread until each is ready. All are checked, and all their
     * ports leased, before the first is started.
     *
     * @throws InvalidSpecException if a name is taken, or a placeholder has no value; nothing was started then
     * @throws StartFailedException if one cannot be started or does not become ready; nothing of it is left then, those
     *     before it run, those after it were not started
     * @throws IllegalStateException if the supervisor is closed
     */
    public List<SupervisedProcess> startAll(List<ProcessSpec> specs) {
        List<SupervisedProcess> added = new ArrayList<>();
        int started = 0;
        try {
            specs.forEach(spec -> added.add(add(spec)));
            for (SupervisedProcess process : added) {
                requireOpen(process.name());
                process.start();
                started++;
            }
            return added;
        } finally {
            added.subList(started, added.size()).forEach(this::forget);
        }
    }

    private void forget(SupervisedProcess process) {
        synchronized (lock) {
            processes.remove(process.name());
        }
        process.release();
    }

    private SupervisedProcess add(ProcessSpec spec) {
        synchronized (lock) {
            requireOpen(spec.name());
            if (processes.containsKey(spec.name())) {
                throw new InvalidSpecException(
                                "name",
                                "is \"" + spec.name() + "\", which another process of this supervisor has already",
                                "give one of them another 'name'")
                        .at(spec.declaration());
            }
            hookIn();
            RunCookie cookie = RunCookie.of(
                    system.processes().self(),
                    spec.name(),
                    ThreadLocalRandom.current().nextLong(Long.MAX_VALUE));
            SupervisedProcess process = new SupervisedProcess(system, checkedLaunch(spec, cookie), work);
            processes.put(spec.name(), process);
            return process;
        }
    }

    private Launch checkedLaunch(ProcessSpec spec, RunCookie cookie) {
        Launch launch = null;
        boolean checked = false;
        try {
            launch = new Launch(spec, base, folder.resolve(spec.name()), cookie, system.sockets());
            ReadinessProbes.check(launch);
            checked = true;
            return launch;
        } catch (InvalidSpecException e) {
            throw e.at(spec.declaration());
        } finally {
            if (launch != null && !checked) {
                launch.close();
            }
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

    private void hookIn() {
        if (!hooked) {
            try {
                Runtime.getRuntime().addShutdownHook(shutdownHook);
            } catch (IllegalStateException e) {
                throw new IllegalStateException(
                        "Expected a running JVM, but it is shutting down: nothing is started", e);
            }
            hooked = true;
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
     * Stops all processes at once, in this thread. It takes as long as the slowest of them.
     *
     * @throws StopFailedException if something survived even KILL; it names all of it
     */
    public void stopAll() {
        stopAll(SupervisedProcess.VERIFICATION);
    }

    private void stopAll(Duration verification) {
        List<SupervisedProcess> all = processes();
        Map<SupervisedProcess, StopSequence> mine = new LinkedHashMap<>();
        all.forEach(process -> process.beginStop(verification).ifPresent(sequence -> mine.put(process, sequence)));
        try {
            StopSequence.runAll(mine.values());
        } finally {
            mine.forEach(SupervisedProcess::endStop);
        }
        forEach(all, SupervisedProcess::awaitEnd);
    }

    /** Does something with all of them, whatever fails with one, and then says what failed. */
    private static void forEach(List<SupervisedProcess> processes, Consumer<SupervisedProcess> action) {
        List<String> failures = new ArrayList<>();
        for (SupervisedProcess process : processes) {
            try {
                action.accept(process);
            } catch (ProcessionException e) {
                failures.add(String.valueOf(e.getMessage()));
            }
        }
        if (!failures.isEmpty()) {
            throw new StopFailedException(String.join("\n", failures));
        }
    }

    /**
     * Stops all processes at once and gives their ports back. Nothing can be started after it. Idempotent.
     *
     * @throws StopFailedException if something survived even KILL; it names all of it
     */
    @Override
    public void close() {
        close("it was closed", SupervisedProcess.VERIFICATION);
        try {
            Runtime.getRuntime().removeShutdownHook(shutdownHook);
        } catch (IllegalStateException e) {
            // The JVM is ending, and the hook finds nothing left to do.
        }
    }

    private void shutDown() {
        close("the JVM is shutting down", LAST_VERIFICATION);
    }

    private void close(String because, Duration verification) {
        synchronized (lock) {
            if (closedBecause == null) {
                closedBecause = because;
            }
        }
        List<SupervisedProcess> all = processes();
        try {
            all.forEach(process -> process.forbidStart(because));
            stopAll(verification);
        } finally {
            try {
                forEach(all, process -> process.endLeftAlone(verification));
            } finally {
                all.forEach(SupervisedProcess::release);
                work.shutdown();
            }
        }
    }
}
