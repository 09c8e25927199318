package dev.procession.supervise;

import static dev.procession.supervise.ProcessState.BACKOFF;
import static dev.procession.supervise.ProcessState.EXITED;
import static dev.procession.supervise.ProcessState.FATAL;
import static dev.procession.supervise.ProcessState.RUNNING;
import static dev.procession.supervise.ProcessState.STARTING;
import static dev.procession.supervise.ProcessState.STOPPED;
import static dev.procession.supervise.ProcessState.STOPPING;
import static dev.procession.supervise.Steps.KILLED;
import static dev.procession.supervise.Steps.exited;
import static dev.procession.supervise.Steps.readyRules;
import static dev.procession.supervise.Steps.rules;
import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.launch.Backoff;
import dev.procession.launch.RestartPolicy;
import dev.procession.process.ExitStatus.Code;
import dev.procession.supervise.StateMachine.Change;
import dev.procession.supervise.StateMachine.Effect;
import dev.procession.supervise.StateMachine.Rules;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the tests of supervisord, procmon and others ask of theirs, asked of our states. */
class StateScenariosTest {

    private static final Event START = new Event.Start();
    private static final Event STOP = new Event.Stop();
    private static final Event DUE = new Event.Due();
    private static final Event READY = new Event.Ready();
    private static final Event GONE = new Event.Gone();
    private static final Event CLOSE = new Event.Close();

    private static final String TOO_QUICKLY = "exited too quickly: exit code 0; its log may have details";

    @Test
    void supervisordsFinishInStartingExitedTooQuickly() {
        Steps steps =
                Steps.under(rules(RestartPolicy.unexpected(), 10)).at(0, START).at(1, exited(0));

        assertThat(steps.changes()).containsExactly(new Change(STARTING, BACKOFF, 1, false, TOO_QUICKLY));
        assertThat(steps.effects()).isEmpty();
        assertThat(steps.standing().spawnError()).isEqualTo(TOO_QUICKLY);
        assertThat(steps.standing().exitStatus()).isNull();
        assertThat(steps.standing().expected()).isFalse();
        assertThat(steps.standing().comesBack()).isTrue();
    }

    @Test
    void supervisordsChangeToBackoffSetsBackoffAndDelay() {
        Steps steps = Steps.under(rules(RestartPolicy.unexpected(), 10)).at(100, START);

        for (int n = 1; n <= 3; n++) {
            double now = 100 * n;
            steps.at(now, exited(1), GONE);

            assertThat(steps.state()).isEqualTo(BACKOFF);
            assertThat(steps.standing().tries()).isEqualTo(n);
            assertThat(steps.standing().pause()).isEqualTo(Steps.nanos(n));
            assertThat(steps.dueAt()).isEqualTo(now + n);
            steps.at(now + n - 0.001, DUE);
            assertThat(steps.state()).isEqualTo(BACKOFF);
            steps.at(now + n, DUE);
            assertThat(steps.changes()).containsExactly(new Change(BACKOFF, STARTING, n, false, "started again"));
            assertThat(steps.effects()).containsExactly(Effect.SPAWN);
            // Lest it has lived long enough when the next one ends.
            steps.at(now + 99.9, new Event.NotReady("it hangs"));
        }
    }

    @Test
    void supervisordsTransitionBackoffToFatal() {
        Steps steps = Steps.under(rules(RestartPolicy.unexpected().startRetries(1), 10))
                .at(0, START)
                .at(0.5, exited(0), GONE)
                .at(1.5, DUE)
                .at(2, exited(0));

        assertThat(steps.changes())
                .containsExactly(
                        new Change(STARTING, BACKOFF, 2, false, TOO_QUICKLY),
                        new Change(
                                BACKOFF,
                                FATAL,
                                2,
                                false,
                                "too many start retries too quickly: 2 starts failed, the last one so: "
                                        + TOO_QUICKLY));
        assertThat(steps.standing().tries()).isZero();
        assertThat(steps.standing().early()).isZero();
        assertThat(steps.standing().pause()).isZero();
        assertThat(steps.dueAt()).isEqualTo(-1);
        assertThat(steps.standing().comesBack()).isFalse();
        assertThat(steps.standing().spawnError()).isEqualTo(TOO_QUICKLY);
    }

    @Test
    void whatHasNoRetriesFailsWithItsOwnReason() {
        Steps steps = Steps.under(rules(RestartPolicy.never(), 1))
                .at(0, START, new Event.SpawnFailed("cannot run /nowhere: no such file or directory"));

        assertThat(steps.changes())
                .containsExactly(
                        new Change(STARTING, BACKOFF, 1, false, "cannot run /nowhere: no such file or directory"),
                        new Change(BACKOFF, FATAL, 1, false, "cannot run /nowhere: no such file or directory"));
        assertThat(steps.standing().gone()).isTrue();
    }

    @Test
    void supervisordsTransitionExitedToStartingUnconditional() {
        Steps steps = upFor(2, RestartPolicy.always(), exited(0));

        assertThat(steps.changes()).containsExactly(new Change(RUNNING, EXITED, 0, true, "exit code 0"));
        steps.at(2, GONE);
        assertThat(steps.changes()).containsExactly(new Change(EXITED, STARTING, 0, false, "started again"));
        assertThat(steps.effects()).containsExactly(Effect.SPAWN);
    }

    @Test
    void supervisordsTransitionExitedToStartingConditionalWithAnExpectedCode() {
        Steps steps = upFor(2, RestartPolicy.unexpected(), exited(0));

        assertThat(steps.changes()).containsExactly(new Change(RUNNING, EXITED, 0, true, "exit code 0"));
        assertThat(steps.standing().spawnError()).isEmpty();
        assertThat(steps.at(2, GONE).at(1000, DUE).state()).isEqualTo(EXITED);
    }

    @Test
    void supervisordsTransitionExitedToStartingConditionalWithAnUnexpectedCode() {
        Steps steps = upFor(2, RestartPolicy.unexpected(), exited(1));

        assertThat(steps.changes()).containsExactly(new Change(RUNNING, EXITED, 0, false, "exit code 1"));
        assertThat(steps.standing().exitStatus()).isEqualTo(new Code(1));
        assertThat(steps.standing().spawnError()).isEqualTo("bad end: exit code 1");
        assertThat(steps.at(2, GONE).state()).isEqualTo(STARTING);
        assertThat(steps.standing().exitStatus()).isNull();
        assertThat(steps.standing().spawnError()).isEmpty();
    }

    @Test
    void supervisordsDeathByASignalIsUnexpected() {
        Steps steps = upFor(2, RestartPolicy.unexpected(), new Event.Exited(KILLED));

        assertThat(steps.changes()).containsExactly(new Change(RUNNING, EXITED, 0, false, "killed by KILL"));
        assertThat(steps.at(2, GONE).state()).isEqualTo(STARTING);
    }

    @Test
    void supervisordsTransitionExitedToStartingWhileStopping() {
        Steps waiting = upFor(0.5, RestartPolicy.always(), exited(1)).at(0.5, GONE, CLOSE);
        Steps running = running(RestartPolicy.always()).at(0.5, CLOSE, exited(1), GONE);

        assertThat(waiting.at(1000, DUE).state()).isEqualTo(EXITED);
        assertThat(running.at(1000, DUE).state()).isEqualTo(EXITED);
        assertThat(running.standing().comesBack()).isFalse();
    }

    @Test
    void supervisordsTransitionBackoffToStartingWhileStopping() {
        Steps waiting =
                Steps.under(rules(RestartPolicy.always(), 1)).at(0, START).at(0.5, exited(1), GONE, CLOSE);

        assertThat(waiting.changes())
                .containsExactly(new Change(BACKOFF, FATAL, 1, false, "nothing is started any more"));
        assertThat(waiting.at(1000, DUE).state()).isEqualTo(FATAL);

        Steps failing =
                Steps.under(rules(RestartPolicy.always(), 1)).at(0, START).at(0.5, CLOSE, exited(0), GONE);

        assertThat(failing.state()).isEqualTo(FATAL);
        assertThat(failing.at(1000, DUE).state()).isEqualTo(FATAL);
    }

    @Test
    void supervisordsTransitionStartingToRunningWithItsStartInTheFuture() {
        Steps steps =
                Steps.under(rules(RestartPolicy.always(), 10)).at(5000, START).at(100, DUE);

        assertThat(steps.state()).isEqualTo(STARTING);
        assertThat(steps.dueAt()).isEqualTo(110);
        assertThat(steps.at(109.9, DUE).state()).isEqualTo(STARTING);
        assertThat(steps.at(110, DUE).state()).isEqualTo(RUNNING);
    }

    @Test
    void supervisordsDelayInTheFutureIsPulledBack() {
        Steps steps = Steps.under(rules(RestartPolicy.always(), 10))
                .at(5000, START)
                .at(5001, exited(1), GONE)
                .at(100, DUE);

        assertThat(steps.state()).isEqualTo(BACKOFF);
        assertThat(steps.dueAt()).isEqualTo(101);
        assertThat(steps.at(101, DUE).state()).isEqualTo(STARTING);
    }

    @Test
    void theReadinessThatComesAfterTheClockWasSetBackCountsFromThen() {
        Steps steps = Steps.under(readyRules(RestartPolicy.always(), 10))
                .at(5000, START)
                .at(5010, DUE)
                .at(100, READY);

        assertThat(steps.state()).isEqualTo(STARTING);
        assertThat(steps.dueAt()).isEqualTo(110);
        assertThat(steps.at(110, DUE).state()).isEqualTo(RUNNING);
    }

    @Test
    void aClockThatIsSetForwardIsBelieved() {
        Steps steps =
                Steps.under(rules(RestartPolicy.always(), 10)).at(100, START).at(5000, DUE);

        assertThat(steps.state()).isEqualTo(RUNNING);
    }

    @Test
    void supervisordsKillFromBackoffSendsNoSignal() {
        Steps steps = Steps.under(rules(RestartPolicy.always(), 1))
                .at(0, START)
                .at(0.5, exited(1), GONE)
                .at(0.6, STOP);

        assertThat(steps.changes())
                .containsExactly(
                        new Change(BACKOFF, STOPPED, 0, false, "asked for, while it waited to be started again"));
        assertThat(steps.effects()).isEmpty();
        assertThat(steps.dueAt()).isEqualTo(-1);
        assertThat(steps.at(1000, DUE, GONE).state()).isEqualTo(STOPPED);
    }

    @Test
    void procmonsStopOfWhatWaitsToComeBackSendsNoSignal() {
        Steps steps = upFor(0.5, RestartPolicy.always(), exited(1)).at(0.6, GONE, STOP);

        assertThat(steps.changes())
                .containsExactly(
                        new Change(EXITED, STOPPED, 0, false, "asked for, while it waited to be started again"));
        assertThat(steps.effects()).isEmpty();
        assertThat(steps.at(1000, DUE, GONE).state()).isEqualTo(STOPPED);
    }

    @Test
    void supervisordsKillOfWhatIsGoneAlreadyLeavesTheStateToTheReaper() {
        Steps steps = running(RestartPolicy.always()).at(2, STOP);

        assertThat(steps.changes()).containsExactly(new Change(RUNNING, STOPPING, 0, false, "asked for"));
        assertThat(steps.effects()).containsExactly(Effect.END);
        // It had died just before: only its end is reported, and there was nothing to signal.
        steps.at(2, exited(1));
        assertThat(steps.changes()).isEmpty();
        assertThat(steps.standing().exitStatus()).isEqualTo(new Code(1));
        assertThat(steps.standing().expected()).isTrue();
        steps.at(2, GONE);
        assertThat(steps.changes()).containsExactly(new Change(STOPPING, STOPPED, 0, true, "stopped"));
        assertThat(steps.at(1000, DUE).state()).isEqualTo(STOPPED);
    }

    @Test
    void supervisordsStopAllOfAGroup() {
        Steps stopped = Steps.under(rules(RestartPolicy.always(), 1));
        Steps running = running(RestartPolicy.always());
        Steps starting = Steps.under(rules(RestartPolicy.always(), 10)).at(0, START);
        Steps backoff =
                Steps.under(rules(RestartPolicy.always(), 10)).at(0, START).at(0.1, exited(1), GONE);

        assertThat(stopped.at(2, CLOSE, STOP).state()).isEqualTo(STOPPED);
        assertThat(running.at(2, CLOSE, STOP).state()).isEqualTo(STOPPING);
        assertThat(starting.at(2, CLOSE, STOP).state()).isEqualTo(STOPPING);
        assertThat(backoff.at(2, CLOSE, STOP).state()).isEqualTo(FATAL);
        assertThat(stopped.effects()).isEmpty();
        assertThat(running.effects()).containsExactly(Effect.END);
        assertThat(starting.effects()).containsExactly(Effect.END);
        assertThat(backoff.effects()).isEmpty();
    }

    @Test
    void supervisordsStartAfterFatalCountsFromTheBeginning() {
        Steps steps = Steps.under(rules(RestartPolicy.always().startRetries(1), 1))
                .at(0, START, exited(1), GONE)
                .at(1, DUE, exited(1), GONE, START);

        assertThat(steps.changes()).containsExactly(new Change(FATAL, STARTING, 0, false, "asked for"));
        steps.at(1.5, exited(1));
        assertThat(steps.state()).isEqualTo(BACKOFF);
        assertThat(steps.standing().tries()).isEqualTo(1);
        assertThat(steps.dueAt()).isEqualTo(2.5);
    }

    @Test
    void whatWasStoppedInItsSecondTryCountsFromTheBeginning() {
        Steps steps = Steps.under(rules(RestartPolicy.always(), 1))
                .at(0, START, exited(1), GONE)
                .at(1, DUE, STOP);

        assertThat(steps.standing().tries()).isZero();
        assertThat(steps.standing().early()).isZero();
        assertThat(steps.standing().comesBack()).isFalse();
    }

    @Test
    void procmonsLongLivedProcessComesBackAtOnceAndItsPausesBeginAgain() {
        Steps steps =
                Steps.under(rules(RestartPolicy.procmon(), 0)).at(0, START, DUE).at(0.5, exited(1), GONE);
        assertThat(steps.dueAt()).isEqualTo(1.5);
        steps.at(1.5, DUE, DUE).at(2, exited(1), GONE);
        assertThat(steps.dueAt()).isEqualTo(4);

        steps.at(4, DUE, DUE).at(5, exited(0));

        assertThat(steps.standing().early()).isZero();
        assertThat(steps.at(5, GONE).state()).isEqualTo(STARTING);
        assertThat(steps.at(5, DUE).at(5.999, exited(1)).dueAt()).isEqualTo(6.999);
    }

    @Test
    void procmonsStopServiceCancelsRestarts() {
        Steps steps = upFor(0.5, RestartPolicy.procmon(), exited(1)).at(0.5, GONE, CLOSE);

        assertThat(steps.changes()).isEmpty();
        assertThat(steps.dueAt()).isEqualTo(-1);
        assertThat(steps.at(3600, DUE).state()).isEqualTo(EXITED);
    }

    @Test
    void anEarlyDeathThatWasRunningCountsForThePauseAndNotForTheRetries() {
        RestartPolicy policy = RestartPolicy.always().startRetries(1).backoff(Backoff.linear());
        Steps steps = Steps.under(rules(policy, 0)).at(0, START, DUE).at(0, exited(1), GONE);

        assertThat(steps.standing().tries()).isZero();
        assertThat(steps.standing().early()).isEqualTo(1);
        steps.at(1, DUE, new Event.SpawnFailed("no such file"));
        assertThat(steps.state()).isEqualTo(BACKOFF);
        assertThat(steps.standing().tries()).isEqualTo(1);
        assertThat(steps.standing().early()).isEqualTo(2);
        assertThat(steps.dueAt()).isEqualTo(3);
    }

    @Test
    void perlsSupervisorRestartsAtOnceAfterAListedCodeAlone() {
        RestartPolicy policy = RestartPolicy.onListedExit(0, 1).backoff(Backoff.fixed(Duration.ZERO));

        assertThat(upFor(2, policy, exited(1)).at(2, GONE).state()).isEqualTo(STARTING);
        assertThat(upFor(2, policy, exited(2)).at(2, GONE).at(1000, DUE).state())
                .isEqualTo(EXITED);
        assertThat(upFor(2, policy, new Event.Exited(KILLED))
                        .at(2, GONE)
                        .at(1000, DUE)
                        .state())
                .isEqualTo(EXITED);
    }

    @Test
    void nothingIsSpawnedBeforeNothingIsLeft() {
        Steps steps = upFor(0.5, RestartPolicy.always(), exited(1));

        assertThat(steps.dueAt()).isEqualTo(1.5);
        assertThat(steps.at(1.5, DUE).effects()).isEmpty();
        // There is no need to look again before it has gone.
        assertThat(steps.dueAt()).isEqualTo(-1);
        assertThat(steps.standing().comesBack()).isTrue();
        assertThat(steps.at(700, GONE).effects()).containsExactly(Effect.SPAWN);
    }

    @Test
    void aStartWaitsUntilNothingIsLeftOfTheLastRun() {
        Steps steps = upFor(2, RestartPolicy.unexpected(), exited(0)).at(3, START);

        assertThat(steps.state()).isEqualTo(EXITED);
        assertThat(steps.effects()).isEmpty();
        assertThat(steps.at(700, GONE).effects()).containsExactly(Effect.SPAWN);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Stop", "Close", "GiveUp"})
    void aStartThatWaitsCanBeTakenBack(String by) {
        Event event = switch (by) {
            case "Stop" -> STOP;
            case "Close" -> CLOSE;
            default -> new Event.GiveUp("the test waits no more");
        };
        Steps fatal = Steps.under(rules(RestartPolicy.never(), 1)).at(0, START, exited(1), START, event);
        Steps exited = upFor(2, RestartPolicy.never(), exited(1)).at(2, START, event);
        Steps stopped = upFor(0, RestartPolicy.always(), exited(1)).at(0, STOP, START, event);

        for (Steps steps : new Steps[] {fatal, exited, stopped}) {
            assertThat(steps.standing().comesBack()).isFalse();
            assertThat(steps.dueAt()).isEqualTo(-1);
            assertThat(steps.at(700, GONE, DUE).effects()).isEmpty();
            assertThat(steps.state()).isIn(FATAL, EXITED, STOPPED);
        }
    }

    @Test
    void aCallerWhoGivesUpSaysWhy() {
        Steps steps = Steps.under(rules(RestartPolicy.always(), 1))
                .at(0, START, exited(1), new Event.GiveUp("not ready within 60 s"));

        assertThat(steps.changes()).containsExactly(new Change(BACKOFF, FATAL, 1, false, "not ready within 60 s"));
        assertThat(steps.standing().spawnError()).isEqualTo("not ready within 60 s");
        assertThat(steps.at(1000, GONE, DUE).state()).isEqualTo(FATAL);
    }

    @Test
    void whatDoesNotBecomeReadyIsEndedAndCountsAsAFailedStart() {
        Steps steps = Steps.under(readyRules(RestartPolicy.always(), 0))
                .at(0, START, DUE)
                .at(60, new Event.NotReady("not ready within 60 s"));

        assertThat(steps.state()).isEqualTo(STARTING);
        assertThat(steps.standing().failing()).isEqualTo("not ready within 60 s");
        assertThat(steps.effects()).containsExactly(Effect.END);
        assertThat(steps.at(60, READY).changes()).isEmpty();
        steps.at(61, new Event.Exited(new Code(0)));
        assertThat(steps.changes()).containsExactly(new Change(STARTING, BACKOFF, 1, false, "not ready within 60 s"));
        assertThat(steps.dueAt()).isEqualTo(62);
        assertThat(steps.at(62, GONE).standing().failing()).isNull();
    }

    @Test
    void whatExitsAfterItsStartSecondsButUnreadyWasNotTooQuick() {
        Steps steps =
                Steps.under(readyRules(RestartPolicy.never(), 1)).at(0, START).at(5, exited(3));

        assertThat(steps.changes())
                .containsExactly(
                        new Change(
                                STARTING,
                                BACKOFF,
                                1,
                                false,
                                "exited before it was ready: exit code 3; its log may have details"),
                        new Change(
                                BACKOFF,
                                FATAL,
                                1,
                                false,
                                "exited before it was ready: exit code 3; its log may have details"));
    }

    @Test
    void supervisordsStartSecondsOfZeroAreRunningAndExitedEvenIfItExitsImmediately() {
        Steps steps = Steps.under(rules(RestartPolicy.unexpected(), 0)).at(0, START, exited(0));

        assertThat(steps.changes())
                .containsExactly(
                        new Change(STARTING, RUNNING, 0, false, "ready"),
                        new Change(RUNNING, EXITED, 0, true, "exit code 0"));
    }

    @Test
    void aOneShotIsDoneWithItsCode() {
        Steps steps =
                Steps.under(oneShot()).at(0, START, exited(1), GONE).at(1, DUE).at(5, exited(7));

        assertThat(steps.changes()).containsExactly(new Change(STARTING, EXITED, 0, true, "done: exit code 7"));
        assertThat(steps.standing().exitStatus()).isEqualTo(new Code(7));
        assertThat(steps.standing().early()).isZero();
        assertThat(steps.dueAt()).isEqualTo(-1);
        assertThat(steps.at(1000, GONE, DUE).state()).isEqualTo(EXITED);
    }

    @Test
    void aOneShotWhoseReadinessIsToldBeforeItsEndIsDoneToo() {
        Steps steps = Steps.under(oneShot()).at(0, START).at(5, READY, exited(7));

        assertThat(steps.changes()).containsExactly(new Change(RUNNING, EXITED, 0, true, "done: exit code 7"));
    }

    @Test
    void aOneShotWithAnotherCodeHasFailed() {
        Steps steps = Steps.under(oneShot()).at(0, START).at(5, exited(0));

        assertThat(steps.state()).isEqualTo(BACKOFF);
    }

    @Test
    void aOneShotThatWasEndedSinceItTookTooLongIsNotDoneWhateverItsCode() {
        Steps steps = Steps.under(oneShot())
                .at(0, START)
                .at(60, new Event.NotReady("not done within 60 s"))
                .at(61, exited(7));

        assertThat(steps.changes()).containsExactly(new Change(STARTING, BACKOFF, 1, false, "not done within 60 s"));
    }

    @Test
    void aOneShotThatIsStoppedIsNotDoneWhateverItsCode() {
        Steps steps = Steps.under(oneShot()).at(0, START, STOP).at(1, exited(7));

        assertThat(steps.changes()).isEmpty();
        assertThat(steps.at(1, GONE).state()).isEqualTo(STOPPED);
    }

    @Test
    void whatCannotBeEndedIsToldAndNeverComesBack() {
        Steps steps = upFor(0.5, RestartPolicy.always(), exited(1)).at(10, new Event.Stuck("'a' survived even KILL"));

        assertThat(steps.changes())
                .containsExactly(new Change(EXITED, ProcessState.UNKNOWN, 0, false, "'a' survived even KILL"));
        assertThat(steps.standing().spawnError()).isEqualTo("'a' survived even KILL");
        assertThat(steps.standing().exitStatus()).isEqualTo(new Code(1));
        assertThat(steps.dueAt()).isEqualTo(-1);
        assertThat(steps.at(1000, DUE, GONE, DUE).effects()).isEmpty();
    }

    private static Rules oneShot() {
        return new Rules(RestartPolicy.never().startRetries(1), Duration.ZERO, true, Set.of(7), Set.of(0));
    }

    /** Started at 0, and running at once. */
    private static Steps running(RestartPolicy policy) {
        return Steps.under(rules(policy, 0)).at(0, START, DUE);
    }

    /** It has lived that long, and then this. */
    private static Steps upFor(double seconds, RestartPolicy policy, Event event) {
        return running(policy).at(seconds, event);
    }
}
