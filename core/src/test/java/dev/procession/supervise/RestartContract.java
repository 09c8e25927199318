package dev.procession.supervise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.launch.Backoff;
import dev.procession.launch.ProcessSpec;
import dev.procession.launch.Readiness;
import dev.procession.launch.RestartPolicy;
import dev.procession.launch.StopScope;
import dev.procession.os.OperatingSystem;
import dev.procession.process.ExitStatus;
import dev.procession.process.ProcessId;
import dev.procession.process.Signal;
import dev.procession.process.StartFailedException;
import dev.procession.process.WaitTimeoutException;
import dev.procession.testkit.Await;
import dev.procession.testkit.Executables;
import dev.procession.testkit.Processes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a crash and the run after it look like from the handle, with either implementation. */
interface RestartContract {

    Duration LONG = Duration.ofSeconds(60);
    String COUNTS = "n=$(cat runs 2>/dev/null || echo 0); n=$((n + 1)); echo $n >runs; ";
    String SLEEPS = "echo ready; exec sleep 1000";
    RestartPolicy SOON = RestartPolicy.onFailure().backoff(Backoff.fixed(Duration.ofMillis(10)));
    RestartPolicy LATE = RestartPolicy.onFailure().backoff(Backoff.fixed(Duration.ofHours(1)));

    OperatingSystem system();

    private static ProcessSpec.Builder worker(String script, RestartPolicy policy) {
        return Stage.script("worker", script).restart(policy);
    }

    private static void crashAndComeBack(SupervisedProcess process) {
        assertThat(process.crash()).isTrue();
        process.awaitReady(LONG);
    }

    @Test
    default void crash_isTheEndOfThatRunOnly(@TempDir Path folder) {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process =
                    stage.supervisor().start(worker(SLEEPS, SOON).build());
            ProcessId first = process.id();
            Instant firstStart = process.startedAt();
            CompletableFuture<ExitStatus> firstExit = process.exit();
            assertThat(process.exitStatus()).isEmpty();

            crashAndComeBack(process);

            assertThat(Processes.isAlive(first)).isFalse();
            assertThat(firstExit.join().shellCode()).hasValue(128 + 9);
            assertThat(process.exit()).isNotDone();
            assertThat(process.exitStatus()).isEmpty();
            assertThat(process.id()).isNotEqualTo(first);
            assertThat(process.startedAt()).isAfter(firstStart);
            assertThat(process.isAlive()).isTrue();
            assertThat(process.isReady()).isTrue();
            assertThat(process.unexpectedDeath()).isEmpty();
        }
    }

    @Test
    default void betweenTwoRuns_thePidIsAnErrorAndTheRestTellsOfTheLast(@TempDir Path folder) {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process =
                    stage.supervisor().start(worker(SLEEPS, LATE).build());
            process.crash();

            assertThat(process.state()).isEqualTo(ProcessState.EXITED);
            assertThat(process.exitStatus().orElseThrow().shellCode()).hasValue(128 + 9);
            assertThat(process.exit()).isDone();
            assertThat(process.awaitExit(Duration.ZERO).shellCode()).hasValue(128 + 9);
            assertThat(process.crash()).isFalse();
            assertThat(process.pause()).isFalse();
            assertThat(process.resume()).isFalse();
            assertThat(process.reload()).isFalse();
            assertThat(process.log().lines()).containsExactly("ready");
            assertThatThrownBy(process::pid)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("Expected 'worker' to be running, but was EXITED ("
                            + process.exitStatus().orElseThrow() + ")");
        }
    }

    @Test
    default void start_inAPauseBetweenTwoRuns_doesNotWaitForIt(@TempDir Path folder) {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process =
                    stage.supervisor().start(worker(SLEEPS, LATE).build());
            process.crash();

            process.start();

            assertThat(process.state()).isEqualTo(ProcessState.RUNNING);
            assertThat(process.restarts()).isEqualTo(1);
        }
    }

    @Test
    default void restart_inAPauseBetweenTwoRuns_doesNotWaitForIt(@TempDir Path folder) {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process =
                    stage.supervisor().start(worker(SLEEPS, LATE).build());
            process.crash();

            process.restart();

            assertThat(process.state()).isEqualTo(ProcessState.RUNNING);
            assertThat(process.restarts()).isEqualTo(1);
        }
    }

    @Test
    default void awaitReady_inAPauseBetweenTwoRuns_saysHowItStands(@TempDir Path folder) {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process =
                    stage.supervisor().start(worker(SLEEPS, LATE).build());
            process.crash();
            String status = process.exitStatus().orElseThrow().toString();

            assertThatThrownBy(() -> process.awaitReady(Duration.ZERO))
                    .isInstanceOf(WaitTimeoutException.class)
                    .hasMessageStartingWith("Expected 'worker' to be ready within 0 ms, but was EXITED (bad end: "
                            + status + ")\n  process     pid ")
                    .hasMessageEndingWith("\n    ready\n  try         look at what it logged, and at 'restart' of"
                            + " ProcessSpec 'worker'");
        }
    }

    @Test
    default void awaitReady_stoppedForGood_saysSoAtOnce(@TempDir Path folder) {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process =
                    stage.supervisor().start(worker(SLEEPS, LATE).build());
            process.crash();
            process.stop();

            assertThatThrownBy(() -> process.awaitReady(Duration.ofDays(1)))
                    .isInstanceOf(WaitTimeoutException.class)
                    .hasMessageStartingWith("Expected 'worker' to be ready, but was STOPPED");
        }
    }

    @Test
    default void crash_leavesChildren_theyAreGoneBeforeTheNextRun(@TempDir Path folder) {
        String script = COUNTS
                // A later run tells whether anybody of the first still lives.
                + "if [ $n -gt 1 ]; then for p in $(cat children); do"
                + " grep -qs '^State:.[^ZX]' /proc/$p/status && echo $p lives; done; fi; "
                + "sleep 1000 & echo $! >children; setsid sh -c 'trap \"\" TERM; while :; do sleep 0.05; done' &"
                + " echo $! >>children; echo ready; wait";
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process = stage.supervisor()
                    .start(worker(script, SOON).stop(Stage.QUICK).build());
            crashAndComeBack(process);
            crashAndComeBack(process);

            assertThat(process.log().allRuns().lines()).containsExactly("ready", "ready", "ready");
            assertThat(process.stragglers()).hasSizeGreaterThanOrEqualTo(2);
        }
        assertThat(Processes.workingIn(folder)).isEmpty();
    }

    @Test
    default void crash_stopScopeProcess_leavesChildrenUntilTheClose(@TempDir Path folder) {
        String script = "sleep 1000 & echo $!; echo ready; wait";
        ProcessId child;
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process = stage.supervisor()
                    .start(worker(script, SOON)
                            .stop(Stage.QUICK.scope(StopScope.PROCESS))
                            .build());
            child = Stage.printed(process, 1).get(0);
            crashAndComeBack(process);

            assertThat(Processes.isAlive(child)).isTrue();
            process.stop();
            assertThat(Processes.isAlive(child)).isTrue();
            process.start();
            assertThat(Processes.isAlive(child)).isTrue();
        }
        assertThat(Processes.isAlive(child)).isFalse();
        assertThat(Processes.workingIn(folder)).isEmpty();
    }

    @Test
    default void kill_stopScopeProcessAfterRestarts_endsWhatAllRunsHaveLeft(@TempDir Path folder) {
        String script = "sleep 1000 & echo ready; wait";
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process = stage.supervisor()
                    .start(worker(script, SOON)
                            .stop(Stage.QUICK.scope(StopScope.PROCESS))
                            .build());
            crashAndComeBack(process);
            crashAndComeBack(process);

            process.kill();

            assertThat(Processes.workingIn(folder)).isEmpty();
        }
    }

    @Test
    default void stdinText_isReadByEveryRun(@TempDir Path folder) {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process = stage.supervisor()
                    .start(worker("read a; echo \"got $a\"; " + SLEEPS, SOON)
                            .stdin("one line\n")
                            .build());
            crashAndComeBack(process);

            assertThat(process.log().lines()).containsExactly("got one line", "ready");
            assertThat(process.log().allRuns().lines())
                    .containsExactly("got one line", "ready", "got one line", "ready");
        }
    }

    @Test
    default void send_goesToThePresentRun(@TempDir Path folder) {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process = stage.supervisor()
                    .start(worker("echo ready; exec cat", SOON)
                            .stdin(ProcessSpec.PIPE)
                            .build());
            process.send("first\n");
            Stage.awaitLine(process, "first");
            crashAndComeBack(process);

            process.send("second\n");
            Stage.awaitLine(process, "second");

            assertThat(process.log().lines()).containsExactly("ready", "second");
            process.closeStdin();
            assertThat(process.awaitExit(LONG)).isEqualTo(new ExitStatus.Code(0));
            assertThatThrownBy(() -> process.send("third\n"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("Expected 'worker' to be running, but was EXITED");
        }
    }

    @Test
    default void failOnLog_ofALaterRun_endsThatAndTriesAgain(@TempDir Path folder) {
        String script = COUNTS + "[ $n = 2 ] && { echo FATAL: no disk; exec sleep 1000; }; " + SLEEPS;
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process = stage.supervisor()
                    .start(worker(script, SOON)
                            .ready(Readiness.DEFAULT.log("^ready$").failOnLog("^FATAL"))
                            .build());
            crashAndComeBack(process);

            assertThat(process.restarts()).isEqualTo(2);
            assertThat(process.log().allRuns().lines()).containsExactly("ready", "FATAL: no disk", "ready");
            assertThat(Processes.workingIn(folder)).hasSize(1);
        }
    }

    @Test
    default void failOnLog_ofTheFirstRun_isTriedAgain(@TempDir Path folder) {
        String script = COUNTS + "[ $n = 1 ] && { echo FATAL: no disk; exec sleep 1000; }; " + SLEEPS;
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process = stage.supervisor()
                    .start(worker(script, SOON)
                            .ready(Readiness.DEFAULT.log("^ready$").failOnLog("^FATAL"))
                            .build());

            assertThat(process.restarts()).isEqualTo(1);
            assertThat(Processes.workingIn(folder)).hasSize(1);
        }
    }

    @Test
    default void timeout_ofALaterRun_endsThatAndTriesAgain(@TempDir Path folder) {
        String script = COUNTS + "[ $n = 2 ] && exec sleep 1000; " + SLEEPS;
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process = stage.supervisor()
                    .start(worker(script, SOON)
                            .ready(Readiness.DEFAULT.log("^ready$").timeout(Duration.ofSeconds(5)))
                            .build());
            crashAndComeBack(process);

            assertThat(process.restarts()).isEqualTo(2);
            assertThat(Processes.workingIn(folder)).hasSize(1);
        }
    }

    @Test
    default void laterRunsFailTooOften_isGivenUpAndThatIsAFailure(@TempDir Path folder) {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process = stage.supervisor()
                    .start(worker(COUNTS + "[ $n = 1 ] || exit 7; " + SLEEPS, SOON.startRetries(2))
                            .build());
            process.crash();
            assertThatThrownBy(() -> process.awaitReady(LONG))
                    .isInstanceOf(WaitTimeoutException.class)
                    .hasMessageStartingWith(
                            "Expected 'worker' to be ready, but was FATAL (exited before it was ready: exit"
                                    + " code 7; its log may have details)\n");

            assertThat(process.state()).isEqualTo(ProcessState.FATAL);
            assertThat(process.directory().resolve("runs")).hasContent("4\n");
            assertThat(process.unexpectedDeath().orElseThrow().getMessage())
                    .startsWith(
                            "'worker' was given up after 3 failed starts: exited before it was ready: exit code 7; its log may have"
                                    + " details\n")
                    .endsWith("\n  try         find out why it does not start any more; how often it is tried says"
                            + " 'restart' of ProcessSpec 'worker'");
            assertThat(Processes.workingIn(folder)).isEmpty();
        }
    }

    @Test
    default void pausedProcess_crashesAndIsStoppedLikeAnyOther(@TempDir Path folder) {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process = stage.supervisor()
                    .start(worker("sleep 1000 & echo ready; wait", SOON).build());
            assertThat(process.pause()).isTrue();
            assertThat(process.isPaused()).isTrue();
            assertThat(process.state()).isEqualTo(ProcessState.RUNNING);
            crashAndComeBack(process);
            assertThat(process.isPaused()).isFalse();

            process.pause();
            assertThat(process.resume()).isTrue();
            Await.until("it goes on", () -> !process.isPaused());
            process.pause();
            process.pause();
            assertThat(process.stop()).isTrue();
        }
        assertThat(Processes.workingIn(folder)).isEmpty();
    }

    @Test
    default void killedByAStranger_comesBack(@TempDir Path folder) {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process =
                    stage.supervisor().start(worker(SLEEPS, SOON).build());
            ProcessId first = process.id();

            Processes.kill(system(), Set.of(first));
            Await.until("it is another", () -> process.restarts() == 1);
            process.awaitReady(LONG);

            assertThat(process.id()).isNotEqualTo(first);
        }
    }

    @Test
    default void interrupt_ofWhoWaitsForItsReturn_isToldAndNothingElse(@TempDir Path folder) {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process =
                    stage.supervisor().start(worker(SLEEPS, LATE).build());
            process.crash();
            Future<String> waiting = Await.async(() -> {
                Thread.currentThread().interrupt();
                try {
                    process.awaitReady(LONG);
                    return "ready";
                } catch (RuntimeException e) {
                    return e.getMessage();
                }
            });

            assertThat(Await.result(waiting)).isEqualTo("Interrupted while waiting for 'worker'");
            assertThat(process.lifecycle().standing().comesBack()).isTrue();
        }
    }

    @Test
    default void start_programGoneMeanwhile_countsAsFailedAndIsGivenUp(@TempDir Path folder) throws Exception {
        Path program = Executables.script(folder.resolve("program"), "echo ready; exec sleep 1000");
        try (Stage stage = new Stage(system(), folder.resolve("stage"))) {
            SupervisedProcess process = stage.supervisor()
                    .start(ProcessSpec.command(program.toString())
                            .name("worker")
                            .ready(Readiness.DEFAULT.log("^ready$"))
                            .restart(SOON.startRetries(1).backoff(Backoff.fixed(Duration.ZERO)))
                            .build());
            Files.delete(program);
            process.crash();
            Await.until("it is given up", () -> process.state() == ProcessState.FATAL);

            assertThat(process.lifecycle().tries()).isEqualTo(3);
            assertThat(process.restarts()).isZero();
            assertThatThrownBy(process::start)
                    .isInstanceOf(StartFailedException.class)
                    .hasMessageStartingWith("'worker' was given up after 2 starts: could not be started: there is no"
                            + " file " + program + "\n");
            Executables.script(program, "echo ready; exec sleep 1000");
            process.start();
            assertThat(process.state()).isEqualTo(ProcessState.RUNNING);
        }
    }

    @Test
    default void reload_reachesThePresentRun(@TempDir Path folder) {
        String script = "trap 'echo reloaded' HUP; echo ready; while :; do sleep 0.02; done";
        try (Stage stage = new Stage(system(), folder)) {
            Assumptions.assumeFalse(Processes.isIgnoredBy(system(), Signal.HUP), "HUP is ignored here");
            SupervisedProcess process =
                    stage.supervisor().start(worker(script, SOON).build());
            crashAndComeBack(process);

            assertThat(process.reload()).isTrue();

            Stage.awaitLine(process, "reloaded");
            assertThat(process.log().lines()).isEqualTo(List.of("ready", "reloaded"));
        }
    }
}
