package dev.procession.supervise;

import dev.procession.cleanup.StopSequence;
import dev.procession.cleanup.StopSequence.Limit;
import dev.procession.launch.StopPolicy;
import dev.procession.launch.StopScope;
import dev.procession.launch.Suggestion;
import dev.procession.launch.UnusableCommandException;
import dev.procession.process.AbnormalTerminationException;
import dev.procession.process.AlreadyStartedException;
import dev.procession.process.Durations;
import dev.procession.process.NotRunningException;
import dev.procession.process.ProcessionException;
import dev.procession.process.Signal;
import dev.procession.process.SpawnErrorException;
import dev.procession.process.StartFailedException;
import dev.procession.process.StopFailedException;
import dev.procession.process.SupervisionException;
import dev.procession.process.SupervisionFailedException;
import dev.procession.process.SupervisionFault;
import dev.procession.process.UnknownProcessException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * What is asked of processes by their names, as supervisord's clients do: one result for each, failures among them. Thread
 * safe.
 */
final class NamedCalls {

    private static final Logger LOG = System.getLogger("dev.procession");

    /** How often a start looks whether what it depends on has become ready. */
    private static final long DEPENDENCY_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private static final Comparator<SupervisedProcess> ASCENDING = Comparator.comparing(SupervisedProcess::place);

    private final Loop loop;

    NamedCalls(Loop loop) {
        this.loop = loop;
    }

    /**
     * Those that a name means, in the order in which they are started.
     *
     * @throws UnknownProcessException if there are none
     */
    static List<SupervisedProcess> meant(String name, List<SupervisedProcess> all) {
        Namespec namespec = Namespec.parse(name);
        List<SupervisedProcess> meant =
                all.stream().filter(namespec::means).sorted(ASCENDING).toList();
        if (meant.isEmpty()) {
            List<String> known =
                    all.stream().map(SupervisedProcess::namespec).distinct().toList();
            Optional<String> near = member(name, all).or(() -> Suggestion.nearest(name, known));
            throw new UnknownProcessException(name, near, known);
        }
        return meant;
    }

    /** Whoever forgets that it is in a group, or that a group is more than one. */
    private static Optional<String> member(String name, List<SupervisedProcess> all) {
        boolean group = all.stream().anyMatch(process -> process.group().equals(name));
        return group
                ? Optional.of(name + ":*")
                : all.stream()
                        .filter(process -> process.name().equals(name))
                        .map(SupervisedProcess::namespec)
                        .findFirst();
    }

    /** Whether a name means a group: then those to which a call does not apply are left out of its results. */
    static boolean isGroup(String name) {
        return Namespec.parse(name).isOfWholeGroup();
    }

    private static ProcessResult failed(SupervisedProcess process, SupervisionException failure) {
        return ProcessResult.failed(process.group(), process.name(), failure);
    }

    private static ProcessResult succeeded(SupervisedProcess process) {
        return ProcessResult.succeeded(process.group(), process.name());
    }

    /** @param leaveOut whether those that run already have no result */
    List<ProcessResult> start(List<SupervisedProcess> meant, boolean leaveOut, boolean wait) {
        List<SupervisedProcess> starting = new ArrayList<>();
        Map<SupervisedProcess, ProcessResult> results = new LinkedHashMap<>();
        for (SupervisedProcess process : meant.stream().sorted(ASCENDING).toList()) {
            ProcessState state = process.state();
            if (process.isReleased()) {
                results.put(process, failed(process, gaveBack(process)));
            } else if (state == ProcessState.UNKNOWN) {
                results.put(process, failed(process, cannotStart(process)));
            } else if (!state.isRunning()) {
                results.put(process, succeeded(process));
                starting.add(process);
            } else if (!leaveOut) {
                results.put(
                        process,
                        failed(
                                process,
                                new AlreadyStartedException(
                                        process.namespec(),
                                        process.lifecycle().standing().describe())));
            }
        }
        // All of them before the first begins: what it depends on may be ahead in this very call.
        starting.forEach(process -> process.lifecycle().startIsAhead());
        Map<SupervisedProcess, CompletableFuture<@Nullable Void>> begun = new LinkedHashMap<>();
        starting.forEach(process -> begun.put(process, startSoon(process)));
        if (wait) {
            begun.forEach((process, start) -> results.put(process, awaitStarted(process, start)));
        } else {
            begun.forEach(NamedCalls::logFailure);
        }
        return List.copyOf(results.values());
    }

    /** Nobody waits for it. What has begun tells of itself by its states. */
    private static void logFailure(SupervisedProcess process, CompletableFuture<@Nullable Void> begun) {
        begun.whenComplete((any, failure) -> {
            if (failure instanceof SupervisionFailedException) {
                LOG.log(Level.WARNING, "'" + process.namespec() + "' was not started: " + failure.getMessage());
            }
        });
    }

    private static SupervisionException gaveBack(SupervisedProcess process) {
        return new SupervisionFailedException(
                process.namespec(),
                "Expected '" + process.namespec() + "' to have its ports and its folder still, but gave them back when"
                        + " its start failed; start it anew from its description",
                null);
    }

    private static SupervisionException cannotStart(SupervisedProcess process) {
        return new SupervisionFailedException(
                process.namespec(),
                "Expected '" + process.namespec() + "' to be startable, but was "
                        + process.lifecycle().standing().describe()
                        + "; end what is left of it, remove it, and add it again",
                null);
    }

    /** In the loop, once all it depends on is ready. To be called when it is known to be ahead. */
    private CompletableFuture<@Nullable Void> startSoon(SupervisedProcess process) {
        CompletableFuture<@Nullable Void> begun = new CompletableFuture<>();
        long stops = process.lifecycle().stops();
        begun.whenComplete((any, failure) -> process.lifecycle().startIsNoMoreAhead());
        loop.add(() -> {
            Optional<SupervisionException> failure = whyNot(process, stops);
            if (failure.isPresent()) {
                begun.completeExceptionally(failure.get());
                return Loop.Activity.DONE;
            }
            if (process.lifecycle().mayStart()
                    && !process.dependencies().stream().allMatch(SupervisedProcess::isReady)) {
                return DEPENDENCY_PAUSE_NANOS;
            }
            process.starter().startInLoop(begun, stops);
            return Loop.Activity.DONE;
        });
        return begun;
    }

    /** @param stops how often it had been stopped when somebody wanted it to be started */
    private static Optional<SupervisionException> whyNot(SupervisedProcess process, long stops) {
        Standing standing = process.lifecycle().standing();
        if (process.lifecycle().stops() != stops) {
            return Optional.of(new AbnormalTerminationException(process.namespec(), standing.describe()));
        }
        if (standing.state().isRunning()) {
            return Optional.of(new AlreadyStartedException(process.namespec(), standing.describe()));
        }
        return process.dependencies().stream()
                .filter(needed -> !needed.isReady() && needed.lifecycle().isDown())
                .findFirst()
                .map(hopeless -> new SupervisionFailedException(
                        process.namespec(),
                        "Expected '" + hopeless.namespec() + "' to be ready, on which '" + process.namespec()
                                + "' depends, but was "
                                + hopeless.lifecycle().standing().describe()
                                + (hopeless.isReleased() ? "; add that again first" : "; start that first"),
                        null));
    }

    private static ProcessResult awaitStarted(SupervisedProcess process, CompletableFuture<@Nullable Void> begun) {
        Lifecycle lifecycle = process.lifecycle();
        try {
            // Those it depends on may take as long themselves.
            begun.get(Durations.nanos(longestWithDependencies(process)), TimeUnit.NANOSECONDS);
            lifecycle.await(
                    any -> lifecycle.cameUp()
                            || lifecycle.state() != ProcessState.STARTING
                            || lifecycle.standing().tries() > 0,
                    longest(process));
            Standing standing = lifecycle.standing();
            if (lifecycle.cameUp() || process.isReady()) {
                return succeeded(process);
            }
            // A start that was retried at once may be under way again.
            if (standing.state() == ProcessState.FATAL || standing.tries() > 0) {
                return failed(process, spawnError(process, standing));
            }
            return failed(process, new AbnormalTerminationException(process.namespec(), standing.describe()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return failed(process, broken(process, "Interrupted while waiting for the start of ", null));
        } catch (ExecutionException e) {
            return failed(process, failure(process, e.getCause()));
        } catch (TimeoutException | ProcessionException e) {
            return failed(process, broken(process, "No end of the start of ", e));
        }
    }

    private static SupervisionException failure(SupervisedProcess process, @Nullable Throwable cause) {
        if (cause instanceof SupervisionException known) {
            return known;
        }
        Standing standing = process.lifecycle().standing();
        return standing.state().isRunning()
                // Somebody else was faster.
                ? new AlreadyStartedException(process.namespec(), standing.describe())
                : broken(process, "Cannot start ", cause);
    }

    /** What a start may take, its failure and the end of that included. */
    private static Duration longest(SupervisedProcess process) {
        Duration startSeconds = process.lifecycle().policy().startSeconds();
        return process.spec()
                .ready()
                .timeout()
                .plus(startSeconds == null ? Duration.ZERO : startSeconds)
                .plus(process.spec().stop().longest())
                .plus(Lifecycle.VERIFICATION);
    }

    private static Duration longestWithDependencies(SupervisedProcess process) {
        Duration longest = longest(process);
        for (SupervisedProcess needed : Dependencies.of(process)) {
            longest = longest.plus(longest(needed));
        }
        return longest;
    }

    private static SupervisionException broken(SupervisedProcess process, String what, @Nullable Throwable cause) {
        return new SupervisionFailedException(
                process.namespec(),
                what + "'" + process.namespec() + "', which is "
                        + process.lifecycle().standing().describe()
                        + (cause == null || cause.getMessage() == null ? "" : ": " + cause.getMessage()),
                cause);
    }

    private static SupervisionException spawnError(SupervisedProcess process, Standing standing) {
        Optional<StartFailedException> before = process.lifecycle().startFailure();
        Optional<UnusableCommandException> unusable = before.map(Throwable::getCause)
                .filter(UnusableCommandException.class::isInstance)
                .map(UnusableCommandException.class::cast);
        SupervisionFault fault = unusable.filter(found -> found.attribute().equals("command"))
                .map(found -> found.isMissing() ? SupervisionFault.NO_FILE : SupervisionFault.NOT_EXECUTABLE)
                .orElse(SupervisionFault.SPAWN_ERROR);
        String attribute = unusable.map(UnusableCommandException::attribute).orElse("command");
        return new SpawnErrorException(
                process.namespec(),
                fault,
                process.failureMessage(
                        "Expected '" + process.namespec() + "' to be running, but was " + standing.describe(),
                        unusable.map(found -> found.fix() + "; ").orElse("")
                                + "look at " + process.spec().declarationOf(attribute)
                                + (standing.state() == ProcessState.FATAL ? "" : "; meanwhile it is tried again")),
                before.orElse(null));
    }

    /** @param leaveOut whether those that do not run have no result */
    List<ProcessResult> stop(List<SupervisedProcess> meant, boolean leaveOut, boolean wait) {
        Map<SupervisedProcess, ProcessResult> results = new LinkedHashMap<>();
        for (SupervisedProcess process : meant.stream().sorted(ASCENDING).toList()) {
            Standing standing = process.lifecycle().standing();
            if (isToBeStopped(process)) {
                results.put(process, succeeded(process));
            } else if (!leaveOut) {
                results.put(process, failed(process, new NotRunningException(process.namespec(), standing.describe())));
            }
        }
        if (wait) {
            // Also what others have left that have just ended by themselves.
            fail(results, meant, () -> StopOrder.stop(meant, NamedCalls::beginStop));
        } else {
            meant.forEach(process ->
                    loop.execute(() -> process.ender().stopInLoop(process.spec().stop())));
        }
        return List.copyOf(results.values());
    }

    private static Optional<StopSequence> beginStop(SupervisedProcess process) {
        return process.ender().beginStop(process.spec().stop(), Lifecycle.VERIFICATION);
    }

    /** Stops several things, and tells of those that could not be. */
    private static void fail(
            Map<SupervisedProcess, ProcessResult> results, List<SupervisedProcess> meant, Runnable stop) {
        try {
            stop.run();
        } catch (StopFailedException e) {
            for (SupervisedProcess process : meant) {
                ProcessState state = process.state();
                if (state == ProcessState.UNKNOWN || !state.isStopped()) {
                    results.put(
                            process,
                            failed(
                                    process,
                                    new SupervisionFailedException(
                                            process.namespec(), String.valueOf(e.getMessage()), e)));
                }
            }
        }
    }

    /**
     * Without a grace period, and with everything they have started; also those that somebody else is stopping with one.
     *
     * @param leaveOut whether those that do not run have no result
     */
    List<ProcessResult> kill(List<SupervisedProcess> meant, boolean leaveOut) {
        Map<SupervisedProcess, ProcessResult> results = new LinkedHashMap<>();
        for (SupervisedProcess process : meant.stream().sorted(ASCENDING).toList()) {
            Standing standing = process.lifecycle().standing();
            if (isToBeStopped(process) || standing.state() == ProcessState.STOPPING) {
                results.put(process, succeeded(process));
            } else if (!leaveOut) {
                results.put(process, failed(process, new NotRunningException(process.namespec(), standing.describe())));
            }
        }
        Limit now = Limit.in(Duration.ZERO, Lifecycle.VERIFICATION);
        fail(
                results,
                meant,
                () -> StopOrder.stop(
                        meant,
                        process -> process.ender().beginStop(killing(process), Lifecycle.VERIFICATION),
                        Optional.of(now)));
        fail(
                results,
                meant,
                () -> StopOrder.forEach(
                        meant, process -> process.ender().endLeftAlone(Lifecycle.VERIFICATION, Optional.empty())));
        return List.copyOf(results.values());
    }

    /** Also what only waits for its start, the first or another. */
    private static boolean isToBeStopped(SupervisedProcess process) {
        return process.state() != ProcessState.STOPPING && !process.lifecycle().isDown();
    }

    /** Stops those of them that run, and starts all again. */
    List<ProcessResult> restart(List<SupervisedProcess> meant, boolean wait) {
        Map<String, ProcessResult> results = new LinkedHashMap<>();
        meant.stream().sorted(ASCENDING).forEach(process -> results.put(process.namespec(), succeeded(process)));
        stop(meant, true, true).forEach(result -> results.put(namespec(result), result));
        List<SupervisedProcess> stopped = meant.stream()
                .filter(process -> results.get(process.namespec()).isSuccess())
                .toList();
        start(stopped, false, wait).forEach(result -> results.put(namespec(result), result));
        return List.copyOf(results.values());
    }

    private static String namespec(ProcessResult result) {
        return Namespec.of(result.group(), result.name());
    }

    private static StopPolicy killing(SupervisedProcess process) {
        return process.spec().stop().scope(StopScope.TREE).gracePeriod(Duration.ZERO);
    }

    List<ProcessResult> signal(List<SupervisedProcess> meant, boolean leaveOut, Signal signal) {
        List<ProcessResult> results = new ArrayList<>();
        for (SupervisedProcess process : meant.stream().sorted(ASCENDING).toList()) {
            // One that is just being spawned for the first time is not there yet.
            if (process.state().isSignallable() && process.wasStarted() && process.signal(signal)) {
                results.add(succeeded(process));
            } else if (!leaveOut) {
                results.add(failed(
                        process,
                        new NotRunningException(
                                process.namespec(),
                                process.lifecycle().standing().describe())));
            }
        }
        return List.copyOf(results);
    }
}
