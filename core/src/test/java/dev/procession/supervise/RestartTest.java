package dev.procession.supervise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.launch.Backoff;
import dev.procession.launch.Readiness;
import dev.procession.launch.RestartPolicy;
import dev.procession.os.OperatingSystem;
import dev.procession.process.ExitStatus;
import dev.procession.process.ProcessId;
import dev.procession.process.StartFailedException;
import dev.procession.testkit.Await;
import dev.procession.testkit.Backends;
import dev.procession.testkit.Processes;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is started again, with real processes. */
class RestartTest {

    private static final Duration LONG = Duration.ofSeconds(60);

    /** Counts its runs in a file of its own. */
    private static final String COUNTS = "n=$(cat runs 2>/dev/null || echo 0); n=$((n + 1)); echo $n >runs; ";

    private static final RestartPolicy QUICK = RestartPolicy.onFailure().backoff(Backoff.fixed(Duration.ofMillis(20)));

    @TempDir
    Path folder;

    private final OperatingSystem system = Backends.nativeOne();

    @Test
    void crash_underAPolicy_comesBackAsANewRun() {
        try (Stage stage = new Stage(system, folder)) {
            SupervisedProcess process = stage.supervisor()
                    .start(Stage.script("worker", COUNTS + "echo run $n; echo ready; exec sleep 1000")
                            .restart(QUICK)
                            .build());
            long first = process.pid();

            assertThat(process.crash()).isTrue();
            process.awaitReady(LONG);

            assertThat(process.pid()).isNotEqualTo(first);
            assertThat(process.restarts()).isEqualTo(1);
            assertThat(process.log().lines()).containsExactly("run 2", "ready");
            assertThat(process.log().allRuns().lines()).containsExactly("run 1", "ready", "run 2", "ready");
            assertThat(process.unexpectedDeath()).isEmpty();
        }
    }

    @Test
    void awaitReady_diedBehindItsBackAMomentAgo_waitsForTheNextRun() {
        try (Stage stage = new Stage(system, folder)) {
            SupervisedProcess process = stage.supervisor()
                    .start(Stage.script("worker", "echo ready; exec sleep 1000")
                            .restart(QUICK)
                            .build());

            for (int i = 1; i <= 20; i++) {
                ProcessId first = process.id();
                assertThat(ProcessHandle.of(first.pid()).orElseThrow().destroyForcibly())
                        .isTrue();
                // The process table knows before the news is here; but the next run may be there already.
                while (Processes.isAlive(first)) {
                    Thread.onSpinWait();
                }
                process.awaitReady(LONG);
                assertThat(process.restarts()).isEqualTo(i);
            }
        }
    }

    /** Of these pauses many are over just between two looks at a clock that leaps. */
    @ParameterizedTest
    @ValueSource(ints = {2, 7, 12, 17, 22})
    void comesBack_itsPauseEndsBetweenTwoLooksAtTheClock_isSpawned(int pauseMillis) {
        AtomicLong leaps = new AtomicLong();
        LongSupplier leaping = () -> System.nanoTime() + leaps.incrementAndGet() * 5_000_000;
        RestartPolicy restless = RestartPolicy.onFailure().backoff(Backoff.fixed(Duration.ofMillis(pauseMillis)));
        try (Supervisor supervisor =
                Supervisor.builder().folder(folder).clock(leaping).build(system)) {
            SupervisedProcess process = supervisor.start(Stage.script("worker", "echo ready; exec sleep 1000")
                    .restart(restless)
                    .build());

            for (int i = 1; i <= 3; i++) {
                process.crash();
                process.awaitReady(LONG);
                assertThat(process.restarts()).isEqualTo(i);
            }
        }
    }

    @Test
    void start_dependsOnOneThatComesBack_waitsForIt() {
        try (Stage stage = new Stage(system, folder)) {
            SupervisedProcess before = stage.supervisor()
                    .start(Stage.script("before", "echo ready; exec sleep 1000")
                            .restart(QUICK)
                            .build());
            before.crash();
            assertThat(before.isDown()).isFalse();

            SupervisedProcess after = stage.supervisor()
                    .start(Stage.script("after", "echo ready; exec sleep 1000")
                            .dependsOn("before")
                            .build());

            assertThat(after.state()).isEqualTo(ProcessState.RUNNING);
            assertThat(before.restarts()).isEqualTo(1);
            assertThat(before.isDown()).isFalse();
        }
    }

    @Test
    void givenUpAfterItRan_saysHowManyStartsFailed() {
        try (Stage stage = new Stage(system, folder)) {
            SupervisedProcess process = stage.supervisor()
                    .start(Stage.script("worker", COUNTS + "[ $n = 1 ] || exit 3; echo ready; exec sleep 1000")
                            .restart(QUICK.startRetries(1))
                            .build());
            process.crash();

            Await.until("it is given up", () -> process.state() == ProcessState.FATAL);

            assertThat(process.unexpectedDeath())
                    .hasValueSatisfying(death -> assertThat(death)
                            .hasMessageStartingWith(
                                    "'worker' was given up after 2 failed starts: exited before it was ready:"
                                            + " exit code 3; its log may have details\n"));
            assertThat(process.isDown()).isTrue();
        }
    }

    @Test
    void pause_ofWhoStartsOthersAllTheTime_stopsIt() {
        try (Stage stage = new Stage(system, folder)) {
            // A child that is stopped between vfork and exec would keep its parent from stopping.
            SupervisedProcess process = stage.supervisor()
                    .start(Stage.script("busy", "echo ready; while :; do /bin/true; done")
                            .build());

            for (int i = 0; i < 30; i++) {
                assertThat(process.pause()).isTrue();
                assertThat(process.isPaused()).isTrue();
                assertThat(process.resume()).isTrue();
                assertThat(process.isPaused()).isFalse();
            }
        }
    }

    @Test
    void start_failsTwiceAndThenComesUp_isReady() {
        try (Stage stage = new Stage(system, folder)) {
            SupervisedProcess process = stage.supervisor()
                    .start(Stage.script("worker", COUNTS + "[ $n -gt 2 ] || exit 3; echo ready; exec sleep 1000")
                            .restart(QUICK)
                            .build());

            assertThat(process.state()).isEqualTo(ProcessState.RUNNING);
            assertThat(process.restarts()).isEqualTo(2);
        }
    }

    @Test
    void start_failsTooOften_isGivenUp() {
        try (Stage stage = new Stage(system, folder)) {
            assertThatThrownBy(() -> stage.supervisor()
                            .start(Stage.script("worker", "echo no; exit 3")
                                    .restart(QUICK.startRetries(2))
                                    .build()))
                    .isInstanceOf(StartFailedException.class)
                    .hasMessageStartingWith(
                            "'worker' was given up after 3 starts: exited before it was ready: exit code 3;"
                                    + " its log may have details\n")
                    .hasMessageContaining(
                            "try         look at what it logged, and at 'restart' of ProcessSpec 'worker'");
            assertThat(Processes.workingIn(folder)).isEmpty();
        }
    }

    @Test
    void restart_runningProcess_keepsItsFolderAndPort() {
        try (Stage stage = new Stage(system, folder)) {
            SupervisedProcess process =
                    stage.start("server", COUNTS + "echo ready; exec sleep 1000 # ${port}", Stage.PATIENT);
            int port = process.port();

            process.restart();

            assertThat(process.state()).isEqualTo(ProcessState.RUNNING);
            assertThat(process.port()).isEqualTo(port);
            assertThat(process.directory().resolve("runs")).hasContent("2\n");
        }
    }

    @Test
    void stop_whileItWaitsToBeStartedAgain_isFinalAndSignalsNobody() {
        try (Stage stage = new Stage(system, folder)) {
            SupervisedProcess process = stage.supervisor()
                    .start(Stage.script("worker", "echo ready; exec sleep 1000")
                            .restart(RestartPolicy.always().backoff(Backoff.fixed(Duration.ofHours(1))))
                            .build());
            process.crash();
            Await.until("it waits", () -> process.lifecycle().standing().comesBack());

            assertThat(process.stop()).isTrue();

            assertThat(process.state()).isEqualTo(ProcessState.STOPPED);
            assertThat(process.restarts()).isZero();
            process.start();
            assertThat(process.state()).isEqualTo(ProcessState.RUNNING);
        }
    }

    @Test
    void watchProcessAndRestart_untilItStaysAway_endsWithThat() {
        try (Stage stage = new Stage(system, folder)) {
            SupervisedProcess process = stage.supervisor()
                    .start(Stage.script("original", COUNTS + "case $n in 1|2) exit 7;; 3) exit 0;; *) exit 55;; esac")
                            .ready(Readiness.DEFAULT)
                            .restart(RestartPolicy.watchProcessAndRestart()
                                    .backoff(Backoff.fixed(Duration.ofMillis(10))))
                            .build());

            Await.until("it stays away", () -> process.restarts() == 3 && process.state() == ProcessState.EXITED);

            assertThat(process.exitStatus()).contains(new ExitStatus.Code(55));
            assertThat(process.lifecycle().standing().comesBack()).isFalse();
            assertThat(process.unexpectedDeath()).isEmpty();
        }
    }
}
