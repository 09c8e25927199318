package dev.procession.supervise;

import static dev.procession.supervise.ProcessState.BACKOFF;
import static dev.procession.supervise.ProcessState.EXITED;
import static dev.procession.supervise.ProcessState.FATAL;
import static dev.procession.supervise.ProcessState.RUNNING;
import static dev.procession.supervise.ProcessState.STARTING;
import static dev.procession.supervise.ProcessState.STOPPED;
import static dev.procession.supervise.ProcessState.STOPPING;
import static dev.procession.supervise.ProcessState.UNKNOWN;
import static dev.procession.supervise.Standing.NEVER;

import dev.procession.launch.RestartPolicy;
import dev.procession.process.ExitStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The transitions of a supervised process: from how it stands, what happens, and the time, to how it stands then and what
 * is to be done. Does nothing itself, and knows no clock.
 *
 * <pre>
 * in        on                                                     goes to            to be done
 * STOPPED   Start                                                  STARTING           SPAWN
 *           GiveUp                                                 FATAL
 * STARTING  Ready or Due, when ready and alive for startSeconds    RUNNING
 *           NotReady                                               (no other state)   END
 *           Exited, as a one-shot should                           EXITED
 *           Exited, when ready and alive for startSeconds          RUNNING, EXITED
 *           Exited otherwise, whatever the code; SpawnFailed       BACKOFF
 *             for the (startRetries + 1)-th time, or closing       BACKOFF, FATAL
 *           Stop                                                   STOPPING           END, unless NotReady has begun it
 * RUNNING   Exited                                                 EXITED
 *           Stop                                                   STOPPING           END
 * BACKOFF   Due, when its pause is over                            STARTING           SPAWN
 *           Stop                                                   STOPPED
 *           Close, GiveUp                                          FATAL
 * EXITED    Due, when its policy wants it back and its pause       STARTING           SPAWN
 *             is over
 *           Start                                                  STARTING           SPAWN
 *           Stop, when its policy wants it back                    STOPPED
 *           GiveUp                                                 FATAL
 * STOPPING  Gone, SpawnFailed                                      STOPPED
 * FATAL     Start                                                  STARTING           SPAWN
 * any       Stuck, unless nothing is left                          UNKNOWN
 * </pre>
 *
 * <p>Where there is a Start, it is refused in all other states and after Close. Other events change no state where they are
 * not listed. What would go to STARTING while something is left of the last run does so with its Gone. After Close nothing
 * goes to STARTING, and nothing leaves UNKNOWN.
 *
 * <p>These are supervisord's, with three additions: readiness belongs to the start; a process that has exited may have to
 * pause before it comes back, as procmon's does; and nothing is started before all is gone that the last run has left.
 */
final class StateMachine {

    private final Rules rules;
    private final RandomGenerator random;

    /** @param random what random pauses are drawn from */
    StateMachine(Rules rules, RandomGenerator random) {
        this.rules = rules;
        this.random = random;
    }

    /**
     * What the transitions of one process depend on and never changes.
     *
     * @param policy whether it comes back
     * @param startSeconds how long it must live to be running
     * @param awaitsReadiness whether it must be ready, too
     * @param doneBy with a one-shot, the exit codes that are what it was started for; else empty
     * @param expectedExitCodes what is a good end
     */
    record Rules(
            RestartPolicy policy,
            Duration startSeconds,
            boolean awaitsReadiness,
            Set<Integer> doneBy,
            Set<Integer> expectedExitCodes) {}

    /** What is to be done. */
    enum Effect {
        /** Spawn it. */
        SPAWN,
        /** Make it end, as its stop policy says. */
        END
    }

    /** A change of state, for whoever wants to know. */
    record Change(ProcessState from, ProcessState to, int tries, boolean expected, String cause) {}

    /**
     * The result of an event.
     *
     * @param standing how it stands then
     * @param changes the states it went through, in order
     * @param effects what is to be done
     */
    record Step(Standing standing, List<Change> changes, List<Effect> effects) {}

    /**
     * One step.
     *
     * @param now in nanoseconds; may be earlier than before, as after a clock was set back: nothing then waits longer than
     *     it would have from now on
     * @throws IllegalStateException if the event is somebody's wish that cannot be fulfilled in this state
     */
    Step on(Standing before, Event event, long now) {
        Progression at = new Progression(before, now);
        at.pullBack();
        if (event instanceof Event.Start) {
            at.start();
        } else if (event instanceof Event.SpawnFailed failed) {
            at.startFailed(failed.why());
        } else if (event instanceof Event.Ready) {
            at.ready();
        } else if (event instanceof Event.NotReady failed) {
            at.notReady(failed.why());
        } else if (event instanceof Event.Exited exited) {
            at.exited(exited.status());
        } else if (event instanceof Event.Gone) {
            at.gone();
        } else if (event instanceof Event.Stuck stuck) {
            at.stuck(stuck.why());
        } else if (event instanceof Event.Stop) {
            at.stop();
        } else if (event instanceof Event.Due) {
            at.due();
        } else if (event instanceof Event.Close) {
            at.close();
        } else if (event instanceof Event.GiveUp given) {
            at.giveUp(given.why());
        }
        return new Step(at.standing(), List.copyOf(at.changes), List.copyOf(at.effects));
    }

    /** One step under way: the parts of a {@link Standing}, changed one by one. */
    private final class Progression {
        private final long now;
        private final List<Change> changes = new ArrayList<>();
        private final List<Effect> effects = new ArrayList<>();

        private ProcessState state;
        private int tries;
        private int early;
        private long startedAt;
        private long pause;
        private long dueAt;
        private boolean comesBack;
        private boolean ready;
        private @Nullable String failing;
        private boolean gone;
        private boolean closing;
        private @Nullable ExitStatus exitStatus;
        private boolean expected;
        private String spawnError;

        Progression(Standing before, long now) {
            this.now = now;
            state = before.state();
            tries = before.tries();
            early = before.early();
            startedAt = before.startedAt();
            pause = before.pause();
            dueAt = before.dueAt();
            comesBack = before.comesBack();
            ready = before.ready();
            failing = before.failing();
            gone = before.gone();
            closing = before.closing();
            exitStatus = before.exitStatus();
            expected = before.expected();
            spawnError = before.spawnError();
        }

        Standing standing() {
            return new Standing(
                    state,
                    tries,
                    early,
                    startedAt,
                    pause,
                    dueAt,
                    comesBack,
                    ready,
                    failing,
                    gone,
                    closing,
                    exitStatus,
                    expected,
                    spawnError);
        }

        /** As supervisord does: what began in the future begins now. */
        void pullBack() {
            startedAt = Math.min(startedAt, now);
            if (dueAt != NEVER && dueAt - now > pause) {
                dueIn(pause);
            }
        }

        private void change(ProcessState to, String cause) {
            changes.add(new Change(state, to, tries, expected, cause));
            state = to;
        }

        private void dueIn(long nanos) {
            pause = nanos;
            dueAt = now + nanos;
        }

        private void nothingIsDue() {
            pause = 0;
            dueAt = NEVER;
        }

        private void staysDown() {
            comesBack = false;
            nothingIsDue();
        }

        private void forgetFailures() {
            tries = 0;
            early = 0;
        }

        private void ended(@Nullable ExitStatus how, boolean asExpected, String error) {
            exitStatus = how;
            expected = asExpected;
            spawnError = error;
        }

        void start() {
            if (closing) {
                throw new IllegalStateException(
                        "Expected a supervisor that starts processes, but from here on it only stops them");
            }
            if (state != STOPPED && state != EXITED && state != FATAL) {
                throw new IllegalStateException("Expected a process that is STOPPED, EXITED or FATAL, but was " + state
                        + (state == UNKNOWN ? ": " + spawnError : "; stop it first"));
            }
            forgetFailures();
            comesBack = true;
            dueIn(0);
            startIfItMay("asked for");
        }

        private void startIfItMay(String cause) {
            if (!comesBack || (dueAt != NEVER && now < dueAt)) {
                return;
            }
            if (!gone) {
                // Its time has come: nothing but what is left of its last run keeps it.
                dueAt = NEVER;
                return;
            }
            startedAt = now;
            comesBack = false;
            ready = !rules.awaitsReadiness();
            failing = null;
            gone = false;
            ended(null, false, "");
            dueIn(rules.startSeconds().toNanos());
            change(STARTING, cause);
            effects.add(Effect.SPAWN);
        }

        void startFailed(String why) {
            if (state == STARTING) {
                gone = true;
                backOff(why);
            } else if (state == STOPPING) {
                gone();
            }
        }

        /** As supervisord's: the n-th failed start in a row, whatever its exit code was. */
        private void backOff(String why) {
            ended(null, false, why);
            early++;
            tries++;
            comesBack = true;
            dueIn(rules.policy().backoff().pause(early, random).toNanos());
            change(BACKOFF, why);
            if (closing) {
                fail(why);
            } else if (rules.policy().givesUpAfter(tries)) {
                fail(
                        tries == 1
                                ? why
                                : "too many start retries too quickly: " + tries + " starts failed, the last one so: "
                                        + why);
            }
        }

        private void fail(String why) {
            change(FATAL, why);
            forgetFailures();
            staysDown();
        }

        void ready() {
            if (state == STARTING) {
                ready = true;
                runIfItMay();
            }
        }

        private void runIfItMay() {
            if (!ready || failing != null) {
                // It is not for the time to decide.
                nothingIsDue();
            } else if (hasLived(rules.startSeconds())) {
                tries = 0;
                nothingIsDue();
                change(RUNNING, "ready");
            } else {
                pause = rules.startSeconds().toNanos();
                dueAt = startedAt + pause;
            }
        }

        private boolean hasLived(Duration life) {
            return now - startedAt >= life.toNanos();
        }

        void notReady(String why) {
            if (state == STARTING && failing == null) {
                failing = why;
                nothingIsDue();
                effects.add(Effect.END);
            }
        }

        void exited(ExitStatus status) {
            if (isDone(status)) {
                ended(status, true, "");
                forgetFailures();
                nothingIsDue();
                change(EXITED, "done: " + status);
                return;
            }
            if (state == STARTING) {
                // What has lived long enough was running, even if nobody looked in time.
                runIfItMay();
                if (state == STARTING) {
                    backOff(failing != null ? failing : whatWentWrong(status));
                }
            }
            if (state == RUNNING) {
                exitedFromRunning(status);
            } else if (state == STOPPING) {
                ended(status, true, "");
            }
        }

        /** What is ended since it did not become ready may say that it is done; it was not. */
        private boolean isDone(ExitStatus status) {
            return (state == STARTING || state == RUNNING)
                    && failing == null
                    && status instanceof ExitStatus.Code code
                    && rules.doneBy().contains(code.value());
        }

        private String whatWentWrong(ExitStatus status) {
            return (hasLived(rules.startSeconds()) ? "exited before it was ready: " : "exited too quickly: ") + status
                    + "; its log may have details";
        }

        private void exitedFromRunning(ExitStatus status) {
            boolean asExpected = status instanceof ExitStatus.Code code
                    && rules.expectedExitCodes().contains(code.value());
            ended(status, asExpected, asExpected ? "" : "bad end: " + status);
            early = hasLived(rules.policy().backoff().threshold()) ? 0 : early + 1;
            if (!closing && rules.policy().restartsAfter(status, rules.expectedExitCodes())) {
                comesBack = true;
                dueIn(rules.policy().backoff().pause(early, random).toNanos());
            }
            change(EXITED, status.toString());
        }

        void gone() {
            gone = true;
            if (state == STOPPING) {
                change(STOPPED, "stopped");
            } else {
                startIfItMay("started again");
            }
        }

        void stuck(String why) {
            if (!gone && state != UNKNOWN) {
                ended(exitStatus, false, why);
                staysDown();
                change(UNKNOWN, why);
            }
        }

        void stop() {
            boolean waits = comesBack;
            staysDown();
            if (state == STARTING || state == RUNNING) {
                forgetFailures();
                change(STOPPING, "asked for");
                if (failing == null) {
                    effects.add(Effect.END);
                }
            } else if (state == BACKOFF || (state == EXITED && waits)) {
                forgetFailures();
                change(STOPPED, "asked for, while it waited to be started again");
            }
        }

        void due() {
            if (state == STARTING) {
                runIfItMay();
            } else {
                startIfItMay("started again");
            }
        }

        void close() {
            closing = true;
            if (state == BACKOFF) {
                fail("nothing is started any more");
            } else if (comesBack) {
                staysDown();
            }
        }

        void giveUp(String why) {
            if (state == STOPPED || state == EXITED || state == BACKOFF) {
                ended(exitStatus, false, why);
                fail(why);
            } else if (state == FATAL) {
                staysDown();
            }
        }
    }
}
