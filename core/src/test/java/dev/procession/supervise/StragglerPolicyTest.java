package dev.procession.supervise;

import static dev.procession.supervise.Stage.PATIENT;
import static dev.procession.supervise.Stage.QUICK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.launch.StopPolicy;
import dev.procession.launch.StopScope;
import dev.procession.os.Sockets;
import dev.procession.process.ProcessId;
import dev.procession.process.Straggler;
import dev.procession.process.StragglersException;
import dev.procession.testkit.Await;
import dev.procession.testkit.Backends;
import dev.procession.testkit.CapturedLog;
import dev.procession.testkit.ChildJvm;
import dev.procession.testkit.ChildJvm.Result;
import dev.procession.testkit.Processes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What becomes of what a process leaves behind. */
class StragglerPolicyTest {

    private static final String LEAVES_ONE = "sleep 1000 & echo $!; echo ready; until [ -e go ]; do sleep 0.02; done";

    @TempDir
    private Path folder;

    private Supervisor supervisor(StragglerPolicy policy) {
        return Supervisor.builder()
                .folder(folder.resolve("processes"))
                .stragglers(policy)
                .build(Backends.nativeOne());
    }

    private static SupervisedProcess start(Supervisor supervisor, String name, String script, StopPolicy stop) {
        return supervisor.start(Stage.script(name, script).stop(stop).build());
    }

    private static void letEnd(SupervisedProcess process) {
        Await.until(
                "told to go", () -> process.directory().resolve("go").toFile().mkdir());
        process.awaitExit(Duration.ofSeconds(60));
    }

    private static String steady(String message) {
        return message.replaceAll("pid \\d+", "pid P")
                .replaceAll("parent \\d+", "parent Q")
                .replaceAll("up for [0-9.]+ (ms|s|m)\\b", "up for T");
    }

    @Test
    void kill_leftByOneThatEndsByItself_isEndedAndLogged() {
        try (CapturedLog log = new CapturedLog("dev.procession");
                Supervisor supervisor = supervisor(StragglerPolicy.KILL)) {
            SupervisedProcess process = start(supervisor, "leaves-for-the-log", LEAVES_ONE, PATIENT);
            ProcessId left = Stage.printed(process, 1).get(0);
            letEnd(process);

            supervisor.stopAll();

            assertThat(Processes.isAlive(left)).isFalse();
            assertThat(log.naming("leaves-for-the-log").stream()
                            .map(StragglerPolicyTest::steady)
                            .toList())
                    .containsExactly(
                            "WARNING 'leaves-for-the-log' left a straggler, which was ended: pid P (sleep 1000),"
                                    + " parent Q, up for T; it is in the session of 'leaves-for-the-log'");
            assertThat(process.stragglers()).extracting(Straggler::id).containsExactly(left);
        }
    }

    @Test
    void fail_leftByOneThatEndsByItself_isEndedAndThrownAtClose() {
        Supervisor supervisor = supervisor(StragglerPolicy.FAIL);
        SupervisedProcess process = start(
                supervisor,
                "leaves",
                "setsid sleep 1000 & echo $!; env -i sleep 1001 & echo $!; echo ready;"
                        + " until [ -e go ]; do sleep 0.02; done",
                PATIENT);
        List<ProcessId> left = Stage.printed(process, 2);
        Processes.awaitCommand(left.get(0), "sleep", "1000");
        Processes.awaitCommand(left.get(1), "sleep", "1001");
        letEnd(process);

        assertThatThrownBy(supervisor::close).isInstanceOfSatisfying(StragglersException.class, e -> {
            assertThat(e.stragglers()).extracting(Straggler::id).containsExactlyInAnyOrderElementsOf(left);
            assertThat(steady(e.getMessage()).lines().sorted())
                    .containsExactly(
                            "  pid P (sleep 1000), parent Q, up for T; it carries the cookie of 'leaves'",
                            "  pid P (sleep 1001), parent Q, up for T; it is in the session of 'leaves'",
                            "  try         let 'leaves' end what it starts before it ends itself; or let"
                                    + " stragglers be ended with no more than a line in the log (KILL instead of"
                                    + " FAIL)",
                            "'leaves' left 2 processes behind; they have been ended");
        });
        assertThat(left).noneMatch(Processes::isAlive);
        supervisor.close();
    }

    @Test
    void fail_doesNotObeyTheSignalsOfAStop_isKilledAndThrown() {
        try (Supervisor supervisor = supervisor(StragglerPolicy.FAIL)) {
            SupervisedProcess process = start(
                    supervisor,
                    "deaf-child",
                    "(trap '' TERM; echo $(exec sh -c 'echo $PPID'); echo ready; while :; do sleep 0.05; done) &"
                            + " exec sleep 1000",
                    QUICK);
            ProcessId deaf = Stage.printed(process, 1).get(0);

            assertThatThrownBy(process::stop)
                    .isInstanceOfSatisfying(
                            StragglersException.class,
                            e -> assertThat(e.stragglers())
                                    .extracting(Straggler::id)
                                    .contains(deaf));
            assertThat(Processes.isAlive(deaf)).isFalse();
            assertThat(process.state()).isEqualTo(ProcessState.STOPPED);
        }
    }

    /** The rest of a pipeline, and whoever ends by the signals of the stop, was not left behind. */
    @ParameterizedTest
    @EnumSource(
            value = StragglerPolicy.class,
            names = {"FAIL", "KILL"})
    void anyPolicy_whatEndsByItselfOrAsItIsTold_isNoStraggler(StragglerPolicy policy) throws Exception {
        try (CapturedLog log = new CapturedLog("dev.procession");
                Supervisor supervisor = supervisor(policy)) {
            // Its last child ends with it, but a moment later: at the end of the pipe.
            SupervisedProcess pipeline = start(
                    supervisor,
                    "pipeline",
                    "mkfifo pipe; cat < pipe & exec 9> pipe; echo ready; until [ -e go ]; do sleep 0.02; done",
                    PATIENT);
            SupervisedProcess parent =
                    start(supervisor, "pipeline-parent", "sleep 1000 & echo $!; echo ready; exec sleep 1000", PATIENT);
            ProcessId child = Stage.printed(parent, 1).get(0);
            letEnd(pipeline);

            parent.stop();
            supervisor.stopAll();

            assertThat(Processes.isAlive(child)).isFalse();
            assertThat(parent.stragglers()).isEmpty();
            assertThat(pipeline.stragglers()).isEmpty();
            assertThat(log.naming("pipeline")).isEmpty();
        }
    }

    @Test
    void fail_scopeProcess_isEndedAndThrownAtClose() {
        Supervisor supervisor = supervisor(StragglerPolicy.FAIL);
        SupervisedProcess process = start(
                supervisor,
                "spared",
                "sleep 1000 & echo $!; echo ready; exec sleep 1000",
                PATIENT.scope(StopScope.PROCESS));
        ProcessId left = Stage.printed(process, 1).get(0);

        assertThat(process.stop()).isTrue();
        assertThat(Processes.isAlive(left)).isTrue();

        assertThatThrownBy(supervisor::close)
                .isInstanceOf(StragglersException.class)
                .hasMessageStartingWith("'spared' left a process behind; it has been ended\n  pid " + left.pid());
        assertThat(Processes.isAlive(left)).isFalse();
    }

    @Test
    void straggler_listens_namesThePorts() {
        Sockets sockets = Backends.nativeOne().sockets();
        Supervisor supervisor = supervisor(StragglerPolicy.FAIL);
        List<String> server = ChildJvm.of(Listener.class).command();
        SupervisedProcess process = supervisor.start(Stage.script(
                        "listening", "\"$@\" & until [ -e go ]; do sleep 0.02; done", server.toArray(String[]::new))
                .build());
        int port = Integer.parseInt(process.log().stdout().lines().get(0));
        assertThat(sockets.listeners(port)).isNotEmpty();
        letEnd(process);

        assertThatThrownBy(supervisor::close)
                .isInstanceOfSatisfying(
                        StragglersException.class,
                        e -> assertThat(e.stragglers()).singleElement().satisfies(straggler -> {
                            assertThat(straggler.ports()).containsExactly(port);
                            assertThat(straggler.toString())
                                    .endsWith(", listens on " + port + "; it is in the session of 'listening'");
                        }));
    }

    /** Says on which port it listens, and that it is ready. */
    public static final class Listener {
        public static void main(String[] arguments) throws Exception {
            try (java.net.ServerSocket socket = new java.net.ServerSocket(0)) {
                System.out.println(socket.getLocalPort() + "\nready");
                Thread.currentThread().join();
            }
        }
    }

    @Test
    void ignore_livesOnUntilTheJvmEnds(@TempDir Path other) throws Exception {
        Result result = ChildJvm.of(Ignoring.class).nativeAccess().run(other);

        assertThat(result.stderr()).isEmpty();
        assertThat(result.expectSuccess().stdout()).isEqualTo("alive after close: true, true\n");
        for (String pid : Files.readAllLines(other.resolve("pids"))) {
            Await.until(
                    "pid " + pid + " has gone",
                    () -> Processes.TABLE
                            .find(Long.parseLong(pid))
                            .filter(row -> !row.isDead() && row.name().equals("sleep"))
                            .isEmpty());
        }
    }

    /** What is left by itself, and what a stop scope spares, with a cookie and without. */
    public static final class Ignoring {
        public static void main(String[] arguments) throws Exception {
            Supervisor supervisor = Supervisor.builder()
                    .folder(Path.of("processes"))
                    .stragglers(StragglerPolicy.IGNORE)
                    .build();
            SupervisedProcess leaves = start(supervisor, "leaves", LEAVES_ONE, PATIENT);
            SupervisedProcess spares = start(
                    supervisor,
                    "spares",
                    "env -i sleep 1000 & echo $!; echo ready; exec sleep 1000",
                    PATIENT.scope(StopScope.PROCESS));
            List<ProcessId> left = List.of(
                    Stage.printed(leaves, 1).get(0), Stage.printed(spares, 1).get(0));
            Files.write(
                    Path.of("pids"),
                    left.stream().map(id -> Long.toString(id.pid())).toList());
            letEnd(leaves);
            supervisor.close();
            System.out.println(
                    "alive after close: " + Processes.isAlive(left.get(0)) + ", " + Processes.isAlive(left.get(1)));
        }
    }

    @Test
    void ignore_killOfARunningProcess_killsItsTree() {
        try (Supervisor supervisor = supervisor(StragglerPolicy.IGNORE)) {
            SupervisedProcess process =
                    start(supervisor, "killed", "sleep 1000 & echo $!; echo ready; exec sleep 1000", PATIENT);
            ProcessId child = Stage.printed(process, 1).get(0);

            process.kill();

            assertThat(Processes.isAlive(child)).isFalse();
        }
    }
}
