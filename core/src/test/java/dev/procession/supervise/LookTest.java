package dev.procession.supervise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.launch.ProcessSpec;
import dev.procession.launch.Readiness;
import dev.procession.os.OperatingSystem;
import dev.procession.os.portable.NoSockets;
import dev.procession.process.ProcessInfo;
import dev.procession.process.Straggler;
import dev.procession.testkit.Await;
import dev.procession.testkit.Backends;
import dev.procession.testkit.ChildJvm;
import dev.procession.testkit.Listening;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What one look at a process tells: its ports, what it has started, whether it is fresh, and the message of a failure. */
class LookTest {

    @TempDir
    Path folder;

    /** Listens on the port it is told. */
    static final class Server {
        private Server() {}

        public static void main(String[] arguments) throws Exception {
            try (ServerSocket server =
                    new ServerSocket(Integer.parseInt(arguments[0]), 50, InetAddress.getLoopbackAddress())) {
                System.out.println("ready");
                while (true) {
                    server.accept().close();
                }
            }
        }
    }

    private SupervisedProcess server(Stage stage) {
        List<String> command = ChildJvm.of(Server.class, "${port}").command();
        return stage.supervisor()
                .start(ProcessSpec.command(command.toArray(String[]::new))
                        .name("server")
                        .ready(Readiness.DEFAULT.log("^ready$"))
                        .build());
    }

    @Test
    void listeners_areItsOwn() throws Exception {
        try (Stage stage = new Stage(Backends.nativeOne(), folder);
                ServerSocket foreign = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            SupervisedProcess server = server(stage);

            assertThat(server.listeningPorts()).containsExactly(server.port());
            assertThat(server.isListeningOn(server.port())).isTrue();
            assertThat(server.isListeningOn(foreign.getLocalPort())).isFalse();
            assertThat(server.listenerOn(foreign.getLocalPort()))
                    .hasValueSatisfying(owner -> assertThat(owner)
                            .startsWith("pid " + ProcessHandle.current().pid() + " ("));

            server.stop();
            assertThat(server.listeningPorts()).isEmpty();
            assertThat(server.isListeningOn(server.port())).isFalse();
            assertThat(server.listenerOn(server.port())).isEmpty();
        }
    }

    @Test
    void listeners_platformDoesNotTell_whoeverListensIsTakenForIt() {
        OperatingSystem linux = Backends.portable();
        OperatingSystem other = new OperatingSystem(
                linux.processes(),
                linux.spawner(),
                linux.signaller(),
                linux.deaths(),
                linux.files(),
                new NoSockets(),
                linux.description());
        try (Stage stage = new Stage(other, folder)) {
            SupervisedProcess server = server(stage);
            int port = server.port();

            assertThat(server.listeningPorts()).isEmpty();
            assertThat(server.isListeningOn(port)).isTrue();
            server.stop();
            assertThat(server.isListeningOn(port)).as("nobody there").isFalse();
            try (ServerSocket foreign = Listening.on("127.0.0.1", port, true, false)) {
                assertThat(server.isListeningOn(foreign.getLocalPort()))
                        .as("it is dead, so that is another's")
                        .isFalse();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }

    @Test
    void descendants_areTheTreeWithoutItself() {
        try (Stage stage = new Stage(Backends.nativeOne(), folder)) {
            SupervisedProcess process = stage.start("parent", "sleep 1000 & echo ready; wait", Stage.PATIENT);
            // Right after its fork it still is a copy of the shell.
            Await.until(
                    "the child is itself",
                    () -> process.descendants().stream()
                            .map(Straggler::command)
                            .toList()
                            .equals(List.of("sleep 1000")));
            assertThat(process.tree())
                    .extracting(ProcessInfo::pid)
                    .containsExactly(process.pid(), process.descendants().get(0).pid());
            process.stop();
            assertThat(process.descendants()).isEmpty();
        }
    }

    @Test
    void isFresh_whileItLives() {
        for (OperatingSystem system : List.of(Backends.nativeOne(), Backends.portable())) {
            try (Stage stage = new Stage(system, folder)) {
                SupervisedProcess process = stage.start("fresh", "echo ready; exec sleep 1000", Stage.PATIENT);

                assertThat(process.isFresh()).isTrue();
                process.stop();
                assertThat(process.isFresh()).isFalse();
            }
        }
    }

    @Test
    void neverStarted_saysSo() throws Exception {
        try (Stage stage = new Stage(Backends.nativeOne(), folder)) {
            Path go = folder.resolve("go");
            Future<List<SupervisedProcess>> start = Await.async(() -> stage.supervisor()
                    .startAll(List.of(
                            Stage.script(
                                            "first",
                                            "while ! [ -e $1 ]; do sleep 0.01; done; echo ready; exec sleep 1000",
                                            go.toString())
                                    .build(),
                            Stage.script("second", "echo ready; exec sleep 1000")
                                    .dependsOn("first")
                                    .build())));
            Await.until(
                    "it is known", () -> stage.supervisor().process("second").isPresent());
            SupervisedProcess second = stage.supervisor().process("second").orElseThrow();

            assertThat(second.isFresh()).isFalse();
            assertThat(second.failureMessage("Expected 'second' to be ready, but was STOPPED", "start it"))
                    .isEqualTo("""
                            Expected 'second' to be ready, but was STOPPED
                              process     STOPPED, never started
                              command     sh -c 'echo ready; exec sleep 1000' sh      in %s
                              try         start it""".formatted(second.directory()));
            assertThatThrownBy(second::listeningPorts)
                    .isExactlyInstanceOf(IllegalStateException.class)
                    .hasMessage("Expected 'second' to have been started, but was STOPPED");
            Files.createFile(go);
            assertThat(Await.result(start)).hasSize(2);
        }
    }

    @Test
    void failureMessage_hidesSecrets() {
        try (Stage stage = new Stage(Backends.nativeOne(), folder)) {
            SupervisedProcess process = stage.start(
                    "actor", "echo ready; echo $1 >&2; exec sleep 1000", Stage.PATIENT, "--password=open-sesame");
            Stage.awaitLine(process, "--password=open-sesame");

            assertThat(process.failureMessage("Expected 'actor' to be open-sesame", "say open-sesame")
                            .replaceAll("up for .*", "up for T"))
                    .isEqualTo("""
                            Expected 'actor' to be ***
                              process     pid %d, RUNNING, up for T
                              command     sh -c 'echo ready; echo $1 >&2; exec sleep 1000' sh '--password=***'      in %s
                              last lines of %s
                                ready
                              last lines of %s
                                --password=***
                              try         say ***""".formatted(
                                    process.pid(),
                                    process.directory(),
                                    process.log().files().get(0),
                                    process.log().files().get(1)));
            assertThat(process.log().await("sesame", Duration.ZERO).line()).isEqualTo("--password=open-sesame");
        }
    }
}
