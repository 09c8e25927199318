package dev.procession.supervise;

import dev.procession.launch.RestartPolicy;
import dev.procession.process.ExitStatus;
import dev.procession.process.ExitStatus.Code;
import dev.procession.supervise.StateMachine.Change;
import dev.procession.supervise.StateMachine.Effect;
import dev.procession.supervise.StateMachine.Rules;
import dev.procession.supervise.StateMachine.Step;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A state machine and how its process stands, led through events by tests. Times are in seconds. */
final class Steps {

    static final ExitStatus KILLED = new ExitStatus.Signalled(9, false);

    private static final double NANOS = 1e9;

    private final StateMachine machine;
    private Standing standing = Standing.NEW;
    private Step last = new Step(standing, List.of(), List.of());

    private Steps(Rules rules) {
        this.machine = new StateMachine(rules, new Random(1));
    }

    static Steps under(Rules rules) {
        return new Steps(rules);
    }

    /** Code 0 is a good end; ready at once. */
    static Rules rules(RestartPolicy policy, double startSeconds) {
        return new Rules(policy, duration(startSeconds), false, Set.of(), Set.of(0));
    }

    /** It must be ready, too. */
    static Rules readyRules(RestartPolicy policy, double startSeconds) {
        return new Rules(policy, duration(startSeconds), true, Set.of(), Set.of(0));
    }

    static Event exited(int code) {
        return new Event.Exited(new Code(code));
    }

    static Duration duration(double seconds) {
        return Duration.ofNanos(nanos(seconds));
    }

    static long nanos(double seconds) {
        return Math.round(seconds * NANOS);
    }

    Steps at(double seconds, Event... events) {
        for (Event event : events) {
            last = machine.on(standing, event, nanos(seconds));
            standing = last.standing();
        }
        return this;
    }

    Standing standing() {
        return standing;
    }

    ProcessState state() {
        return standing.state();
    }

    /** What the last event has changed. */
    List<Change> changes() {
        return last.changes();
    }

    /** What the last event wants to be done. */
    List<Effect> effects() {
        return last.effects();
    }

    /** In seconds; -1 for never. */
    double dueAt() {
        return standing.dueAt() == Standing.NEVER ? -1 : standing.dueAt() / NANOS;
    }

    /** The states and effects of an event from here, without going there. */
    String lookAhead(double seconds, Event event) {
        Step step;
        try {
            step = machine.on(standing, event, nanos(seconds));
        } catch (IllegalStateException refused) {
            return "refused";
        }
        String what = Stream.concat(
                        step.changes().stream().map(change -> change.to().name()),
                        step.effects().stream().map(effect -> "!" + effect))
                .collect(Collectors.joining(" "));
        return what.isEmpty() ? "-" : what;
    }
}
