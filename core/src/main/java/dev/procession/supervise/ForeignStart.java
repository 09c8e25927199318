package dev.procession.supervise;

import dev.procession.cleanup.PortOwners;
import dev.procession.launch.Readiness;
import dev.procession.launch.Secrets;
import dev.procession.os.OperatingSystem;
import dev.procession.os.backend.Backend;
import dev.procession.process.BaseDirectory;
import dev.procession.process.DidNotStartException;
import dev.procession.process.Durations;
import dev.procession.process.Epoch;
import dev.procession.process.ExitStatus;
import dev.procession.process.FoundProcess;
import dev.procession.process.InvalidSpecException;
import dev.procession.process.OldStartTimeException;
import dev.procession.process.ProcessSelection;
import dev.procession.process.ProcessionException;
import dev.procession.process.WaitTimeoutException;
import dev.procession.readiness.ForeignReadiness;
import dev.procession.readiness.ReadinessProbe;
import dev.procession.readiness.ReadinessWait;
import dev.procession.readiness.ReadinessWait.Outcome;
import dev.procession.readiness.ReadinessWait.Waited;
import dev.procession.watch.ProcessWatch;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/**
 * Waits until a process that somebody else starts is there, fresh, and ready: it answers where it is to answer, and no
 * older listener does so in its place. Immutable and thread safe.
 */
public final class ForeignStart {

    private final ProcessSelection selection;
    private final Readiness ready;
    private final Path base;

    private ForeignStart(ProcessSelection selection, Readiness ready, Path base) {
        this.selection = selection;
        this.ready = ready;
        this.base = base;
    }

    /**
     * A wait for whoever is meant.
     *
     * @param ready what must hold beside its being there, which is all that the default asks for; its timeout is for all
     *     together. Relative paths start in the directory the JVM was started in
     * @throws InvalidSpecException for a condition that cannot be asked of a process that is not ours: {@code log},
     *     {@code command}, {@code exit}, and ports by name
     */
    public static ForeignStart of(ProcessSelection selection, Readiness ready) {
        Path base = BaseDirectory.ofJvm();
        ForeignReadiness.check(ready, base);
        return new ForeignStart(selection, ready, base);
    }

    /**
     * Waits. Whoever ends meanwhile may be replaced by another, as by a program that goes into the background.
     *
     * @param epoch from when on a process is fresh
     * @return those that are fresh, the newest first; at least one
     * @throws OldStartTimeException if at the end only older ones are there
     * @throws DidNotStartException if none was there
     * @throws WaitTimeoutException if one was there, but has ended or is not ready
     * @throws ProcessionException if the thread is interrupted, which it still is then
     */
    public List<FoundProcess> await(Epoch epoch) {
        return new Wait(epoch).run();
    }

    /** Reads as what is waited for. */
    @Override
    public String toString() {
        return selection.toString();
    }

    /** For one thread. */
    private final class Wait {

        private final Epoch epoch;
        private final long start = System.nanoTime();
        private List<FoundProcess> seen = List.of();
        private List<Waited> waited = List.of();

        Wait(Epoch epoch) {
            this.epoch = epoch;
        }

        List<FoundProcess> run() {
            while (true) {
                List<FoundProcess> fresh = awaitFresh();
                seen = fresh;
                Outcome outcome = awaitReady(fresh);
                waited = outcome.waited();
                switch (outcome.kind()) {
                    case READY -> {
                        // Of those that were found first, some may have handed over to others.
                        List<FoundProcess> now = waited.isEmpty() ? fresh : freshNow();
                        if (!now.isEmpty()) {
                            return now;
                        }
                    }
                    case EXITED -> {
                        // Somebody else may take its place, or has done so already.
                    }
                    case INTERRUPTED ->
                        throw new ProcessionException("Interrupted while waiting until " + selection + " is ready");
                    default -> throw notReady("was there, but was not ready within " + timeout());
                }
            }
        }

        private String timeout() {
            return Durations.describe(ready.timeout());
        }

        private Duration remaining() {
            return Duration.ofNanos(Math.max(0, ready.timeout().toNanos() - (System.nanoTime() - start)));
        }

        private List<FoundProcess> awaitFresh() {
            Duration longest = seen.isEmpty() ? ready.timeout() : remaining();
            try {
                return ProcessWatch.ofJvm().awaitStart(selection, epoch, longest);
            } catch (DidNotStartException e) {
                if (seen.isEmpty()) {
                    throw e;
                }
                throw notReady(
                        "was there, but ended before it was ready, and nobody took its place within " + timeout());
            } catch (OldStartTimeException e) {
                throw seen.isEmpty() ? e : new OldStartTimeException(selection, ready.timeout(), epoch, e.old());
            }
        }

        private Outcome awaitReady(List<FoundProcess> fresh) {
            OperatingSystem system = Backend.current();
            Thread waiter = Thread.currentThread();
            List<CompletableFuture<Void>> deaths = fresh.stream()
                    .map(process -> system.deaths().death(process.id()))
                    .toList();
            CompletableFuture<ExitStatus> ended = CompletableFuture.allOf(deaths.toArray(CompletableFuture<?>[]::new))
                    .thenApply(nothing -> new ExitStatus.Unknown(OptionalInt.empty(), "somebody else started it"));
            ended.whenComplete((status, failure) -> LockSupport.unpark(waiter));
            List<ReadinessProbe> conditions = ForeignReadiness.conditions(
                    ready, base, fresh.get(fresh.size() - 1).id(), new PortOwners(system).ownership(this::freshNow));
            try {
                ReadinessWait wait =
                        new ReadinessWait(conditions, List.of(), ended, false, remaining(), this::stillWaiting);
                Optional<Outcome> outcome = wait.look();
                while (outcome.isEmpty()) {
                    LockSupport.parkNanos(this, wait.pauseNanos());
                    outcome = wait.look();
                }
                return outcome.get();
            } finally {
                conditions.forEach(ReadinessProbe::close);
                deaths.forEach(death -> death.cancel(false));
            }
        }

        /** Whoever has the port need not be among those that were found first. */
        private List<FoundProcess> freshNow() {
            try {
                return ProcessWatch.ofJvm().awaitStart(selection, epoch, Duration.ZERO);
            } catch (WaitTimeoutException e) {
                return List.of();
            }
        }

        private void stillWaiting(Duration elapsed, String conditions) {
            Logger log = System.getLogger("dev.procession");
            log.log(
                    Level.INFO,
                    masked(selection + ": still waiting for " + conditions + " (" + Durations.describe(elapsed) + " of "
                            + timeout() + ")"));
        }

        private WaitTimeoutException notReady(String problem) {
            List<FoundProcess> alive =
                    seen.stream().filter(process -> process.id().isAlive()).toList();
            String text = selection + " " + problem
                    + (alive.isEmpty() ? seen : alive)
                            .stream()
                                    .map(process -> "\n  process     " + process
                                            + (alive.isEmpty()
                                                    ? ", has ended"
                                                    : ", up for "
                                                            + Durations.describe(
                                                                    process.id().age())))
                                    .collect(Collectors.joining())
                    + waited.stream()
                            .filter(condition -> !condition.held())
                            .map(condition -> "\n  waiting for " + condition.description()
                                    + (condition.seen().isEmpty() ? "" : " (last: " + condition.seen() + ")"))
                            .collect(Collectors.joining())
                    + "\n  try         " + remedy();
            return new WaitTimeoutException(masked(text));
        }

        private String remedy() {
            return waited.stream()
                            .anyMatch(condition ->
                                    !condition.held() && condition.seen().contains(" is served by "))
                    ? "end whoever has its port, or let it use another"
                    : "look at what it logs; if it is only slow, allow a longer time";
        }

        private String masked(String text) {
            return Secrets.of(ready.http(), Map.of()).mask(text);
        }
    }
}
