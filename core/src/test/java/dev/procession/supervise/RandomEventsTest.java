package dev.procession.supervise;

import static dev.procession.supervise.ProcessState.BACKOFF;
import static dev.procession.supervise.ProcessState.EXITED;
import static dev.procession.supervise.ProcessState.FATAL;
import static dev.procession.supervise.ProcessState.RUNNING;
import static dev.procession.supervise.ProcessState.STARTING;
import static dev.procession.supervise.ProcessState.STOPPED;
import static dev.procession.supervise.ProcessState.STOPPING;
import static dev.procession.supervise.ProcessState.UNKNOWN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.launch.Backoff;
import dev.procession.launch.RestartMode;
import dev.procession.launch.RestartPolicy;
import dev.procession.process.ExitStatus;
import dev.procession.process.ExitStatus.Code;
import dev.procession.supervise.StateMachine.Change;
import dev.procession.supervise.StateMachine.Effect;
import dev.procession.supervise.StateMachine.Rules;
import dev.procession.supervise.StateMachine.Step;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/**
 * 100,000 random wishes, ends and moments, under random rules: what must hold always holds, everything settles when it is
 * left alone, and while the clock goes forward each step is the one that {@link StateModel} expects.
 */
class RandomEventsTest {

    private static final int OPERATIONS = 100_000;
    private static final int OPERATIONS_IN_A_WORLD = 100;
    private static final long SECOND = 1_000_000_000L;

    private static final Set<String> LEGAL = Set.of(
            "STOPPED STARTING",
            "STOPPED FATAL",
            "STOPPED UNKNOWN",
            "STARTING RUNNING",
            "STARTING EXITED",
            "STARTING BACKOFF",
            "STARTING STOPPING",
            "STARTING UNKNOWN",
            "RUNNING EXITED",
            "RUNNING STOPPING",
            "BACKOFF STARTING",
            "BACKOFF STOPPED",
            "BACKOFF FATAL",
            "BACKOFF UNKNOWN",
            "EXITED STARTING",
            "EXITED STOPPED",
            "EXITED FATAL",
            "EXITED UNKNOWN",
            "STOPPING STOPPED",
            "STOPPING UNKNOWN",
            "FATAL STARTING",
            "FATAL UNKNOWN");

    /** Other events every time; {@code -Dprocession.machine.seed} has the same ones again. */
    @Test
    void whatMustHoldAlwaysHolds() {
        long seed = Long.getLong("procession.machine.seed", new Random().nextLong());
        Set<String> seen = new TreeSet<>();
        int worlds = 0;
        for (int operations = 0; operations < OPERATIONS; worlds++) {
            World world = new World(seed + worlds, seen);
            try {
                for (int i = 0; i < OPERATIONS_IN_A_WORLD && !world.isOver(); i++) {
                    world.operate();
                    operations++;
                }
                world.settle();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError(
                        "With -Dprocession.machine.seed=" + (seed + worlds) + ", " + world.rules + ", after\n"
                                + String.join("\n", world.journal) + "\n" + e.getMessage(),
                        e);
            }
        }
        System.out.println("machine: " + OPERATIONS + " random operations, seed " + seed);
        assertThat(seen)
                .as("what has happened at all, with -Dprocession.machine.seed=" + seed)
                .containsExactlyInAnyOrderElementsOf(LEGAL);
    }

    /** What really is, and what is told of it. */
    private static final class World {
        private final RandomGenerator random;
        private final Set<String> seen;
        private final Rules rules;
        private final StateMachine machine;
        private final StateModel model;
        private final boolean clockGoesBack;
        private final Deque<String> journal = new ArrayDeque<>();

        private Standing standing = Standing.NEW;
        private long now;
        private boolean live;
        private boolean left;
        private boolean beingEnded;
        private boolean wanted;
        private boolean closed;
        private boolean spawnsFail;

        World(long seed, Set<String> seen) {
            // Not Random, whose first draws are alike for seeds that are neighbours.
            this.random = new SplittableRandom(seed);
            this.seen = seen;
            this.rules = anyRules();
            long draws = random.nextLong();
            this.machine = new StateMachine(rules, new SplittableRandom(draws));
            this.model = new StateModel(rules, new SplittableRandom(draws));
            this.clockGoesBack = random.nextInt(3) == 0;
            this.now = random.nextLong(100 * SECOND);
        }

        private Rules anyRules() {
            RestartMode mode = any(RestartMode.values());
            RestartPolicy policy = mode == RestartMode.UNTIL_EXIT || mode == RestartMode.ON_LISTED_EXIT
                    ? RestartPolicy.of(mode, 0, 55)
                    : RestartPolicy.of(mode);
            Duration shortest =
                    any(Duration.ZERO, Duration.ofMillis(500), Duration.ofSeconds(1), Duration.ofSeconds(2));
            policy = policy.backoff(new Backoff(
                            any(Backoff.Kind.values()),
                            shortest,
                            shortest.plus(any(Duration.ZERO, Duration.ofSeconds(5), Duration.ofHours(1))),
                            any(Duration.ZERO, Duration.ofSeconds(1), Duration.ofSeconds(3))))
                    .startRetries(any(-1, 0, 1, 3));
            return new Rules(
                    policy,
                    any(Duration.ZERO, Duration.ofSeconds(1), Duration.ofSeconds(2)),
                    random.nextBoolean(),
                    mode == RestartMode.NEVER && random.nextBoolean() ? Set.of(7) : Set.of(),
                    any(Set.of(0), Set.of(0, 55)));
        }

        @SafeVarargs
        @SuppressWarnings("varargs")
        private <T> T any(T... values) {
            return values[random.nextInt(values.length)];
        }

        void operate() {
            spawnsFail = random.nextInt(6) == 0;
            int choice = random.nextInt(100);
            if (choice < 35) {
                passSome();
            } else if (choice < 48) {
                wish(new Event.Start());
            } else if (choice < 53) {
                wish(new Event.Stop());
            } else if (choice < 54) {
                wish(random.nextBoolean() ? new Event.Close() : new Event.GiveUp("no more"));
            } else if (choice < 63 && live) {
                tell(random.nextInt(4) > 0 ? new Event.Ready() : new Event.NotReady("never"));
            } else if (choice < 80 && live) {
                exit();
            } else if (choice < 96 && left && !live) {
                gone();
            } else if (choice == 96 && left && (!live || beingEnded)) {
                wanted = false;
                tell(new Event.Stuck("in the kernel"));
            } else if (choice == 97) {
                settle();
            }
        }

        /** Not much happens any more. */
        boolean isOver() {
            return (closed || standing.state() == UNKNOWN) && random.nextInt(10) == 0;
        }

        private void passSome() {
            long due = standing.dueAt();
            if (due != Standing.NEVER && due > now && random.nextBoolean()) {
                now = due - random.nextInt(2);
            } else {
                now += any(0L, 1L, SECOND / 2, SECOND, 3 * SECOND, random.nextLong(10 * SECOND));
            }
            if (clockGoesBack && random.nextInt(4) == 0) {
                now -= any(1L, SECOND, random.nextLong(10_000 * SECOND));
            }
            tell(new Event.Due());
        }

        private void exit() {
            ExitStatus status = any(new Code(0), new Code(1), new Code(7), new Code(55), Steps.KILLED);
            live = false;
            beingEnded = false;
            tell(new Event.Exited(status));
        }

        private void gone() {
            left = false;
            tell(new Event.Gone());
        }

        private void wish(Event event) {
            if (event instanceof Event.Start) {
                ProcessState state = standing.state();
                boolean may = !closed && (state == STOPPED || state == EXITED || state == FATAL);
                wanted |= may;
                if (!may) {
                    refuse(event);
                    return;
                }
            } else {
                closed |= event instanceof Event.Close;
                wanted = false;
            }
            tell(event);
        }

        private void refuse(Event event) {
            try {
                machine.on(standing, event, now);
            } catch (IllegalStateException expected) {
                return;
            }
            throw new AssertionError(event + " was not refused: " + standing);
        }

        private void tell(Event event) {
            Standing before = standing;
            Step step = machine.on(before, event, now);
            standing = step.standing();
            journal.add(now + " " + event + " " + text(step) + " -> " + standing);
            if (journal.size() > 30) {
                journal.removeFirst();
            }
            check(before, event, step);
            for (Effect effect : step.effects()) {
                if (effect == Effect.SPAWN) {
                    spawn();
                } else {
                    require(live && !beingEnded, "only what lives is ended, and once");
                    beingEnded = true;
                }
            }
            checkRun();
        }

        private void spawn() {
            require(!live && !left, "nothing is left of the last run");
            require(!closed, "nothing is started after Close");
            require(wanted, "only what is wanted is started");
            wanted = false;
            left = true;
            live = !spawnsFail;
            if (spawnsFail) {
                left = false;
                tell(new Event.SpawnFailed("no such file"));
            }
        }

        private void check(Standing before, Event event, Step step) {
            ProcessState state = before.state();
            for (Change change : step.changes()) {
                require(change.from() == state, "changes follow each other");
                state = change.to();
                String pair = change.from() + " " + change.to();
                require(LEGAL.contains(pair), "is legal: " + pair);
                seen.add(pair);
                wanted |= change.to() == BACKOFF || (change.to() == EXITED && comesBack(event));
                if (change.to() == FATAL) {
                    wanted = false;
                    require(
                            closed
                                    || event instanceof Event.GiveUp
                                    || change.tries() == rules.policy().startRetries() + 1,
                            "gives up after all retries");
                }
            }
            require(state == standing.state(), "the last change is how it stands");
            require(standing.closing() == closed, "it knows whether it is closed");
            require(standing.comesBack() == wanted || step.effects().contains(Effect.SPAWN), "it knows what is wanted");
            checkTimes(before, event);
            checkTries();
            if (!clockGoesBack) {
                String expected = model.told(event, now);
                require(text(step).equals(expected), "the model expects " + expected);
                require(standing.tries() == model.failures(), "the model counts " + model.failures());
                if (standing.dueAt() != Standing.NEVER) {
                    long expectedAt = model.dueAt();
                    require(
                            standing.dueAt() == expectedAt || (standing.dueAt() <= now && expectedAt <= now),
                            "the model has it due at " + expectedAt);
                }
            }
        }

        private boolean comesBack(Event event) {
            return event instanceof Event.Exited exited
                    && !closed
                    && !(exited.status() instanceof Code code && rules.doneBy().contains(code.value()))
                    && rules.policy().restartsAfter(exited.status(), rules.expectedExitCodes());
        }

        private void checkTimes(Standing before, Event event) {
            if (standing.dueAt() == Standing.NEVER) {
                return;
            }
            Duration longest = standing.state() == STARTING
                    ? rules.startSeconds()
                    : rules.policy().backoff().longest();
            require(standing.dueAt() - now <= standing.pause(), "is due no later than a pause from now");
            require(standing.pause() <= longest.toNanos(), "no pause is longer than the longest");
            require(standing.startedAt() <= now || !clockGoesBack, "nothing began in the future");
            require(
                    !(event instanceof Event.Due) || standing.dueAt() > now || !before.equals(standing),
                    "a look at what is due changes something");
        }

        private void checkTries() {
            int retries = rules.policy().startRetries();
            int most = switch (standing.state()) {
                case STARTING, BACKOFF, UNKNOWN -> retries == -1 ? Integer.MAX_VALUE : retries;
                default -> 0;
            };
            require(standing.tries() >= 0 && standing.tries() <= most, "at most " + most + " tries");
        }

        /** When the effects have been brought about. */
        private void checkRun() {
            switch (standing.state()) {
                case STOPPED, EXITED, FATAL, BACKOFF -> require(!live, "nothing of it lives");
                case STARTING -> require(live, "it lives");
                case RUNNING -> require(live && !beingEnded, "it lives");
                case STOPPING -> require(left && (!live || beingEnded), "it is being ended");
                case UNKNOWN -> require(left || standing.gone(), "something of it may live");
            }
            require(standing.gone() == !left, "it knows whether something is left");
            require(!live || standing.exitStatus() == null, "what lives has no exit status");
        }

        /** From here on everything goes well, and nobody wishes anything. */
        void settle() {
            spawnsFail = false;
            ProcessState before = standing.state();
            boolean hopeless = standing.failing() != null;
            boolean goesUp =
                    wanted || (before == STARTING && (!hopeless || (!closed && mayRetry()))) || before == RUNNING;
            for (int i = 0; i < 20; i++) {
                if (live && beingEnded) {
                    exit();
                } else if (left && !live) {
                    gone();
                } else if (live && standing.state() == STARTING && !standing.ready()) {
                    tell(new Event.Ready());
                } else if (standing.dueAt() != Standing.NEVER) {
                    now = Math.max(now, standing.dueAt());
                    tell(new Event.Due());
                }
            }
            require(standing.dueAt() == Standing.NEVER && !standing.comesBack() && !wanted, "it has settled");
            if (before == UNKNOWN || before == FATAL || before == EXITED || before == STOPPED) {
                require(standing.state() == (goesUp ? RUNNING : before), "what is wanted is up, and nothing else");
            } else {
                require(
                        standing.state() == (goesUp ? RUNNING : before == STOPPING ? STOPPED : FATAL),
                        "it is up, or down for good, from " + before);
            }
        }

        private boolean mayRetry() {
            int retries = rules.policy().startRetries();
            return retries == -1 || standing.tries() < retries;
        }

        private void require(boolean holds, String what) {
            if (!holds) {
                throw new AssertionError("Expected that " + what + ", but was " + standing + " (really "
                        + (live ? "live " : "") + (left ? "left " : "") + (beingEnded ? "being ended " : "")
                        + (wanted ? "wanted " : "") + (closed ? "closed " : "") + ")");
            }
        }

        private static String text(Step step) {
            List<String> words = new ArrayList<>();
            step.changes().forEach(change -> words.add(change.to().name()));
            step.effects().forEach(effect -> words.add(effect.name()));
            return String.join(" ", words);
        }
    }
}
