package dev.procession.supervise;

import static dev.procession.supervise.Stage.DEAF;
import static dev.procession.supervise.Stage.PATIENT;
import static dev.procession.supervise.Stage.QUICK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.launch.StopScope;
import dev.procession.os.OperatingSystem;
import dev.procession.process.ExitStatus;
import dev.procession.process.ProcessId;
import dev.procession.process.RunState;
import dev.procession.process.Signal;
import dev.procession.process.StartFailedException;
import dev.procession.testkit.Await;
import dev.procession.testkit.CapturedLog;
import dev.procession.testkit.Processes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Stopping what does not want to be stopped, with either implementation. */
interface StopContract {

    OperatingSystem system();

    private static void assertDead(List<ProcessId> processes) {
        assertThat(processes).isNotEmpty().noneMatch(Processes::isAlive);
    }

    private static int shellCode(SupervisedProcess process) {
        return process.exitStatus().orElseThrow().shellCode().orElseThrow();
    }

    @Test
    default void stop_ordinaryProcess_endsByTheStopSignal(@TempDir Path folder) {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process = stage.start("ordinary", "echo ready; exec sleep 1000", PATIENT);
            ProcessId id = process.id();

            assertThat(process.stop()).isTrue();

            assertThat(Processes.isAlive(id)).isFalse();
            assertThat(shellCode(process)).isEqualTo(128 + 15);
            assertThat(process.state()).isEqualTo(ProcessState.STOPPED);
            assertThat(process.unexpectedDeath()).isEmpty();
            assertThat(process.stop()).isFalse();
            assertThat(process.kill()).isFalse();
        }
    }

    @Test
    default void stop_processThatCleansUp_isGivenTheTime(@TempDir Path folder) {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process = stage.start(
                    "tidy",
                    "trap 'sleep 0.3; echo tidied; exit 0' USR1; echo ready; while :; do sleep 0.02; done",
                    PATIENT.signal(Signal.USR1));

            process.stop();

            assertThat(process.exitStatus()).contains(new ExitStatus.Code(0));
            assertThat(process.log().stdout().lines()).containsExactly("ready", "tidied");
        }
    }

    @Test
    default void stop_ignoresTheStopSignal_isKilled(@TempDir Path folder) {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process = stage.start("deaf", DEAF, QUICK);

            assertThat(process.stop()).isTrue();

            assertThat(shellCode(process)).isEqualTo(128 + 9);
            assertThat(process.tree()).isEmpty();
        }
    }

    @Test
    default void stop_withRetries_signalsAgainBeforeItKills(@TempDir Path folder) {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process = stage.start(
                    "stubborn",
                    "n=0; trap 'n=$((n+1)); echo TERM $n; [ $n -lt 3 ] || exit 0' TERM; echo ready;"
                            + " while :; do sleep 0.02; done",
                    PATIENT.gracePeriod(Duration.ofSeconds(1)).retries(2));

            process.stop();

            assertThat(process.log().lines()).containsExactly("ready", "TERM 1", "TERM 2", "TERM 3");
            assertThat(process.exitStatus()).contains(new ExitStatus.Code(0));
        }
    }

    @Test
    default void stop_childrenThatIgnoreTerm_areKilledToo(@TempDir Path folder) {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process = stage.start(
                    "deaf-children",
                    "for i in 1 2 3; do (trap '' TERM; exec sleep 1000) & echo $!; done; echo ready; wait",
                    QUICK);
            List<ProcessId> children = Stage.printed(process, 3);

            process.stop();

            assertDead(children);
            assertThat(shellCode(process)).isEqualTo(128 + 15);
        }
    }

    @Test
    default void stop_childrenThatDieOfTerm_getIt(@TempDir Path folder) {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process = stage.start(
                    "polite-child",
                    "(trap 'echo child tidied; exit 0' TERM; echo ready; while :; do sleep 0.02; done) & wait",
                    PATIENT);

            process.stop();

            assertThat(process.log().stdout().lines()).containsExactly("ready", "child tidied");
        }
    }

    @Test
    default void stop_childInASessionOfItsOwn_isFound(@TempDir Path folder) {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process =
                    stage.start("session", "setsid sleep 1000 & echo $!; echo ready; exec sleep 1000", PATIENT);
            List<ProcessId> escaped = Stage.printed(process, 1);

            process.stop();

            assertDead(escaped);
        }
    }

    @Test
    default void stop_childWithoutCookieInASessionOfItsOwn_isFoundByDescent(@TempDir Path folder) {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process =
                    stage.start("descent", "env -i setsid sleep 1000 & echo $!; echo ready; exec sleep 1000", PATIENT);
            List<ProcessId> escaped = Stage.printed(process, 1);

            process.stop();

            assertDead(escaped);
        }
    }

    @Test
    default void stop_daemonThatForkedTwice_isFoundByItsCookie(@TempDir Path folder) {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process = stage.start(
                    "daemon",
                    "setsid sh -c 'trap \"\" TERM; sleep 1000 & echo $!'; echo ready; exec sleep 1000",
                    QUICK);
            List<ProcessId> daemon = Stage.printed(process, 1);
            long rootPid = process.pid();
            assertThat(Processes.TABLE.find(daemon.get(0).pid()).orElseThrow())
                    .matches(row -> row.parentPid() != rootPid && row.session() != rootPid);

            assertThat(process.tree()).hasSize(2);
            process.stop();

            assertDead(daemon);
        }
    }

    @Test
    default void stop_grandchildOfADeadParent_isFoundBySession(@TempDir Path folder) {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process =
                    stage.start("orphan", "sh -c 'env -i sleep 1000 & echo $!'; echo ready; exec sleep 1000", PATIENT);
            List<ProcessId> orphan = Stage.printed(process, 1);
            assertThat(process.tree()).extracting(row -> row.id()).containsExactly(process.id(), orphan.get(0));

            process.stop();

            assertDead(orphan);
        }
    }

    @Test
    default void stop_escapedChildSeenWhileItsParentLived_isRemembered(@TempDir Path folder) {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process = stage.start(
                    "seen",
                    "env -i setsid sh -c 'sleep 1000 & echo $!; exec sleep 1000' & echo $!; echo ready;"
                            + " exec sleep 1000",
                    PATIENT);
            List<ProcessId> both = Stage.printed(process, 2);
            assertThat(process.tree()).hasSize(3);
            ProcessId leader =
                    Processes.TABLE.find(both.get(0).pid()).orElseThrow().session()
                                    == both.get(0).pid()
                            ? both.get(0)
                            : both.get(1);
            system().signaller().send(leader, Signal.KILL);
            Processes.awaitDeath(leader);

            process.stop();

            assertDead(both);
        }
    }

    /** Each generation starts the next and ends, so whoever was seen is gone when the signal comes. */
    @ParameterizedTest
    @ValueSource(strings = {"", "setsid"})
    @ResourceLock("the machine's processors")
    default void stop_chainsThatRunAway_areOvertaken(String escape, @TempDir Path folder) throws Exception {
        Path runner = folder.resolve("runner.sh");
        // The limit is for the machine's sake, should the stop fail.
        Files.writeString(runner, "[ $1 -gt 0 ] || exit 0\n" + escape + " sh \"$0\" $(($1-1)) &\n");
        try (Stage stage = new Stage(system(), folder.resolve("processes"))) {
            SupervisedProcess process = stage.start(
                    "runaway", escape + " sh \"$1\" 20000 & echo ready; exec sleep 1000", QUICK, runner.toString());

            process.stop();

            // Two looks, since a single one can fall between two generations.
            assertThat(withArgument(runner)).isEmpty();
            assertThat(withArgument(runner)).isEmpty();
        }
    }

    /** Two children at a time and no end by itself, half of them in sessions of their own; at most 127 for the machine. */
    @Test
    @ResourceLock("the machine's processors")
    default void stop_treeThatDoublesAllTheTime_isOvertaken(@TempDir Path folder) throws Exception {
        Path bomb = folder.resolve("bomb.sh");
        Files.writeString(
                bomb,
                "trap '' TERM\n[ $1 -eq 0 ] || { sleep 0.02; sh \"$0\" $(($1-1)) & setsid sh \"$0\" $(($1-1)) & }\n"
                        + "while :; do sleep 1; done\n");
        try (Stage stage = new Stage(system(), folder.resolve("processes"))) {
            SupervisedProcess process =
                    stage.start("bomb", "sh \"$1\" 6 & echo ready; exec sleep 1000", QUICK, bomb.toString());
            Await.until("it grows", () -> withArgument(bomb).size() > 8);

            // At once: all the others are still to come.
            process.kill();

            assertThat(withArgument(bomb)).isEmpty();
            assertThat(withArgument(bomb)).isEmpty();
            assertThat(Processes.workingIn(folder)).isEmpty();
        }
    }

    private static List<Long> withArgument(Path argument) {
        List<Long> found = new ArrayList<>();
        Processes.TABLE.scan().forEach(row -> {
            List<String> line = Processes.TABLE.commandLine(row.pid());
            if (line.size() == 3 && line.get(1).equals(argument.toString())) {
                found.add(row.pid());
            }
        });
        return found;
    }

    @Test
    default void stop_pausedProcess_endsByTheStopSignal(@TempDir Path folder) {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process =
                    stage.start("paused", "sleep 1000 & echo $!; echo ready; wait; exec sleep 1000", PATIENT);
            List<ProcessId> child = Stage.printed(process, 1);
            process.signal(Signal.STOP);
            system().signaller().send(child.get(0), Signal.STOP);
            Await.until(
                    "both are paused", () -> process.tree().stream().allMatch(row -> row.state() == RunState.STOPPED));
            assertThat(process.isPaused()).isTrue();

            process.stop();

            assertDead(child);
            assertThat(shellCode(process)).isEqualTo(128 + 15);
        }
    }

    @Test
    default void stop_processWithoutStdio_ends(@TempDir Path folder) {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process =
                    stage.start("silent", "echo ready; exec 0<&- 1>&- 2>&-; exec sleep 1000", PATIENT);

            assertThat(process.stop()).isTrue();
            assertThat(shellCode(process)).isEqualTo(128 + 15);
        }
    }

    @Test
    default void stop_processThatFloodsItsLog_ends(@TempDir Path folder) {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process = stage.start(
                    "flood",
                    "echo ready; yes 'all work and no play' | head -c 100000000 >&2; exec sleep 1000",
                    PATIENT);
            Await.until(
                    "it floods",
                    () -> process.log().stderr().files().get(0).toFile().length() > 1_000_000);

            assertThat(process.stop()).isTrue();
            assertThat(process.tree()).isEmpty();
            assertThat(process.log().stderr().tail(2).get(0)).isEqualTo("all work and no play");
        }
    }

    @Test
    default void stop_scopeTree_childrenAreSignalledAfterTheRoot(@TempDir Path folder) {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process = stage.start(
                    "tree",
                    "sleep 1000 & child=$!; trap 'kill -0 $child && echo child lives; exit 0' TERM; echo $child;"
                            + " echo ready; while :; do sleep 0.02; done",
                    PATIENT);
            List<ProcessId> child = Stage.printed(process, 1);

            process.stop();

            assertDead(child);
            assertThat(process.log().lines()).contains("child lives");
        }
    }

    @Test
    default void stop_scopeGroup_everyMemberIsSignalledAtOnce(@TempDir Path folder) {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process = stage.start(
                    "group",
                    "trap 'wait; echo root tidied; exit 0' TERM;"
                            + "(trap 'echo child tidied; exit 0' TERM; echo ready; while :; do sleep 0.02; done) &"
                            + " wait",
                    PATIENT.scope(StopScope.GROUP));

            process.stop();

            // The root waits for its child: had only the root been signalled, it would still wait.
            assertThat(process.log().stdout().lines()).containsExactly("ready", "child tidied", "root tidied");
            assertThat(process.exitStatus()).contains(new ExitStatus.Code(0));
        }
    }

    @Test
    default void stop_scopeGroup_whatLeftTheGroupIsEndedToo(@TempDir Path folder) {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process = stage.start(
                    "group-left",
                    "setsid sleep 1000 & echo $!; echo ready; exec sleep 1000",
                    PATIENT.scope(StopScope.GROUP));
            List<ProcessId> escaped = Stage.printed(process, 1);

            process.stop();

            assertDead(escaped);
        }
    }

    @Test
    default void stop_scopeProcess_othersLiveUntilTheSupervisorCloses(@TempDir Path folder) {
        List<ProcessId> child;
        String name = "leaves-" + system().description();
        try (CapturedLog log = new CapturedLog("dev.procession")) {
            try (Stage stage = new Stage(system(), folder)) {
                SupervisedProcess process = stage.start(
                        name, "sleep 1000 & echo $!; echo ready; exec sleep 1000", PATIENT.scope(StopScope.PROCESS));
                child = Stage.printed(process, 1);
                // The shell says its number before it has become the sleep.
                Await.until(
                        "it sleeps",
                        () -> Processes.TABLE.commandLine(child.get(0).pid()).equals(List.of("sleep", "1000")));

                assertThat(process.stop()).isTrue();

                assertThat(child).allMatch(Processes::isAlive);
                assertThat(log.naming(name)).isEmpty();
            }
            child.forEach(Processes::awaitDeath);
            assertThat(log.naming(name))
                    .singleElement()
                    .asString()
                    .startsWith("WARNING '" + name + "' left a straggler, which was ended: pid "
                            + child.get(0).pid() + " (sleep 1000), parent ");
        }
    }

    /** Repeated, since it may be gone before anybody has had a look at it, or not. */
    @RepeatedTest(20)
    default void start_failsWithScopeProcess_leavesNothing(@TempDir Path folder) {
        try (Stage stage = new Stage(system(), folder)) {
            assertThatThrownBy(() -> stage.start("broken", "sleep 1000 & exit 3", PATIENT.scope(StopScope.PROCESS)))
                    .isInstanceOf(StartFailedException.class);

            assertThat(Processes.workingIn(folder)).isEmpty();
        }
    }

    @Test
    default void kill_scopeProcess_killsTheTree(@TempDir Path folder) {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process =
                    stage.start("family", "sleep 1000 & echo $!; echo ready; wait", PATIENT.scope(StopScope.PROCESS));
            List<ProcessId> child = Stage.printed(process, 1);

            assertThat(process.kill()).isTrue();

            assertThat(child).noneMatch(Processes::isAlive);
        }
    }

    /** What tests hang on an exit may block, and then nobody would notice another process's exit. */
    @Test
    default void exit_whatDependsOnIt_doesNotRunOnOurThreads(@TempDir Path folder) {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process = stage.start("brief", Stage.DEAF, QUICK);
            CompletableFuture<String> thread =
                    process.exit().thenApply(status -> Thread.currentThread().getName());

            process.kill();

            assertThat(Await.result(thread)).doesNotStartWith("procession").doesNotContain("reaper");
        }
    }

    @Test
    default void stop_scopeProcessAndRootMustBeKilled_othersAreKilledAtClose(@TempDir Path folder) {
        List<ProcessId> child;
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process = stage.start(
                    "leaves-deaf",
                    "sleep 1000 & echo $!; trap '' TERM; echo ready; while :; do sleep 0.05; done",
                    QUICK.scope(StopScope.PROCESS));
            child = Stage.printed(process, 1);

            process.stop();

            assertThat(shellCode(process)).isEqualTo(128 + 9);
            assertThat(child).allMatch(Processes::isAlive);
        }
        child.forEach(Processes::awaitDeath);
    }

    @Test
    default void exit_scopeProcess_whatItLeavesIsKilledAtClose(@TempDir Path folder) {
        List<ProcessId> child;
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process = stage.start(
                    "leaves-and-exits",
                    "sleep 1000 & echo $!; echo ready; while [ ! -e go ]; do sleep 0.02; done",
                    PATIENT.scope(StopScope.PROCESS));
            child = Stage.printed(process, 1);
            Await.until(
                    "told to go",
                    () -> process.directory().resolve("go").toFile().mkdir());
            process.awaitExit(Duration.ofSeconds(60));
            assertThat(child).allMatch(Processes::isAlive);
        }
        child.forEach(Processes::awaitDeath);
    }

    @Test
    default void exit_byItself_whatItLeavesIsSwept(@TempDir Path folder) {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process = stage.start(
                    "exits",
                    "sleep 1000 & echo $!; setsid sleep 1000 & echo $!; echo ready;"
                            + " while [ ! -e go ]; do sleep 0.02; done; exit 4",
                    QUICK);
            List<ProcessId> children = Stage.printed(process, 2);
            Await.until(
                    "told to go",
                    () -> process.directory().resolve("go").toFile().mkdir());

            children.forEach(Processes::awaitDeath);

            assertThat(process.exitStatus()).contains(new ExitStatus.Code(4));
            assertThat(process.state()).isEqualTo(ProcessState.EXITED);
            assertThat(process.stop()).isFalse();
        }
    }

    @Test
    default void stopAll_oneWaitsForAnotherToBeStopped_bothEndByThemselves(@TempDir Path folder) {
        try (Stage stage = new Stage(system(), folder)) {
            Path seen = folder.resolve("seen");
            String waits = "trap '' TERM; echo ready; while [ ! -e \"$1\" ]; do sleep 0.02; done; exit 0";
            SupervisedProcess first = stage.start("first", waits, PATIENT, seen.toString());
            SupervisedProcess second = stage.start(
                    "second",
                    "trap 'mkdir \"$1\"; exit 0' TERM; echo ready; while :; do sleep 0.02; done",
                    PATIENT,
                    seen.toString());
            SupervisedProcess third = stage.start("third", waits, PATIENT, seen.toString());

            // One after the other, the first would never learn that the second was signalled.
            stage.supervisor().stopAll();

            assertThat(List.of(first, second, third))
                    .allMatch(process -> process.exitStatus().orElseThrow().isSuccess());
        }
    }

    @Test
    default void kill_whileAStopIsWaiting_endsBoth(@TempDir Path folder) {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process =
                    stage.start("patient", "trap 'echo TERM' TERM; echo ready; while :; do sleep 0.02; done", PATIENT);
            Future<Boolean> stop = Await.async(process::stop);
            Stage.awaitLine(process, "TERM");

            assertThat(process.kill()).isTrue();

            assertThat(Await.result(stop)).isTrue();
            assertThat(shellCode(process)).isEqualTo(128 + 9);
            assertThat(process.state()).isEqualTo(ProcessState.STOPPED);
        }
    }

    @Test
    default void stop_interrupted_killsAndKeepsTheInterrupt(@TempDir Path folder) throws Exception {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process = stage.start(
                    "interrupted", "trap 'echo TERM' TERM; echo ready; while :; do sleep 0.02; done", PATIENT);
            FutureTask<Boolean> stop = new FutureTask<>(() -> {
                process.stop();
                return Thread.currentThread().isInterrupted();
            });
            Thread stopper = new Thread(stop);
            stopper.start();
            Stage.awaitLine(process, "TERM");
            Future<Boolean> other = Await.async(process::stop);

            stopper.interrupt();

            assertThat(Await.result(stop)).isTrue();
            Await.result(other);
            assertThat(shellCode(process)).isEqualTo(128 + 9);
            assertThat(process.tree()).isEmpty();
        }
    }

    @Test
    default void stop_interruptedWhileAnotherThreadStops_endsThatOnesGracePeriod(@TempDir Path folder)
            throws Exception {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process =
                    stage.start("both", "trap 'echo TERM' TERM; echo ready; while :; do sleep 0.02; done", PATIENT);
            Future<Boolean> first = Await.async(process::stop);
            Stage.awaitLine(process, "TERM");
            FutureTask<Boolean> second = new FutureTask<>(() -> {
                process.stop();
                return Thread.currentThread().isInterrupted();
            });
            Thread waiter = new Thread(second);
            waiter.start();

            waiter.interrupt();

            assertThat(Await.result(second)).isTrue();
            assertThat(Await.result(first)).isTrue();
            assertThat(shellCode(process)).isEqualTo(128 + 9);
        }
    }

    @Test
    default void stop_fromManyThreads_allReturnWhenItIsDead(@TempDir Path folder) {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process = stage.start("popular", DEAF, QUICK);
            ProcessId id = process.id();
            List<Future<Boolean>> stops = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                stops.add(Await.async(() -> {
                    process.stop();
                    return !Processes.isAlive(id);
                }));
            }

            assertThat(stops).allMatch(Await::result);
        }
    }
}
