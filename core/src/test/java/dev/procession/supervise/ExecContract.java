package dev.procession.supervise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.launch.ProcessSpec;
import dev.procession.os.OperatingSystem;
import dev.procession.process.ExitStatus;
import dev.procession.process.InvalidSpecException;
import dev.procession.process.ProcessId;
import dev.procession.process.ProcessionException;
import dev.procession.process.WaitTimeoutException;
import dev.procession.testkit.Await;
import dev.procession.testkit.Processes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Programs run beside a process, with either implementation. */
interface ExecContract {

    OperatingSystem system();

    private static SupervisedProcess sleeper(Stage stage) {
        return stage.supervisor().start(spec().build());
    }

    private static ProcessSpec.Builder spec() {
        return Stage.script("server", "echo ready; exec sleep 1000", "${port}")
                .environment("GREETING", "grüß dich")
                .environment("API_TOKEN", "sesame-open");
    }

    private static List<Path> scratch(Path folder) throws IOException {
        try (var files = Files.list(folder.resolve("server"))) {
            return files.filter(file -> file.getFileName().toString().startsWith("exec-"))
                    .toList();
        }
    }

    @Test
    default void exec_runsWhereTheProcessDoes_andTellsAll(@TempDir Path folder) throws Exception {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess server = sleeper(stage);

            ExecResult result =
                    server.exec("sh", "-c", "echo \"$GREETING $1\"; pwd >&2; read x; exit 3", "sh", "${port}");

            assertThat(result.exitStatus()).isEqualTo(new ExitStatus.Code(3));
            assertThat(result.isSuccess()).isFalse();
            assertThat(result.stdout()).isEqualTo("grüß dich " + server.port() + "\n");
            assertThat(result.stderr()).isEqualTo(server.directory().toRealPath() + "\n");
            assertThat(server.exec("true").isSuccess()).isTrue();
            assertThat(server.state()).isEqualTo(ProcessState.RUNNING);
            assertThat(server.unexpectedDeath()).isEmpty();
            assertThat(scratch(folder)).isEmpty();
        }
    }

    @Test
    default void exec_doesNotEndInTime_isKilledWithItsGroup_andSaysWhatItWrote(@TempDir Path folder) throws Exception {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess server = sleeper(stage);

            assertThatThrownBy(() -> server.exec(
                            Duration.ofSeconds(2), "sh", "-c", "echo half a word of $API_TOKEN; exec sleep 1001"))
                    .isInstanceOf(WaitTimeoutException.class)
                    .hasMessage(
                            "Expected sh -c 'echo half a word of $API_TOKEN; exec sleep 1001' beside 'server' to end"
                                    + " within 2 s, but it did not, and was killed; it wrote \"half a word of ***\"");

            Await.until("the program is gone", () -> server.descendants().isEmpty());
            assertThat(server.state()).isEqualTo(ProcessState.RUNNING);
            assertThat(scratch(folder)).isEmpty();
        }
    }

    @Test
    default void exec_writesMoreThanMemoryHolds_isAnErrorThatSaysSo(@TempDir Path folder) throws Exception {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess server = sleeper(stage);

            assertThatThrownBy(() -> server.exec("sh", "-c", "truncate -s 3000000000 ../exec-*.stdout"))
                    .isExactlyInstanceOf(ProcessionException.class)
                    .hasMessage("Expected sh -c 'truncate -s 3000000000 ../exec-*.stdout' beside 'server' to write no"
                            + " more than 16 MB to each of its outputs, but it wrote 3000000000 bytes to one; let it"
                            + " write them to a file");
            assertThat(scratch(folder)).isEmpty();
        }
    }

    @Test
    default void exec_leavesADaemon_thatGoesWithTheProcess(@TempDir Path folder) {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess server = sleeper(stage);

            String pid = server.exec("sh", "-c", "setsid sleep 1002 >/dev/null 2>&1 & echo $!")
                    .stdout()
                    .strip();
            ProcessId daemon = Processes.identity(pid);
            Await.until(
                    "the daemon is known",
                    () -> server.descendants().stream()
                            .anyMatch(straggler -> straggler.id().equals(daemon)));

            server.stop();

            assertThat(Processes.isAlive(daemon)).isFalse();
        }
    }

    @Test
    default void exec_interrupted_leavesNothing(@TempDir Path folder) throws Exception {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess server = sleeper(stage);
            AtomicReference<Boolean> kept = new AtomicReference<>();
            CompletableFuture<ExecResult> result = new CompletableFuture<>();
            Thread caller = new Thread(() -> {
                try {
                    result.complete(server.exec("sleep", "1003"));
                } catch (ProcessionException e) {
                    kept.set(Thread.currentThread().isInterrupted());
                    result.completeExceptionally(e);
                }
            });
            caller.start();
            Await.until("the program runs", () -> !server.descendants().isEmpty());

            caller.interrupt();

            assertThatThrownBy(result::join).hasRootCauseInstanceOf(InterruptedException.class);
            assertThat(kept.get()).isTrue();
            Await.until("the program is gone", () -> server.descendants().isEmpty());
            caller.join();
            assertThat(scratch(folder)).isEmpty();
        }
    }

    /** It carries nothing of the process, and is no orphan: nobody but who has started it can know of it. */
    @Test
    default void exec_processIsStoppedMeanwhile_endsWithIt(@TempDir Path folder) throws Exception {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess server = sleeper(stage);
            CompletableFuture<ExecResult> result = new CompletableFuture<>();
            Thread caller = new Thread(() -> {
                try {
                    result.complete(server.exec("env", "-i", "sh", "-c", "sleep 1005 & echo $$ $! >pids; wait"));
                } catch (RuntimeException e) {
                    result.completeExceptionally(e);
                }
            });
            caller.start();
            try {
                List<ProcessId> programs = Stream.of(
                                Await.lines(server.directory().resolve("pids"), 1)
                                        .get(0)
                                        .split(" "))
                        .map(Processes::identity)
                        .toList();

                server.stop();

                assertThat(programs).hasSize(2).noneMatch(Processes::isAlive);
                assertThatThrownBy(result::join)
                        .cause()
                        .isExactlyInstanceOf(ProcessionException.class)
                        .hasMessage("'server' was ended while env -i sh -c 'sleep 1005 & echo $$ $! >pids; wait' ran"
                                + " beside it, and that with it");
            } finally {
                caller.interrupt();
                caller.join();
            }
            assertThat(scratch(folder)).isEmpty();
        }
    }

    @Test
    default void exec_misuse_messagesAreWhole(@TempDir Path folder) throws Exception {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess server = sleeper(stage);

            assertThatThrownBy(server::exec)
                    .isInstanceOf(InvalidSpecException.class)
                    .hasMessage("'exec' names no program; give its name and then its arguments");
            assertThatThrownBy(() -> server.exec("/no/such/program"))
                    .isInstanceOf(InvalidSpecException.class)
                    .hasMessageStartingWith("'exec' ");
            assertThatThrownBy(() -> server.exec("echo", "${process:other:port}"))
                    .isInstanceOf(InvalidSpecException.class)
                    .hasMessage("'exec' has ${process:other:port}, but refers only to 'server' itself; take it from the"
                            + " other process, such as other.port()");
            assertThatThrownBy(() -> server.exec(Duration.ofSeconds(-1), "true"))
                    .isInstanceOf(InvalidSpecException.class)
                    .hasMessageStartingWith("'timeout' ");
            assertThat(scratch(folder)).isEmpty();

            server.stop();

            assertThatThrownBy(() -> server.exec("true"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("Expected 'server' to be running, but was STOPPED ("
                            + server.exitStatus().orElseThrow() + ")");
        }
    }
}
