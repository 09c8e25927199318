package dev.procession.readiness;

import dev.procession.process.ExitStatus;
import dev.procession.readiness.ReadinessProbe.Answer;
import dev.procession.readiness.ReadinessProbe.Holds;
import dev.procession.readiness.ReadinessProbe.Never;
import dev.procession.readiness.ReadinessProbe.NotYet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Races readiness probes against the end of the process and the startup timeout. It never waits itself: each look says how
 * things stand and when the next is due, so that one thread can wait for any number of processes. For one thread.
 *
 * <p>Probes are asked again after a pause that grows with the time already spent, from 1 ms: the wait is never longer than
 * the start took by more than a few parts in a thousand.
 */
public final class ReadinessWait {

    private static final Duration HEARTBEAT = Duration.ofSeconds(5);
    private static final long SHORTEST_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long LONGEST_NANOS = TimeUnit.MILLISECONDS.toNanos(25);
    private static final long PART = 500;

    private final List<Condition> conditions = new ArrayList<>();
    private final List<ReadinessProbe> vetoes;
    private final CompletableFuture<ExitStatus> exit;
    private final boolean oneShot;
    private final Duration timeout;
    private final BiConsumer<Duration, String> heartbeat;
    private final long heartbeatNanos;
    private final long start = System.nanoTime();
    private long nextHeartbeat;
    private long looks;

    /** Whether all has been seen that happened until the conditions held, or the process ended; null before that. */
    private @Nullable List<BooleanSupplier> beforeReady;

    private @Nullable List<BooleanSupplier> afterExit;

    /**
     * Begins to wait.
     *
     * @param oneShot whether the end of the process is what makes it ready, if its conditions hold then
     * @param heartbeat is given the time spent and what is still awaited, every 5 s while it lasts
     */
    public ReadinessWait(
            List<ReadinessProbe> conditions,
            List<ReadinessProbe> vetoes,
            CompletableFuture<ExitStatus> exit,
            boolean oneShot,
            Duration timeout,
            BiConsumer<Duration, String> heartbeat) {
        this(conditions, vetoes, exit, oneShot, timeout, heartbeat, HEARTBEAT);
    }

    /** @param every how often the wait gives a sign of itself */
    ReadinessWait(
            List<ReadinessProbe> conditions,
            List<ReadinessProbe> vetoes,
            CompletableFuture<ExitStatus> exit,
            boolean oneShot,
            Duration timeout,
            BiConsumer<Duration, String> heartbeat,
            Duration every) {
        conditions.forEach(probe -> this.conditions.add(new Condition(probe)));
        this.vetoes = vetoes;
        this.exit = exit;
        this.oneShot = oneShot;
        this.timeout = timeout;
        this.heartbeat = heartbeat;
        this.heartbeatNanos = every.toNanos();
        this.nextHeartbeat = start + heartbeatNanos;
    }

    /** One look at everything. Empty while it is undecided. */
    public Optional<Outcome> look() {
        long now = System.nanoTime();
        looks++;
        Duration elapsed = Duration.ofNanos(now - start);
        if (exit.isDone()) {
            return lookAfterExit(elapsed);
        }
        Optional<Outcome> vetoed = veto(elapsed);
        if (vetoed.isPresent()) {
            return vetoed;
        }
        for (Condition condition : conditions) {
            if (condition.look(now, looks) instanceof Never never) {
                return Optional.of(outcome(Kind.NEVER, elapsed, never.seen(), never.fix()));
            }
        }
        if (allHold()) {
            Optional<Outcome> decided = catchUpBeforeReady(elapsed);
            if (decided.isPresent()) {
                return decided;
            }
        }
        if (elapsed.compareTo(timeout) >= 0) {
            return Optional.of(outcome(Kind.TIMED_OUT, elapsed, "", ""));
        }
        if (Thread.currentThread().isInterrupted()) {
            return Optional.of(outcome(Kind.INTERRUPTED, elapsed, "", ""));
        }
        if (now >= nextHeartbeat) {
            heartbeat.accept(elapsed, stillWaiting());
            nextHeartbeat += heartbeatNanos;
        }
        return Optional.empty();
    }

    private Optional<Outcome> veto(Duration elapsed) {
        for (ReadinessProbe veto : vetoes) {
            if (veto.look() instanceof Never never) {
                return Optional.of(outcome(Kind.NEVER, elapsed, never.seen(), never.fix()));
            }
        }
        return Optional.empty();
    }

    /** It is ready if nothing that happened until the conditions held is against that. */
    private Optional<Outcome> catchUpBeforeReady(Duration elapsed) {
        if (beforeReady == null) {
            beforeReady = catchUp(vetoes, false);
        }
        if (!haveAll(beforeReady)) {
            return Optional.empty();
        }
        Optional<Outcome> vetoed = beforeReady.isEmpty() ? Optional.empty() : veto(elapsed);
        if (vetoed.isPresent()) {
            return vetoed;
        }
        for (Condition condition : conditions) {
            if (condition.proveAgain(looks) instanceof Never never) {
                return Optional.of(outcome(Kind.NEVER, elapsed, never.seen(), never.fix()));
            }
        }
        if (!allHold()) {
            beforeReady = null;
            return Optional.empty();
        }
        return exit.isDone() ? lookAfterExit(elapsed) : Optional.of(outcome(Kind.READY, elapsed, "", ""));
    }

    /** What it wrote last may not have been seen yet, and belongs into the message. */
    private Optional<Outcome> lookAfterExit(Duration elapsed) {
        if (afterExit == null) {
            List<ReadinessProbe> probes = new ArrayList<>(oneShot ? vetoes : List.of());
            conditions.forEach(condition -> probes.add(condition.probe));
            afterExit = catchUp(probes, true);
        }
        boolean noLonger =
                elapsed.compareTo(timeout) >= 0 || Thread.currentThread().isInterrupted();
        return noLonger || haveAll(afterExit) ? Optional.of(outcomeAfterExit(elapsed)) : Optional.empty();
    }

    private static List<BooleanSupplier> catchUp(List<ReadinessProbe> probes, boolean ended) {
        return probes.stream().flatMap(probe -> probe.catchUp(ended).stream()).toList();
    }

    private static boolean haveAll(List<BooleanSupplier> caughtUp) {
        return caughtUp.stream().allMatch(BooleanSupplier::getAsBoolean);
    }

    private Outcome outcomeAfterExit(Duration elapsed) {
        conditions.forEach(Condition::lookAfterExit);
        boolean undecided = false;
        if (oneShot) {
            for (ReadinessProbe veto : vetoes) {
                Answer answer = veto.lookAfterExit().orElse(null);
                if (answer instanceof Never never) {
                    return outcome(Kind.NEVER, elapsed, never.seen(), never.fix());
                }
                undecided |= answer instanceof NotYet;
            }
        }
        Kind kind = oneShot && allHold() && !undecided ? Kind.READY : Kind.EXITED;
        return new Outcome(kind, elapsed, waited(undecided), "", "");
    }

    private boolean allHold() {
        return conditions.stream().allMatch(condition -> condition.holds);
    }

    /** After how many nanoseconds the next look is due, if nobody wakes the waiting thread before. */
    public long pauseNanos() {
        long elapsed = System.nanoTime() - start;
        return Math.max(0, Math.min(pause(elapsed), timeout.toNanos() - elapsed));
    }

    private static long pause(long elapsed) {
        return Math.max(SHORTEST_NANOS, Math.min(LONGEST_NANOS, elapsed / PART));
    }

    private String stillWaiting() {
        return waited(true).stream()
                .filter(waited -> !waited.held())
                .map(waited -> waited.description() + (waited.seen().isEmpty() ? "" : ", last: " + waited.seen()))
                .collect(Collectors.joining("; "));
    }

    /** @param undecided whether vetoes are waited for, too, where all else holds */
    private List<Waited> waited(boolean undecided) {
        List<Waited> waited = new ArrayList<>();
        conditions.forEach(
                condition -> waited.add(new Waited(condition.probe.description(), condition.holds, condition.seen)));
        if (undecided && allHold()) {
            vetoes.forEach(veto -> waited.add(new Waited(
                    veto.description(),
                    false,
                    veto.look() instanceof NotYet notYet ? notYet.seen() : "what it had logged is still being read")));
        }
        return waited;
    }

    private Outcome outcome(Kind kind, Duration elapsed, String reason, String fix) {
        return new Outcome(kind, elapsed, waited(kind == Kind.TIMED_OUT), reason, fix);
    }

    /** How a wait ended. */
    public enum Kind {
        READY,
        EXITED,
        TIMED_OUT,
        NEVER,
        INTERRUPTED
    }

    /**
     * The result of a wait.
     *
     * @param kind how it ended
     * @param elapsed how long it took
     * @param waited every condition, and what was last seen of it
     * @param reason with {@link Kind#NEVER}, why
     * @param fix with {@link Kind#NEVER}, what to do
     */
    public record Outcome(Kind kind, Duration elapsed, List<Waited> waited, String reason, String fix) {}

    /**
     * A condition and how it stood at the end.
     *
     * @param description what was awaited
     * @param held whether it came to hold
     * @param seen what was last seen
     */
    public record Waited(String description, boolean held, String seen) {}

    private static final class Condition {
        private final ReadinessProbe probe;
        private boolean holds;
        private long found;
        private String seen = "";
        private long notBefore = Long.MIN_VALUE;

        Condition(ReadinessProbe probe) {
            this.probe = probe;
        }

        void lookAfterExit() {
            probe.lookAfterExit().ifPresent(answer -> {
                seen = answer.seen();
                holds = answer instanceof Holds;
            });
        }

        /** @param number of this look at all of them */
        Answer look(long now, long number) {
            if (holds || now < notBefore) {
                return new NotYet(seen, 0);
            }
            return take(probe.look(), now, number);
        }

        /** All hold; but what was found at an earlier look need not be so any more. */
        Answer proveAgain(long number) {
            if (found == number) {
                return new Holds(seen);
            }
            return probe.proveAgain()
                    .map(answer -> take(answer, System.nanoTime(), number))
                    .orElseGet(() -> new Holds(seen));
        }

        private Answer take(Answer answer, long now, long number) {
            found = number;
            seen = answer.seen();
            holds = answer instanceof Holds;
            if (answer instanceof NotYet notYet) {
                notBefore = now + TimeUnit.MILLISECONDS.toNanos(notYet.pauseMillis());
            }
            return answer;
        }
    }
}
