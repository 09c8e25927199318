package dev.procession.supervise;

import dev.procession.cleanup.ProcessTree;
import dev.procession.cleanup.StopSequence;
import dev.procession.cleanup.Watchdog;
import dev.procession.launch.Launch;
import dev.procession.launch.ProcessLog;
import dev.procession.launch.Secrets;
import dev.procession.launch.StopPolicy;
import dev.procession.os.Child;
import dev.procession.os.OperatingSystem;
import dev.procession.os.SpawnException;
import dev.procession.os.SpawnRequest;
import dev.procession.process.ExitStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One operating-system process of a supervised process, from its spawn until it is reaped and its tree is gone. Thread
 * safe. Whoever claims its end first, a stop or its own exit, ends it; the others wait for that.
 */
final class Run {

    private final OperatingSystem system;
    private final String name;
    private final Child child;
    private final ProcessTree tree;
    private final ProcessLog log;
    private final Instant startedAt;
    private final CompletableFuture<Instant> exitedAt;
    private final CompletableFuture<ExitStatus> ended = new CompletableFuture<>();
    private final AtomicReference<@Nullable String> failure = new AtomicReference<>();
    private final AtomicReference<StopSequence> ending = new AtomicReference<>();

    private Run(OperatingSystem system, Launch launch, Child child, SpawnRequest request, Instant startedAt) {
        this.system = system;
        this.name = launch.spec().name();
        this.child = child;
        this.tree = new ProcessTree(system.processes(), child, launch.cookie());
        this.log = new ProcessLog(
                name, List.of(request.stdout(), request.stderr()), system.files(), child.exit(), secrets(request));
        this.startedAt = startedAt;
        this.exitedAt = child.exit().thenApply(status -> Instant.now());
    }

    private static Secrets secrets(SpawnRequest request) {
        Map<String, String> variables = new HashMap<>(request.inheritEnvironment() ? System.getenv() : Map.of());
        variables.putAll(request.environment());
        return Secrets.of(request.arguments(), variables);
    }

    static Run spawn(OperatingSystem system, Launch launch, SpawnRequest request) throws SpawnException {
        Watchdog watchdog = Watchdog.ofJvm();
        watchdog.start();
        Instant startedAt = Instant.now();
        Child child = watchdog.guard(system.spawner().spawn(request));
        return new Run(system, launch, child, request, startedAt);
    }

    Child child() {
        return child;
    }

    ProcessTree tree() {
        return tree;
    }

    ProcessLog log() {
        return log;
    }

    Instant startedAt() {
        return startedAt;
    }

    Optional<Instant> exitedAt() {
        return Optional.ofNullable(exitedAt.getNow(null));
    }

    boolean hasExited() {
        return child.exit().isDone();
    }

    Optional<ExitStatus> exitStatus() {
        return Optional.ofNullable(child.exit().getNow(null));
    }

    /** Completes when nothing of it is left, as far as that can be had. */
    CompletableFuture<ExitStatus> ended() {
        return ended;
    }

    /**
     * Claims the end.
     *
     * @param verification how long KILL may take to have its effect
     * @return what the caller must run, and then report to {@link #finish}; empty if somebody else has claimed it
     */
    Optional<StopSequence> claimEnd(StopPolicy policy, Duration verification) {
        StopSequence sequence = new StopSequence(name, system, child, tree, policy, verification);
        return ending.compareAndSet(null, sequence) ? Optional.of(sequence) : Optional.empty();
    }

    /** Ends the grace period of whoever is ending it. */
    void hurry() {
        StopSequence sequence = ending.get();
        if (sequence != null) {
            sequence.hurry();
        }
    }

    /** What even KILL did not end, told once. */
    Optional<String> takeFailure() {
        return Optional.ofNullable(failure.getAndSet(null));
    }

    /** A sequence that ends what the stop scope has left alone. */
    StopSequence sweep(Duration verification) {
        StopPolicy atOnce = StopPolicy.DEFAULT.gracePeriod(Duration.ZERO);
        return new StopSequence(name, system, child, tree, atOnce, verification);
    }

    /** The end has been brought about, or has failed. */
    void finish(StopSequence sequence) {
        failure.set(sequence.failure().orElse(null));
        ended.complete(exitStatus()
                .orElseGet(() -> new ExitStatus.Unknown(
                        OptionalInt.empty(), sequence.failure().orElse("it has not ended"))));
    }
}
