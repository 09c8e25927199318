package dev.procession.supervise;

import dev.procession.process.Durations;
import dev.procession.readiness.ReadinessWait;
import dev.procession.readiness.ReadinessWait.Kind;
import dev.procession.readiness.ReadinessWait.Outcome;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** One start that is under way: a process that was spawned and is not known to be ready. For one thread. */
final class Start {

    private final SupervisedProcess process;
    private final Run run;
    private final StartSequence sequence;
    private final ReadinessWait wait;
    private volatile @Nullable Outcome outcome;
    private Set<Integer> listening = Set.of();

    Start(SupervisedProcess process, Run run, StartSequence sequence) {
        this.process = process;
        this.run = run;
        this.sequence = sequence;
        this.wait = sequence.awaitReady(run);
    }

    SupervisedProcess process() {
        return process;
    }

    Run run() {
        return run;
    }

    StartSequence sequence() {
        return sequence;
    }

    /** One look. Empty while it is undecided. */
    Optional<Outcome> look() {
        if (outcome == null) {
            outcome = wait.look().orElse(null);
            if (outcome != null) {
                // Asked before it is stopped: afterwards it listens nowhere.
                listening = outcome.kind() == Kind.TIMED_OUT ? sequence.portsOf(run) : Set.of();
                sequence.close();
            }
        }
        // A one-shot counts as done when what it left behind has gone too; an interrupt ends also that wait.
        boolean settled = outcome != null
                && (outcome.kind() != Kind.READY
                        || !process.spec().ready().isOneShot()
                        || run.ended().isDone()
                        || Thread.currentThread().isInterrupted());
        return settled ? Optional.ofNullable(outcome) : Optional.empty();
    }

    /** Whether its conditions have held, whoever knows that by now. Also for other threads. */
    boolean hasBeenReady() {
        Outcome known = outcome;
        return known != null && known.kind() == Kind.READY;
    }

    /** Why it has failed, in a line. */
    String describe(Outcome failed) {
        String waiting = failed.waited().stream()
                .filter(waited -> !waited.held())
                .map(FailureReport::describe)
                .collect(Collectors.joining("; "));
        return sequence.mask(
                switch (failed.kind()) {
                    case NEVER -> "cannot become ready: " + failed.reason();
                    case EXITED -> "exited before it was ready" + (waiting.isEmpty() ? "" : ": waiting for " + waiting);
                    default ->
                        "not ready within "
                                + Durations.describe(process.spec().ready().timeout())
                                + ": waiting for " + waiting;
                });
    }

    /** What it was, seen from a moment when the process had ended again. */
    Outcome exited() {
        Outcome known = outcome;
        return known == null
                ? new Outcome(Kind.EXITED, Duration.ZERO, List.of(), "", "")
                : new Outcome(Kind.EXITED, known.elapsed(), known.waited(), "", "");
    }

    /** With a timeout, the ports on which it listened then. */
    Set<Integer> listening() {
        return listening;
    }

    long pauseNanos() {
        return outcome == null ? wait.pauseNanos() : 1_000_000;
    }

    /** Gives up waiting. */
    void abandon() {
        sequence.close();
    }
}
