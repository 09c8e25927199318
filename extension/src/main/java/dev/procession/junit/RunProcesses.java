package dev.procession.junit;

import dev.procession.launch.ProcessSpec;
import dev.procession.process.ProcessDiedException;
import dev.procession.process.ProcessionException;
import dev.procession.process.StartFailedException;
import dev.procession.process.WaitTimeoutException;
import dev.procession.supervise.RecordedEvents;
import dev.procession.supervise.SupervisedProcess;
import dev.procession.supervise.Supervisor;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext.Store.CloseableResource;

/**
 * The processes that a whole test run shares, each started by its first user. It lives in the store of the run, whose
 * closing stops them: JUnit has no callback for the end of a run. Thread safe.
 */
@SuppressWarnings("deprecation") // JUnit 5.12 closes what is CloseableResource, later ones what is AutoCloseable.
final class RunProcesses implements CloseableResource, AutoCloseable {

    private final Supplier<Settings> settings;
    private final Blame blame;

    /** Guards what follows. */
    private final Object lock = new Object();

    private final Map<String, Shared> shared = new LinkedHashMap<>();
    private @Nullable Supervisor supervisor;

    /** From the first start on: nobody knows what later classes will want to see. */
    private final RecordedEvents events = new RecordedEvents();

    private boolean closed;

    /** One of them, and its start. */
    private record Shared(ProcessSpec spec, Duration longest, CompletableFuture<Boolean> start) {}

    /** @param settings asked for when the first is started */
    RunProcesses(Supplier<Settings> settings, Blame blame) {
        this.settings = settings;
        this.blame = blame;
    }

    /**
     * Starts what nobody has started yet, and waits for what somebody else is starting.
     *
     * @throws ExtensionConfigurationException if somebody else means another process by the same name
     * @throws StartFailedException if one cannot be started; whoever comes later gets the same as cause, at once
     */
    void start(List<ProcessSpec> specs) {
        List<ProcessSpec> mine = new ArrayList<>();
        List<Shared> all = new ArrayList<>();
        Supervisor supervisor;
        synchronized (lock) {
            if (closed) {
                throw new IllegalStateException("Expected a test run that is under way, but it has ended");
            }
            specs.forEach(this::requireSame);
            specs.stream().filter(spec -> !shared.containsKey(spec.name())).forEach(mine::add);
            Duration longest = longest(mine);
            mine.forEach(spec -> shared.put(spec.name(), new Shared(spec, longest, new CompletableFuture<>())));
            specs.forEach(spec -> all.add(shared.get(spec.name())));
            supervisor = supervisor();
        }
        // What others are starting comes first: mine may depend on it, theirs never on mine.
        boolean again = false;
        for (Shared one : all) {
            again |= !mine.contains(one.spec()) && !await(one);
        }
        startMine(supervisor, mine);
        if (again) {
            // Another user's start was broken off by something that is none of ours.
            start(specs);
        }
    }

    /** Those of some descriptions that were begun, also those whose start failed. */
    List<SupervisedProcess> processes(List<ProcessSpec> specs) {
        synchronized (lock) {
            return specs.stream()
                    .flatMap(spec -> supervisor == null
                            ? Stream.<SupervisedProcess>empty()
                            : supervisor.process(spec.name()).stream())
                    .toList();
        }
    }

    /** How long a group may take: each after the other, at worst, with the stop of all if one fails. */
    private static Duration longest(List<ProcessSpec> group) {
        return group.stream()
                .map(spec -> spec.ready().timeout().plus(spec.stop().longest()))
                .reduce(Duration.ofSeconds(60), Duration::plus);
    }

    private Supervisor supervisor() {
        if (supervisor == null) {
            supervisor = supervisorIn(settings.get()
                            .folder()
                            .resolve("run-" + ProcessHandle.current().pid()))
                    .build();
            supervisor.subscribe("RecordedEvents of the run", events);
        }
        return supervisor;
    }

    /** Who owns them, once there are any. */
    Optional<Supervisor> owner() {
        synchronized (lock) {
            return Optional.ofNullable(supervisor);
        }
    }

    /** What has happened to them, once there are any. */
    Optional<RecordedEvents> events() {
        return owner().map(any -> events);
    }

    /** A supervisor as this run wants them. */
    Supervisor.Builder supervisorIn(Path folder) {
        return Supervisor.builder().folder(folder).stragglers(settings.get().stragglers());
    }

    private void requireSame(ProcessSpec spec) {
        Shared before = shared.get(spec.name());
        if (before != null && !before.spec().equals(spec)) {
            throw new ExtensionConfigurationException(spec.declaration() + " shares '" + spec.name()
                    + "' with the whole run, as " + before.spec().declaration()
                    + " does, but in other words; declare both in the same words, best by one annotation of your own, or"
                    + " give one of them another 'name'");
        }
    }

    private void startMine(Supervisor supervisor, List<ProcessSpec> mine) {
        if (mine.isEmpty()) {
            return;
        }
        RuntimeException failure = new IllegalStateException("Expected the start to return, but it was broken off");
        try {
            supervisor.startAll(mine);
            mine.forEach(spec -> entry(spec.name()).start().complete(true));
            return;
        } catch (RuntimeException e) {
            failure = e;
            throw e;
        } finally {
            Set<String> toBlame = toBlame(failure, mine);
            for (ProcessSpec spec : mine) {
                CompletableFuture<Boolean> start = entry(spec.name()).start();
                if (toBlame.contains(spec.name())) {
                    start.completeExceptionally(failure);
                } else if (!start.isDone()) {
                    synchronized (lock) {
                        shared.remove(spec.name());
                    }
                    start.complete(false);
                }
            }
        }
    }

    /** Those that failed, and what cannot be without them. The others were only stopped with them. */
    private static Set<String> toBlame(Throwable failure, List<ProcessSpec> mine) {
        Set<String> names = new HashSet<>();
        for (Throwable one : Stream.concat(Stream.of(failure), Stream.of(failure.getSuppressed()))
                .toList()) {
            if (one instanceof StartFailedException start) {
                names.add(start.process());
            }
        }
        boolean grown = !names.isEmpty();
        while (grown) {
            grown = false;
            for (ProcessSpec spec : mine) {
                grown |= spec.dependsOn().stream().anyMatch(names::contains) && names.add(spec.name());
            }
        }
        return names;
    }

    private Shared entry(String name) {
        synchronized (lock) {
            return shared.get(name);
        }
    }

    /** @return false if it was stopped because of something else that failed: it is to be started again */
    private static boolean await(Shared one) {
        String name = one.spec().name();
        try {
            return one.start().get(one.longest().toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            throw new StartFailedException(
                    name,
                    "'" + name + "' is shared by the whole run, and could not be started for an earlier user:\n"
                            + e.getCause().getMessage(),
                    e.getCause());
        } catch (TimeoutException e) {
            throw new WaitTimeoutException("'" + name
                    + "' is shared by the whole run, and its first user has not started it within " + one.longest());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ProcessionException("Interrupted while '" + name + "' was started by another test", e);
        }
    }

    /** Stops them all. A death that no test has reported fails the run. */
    @Override
    public void close() {
        Supervisor ending;
        synchronized (lock) {
            closed = true;
            ending = supervisor;
        }
        if (ending != null) {
            Optional<ProcessDiedException> death = Optional.empty();
            try {
                death = blame.unreportedDeath(ending.processes());
            } finally {
                ending.close();
            }
            death.ifPresent(unreported -> {
                throw unreported;
            });
        }
    }
}
