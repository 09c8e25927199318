package dev.procession.supervise;

import dev.procession.readiness.ReadinessWait;
import dev.procession.readiness.ReadinessWait.Kind;
import dev.procession.readiness.ReadinessWait.Outcome;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One start that is under way: a process that was spawned and is not known to be ready. For one thread. */
final class Start {

    private final SupervisedProcess process;
    private final Run run;
    private final StartSequence sequence;
    private final ReadinessWait wait;
    private @Nullable Outcome outcome;
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
