package dev.procession.supervise;

import static dev.procession.supervise.Steps.readyRules;
import static dev.procession.supervise.Steps.rules;
import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.launch.Backoff;
import dev.procession.launch.RestartPolicy;
import dev.procession.supervise.Simulation.Run;
import dev.procession.supervise.StateMachine.Rules;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

/** When processes are spawned, to the nanosecond, in hours that pass at once. */
class VirtualTimeTest {

    private static final Event START = new Event.Start();
    private static final Event STOP = new Event.Stop();
    private static final Event CLOSE = new Event.Close();

    private static Simulation started(Rules rules, IntFunction<Run> runs) {
        return new Simulation(rules, new Random(42), runs).tell(START);
    }

    /** What the n-th run exits with; the last one again and again. */
    private static IntFunction<Run> codes(double life, int... codes) {
        return n -> Run.exits(life, codes[Math.min(n, codes.length - 1)]);
    }

    @Test
    void supervisordsFourSpawnsAndFatal() {
        Simulation world =
                started(rules(RestartPolicy.unexpected(), 1), codes(0, 1)).pass(10_000);

        assertThat(world.states())
                .containsExactly(
                        "0 STARTING",
                        "0 BACKOFF",
                        "1 STARTING",
                        "1 BACKOFF",
                        "3 STARTING",
                        "3 BACKOFF",
                        "6 STARTING",
                        "6 BACKOFF",
                        "6 FATAL");
        assertThat(world.spawns()).containsExactly(0.0, 1.0, 3.0, 6.0);
    }

    @Test
    void thePausesBeginAtTheEnd() {
        Simulation world =
                started(rules(RestartPolicy.unexpected(), 1), codes(0.5, 0)).pass(10_000);

        assertThat(world.spawns()).containsExactly(0.0, 1.5, 4.0, 7.5);
        assertThat(world.states()).endsWith("8 BACKOFF", "8 FATAL");
    }

    @Test
    void aSuccessfulStartForgetsTheFailedOnes() {
        Simulation world = started(
                        rules(RestartPolicy.unexpected().startRetries(2), 1),
                        n -> n % 3 == 2 ? Run.exits(5, 1) : Run.exits(0, 1))
                .pass(100);

        // Pauses of 1 and 2 s, a life of 5 s, and again at once.
        assertThat(world.spawns().subList(0, 8)).containsExactly(0.0, 1.0, 3.0, 8.0, 9.0, 11.0, 16.0, 17.0);
        assertThat(world.states()).noneMatch(state -> state.endsWith("FATAL"));
    }

    @Test
    void whatIsNotLimitedIsNeverGivenUp() {
        Simulation world = started(
                        rules(
                                RestartPolicy.unexpected()
                                        .unlimited()
                                        .backoff(Backoff.linear().longest(Duration.ofSeconds(5))),
                                1),
                        codes(0, 1))
                .pass(10_000);

        assertThat(world.spawns().subList(0, 8)).containsExactly(0.0, 1.0, 3.0, 6.0, 10.0, 15.0, 20.0, 25.0);
        assertThat(world.spawns()).hasSize(4 + 1999).endsWith(9995.0, 10_000.0);
        assertThat(world.states()).noneMatch(state -> state.endsWith("FATAL"));
        assertThat(world.standing().tries()).isEqualTo(4 + 1999);
    }

    @Test
    void procmonsPausesDoubleAndBeginAgainAfterAThresholdOfLife() {
        Simulation world = started(
                        rules(RestartPolicy.procmon(), 0), n -> n == 14 ? Run.exits(1, 0) : Run.exits(0.25, 0))
                .pass(50_000);

        assertThat(world.intervals().subList(0, 18))
                .containsExactly(
                        1.25, 2.25, 4.25, 8.25, 16.25, 32.25, 64.25, 128.25, 256.25, 512.25, 1024.25, 2048.25, 3600.25,
                        3600.25, 1.0, 1.25, 2.25, 4.25);
    }

    @Test
    void aThresholdSparesWhatHasLivedSoLong() {
        Simulation world = started(
                        rules(
                                RestartPolicy.procmon()
                                        .backoff(Backoff.exponential().threshold(Duration.ofMillis(200))),
                                0),
                        codes(0.2, 1))
                .pass(1);

        assertThat(world.spawns()).containsExactly(0.0, 0.2, 0.4, 0.6, 0.8, 1.0);
    }

    @Test
    void thePausesOfProcmonInTwisted13() {
        Simulation world = started(rules(RestartPolicy.procmon().backoff(Backoff.procmon13()), 0), codes(0, 0))
                .pass(20_000);

        assertThat(world.intervals().subList(0, 13))
                .containsExactly(1.0, 3.0, 7.0, 15.0, 31.0, 63.0, 127.0, 255.0, 511.0, 1023.0, 2047.0, 3600.0, 3600.0);
    }

    @Test
    void processmansPausesAreAnyWithinFiveSecondsAndExitZeroIsFinal() {
        Simulation world = started(
                        rules(RestartPolicy.processman(), 0), n -> n == 1000 ? Run.exits(0, 0) : Run.exits(0, 3))
                .pass(100_000);

        List<Double> intervals = world.intervals();
        assertThat(intervals).hasSize(1000).doesNotHaveDuplicates().allMatch(pause -> pause >= 0 && pause < 5);
        assertThat(Collections.min(intervals)).isLessThan(0.05);
        assertThat(Collections.max(intervals)).isGreaterThan(4.95);
        assertThat(intervals.stream().mapToDouble(Double::doubleValue).average().orElseThrow())
                .isBetween(2.3, 2.7);
        assertThat(world.state()).isEqualTo(ProcessState.EXITED);
    }

    @Test
    void processmanTriesAFailedRestartAgainInTheSameWay() {
        Simulation world = started(
                        rules(RestartPolicy.processman(), 0),
                        n -> n < 50 ? Run.cannotBeSpawned("no such file") : Run.lives())
                .pass(1000);

        assertThat(world.intervals()).hasSize(50).doesNotHaveDuplicates().allMatch(pause -> pause < 5);
        assertThat(world.state()).isEqualTo(ProcessState.RUNNING);
    }

    @Test
    void watchProcessAndRestartsFourRunsHalfASecondApart() {
        Simulation world = started(rules(RestartPolicy.watchProcessAndRestart(), 0), codes(0, 7, 7, 0, 55))
                .pass(10_000);

        assertThat(world.spawns()).containsExactly(0.0, 0.5, 1.0, 1.5);
        assertThat(world.states()).endsWith("1.5 STARTING", "1.5 RUNNING", "1.5 EXITED");
        assertThat(world.states()).hasSize(12);
    }

    @Test
    void watchProcessAndRestartPausesAfterALongLifeToo() {
        Simulation world = started(rules(RestartPolicy.watchProcessAndRestart(), 0), codes(60, 1, 55))
                .pass(10_000);

        assertThat(world.spawns()).containsExactly(0.0, 60.5);
    }

    @Test
    void perlsSupervisorRestartsAtOnceAndOnlyAfterListedCodes() {
        RestartPolicy policy = RestartPolicy.onListedExit(0, 1).backoff(Backoff.fixed(Duration.ZERO));

        Simulation world = started(rules(policy, 1), codes(10, 0, 1, 0, 2)).pass(10_000);

        assertThat(world.spawns()).containsExactly(0.0, 10.0, 20.0, 30.0);
        assertThat(world.states()).endsWith("30 STARTING", "31 RUNNING", "40 EXITED");
    }

    @Test
    void withoutStartSecondsItIsRunningAtOnce() {
        Simulation world =
                started(rules(RestartPolicy.unexpected(), 0), n -> Run.lives()).pass(0);

        assertThat(world.states()).containsExactly("0 STARTING", "0 RUNNING");
    }

    @Test
    void withStartSecondsItIsRunningWhenItHasLivedSoLong() {
        Simulation world = started(rules(RestartPolicy.unexpected(), 1.5), n -> Run.lives())
                .pass(1000);

        assertThat(world.states()).containsExactly("0 STARTING", "1.5 RUNNING");
    }

    @Test
    void readinessAloneDecidesWithoutStartSeconds() {
        Simulation world = started(
                        readyRules(RestartPolicy.unexpected(), 0),
                        n -> Run.lives().readyAfter(0.25))
                .pass(1000);

        assertThat(world.states()).containsExactly("0 STARTING", "0.25 RUNNING");
    }

    @Test
    void withBothTheLaterOneDecides() {
        Rules both = readyRules(RestartPolicy.unexpected(), 1);

        assertThat(started(both, n -> Run.lives().readyAfter(0.25)).pass(1000).states())
                .containsExactly("0 STARTING", "1 RUNNING");
        assertThat(started(both, n -> Run.lives().readyAfter(30)).pass(1000).states())
                .containsExactly("0 STARTING", "30 RUNNING");
    }

    @Test
    void readyButDeadBeforeItsStartSecondsIsAFailedStart() {
        Simulation world = started(
                        readyRules(RestartPolicy.unexpected().startRetries(1), 1),
                        n -> Run.exits(0.5, 0).readyAfter(0.25))
                .pass(1000);

        assertThat(world.states()).containsExactly("0 STARTING", "0.5 BACKOFF", "1.5 STARTING", "2 BACKOFF", "2 FATAL");
    }

    @Test
    void whatNeverBecomesReadyIsEndedAndTriedAgain() {
        Simulation world = started(
                        readyRules(RestartPolicy.unexpected().startRetries(1), 1),
                        n -> Run.lives().notReadyAfter(60))
                .pass(1000);

        assertThat(world.ends()).containsExactly(60.0, 121.25);
        assertThat(world.states())
                .containsExactly("0 STARTING", "60.25 BACKOFF", "61.25 STARTING", "121.5 BACKOFF", "121.5 FATAL");
    }

    @Test
    void whatBecomesReadyInItsSecondTryIsRunning() {
        Simulation world = started(
                        readyRules(RestartPolicy.unexpected(), 1),
                        n -> n == 0
                                ? Run.lives().notReadyAfter(60)
                                : Run.lives().readyAfter(5))
                .pass(1000);

        assertThat(world.states()).containsExactly("0 STARTING", "60.25 BACKOFF", "61.25 STARTING", "66.25 RUNNING");
        assertThat(world.standing().tries()).isZero();
    }

    @Test
    void whatCannotBeSpawnedBacksOffLikeWhatExitsTooQuickly() {
        Simulation world = started(rules(RestartPolicy.unexpected(), 1), n -> Run.cannotBeSpawned("no such file"))
                .pass(1000);

        assertThat(world.spawns()).containsExactly(0.0, 1.0, 3.0, 6.0);
        assertThat(world.state()).isEqualTo(ProcessState.FATAL);
    }

    @Test
    void aStopEndsAPauseAfterAFailedStart() {
        Simulation world = started(rules(RestartPolicy.unexpected(), 1), codes(0, 1))
                .pass(4)
                .tell(STOP)
                .pass(1000);

        assertThat(world.spawns()).containsExactly(0.0, 1.0, 3.0);
        assertThat(world.states()).endsWith("3 BACKOFF", "4 STOPPED");
        assertThat(world.ends()).isEmpty();
    }

    @Test
    void aStopEndsARun() {
        Simulation world = started(
                        rules(RestartPolicy.always(), 1), n -> Run.lives().leftFor(2))
                .pass(4)
                .tell(STOP)
                .pass(1000);

        assertThat(world.states()).containsExactly("0 STARTING", "1 RUNNING", "4 STOPPING", "6.25 STOPPED");
    }

    @Test
    void closingGivesUpAPauseAfterAFailedStart() {
        Simulation world = started(rules(RestartPolicy.unexpected(), 1), codes(0, 1))
                .pass(4)
                .tell(CLOSE)
                .pass(1000);

        assertThat(world.spawns()).containsExactly(0.0, 1.0, 3.0);
        assertThat(world.states()).endsWith("3 BACKOFF", "4 FATAL");
    }

    @Test
    void closingCancelsAPauseAfterAnEnd() {
        Simulation world = started(rules(RestartPolicy.watchProcessAndRestart(), 0), codes(1, 1))
                .pass(1.25)
                .tell(CLOSE)
                .pass(1000);

        assertThat(world.spawns()).containsExactly(0.0);
        assertThat(world.states()).endsWith("1 EXITED");
    }

    @Test
    void aPauseAndWhatIsLeftBehindAreWaitedForTogether() {
        Simulation world = started(
                        rules(RestartPolicy.watchProcessAndRestart(), 0),
                        n -> n == 0
                                ? Run.exits(1, 1).leftFor(0.25)
                                : n == 1 ? Run.exits(1, 1).leftFor(30) : Run.lives())
                .pass(1000);

        assertThat(world.spawns()).containsExactly(0.0, 1.5, 32.5);
    }

    @Test
    void aClockSetBackInStartingCountsFromThen() {
        Simulation world = started(rules(RestartPolicy.always(), 10), n -> Run.lives())
                .pass(9)
                .setClockBack(3600)
                .pass(1000);

        assertThat(world.states()).containsExactly("0 STARTING", "19 RUNNING");
    }

    @Test
    void aClockSetBackInBackoffCountsFromThen() {
        Simulation world = started(
                        rules(RestartPolicy.always().backoff(Backoff.fixed(Duration.ofSeconds(20))), 1),
                        n -> n == 0 ? Run.exits(0, 1) : Run.lives())
                .pass(15)
                .setClockBack(3600)
                .pass(1000);

        assertThat(world.states()).containsExactly("0 STARTING", "0 BACKOFF", "35 STARTING", "36 RUNNING");
    }

    @Test
    void aClockSetBackWhileItWaitsToComeBackCountsFromThen() {
        Simulation world = started(
                        rules(RestartPolicy.always().backoff(Backoff.fixed(Duration.ofSeconds(20))), 0),
                        n -> n == 0 ? Run.exits(5, 1) : Run.lives())
                .pass(15)
                .setClockBack(3600)
                .pass(1000);

        assertThat(world.spawns()).containsExactly(0.0, 35.0);
    }

    @Test
    void aClockSetBackByLessThanItHasWaitedAddsNoMore() {
        Simulation world = started(rules(RestartPolicy.always(), 10), n -> Run.lives())
                .pass(9)
                .setClockBack(5)
                .pass(1000);

        assertThat(world.states()).containsExactly("0 STARTING", "15 RUNNING");
    }
}
