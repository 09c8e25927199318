package dev.procession.readiness;

import dev.procession.process.ExitStatus;
import dev.procession.readiness.ReadinessProbe.Answer;
import dev.procession.readiness.ReadinessProbe.Holds;
import dev.procession.readiness.ReadinessProbe.Never;
import dev.procession.readiness.ReadinessProbe.NotYet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;

/**
 * Races readiness probes against the end of the process and the startup timeout, in the thread that waits.
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
    private final Duration timeout;
    private final long heartbeatNanos;

    public ReadinessWait(
            List<ReadinessProbe> conditions,
            List<ReadinessProbe> vetoes,
            CompletableFuture<ExitStatus> exit,
            Duration timeout) {
        this(conditions, vetoes, exit, timeout, HEARTBEAT);
    }

    /** @param heartbeat how often the wait gives a sign of itself */
    ReadinessWait(
            List<ReadinessProbe> conditions,
            List<ReadinessProbe> vetoes,
            CompletableFuture<ExitStatus> exit,
            Duration timeout,
            Duration heartbeat) {
        conditions.forEach(probe -> this.conditions.add(new Condition(probe)));
        this.vetoes = vetoes;
        this.exit = exit;
        this.timeout = timeout;
        this.heartbeatNanos = heartbeat.toNanos();
    }

    /**
     * Waits in this thread.
     *
     * @param heartbeat is given the time spent and what is still awaited, every 5 s while it lasts
     */
    public Outcome await(BiConsumer<Duration, String> heartbeat) {
        long start = System.nanoTime();
        long nextHeartbeat = start + heartbeatNanos;
        Thread waiter = Thread.currentThread();
        exit.whenComplete((status, failure) -> LockSupport.unpark(waiter));
        while (true) {
            long now = System.nanoTime();
            Duration elapsed = Duration.ofNanos(now - start);
            if (exit.isDone()) {
                // What it wrote last may not have been seen yet, and belongs into the message.
                conditions.forEach(Condition::lookAfterExit);
                return outcome(Kind.EXITED, elapsed, "", "");
            }
            for (ReadinessProbe veto : vetoes) {
                if (veto.look() instanceof Never never) {
                    return outcome(Kind.NEVER, elapsed, never.seen(), never.fix());
                }
            }
            for (Condition condition : conditions) {
                if (condition.look(now) instanceof Never never) {
                    return outcome(Kind.NEVER, elapsed, never.seen(), never.fix());
                }
            }
            if (conditions.stream().allMatch(condition -> condition.holds)) {
                return outcome(exit.isDone() ? Kind.EXITED : Kind.READY, elapsed, "", "");
            }
            if (elapsed.compareTo(timeout) >= 0) {
                return outcome(Kind.TIMED_OUT, elapsed, "", "");
            }
            if (Thread.currentThread().isInterrupted()) {
                return outcome(Kind.INTERRUPTED, elapsed, "", "");
            }
            if (now >= nextHeartbeat) {
                heartbeat.accept(elapsed, stillWaiting());
                nextHeartbeat += heartbeatNanos;
            }
            LockSupport.parkNanos(this, Math.min(pause(now - start), timeout.toNanos() - (now - start)));
        }
    }

    private static long pause(long elapsed) {
        return Math.max(SHORTEST_NANOS, Math.min(LONGEST_NANOS, elapsed / PART));
    }

    private String stillWaiting() {
        return conditions.stream()
                .filter(condition -> !condition.holds)
                .map(condition ->
                        condition.probe.description() + (condition.seen.isEmpty() ? "" : ", last: " + condition.seen))
                .collect(Collectors.joining("; "));
    }

    private Outcome outcome(Kind kind, Duration elapsed, String reason, String fix) {
        List<Waited> waited = conditions.stream()
                .map(condition -> new Waited(condition.probe.description(), condition.holds, condition.seen))
                .toList();
        return new Outcome(kind, elapsed, waited, reason, fix);
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

        Answer look(long now) {
            if (holds || now < notBefore) {
                return new NotYet(seen, 0);
            }
            Answer answer = probe.look();
            seen = answer.seen();
            holds = answer instanceof Holds;
            if (answer instanceof NotYet notYet) {
                notBefore = now + TimeUnit.MILLISECONDS.toNanos(notYet.pauseMillis());
            }
            return answer;
        }
    }
}
