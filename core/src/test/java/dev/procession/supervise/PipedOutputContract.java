package dev.procession.supervise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.launch.OutputPolicy;
import dev.procession.launch.ProcessSpec;
import dev.procession.launch.Readiness;
import dev.procession.launch.RestartPolicy;
import dev.procession.launch.RunAs;
import dev.procession.os.OperatingSystem;
import dev.procession.process.ExitStatus;
import dev.procession.process.ProcessId;
import dev.procession.process.ProcessInfo;
import dev.procession.process.Signal;
import dev.procession.process.StartFailedException;
import dev.procession.testkit.Await;
import dev.procession.testkit.CapturedLog;
import dev.procession.testkit.Processes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What is written into pipes, with either implementation. */
@EnabledOnOs(OS.LINUX)
interface PipedOutputContract {

    /** As entrypoints do: each of them opens the log anew. */
    String REOPENING = "echo one; echo two > /dev/stdout; echo three | tee /dev/stderr; echo four > /dev/stderr;"
            + " sh -c 'echo five > /dev/stdout'; echo ready;";

    OperatingSystem system();

    static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    static ProcessSpec.Builder piped(String name, String script) {
        return Stage.script(name, script).output(OutputPolicy.PIPE);
    }

    /** The little programs that carry output into the logs of a test. */
    static List<ProcessInfo> relays(Path folder) {
        return Processes.TABLE.scan().stream()
                .filter(row -> row.name().equals("cat") && !row.isDead() && writesInto(folder, row))
                .toList();
    }

    private static boolean writesInto(Path folder, ProcessInfo row) {
        try {
            return Files.readSymbolicLink(Path.of("/proc/" + row.pid() + "/fd/1"))
                    .startsWith(folder.toRealPath());
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    default void start_outputIsOpenedAnew_nothingIsLost(@TempDir Path folder) {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process = stage.supervisor()
                    .start(piped("entrypoint", REOPENING + "exec sleep 1000").build());

            assertThat(process.log().stdout().lines()).containsExactly("one", "two", "three", "five", "ready");
            Await.until(
                    "standard error is there, too",
                    () -> process.log().stderr().lines().equals(List.of("three", "four")));
        }
        assertThat(relays(folder)).isEmpty();
    }

    @Test
    default void start_merged_theOrderIsKept(@TempDir Path folder) {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process = stage.supervisor()
                    .start(piped("entrypoint", REOPENING + "exec sleep 1000")
                            .output(OutputPolicy.PIPE.merged(true))
                            .build());

            assertThat(process.log().lines())
                    .containsExactlyInAnyOrder("one", "two", "three", "three", "four", "five", "ready")
                    .startsWith("one", "two", "three")
                    .endsWith("four", "five", "ready");
            assertThat(relays(folder)).hasSize(1);
        }
    }

    @Test
    @EnabledIf("isRoot")
    default void start_asAnotherUser_opensItsOutputAnewToo(@TempDir Path folder) throws IOException {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process = stage.supervisor()
                    .start(piped("entrypoint", REOPENING + "id -u; exec sleep 1000")
                            .runAs(RunAs.UNCHANGED.user("daemon"))
                            .build());

            Stage.awaitLine(process, "1");
            assertThat(process.log().stdout().lines()).containsExactly("one", "two", "three", "five", "ready", "1");
        }
    }

    @Test
    default void awaitExit_muchIsWritten_allOfItIsThere(@TempDir Path folder) {
        String script = "echo ready; read go; seq 1 50000; seq 1 20000 >&2; printf last; exit 7";
        try (Stage stage = new Stage(system(), folder)) {
            for (int i = 0; i < 10; i++) {
                SupervisedProcess process = stage.supervisor()
                        .start(piped("talker-" + i, script)
                                .stdin(ProcessSpec.PIPE)
                                .build());
                process.send("go\n");

                assertThat(process.awaitExit(Duration.ofSeconds(60))).isEqualTo(new ExitStatus.Code(7));
                assertThat(process.log().stdout().lines()).hasSize(50_002).endsWith("50000", "last");
                assertThat(process.log().stderr().lines()).hasSize(20_000).endsWith("20000");
            }
        }
    }

    @Test
    default void start_diesBeforeItIsReady_itsLastWordsAreInTheMessage(@TempDir Path folder) {
        try (Stage stage = new Stage(system(), folder)) {
            for (int i = 0; i < 10; i++) {
                ProcessSpec spec = piped("dies-" + i, "echo 'no such database' > /dev/stderr; exit 3")
                        .build();

                assertThatThrownBy(() -> stage.supervisor().start(spec))
                        .isInstanceOf(StartFailedException.class)
                        .hasMessageContaining("exit code 3")
                        .hasMessageContaining("\n    no such database\n");
            }
        }
    }

    @Test
    default void awaitExit_aDaemonKeepsThePipe_theEndIsNewsAllTheSame(@TempDir Path folder) {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process = stage.supervisor()
                    .start(piped("daemon", "(trap '' TERM; exec sleep 1000) & echo ready; echo last > /dev/stdout")
                            .ready(Readiness.DEFAULT.exit(0))
                            .stop(Stage.QUICK)
                            .build());

            assertThat(process.log().stdout().lines()).containsExactly("ready", "last");
            Await.until("what it has left is known", () -> !process.stragglers().isEmpty());
            assertThat(process.stragglers())
                    .singleElement()
                    .satisfies(left -> assertThat(left.command()).isEqualTo("sleep 1000"));
        }
        assertThat(relays(folder)).isEmpty();
    }

    @Test
    default void stop_whatOutlivesTheRootSpeaksLast_isHeard(@TempDir Path folder) {
        String heir = "trap 'seq 1 20000; echo bye > /dev/stdout; exit' TERM; echo ready; while :; do sleep 0.01; done";
        try (Stage stage = new Stage(system(), folder)) {
            for (int i = 0; i < 5; i++) {
                SupervisedProcess process = stage.supervisor()
                        .start(Stage.script("parent-" + i, "sh -c \"$1\" & exec sleep 1000", heir)
                                .output(OutputPolicy.PIPE)
                                .build());
                process.stop();

                assertThat(process.log().stdout().lines()).hasSize(20_002).endsWith("20000", "bye");
            }
        }
    }

    @Test
    default void crash_restartPolicy_theLogGoesOn(@TempDir Path folder) {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process = stage.supervisor()
                    .start(piped("worker", "echo again > /dev/stdout; echo ready; exec sleep 1000")
                            .restart(RestartPolicy.onFailure())
                            .build());
            process.crash();
            process.awaitReady(Duration.ofSeconds(60));

            assertThat(process.log().stdout().lines()).containsExactly("again", "ready");
            assertThat(process.log().stdout().allRuns().lines()).containsExactly("again", "ready", "again", "ready");
            Await.until(
                    "those of the first run have ended", () -> relays(folder).size() == 2);
        }
    }

    @Test
    default void start_rotated_noLineIsLost(@TempDir Path folder) {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process = stage.supervisor()
                    .start(piped(
                                    "talker",
                                    "echo ready; i=0; while [ $i -lt 2000 ]; do i=$((i + 1)); echo $i; sleep 0.001;"
                                            + " done; echo end; exec sleep 1000")
                            .output(OutputPolicy.PIPE.maxBytes(100))
                            .build());
            Stage.awaitLine(process, "end");

            assertThat(folder.resolve("talker/stdout.log.1")).exists();
            assertThat(process.log().stdout().lines()).endsWith("2000", "end");
        }
    }

    @Test
    default void signal_relayIsAskedToEnd_itGoesOnUntilItsWritersHaveEnded(@TempDir Path folder) {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process = stage.supervisor()
                    .start(piped("talker", "echo ready; while read line; do echo \"got $line\"; done")
                            .stdin(ProcessSpec.PIPE)
                            .build());
            Await.until("each stream has its relay", () -> relays(folder).size() == 2);
            assertThat(relays(folder)).allSatisfy(relay -> {
                for (Signal signal : List.of(Signal.TERM, Signal.INT, Signal.HUP)) {
                    assertThat(system().signaller().send(relay.id(), signal)).isTrue();
                }
            });

            process.send("one\n");
            Stage.awaitLine(process, "got one");
            assertThat(process.tree()).extracting(ProcessInfo::pid).containsExactly(process.pid());
        }
        assertThat(relays(folder)).isEmpty();
    }

    /** As one fails that finds the disk full. */
    @Test
    default void start_relayIsKilled_isToldAndTheProcessWritesOn(@TempDir Path folder) {
        try (CapturedLog log = new CapturedLog("dev.procession");
                Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process = stage.supervisor()
                    .start(piped("of-a-killed-relay", "echo ready; while read line; do echo \"got $line\"; done")
                            .stdin(ProcessSpec.PIPE)
                            .output(OutputPolicy.PIPE.merged(true))
                            .build());
            ProcessInfo first = relays(folder).get(0);
            system().signaller().send(first.id(), Signal.KILL);

            Await.until("it is told", () -> !log.naming(folder.toString()).isEmpty());
            assertThat(log.naming(folder.toString()).get(0).replaceFirst("\\(.*\\)", "(STATUS)"))
                    .isEqualTo("WARNING 'of-a-killed-relay': the cat that carries its output into "
                            + folder.resolve("of-a-killed-relay/stdout.log")
                            + " has failed (STATUS), and what it carried is lost: look whether the disk is full; another"
                            + " cat tries to carry on until it can");
            process.send("one\n");
            Stage.awaitLine(process, "got one");
            assertThat(process.state()).isEqualTo(ProcessState.RUNNING);
            assertThat(process.tree()).extracting(ProcessInfo::pid).containsExactly(process.pid());
        }
        Await.until("the other has ended, too", () -> relays(folder).isEmpty());
    }

    @Test
    default void stop_whatHasShedAllWritesToThePipe_isFound(@TempDir Path folder) {
        String shedAll = "cd / && env -i setsid sh -c 'sleep 1000 & echo $!'";
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process = stage.supervisor()
                    .start(piped("leaves", shedAll + "; echo ready; exec sleep 1000")
                            .build());
            ProcessId orphan = Stage.printed(process, 1).get(0);
            ProcessId beside = Processes.identity(
                    process.exec("sh", "-c", shedAll).stdout().strip());

            assertThat(process.tree())
                    .extracting(ProcessInfo::id)
                    .containsExactlyInAnyOrder(process.id(), orphan, beside);
            process.stop();

            assertThat(List.of(orphan, beside)).noneMatch(Processes::isAlive);
        }
    }

    @Test
    default void exec_outputIsOpenedAnew_nothingIsLost(@TempDir Path folder) {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process = stage.supervisor()
                    .start(piped("server", "echo ready; exec sleep 1000").build());

            ExecResult result = process.exec("sh", "-c", "seq 1 20000; echo a > /dev/stdout; echo b > /dev/stderr");

            assertThat(result.stdout().lines().toList()).hasSize(20_001).endsWith("20000", "a");
            assertThat(result.stderr()).isEqualTo("b\n");
        }
    }

    @Test
    default void start_manyAtOnce_noPipeIsHeldOpenByAnother(@TempDir Path folder) {
        try (Stage stage = new Stage(system(), folder)) {
            List<ProcessSpec> specs = IntStream.range(0, 12)
                    .mapToObj(i ->
                            piped("one-" + i, "echo ready; exec sleep 1000").build())
                    .toList();
            stage.supervisor().startAll(specs);
            // A shell has to start each.
            Await.until("each stream has its relay", () -> relays(folder).size() == 24);
            for (int i = 0; i < 12; i += 2) {
                stage.supervisor().process("one-" + i).orElseThrow().stop();
            }
            Await.until(
                    "those of the stopped ones have ended", () -> relays(folder).size() == 12);
        }
        assertThat(relays(folder)).isEmpty();
    }
}
