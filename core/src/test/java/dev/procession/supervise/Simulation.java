package dev.procession.supervise;

import dev.procession.process.ExitStatus;
import dev.procession.process.ExitStatus.Code;
import dev.procession.process.ExitStatus.Signalled;
import dev.procession.supervise.StateMachine.Change;
import dev.procession.supervise.StateMachine.Effect;
import dev.procession.supervise.StateMachine.Rules;
import dev.procession.supervise.StateMachine.Step;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.IntFunction;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A world in which time passes at once: it does what a state machine wants to be done, and tells it what happens. Times are
 * in seconds since its beginning, exactly, whatever the machine's clock says.
 */
final class Simulation {

    /**
     * One run.
     *
     * @param life after how many seconds it ends by itself
     * @param status how it ends then
     * @param readyAfter after how many seconds it is ready; negative for never
     * @param notReadyAfter after how many seconds it is said that it will not be ready; negative for never
     * @param leftFor how many seconds something of it is left after its end
     * @param spawnError why it cannot be spawned, or null
     */
    record Run(
            double life,
            ExitStatus status,
            double readyAfter,
            double notReadyAfter,
            double leftFor,
            @Nullable String spawnError) {

        static final double FOR_EVER = 1e6;

        static Run exits(double life, int code) {
            return new Run(life, new Code(code), -1, -1, 0, null);
        }

        static Run lives() {
            return exits(FOR_EVER, 0);
        }

        static Run cannotBeSpawned(String why) {
            return new Run(0, new Code(0), -1, -1, 0, why);
        }

        Run readyAfter(double seconds) {
            return new Run(life, status, seconds, notReadyAfter, leftFor, spawnError);
        }

        Run notReadyAfter(double seconds) {
            return new Run(life, status, readyAfter, seconds, leftFor, spawnError);
        }

        Run leftFor(double seconds) {
            return new Run(life, status, readyAfter, notReadyAfter, seconds, spawnError);
        }
    }

    /** More happens in no test. */
    private static final int MANY = 100_000;

    private record Due(long at, int order, int run, Event event) {}

    private final StateMachine machine;
    private final IntFunction<Run> runs;
    private final PriorityQueue<Due> queue =
            new PriorityQueue<>(Comparator.comparingLong(Due::at).thenComparingInt(Due::order));
    private final List<String> states = new ArrayList<>();
    private final List<Double> spawns = new ArrayList<>();
    private final List<Double> ends = new ArrayList<>();

    private Standing standing = Standing.NEW;
    private long now;
    private long clockAhead;
    private int order;
    private @Nullable Run run;

    /** @param runs what becomes of the n-th spawn, from 0 */
    Simulation(Rules rules, RandomGenerator random, IntFunction<Run> runs) {
        this.machine = new StateMachine(rules, random);
        this.runs = runs;
    }

    Simulation tell(Event event) {
        Step step = machine.on(standing, event, now + clockAhead);
        standing = step.standing();
        for (Change change : step.changes()) {
            states.add(text(seconds(now)) + " " + change.to());
        }
        step.effects().forEach(this::bringAbout);
        return this;
    }

    private void bringAbout(Effect effect) {
        if (effect == Effect.SPAWN) {
            spawns.add(seconds(now));
            Run next = runs.apply(spawns.size() - 1);
            if (next.spawnError() != null) {
                tell(new Event.SpawnFailed(next.spawnError()));
                return;
            }
            run = next;
            later(next.readyAfter(), new Event.Ready());
            later(next.notReadyAfter(), new Event.NotReady("not ready in time"));
            later(next.life(), new Event.Exited(next.status()));
        } else {
            ends.add(seconds(now));
            // It heeds the first signal, and takes a quarter of a second.
            later(0.25, new Event.Exited(new Signalled(15, false)));
        }
    }

    private void later(double seconds, Event event) {
        if (seconds >= 0) {
            queue.add(new Due(now + Steps.nanos(seconds), order++, spawns.size(), event));
        }
    }

    /** Lets that much time pass. */
    Simulation pass(double seconds) {
        long end = now + Steps.nanos(seconds);
        for (int i = 0; i < MANY; i++) {
            Due next = queue.peek();
            long happens = next == null ? Long.MAX_VALUE : next.at();
            long due =
                    standing.dueAt() == Standing.NEVER ? Long.MAX_VALUE : Math.max(now, standing.dueAt() - clockAhead);
            if (Math.min(happens, due) > end) {
                now = end;
                return this;
            }
            now = Math.min(happens, due);
            if (due <= happens) {
                Standing before = standing;
                tell(new Event.Due());
                if (standing.equals(before)) {
                    throw new AssertionError("Due, but nothing came of it: " + standing);
                }
            } else if (queue.remove().run() == spawns.size()) {
                happen(next.event());
            }
        }
        throw new AssertionError("It does not come to rest: " + standing);
    }

    private void happen(Event event) {
        if (event instanceof Event.Exited) {
            Run ended = run;
            if (ended == null) {
                return;
            }
            run = null;
            later(ended.leftFor(), new Event.Gone());
        }
        if (run != null || event instanceof Event.Exited || event instanceof Event.Gone) {
            tell(event);
        }
    }

    /** Someone sets the clock; whoever waits notices within a second, as supervisord does. */
    Simulation setClockBack(double seconds) {
        clockAhead -= Steps.nanos(seconds);
        return tell(new Event.Due());
    }

    /** Such as {@code 1.5 BACKOFF}, one each. */
    List<String> states() {
        return states;
    }

    /** When it was spawned. */
    List<Double> spawns() {
        return spawns;
    }

    /** When it was to be ended. */
    List<Double> ends() {
        return ends;
    }

    ProcessState state() {
        return standing.state();
    }

    Standing standing() {
        return standing;
    }

    /** How long it waited before each spawn but the first. */
    List<Double> intervals() {
        List<Double> intervals = new ArrayList<>();
        for (int i = 1; i < spawns.size(); i++) {
            intervals.add(spawns.get(i) - spawns.get(i - 1));
        }
        return intervals;
    }

    private static double seconds(long nanos) {
        return nanos / 1e9;
    }

    private static String text(double seconds) {
        return seconds == Math.rint(seconds) ? Long.toString((long) seconds) : Double.toString(seconds);
    }
}
