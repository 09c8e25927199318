package dev.procession.supervise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.launch.Backoff;
import dev.procession.launch.Readiness;
import dev.procession.launch.RestartPolicy;
import dev.procession.launch.StopScope;
import dev.procession.os.OperatingSystem;
import dev.procession.process.AlreadyStartedException;
import dev.procession.process.StartFailedException;
import dev.procession.testkit.Await;
import dev.procession.testkit.Backends;
import dev.procession.testkit.Processes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Several who want different things of one process at the same time, the supervisor itself among them. */
@Timeout(600)
class RestartRacesTest {

    private static final Duration LONG = Duration.ofSeconds(60);
    private static final String SLEEPS = "echo ready; exec sleep 1000";
    private static final String COUNTS = "n=$(cat runs 2>/dev/null || echo 0); n=$((n + 1)); echo $n >runs; ";

    /** Begins to wait until the test makes a file; only then is it ready. */
    private static final String HELD = "echo begun; until [ -e go ]; do sleep 0.01; done; echo ready; exec sleep 1000";

    @TempDir
    Path folder;

    private final OperatingSystem system = Backends.nativeOne();

    /** What a thread ended with, null for nothing. */
    private static Throwable failure(Future<?> future) throws Exception {
        try {
            future.get(60, TimeUnit.SECONDS);
            return null;
        } catch (ExecutionException e) {
            return e.getCause();
        }
    }

    private static Future<Void> async(Runnable action) {
        return Await.async(() -> {
            action.run();
            return null;
        });
    }

    @Test
    void start_whileAnotherThreadStartsIt_isRefusedAndLeavesThatAlone() throws Exception {
        try (Stage stage = new Stage(system, folder)) {
            SupervisedProcess process = stage.start(
                    "held", "[ -e first ] || { touch first; echo ready; exec sleep 1000; }; " + HELD, Stage.PATIENT);
            process.stop();
            Future<Void> first = async(process::start);
            awaitBegun(process, 1);
            long pid = process.pid();

            assertThatThrownBy(process::start)
                    .isInstanceOf(AlreadyStartedException.class)
                    .hasMessage(
                            "Expected 'held' not to be started yet, but was STARTING; stop it first, or restart it");

            Files.createFile(process.directory().resolve("go"));
            assertThat(failure(first)).isNull();
            assertThat(process.pid()).isEqualTo(pid);
            assertThat(process.state()).isEqualTo(ProcessState.RUNNING);
        }
    }

    @Test
    void start_fromManyThreadsAtOnce_oneStartsItAndItLives() throws Exception {
        try (Stage stage = new Stage(system, folder)) {
            SupervisedProcess process = stage.start("one", SLEEPS, Stage.PATIENT);
            for (int round = 0; round < 8; round++) {
                process.stop();
                CountDownLatch go = new CountDownLatch(1);
                List<Future<Void>> starts = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    starts.add(Await.async(() -> {
                        go.await();
                        process.start();
                        return null;
                    }));
                }
                go.countDown();
                int started = 0;
                for (Future<Void> start : starts) {
                    Throwable failure = failure(start);
                    started += failure == null ? 1 : 0;
                    if (failure != null) {
                        assertThat(failure).isInstanceOf(AlreadyStartedException.class);
                    }
                }

                assertThat(started).isEqualTo(1);
                assertThat(process.state()).isEqualTo(ProcessState.RUNNING);
            }
            assertThat(process.restarts()).isEqualTo(8);
        }
    }

    @Test
    void start_rightAfterACrashAndAStop_works() {
        try (Stage stage = new Stage(system, folder)) {
            SupervisedProcess process = stage.supervisor()
                    .start(Stage.script("worker", SLEEPS)
                            .restart(RestartPolicy.always()
                                    .backoff(Backoff.fixed(Duration.ZERO))
                                    .unlimited())
                            .build());
            for (int round = 0; round < 40; round++) {
                process.crash();
                process.stop();
                assertThat(process.state()).isEqualTo(ProcessState.STOPPED);
                process.start();
                assertThat(process.state()).isEqualTo(ProcessState.RUNNING);
            }
        }
    }

    /** The first start fails; who waits for it must not take the second, which is up already, for a failure. */
    @Test
    void start_isTriedAgainAtOnce_waitsForThat() {
        for (int round = 0; round < 10; round++) {
            try (Stage stage = new Stage(system, folder.resolve("round-" + round))) {
                SupervisedProcess process = stage.supervisor()
                        .start(Stage.script("worker", COUNTS + "[ $n -gt 3 ] || exit 3; " + SLEEPS)
                                .restart(RestartPolicy.onFailure().backoff(Backoff.fixed(Duration.ZERO)))
                                .build());

                assertThat(process.state()).isEqualTo(ProcessState.RUNNING);
                assertThat(process.restarts()).isEqualTo(3);
            }
        }
    }

    /** Whose start was overtaken by a stop and another start ends nothing but itself. */
    @Test
    void restart_whileAnotherThreadWaitsForItsStart_endsOnlyThatWait() throws Exception {
        try (Stage stage = new Stage(system, folder)) {
            SupervisedProcess process = stage.start(
                    "held", "[ -e first ] || { touch first; echo ready; exec sleep 1000; }; " + HELD, Stage.PATIENT);
            process.stop();
            Future<Void> first = async(process::start);
            awaitBegun(process, 1);

            Future<Void> second = async(process::restart);
            Throwable failure = failure(first);
            awaitBegun(process, 2);
            Files.createFile(process.directory().resolve("go"));

            assertThat(failure)
                    .isInstanceOf(StartFailedException.class)
                    .hasMessageStartingWith("'held' was stopped before it was ready, after ");
            assertThat(failure(second)).isNull();
            assertThat(process.state()).isEqualTo(ProcessState.RUNNING);
        }
    }

    @Test
    void stop_whileItsDeathIsNews_isFinal() {
        try (Stage stage = new Stage(system, folder)) {
            SupervisedProcess process = stage.supervisor()
                    .start(Stage.script("worker", SLEEPS)
                            .restart(RestartPolicy.always().backoff(Backoff.fixed(Duration.ofMillis(1))))
                            .build());
            for (int round = 0; round < 30; round++) {
                Processes.kill(system, Set.of(process.id()));
                process.stop();

                assertThat(process.state()).isEqualTo(ProcessState.STOPPED);
                int runs = process.restarts();
                process.start();
                assertThat(process.restarts()).isEqualTo(runs + 1);
            }
        }
    }

    @Test
    void stop_whileASpawnNobodyWaitsForIsUnderWay_endsThat() throws Exception {
        HeldSpawns held = new HeldSpawns(system);
        try (Stage stage = new Stage(held.system(), folder)) {
            SupervisedProcess process = crashing(stage, SLEEPS);
            held.hold();
            process.crash();
            held.awaitSpawn();
            Future<Boolean> stop = Await.async(process::stop);

            held.release();

            assertThat(Await.result(stop)).isTrue();
            assertThat(process.state()).isEqualTo(ProcessState.STOPPED);
            assertThat(Processes.workingIn(folder)).isEmpty();
        }
    }

    @Test
    void close_whileASpawnNobodyWaitsForIsUnderWay_leavesNothing() throws Exception {
        HeldSpawns held = new HeldSpawns(system);
        SupervisedProcess process;
        Future<Void> close;
        try (Stage stage = new Stage(held.system(), folder)) {
            process = crashing(stage, SLEEPS);
            held.hold();
            process.crash();
            held.awaitSpawn();
            close = async(stage::close);
            held.release();
            assertThat(failure(close)).isNull();
        }
        assertThat(process.state().isStopped()).isTrue();
        assertThat(Processes.workingIn(folder)).isEmpty();
    }

    @Test
    void stop_whileItIsNotReadyAgainYet_endsIt() {
        try (Stage stage = new Stage(system, folder)) {
            SupervisedProcess process =
                    crashing(stage, COUNTS + "[ $n = 1 ] && echo ready; echo begun; exec sleep 1000");
            process.crash();
            awaitBegun(process, 1);
            assertThat(process.state()).isEqualTo(ProcessState.STARTING);

            assertThat(process.stop()).isTrue();

            assertThat(process.state()).isEqualTo(ProcessState.STOPPED);
            assertThat(Processes.workingIn(folder)).isEmpty();
        }
    }

    @Test
    void close_whileItIsNotReadyAgainYet_leavesNothing() {
        SupervisedProcess process;
        try (Stage stage = new Stage(system, folder)) {
            process = crashing(stage, COUNTS + "[ $n = 1 ] && echo ready; echo begun; exec sleep 1000");
            process.crash();
            Await.until("it has begun again", () -> process.restarts() == 1);
        }
        assertThat(process.state()).isEqualTo(ProcessState.STOPPED);
        assertThat(Processes.workingIn(folder)).isEmpty();
    }

    @Test
    void stop_betweenTwoTriesOfAStart_endsTheWaitForIt() throws Exception {
        try (Stage stage = new Stage(system, folder)) {
            SupervisedProcess process = stage.supervisor()
                    .start(Stage.script("worker", "[ -e first ] && exit 4; touch first; " + SLEEPS)
                            .restart(RestartPolicy.always().backoff(Backoff.fixed(Duration.ofHours(1))))
                            .build());
            process.stop();
            Future<Void> start = async(process::start);
            Await.until("it waits", () -> process.state() == ProcessState.BACKOFF);

            assertThat(process.stop()).isTrue();

            assertThat(failure(start))
                    .isInstanceOf(StartFailedException.class)
                    .hasMessageStartingWith("'worker' was stopped before it was ready")
                    .hasMessageEndingWith("\n  try         stop it only when its start has returned");
            assertThat(process.state()).isEqualTo(ProcessState.STOPPED);
            assertThat(process.unexpectedDeath()).isEmpty();
            assertThat(Processes.workingIn(folder)).isEmpty();
        }
    }

    @Test
    void interrupt_betweenTwoTriesOfAStart_endsTheWaitAndTheTries() throws Exception {
        try (Stage stage = new Stage(system, folder)) {
            SupervisedProcess process = stage.supervisor()
                    .start(Stage.script("worker", "[ -e first ] && exit 4; touch first; " + SLEEPS)
                            .restart(RestartPolicy.always().backoff(Backoff.fixed(Duration.ofHours(1))))
                            .build());
            process.stop();
            Thread[] starter = new Thread[1];
            CountDownLatch begun = new CountDownLatch(1);
            Future<Void> start = async(() -> {
                starter[0] = Thread.currentThread();
                begun.countDown();
                process.start();
            });
            begun.await();
            Await.until("it waits", () -> process.state() == ProcessState.BACKOFF);

            starter[0].interrupt();

            assertThat(failure(start))
                    .isInstanceOf(StartFailedException.class)
                    .hasMessageStartingWith(
                            "'worker' was not ready when its start was interrupted: BACKOFF (exited before"
                                    + " it was ready: exit code 4; its log may have details)\n")
                    .hasMessageEndingWith(
                            "\n  try         start it again; an interrupt comes from a test's timeout or a"
                                    + " cancelled build");
            assertThat(process.lifecycle().standing().comesBack()).isFalse();
        }
    }

    @Test
    void interrupt_ofARestart_leavesNothingAndIsKept() throws Exception {
        try (Stage stage = new Stage(system, folder)) {
            SupervisedProcess process = stage.start(
                    "deaf",
                    "trap '' TERM; [ -e first ] || { touch first; echo ready; }; while :; do sleep 0.05; done",
                    Stage.PATIENT);
            boolean[] kept = new boolean[1];
            Thread[] thread = new Thread[1];
            CountDownLatch begun = new CountDownLatch(1);
            Future<Void> restart = async(() -> {
                thread[0] = Thread.currentThread();
                begun.countDown();
                try {
                    process.restart();
                } finally {
                    kept[0] = Thread.currentThread().isInterrupted();
                }
            });
            begun.await();
            Await.until("it is being stopped", () -> process.state() == ProcessState.STOPPING);

            thread[0].interrupt();

            assertThat(failure(restart))
                    .isInstanceOf(StartFailedException.class)
                    .hasMessageStartingWith("'deaf' was not ready when its start was interrupted, after ");
            assertThat(kept[0]).isTrue();
            assertThat(Processes.workingIn(folder)).isEmpty();
        }
    }

    /** Nobody is ending the new run: who stops all does not wait for that. */
    @Test
    void stopAll_whileOthersStartAgain_returns() throws Exception {
        try (Stage stage = new Stage(system, folder)) {
            SupervisedProcess process = stage.start("one", SLEEPS, Stage.PATIENT);
            Future<Void> starter = async(() -> {
                for (int i = 0; i < 40; i++) {
                    try {
                        process.start();
                    } catch (AlreadyStartedException | StartFailedException | IllegalStateException e) {
                        // The others are faster.
                    }
                }
            });
            while (!starter.isDone()) {
                stage.supervisor().stopAll();
            }
            assertThat(failure(starter)).isNull();
        }
        assertThat(Processes.workingIn(folder)).isEmpty();
    }

    /** What a run has left alive on purpose is known by the same cookie as the run that follows. */
    @Test
    void kill_whileAnotherThreadStartsItAgain_takesTheNewRunForNothingElse() throws Exception {
        try (Stage stage = new Stage(system, folder)) {
            SupervisedProcess process =
                    stage.start("sparing", "sleep 1000 & echo ready; wait", Stage.QUICK.scope(StopScope.PROCESS));
            Future<Void> starter = async(() -> {
                for (int i = 0; i < 60; i++) {
                    try {
                        process.stop();
                        process.start();
                    } catch (AlreadyStartedException e) {
                        // Still running.
                    } catch (StartFailedException e) {
                        assertThat(e).hasMessageStartingWith("'sparing' was stopped before it was ready");
                    }
                    assertThat(process.unexpectedDeath()).isEmpty();
                }
            });
            while (!starter.isDone()) {
                process.kill();
            }
            assertThat(failure(starter)).isNull();
        }
        assertThat(Processes.workingIn(folder)).isEmpty();
    }

    @Test
    void start_ofOneWhoseFirstStartFailed_isRefused() {
        try (Stage stage = new Stage(system, folder)) {
            assertThatThrownBy(() -> stage.start("no", "exit 3", Stage.PATIENT))
                    .isInstanceOf(StartFailedException.class);
            SupervisedProcess failed = stage.supervisor().process("no").orElseThrow();

            assertThatThrownBy(failed::start)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("Expected 'no' to have its ports and folder, but they were given back; start its"
                            + " description again");
        }
    }

    @Test
    void oneShot_secondTryDoesIt_isDone() {
        try (Stage stage = new Stage(system, folder)) {
            SupervisedProcess process = stage.supervisor()
                    .start(Stage.script("init", COUNTS + "[ $n -gt 1 ] || exit 3; exit 0")
                            .ready(Readiness.DEFAULT.exit(0))
                            .restart(
                                    RestartPolicy.never().startRetries(1).backoff(Backoff.fixed(Duration.ofMillis(20))))
                            .build());

            assertThat(process.state()).isEqualTo(ProcessState.EXITED);
            assertThat(process.isReady()).isTrue();
            assertThat(process.restarts()).isEqualTo(1);
        }
    }

    private static void awaitBegun(SupervisedProcess process, int restarts) {
        Await.until("it has begun again", () -> process.restarts() == restarts);
        Stage.awaitLine(process, "begun");
    }

    private static SupervisedProcess crashing(Stage stage, String script) {
        return stage.supervisor()
                .start(Stage.script("worker", script)
                        .restart(RestartPolicy.onFailure().backoff(Backoff.fixed(Duration.ofMillis(5))))
                        .build());
    }
}
