package dev.procession.supervise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.procession.launch.CommandText;
import dev.procession.launch.PortLeases;
import dev.procession.launch.PortLeases.Lease;
import dev.procession.launch.ProcessSpec;
import dev.procession.launch.Readiness;
import dev.procession.process.ExitStatus;
import dev.procession.process.ProcessId;
import dev.procession.process.ProcessInfo;
import dev.procession.process.StartFailedException;
import dev.procession.testkit.Await;
import dev.procession.testkit.Backends;
import dev.procession.testkit.ChildJvm;
import dev.procession.testkit.Processes;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every way in which a start fails: nothing is left, and the message is whole. */
class StartFailureTest {

    @TempDir
    Path folder;

    /** Starts what must fail, and sees that nothing of it is left. */
    private StartFailedException failure(ProcessSpec spec) {
        try (Stage stage = new Stage(Backends.nativeOne(), folder)) {
            StartFailedException failure = catchThrowableOfType(
                    StartFailedException.class, () -> stage.supervisor().start(spec));
            assertThat(failure).as("the start fails").isNotNull();
            assertThat(failure.process()).isEqualTo(spec.name());
            assertThat(stage.supervisor().processes())
                    .extracting(SupervisedProcess::state)
                    .allMatch(ProcessState.FATAL::equals);
            assertThat(leftOf(spec.name())).isEmpty();
            return failure;
        }
    }

    private List<ProcessInfo> leftOf(String name) {
        return Processes.workingIn(folder.resolve(name));
    }

    /** A message with what differs from run to run taken out; what was seen last can be a race with the exit. */
    private static String steady(Throwable failure) {
        return failure.getMessage()
                .replaceAll("after [0-9.]+ m?s of", "after T of")
                .replaceAll("up for [0-9.]+ (ms|s|m)\\b", "up for T")
                .replaceAll("pid \\d+", "pid N")
                .replaceAll("\\d+ (try|tries)", "N tries");
    }

    private String logs(String name) {
        return folder.resolve(name) + "/";
    }

    private static String commandLine(ProcessSpec spec) {
        return CommandText.of(spec.command());
    }

    @Test
    void start_programMissing_saysWhereItWasSearched() throws Exception {
        Path bin = Files.createDirectory(folder.resolve("bin"));
        Files.createFile(bin.resolve("readis-server"));
        ProcessSpec spec = ProcessSpec.command("redis-server", "--port", "1")
                .environment("PATH", bin.toString())
                .build();

        assertThat(failure(spec))
                .hasMessage("'redis-server' could not be started: there is no program 'redis-server' on the PATH"
                        + " (searched " + bin + ")\n"
                        + "  command     redis-server --port 1      in " + logs("redis-server") + "work\n"
                        + "  try         did you mean 'readis-server'? Otherwise install it, or give its path; look at"
                        + " 'command' of ProcessSpec 'redis-server'");
    }

    @Test
    void start_ownDirectoryMissing_saysSo() {
        Path missing = folder.resolve("missing");
        ProcessSpec spec = ProcessSpec.command("sh", "-c", "exit 0")
                .directory(missing.toString())
                .declaration("@ManagedProcess on OrderIT")
                .build();

        assertThat(failure(spec))
                .hasMessage("'sh' could not be started: the working directory " + missing + " is not there\n"
                        + "  command     sh -c 'exit 0'      in " + missing + "\n"
                        + "  try         make it, or leave 'directory' out; look at 'directory' of @ManagedProcess on"
                        + " OrderIT");
    }

    @Test
    void start_exitsWithCode_showsStatusAndLog() {
        ProcessSpec spec = Stage.script("broken", "echo starting; echo 'no such table' >&2; exit 3")
                .build();

        StartFailedException failure = failure(spec);

        assertThat(failure.exitStatus()).isEqualTo(new ExitStatus.Code(3));
        assertThat(steady(failure).replaceAll(" \\(last: .*\\)", ""))
                .isEqualTo("'broken' exited before it was ready, after T of 60 s\n"
                        + "  process     pid N, exit code 3\n"
                        + "  waiting for log /^ready$/\n"
                        + "  command     " + commandLine(spec) + "      in " + logs("broken") + "work\n"
                        + "  last lines of " + logs("broken") + "stdout.log\n"
                        + "    starting\n"
                        + "  last lines of " + logs("broken") + "stderr.log\n"
                        + "    no such table\n"
                        + "  try         look at 'command' of ProcessSpec 'broken'");
    }

    @Test
    void start_exitsWithZero_remedyIsTheForeground() {
        ProcessSpec spec = Stage.script("daemon", "exit 0").build();

        StartFailedException failure = failure(spec);

        assertThat(failure.exitStatus()).isEqualTo(new ExitStatus.Code(0));
        assertThat(steady(failure).replaceAll(" \\(last: .*\\)", ""))
                .isEqualTo("'daemon' exited before it was ready, after T of 60 s\n"
                        + "  process     pid N, exit code 0\n"
                        + "  waiting for log /^ready$/\n"
                        + "  command     " + commandLine(spec) + "      in " + logs("daemon") + "work\n"
                        + "  output      none, in " + logs("daemon") + "stdout.log and stderr.log\n"
                        + "  try         exit code 0 means it finished, or went into the background: run it in the"
                        + " foreground; look at 'command' of ProcessSpec 'daemon'");
    }

    @Test
    void start_goesIntoTheBackground_theDaemonIsEndedToo() {
        ProcessSpec spec = Stage.script("background", "setsid sleep 1000 & exit 0")
                .stop(Stage.QUICK)
                .build();

        failure(spec);
    }

    @Test
    void start_killed_saysByWhat() {
        ProcessSpec spec = Stage.script("killed", "echo doing; kill -KILL $$").build();

        StartFailedException failure = failure(spec);

        assertThat(failure.exitStatus()).isEqualTo(new ExitStatus.Signalled(9, false));
        assertThat(steady(failure).replaceAll(" \\(last: .*\\)", ""))
                .isEqualTo("'killed' exited before it was ready, after T of 60 s\n"
                        + "  process     pid N, killed by KILL\n"
                        + "  waiting for log /^ready$/\n"
                        + "  command     " + commandLine(spec) + "      in " + logs("killed") + "work\n"
                        + "  last lines of " + logs("killed") + "stdout.log\n"
                        + "    doing\n"
                        + "  try         find out who killed it: the system does when memory runs out; look at"
                        + " 'command' of ProcessSpec 'killed'");
    }

    @Test
    void start_neverReady_isStoppedAndSaysWhatWasAwaited() {
        ProcessSpec spec = Stage.script(
                        "slow", "trap 'echo stopping; exit 0' TERM; echo loading; while :; do sleep 0.02; done")
                .ready(Readiness.DEFAULT.log("^ready$").times(2).timeout(Duration.ofSeconds(2)))
                .build();

        StartFailedException failure = failure(spec);

        assertThat(failure.exitStatus()).isNull();
        assertThat(steady(failure))
                .isEqualTo("'slow' was not ready within 2 s\n"
                        + "  process     pid N, still running, so it was stopped\n"
                        + "  waiting for log /^ready$/ 2 times (last: 0 of 2, last line \"loading\")\n"
                        + "  command     " + commandLine(spec) + "      in " + logs("slow") + "work\n"
                        + "  last lines of " + logs("slow") + "stdout.log\n"
                        + "    loading\n"
                        + "    stopping\n"
                        + "  try         look at what it logged; if it is only slow, raise 'timeout' of ProcessSpec"
                        + " 'slow'");
    }

    @Test
    void start_logsAFailure_endsTheWait() {
        ProcessSpec spec = Stage.script("failing", "echo 'FATAL: no disk'; exec sleep 1000")
                .ready(Readiness.DEFAULT.log("^ready$").failOnLog("^FATAL"))
                .build();

        StartFailedException failure = failure(spec);

        assertThat(failure.exitStatus()).isNull();
        assertThat(steady(failure).replaceAll(" \\(last: .*\\)", ""))
                .isEqualTo("'failing' cannot become ready, after T of 60 s: it logged \"FATAL: no disk\", which matches"
                        + " failOnLog /^FATAL/\n"
                        + "  process     pid N, still running, so it was stopped\n"
                        + "  waiting for log /^ready$/\n"
                        + "  command     " + commandLine(spec) + "      in " + logs("failing") + "work\n"
                        + "  last lines of " + logs("failing") + "stdout.log\n"
                        + "    FATAL: no disk\n"
                        + "  try         mend what that line says");
    }

    private static String thisJvm() {
        return "pid N ("
                + CommandText.of(
                        Processes.TABLE.commandLine(ProcessHandle.current().pid())) + "), up for T";
    }

    @Test
    void start_portServedBefore_namesTheOwner() throws Exception {
        try (Lease lease = PortLeases.ofMachine().take(Backends.nativeOne().sockets());
                ServerSocket taken = new ServerSocket(lease.port(), 1, InetAddress.getLoopbackAddress())) {
            ProcessSpec spec = Stage.script("second", "exec sleep 1000")
                    .ready(Readiness.DEFAULT.tcp(Integer.toString(taken.getLocalPort())))
                    .build();

            assertThat(steady(failure(spec)))
                    .isEqualTo("'second' could not be started: port " + lease.port() + " is already served by "
                            + thisJvm() + "\n"
                            + "  command     " + commandLine(spec) + "      in " + logs("second") + "work\n"
                            + "  try         stop that process, or let ${port} choose a free port; look at 'command' of"
                            + " ProcessSpec 'second'");
            assertThat(folder.resolve("second")).doesNotExist();
        }
    }

    @Test
    void start_itsFolderIsImmutable_saysHowToChangeThat() throws Exception {
        Path fixed = Files.createDirectory(folder.resolve("fixed"));
        assumeTrue(chattr("+i", fixed), "needs chattr, and a file system that knows it");
        try {
            assertThat(failure(Stage.script("fixed", "exec sleep 1000").build()))
                    .hasMessageStartingWith("'fixed' could not be started: Cannot make the folder " + fixed
                            + " fresh: java.nio.file.FileSystemException: " + fixed
                            + "/.procession: Operation not permitted\n")
                    .hasMessageEndingWith(
                            "  try         where 'lsattr' shows an i or an a for it, or 'lsattr -d' for its"
                                    + " folder, take that away with 'chattr -ia', or let it have another folder; look at"
                                    + " 'command' of ProcessSpec 'fixed'");
        } finally {
            assertThat(chattr("-i", fixed)).isTrue();
        }
    }

    private static boolean chattr(String change, Path file) throws Exception {
        try {
            return new ProcessBuilder("chattr", change, file.toString()).start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void start_strangerTakesThePortMeanwhile_isNotTakenForReady() throws Exception {
        try (Lease lease = PortLeases.ofMachine().take(Backends.nativeOne().sockets());
                ServerSocket stranger = new ServerSocket()) {
            int port = lease.port();
            ProcessSpec spec = Stage.script("robbed", "exec sleep 1000")
                    .ready(Readiness.DEFAULT.tcp(Integer.toString(port)))
                    .build();
            // The log is made only after the look that the port is free.
            Future<Boolean> theft = Await.async(() -> {
                Await.exists(folder.resolve("robbed/stderr.log"));
                stranger.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                return stranger.isBound();
            });

            StartFailedException failure = failure(spec);

            Await.result(theft);
            assertThat(steady(failure).replaceAll(" \\(last: .*\\)", ""))
                    .isEqualTo("'robbed' cannot become ready, after T of 60 s: port " + port + " is served by "
                            + thisJvm() + ", which is not part of this process\n"
                            + "  process     pid N, still running, so it was stopped\n"
                            + "  waiting for tcp localhost:" + port + "\n"
                            + "  command     " + commandLine(spec) + "      in " + logs("robbed") + "work\n"
                            + "  output      none, in " + logs("robbed") + "stdout.log and stderr.log\n"
                            + "  try         stop that process, or let ${port} choose a port");
        }
    }

    @Test
    void start_listenerIsADescendantInAnotherSession_counts() {
        try (Stage stage = new Stage(Backends.nativeOne(), folder)) {
            List<String> listener = ChildJvm.of(Listener.class, "${port}").command();
            String[] arguments = listener.toArray(String[]::new);

            SupervisedProcess process = stage.supervisor()
                    .start(Stage.script("indirect", "setsid \"$@\" & wait", arguments)
                            .ready(Readiness.DEFAULT)
                            .build());

            assertThat(process.state()).isEqualTo(ProcessState.RUNNING);
            assertThat(Backends.nativeOne().sockets().listeners(process.port())).hasSize(1);
            process.kill();
            assertThat(Backends.nativeOne().sockets().listeners(process.port())).isEmpty();
        }
    }

    /** Listens until it is killed. */
    public static final class Listener {
        public static void main(String[] arguments) throws Exception {
            try (ServerSocket socket =
                    new ServerSocket(Integer.parseInt(arguments[0]), 50, InetAddress.getLoopbackAddress())) {
                while (true) {
                    socket.accept().close();
                }
            }
        }
    }

    @Test
    void start_interrupted_stopsItAndKeepsTheInterrupt() {
        try (Stage stage = new Stage(Backends.nativeOne(), folder)) {
            ProcessSpec spec =
                    Stage.script("waiting", "echo begun; exec sleep 1000").build();
            Thread starter = Thread.currentThread();
            Future<Integer> interrupt = Await.async(() -> {
                int lines = Await.lines(folder.resolve("waiting/stdout.log"), 1).size();
                starter.interrupt();
                return lines;
            });

            assertThatThrownBy(() -> stage.supervisor().start(spec))
                    .isInstanceOf(StartFailedException.class)
                    .satisfies(failure -> assertThat(steady(failure).replaceAll(" \\(last: .*\\)", ""))
                            .isEqualTo("'waiting' was not ready when its start was interrupted, after T of 60 s\n"
                                    + "  process     pid N, still running, so it was stopped\n"
                                    + "  waiting for log /^ready$/\n"
                                    + "  command     " + commandLine(spec) + "      in " + logs("waiting") + "work\n"
                                    + "  last lines of " + logs("waiting") + "stdout.log\n"
                                    + "    begun\n"
                                    + "  try         start it again; an interrupt comes from a test's timeout or a"
                                    + " cancelled build"));

            assertThat(Thread.interrupted()).isTrue();
            Await.result(interrupt);
            assertThat(leftOf("waiting")).isEmpty();
        }
    }

    @Test
    void start_stoppedWhileStarting_failsAndNothingIsLeft() {
        try (Stage stage = new Stage(Backends.nativeOne(), folder)) {
            ProcessSpec spec =
                    Stage.script("cancelled", "echo $$; exec sleep 1000").build();
            Future<Boolean> stop = Await.async(() -> {
                Await.lines(folder.resolve("cancelled/stdout.log"), 1);
                return stage.supervisor().process("cancelled").orElseThrow().stop();
            });

            assertThatThrownBy(() -> stage.supervisor().start(spec))
                    .isInstanceOf(StartFailedException.class)
                    .hasMessageContaining("was stopped before it was ready")
                    .hasMessageContaining("stop it only when its start has returned");

            assertThat(Await.result(stop)).isTrue();
            assertThat(leftOf("cancelled")).isEmpty();
        }
    }

    @Test
    void start_afterAFailure_theNameIsFreeAgain() {
        try (Stage stage = new Stage(Backends.nativeOne(), folder)) {
            assertThatThrownBy(() -> stage.supervisor()
                            .start(Stage.script("again", "exit 1").build()))
                    .isInstanceOf(StartFailedException.class);

            SupervisedProcess process = stage.start("again", "echo ready; exec sleep 1000", Stage.PATIENT);

            ProcessId id = process.id();
            assertThat(Processes.isAlive(id)).isTrue();
        }
    }

    @Test
    void start_unixSocketServedBefore_namesTheOwner() throws Exception {
        Path socket = folder.resolve("s");
        ProcessSpec spec = Stage.script("second", "exec sleep 1000")
                .ready(Readiness.DEFAULT.unixSocket(socket.toString()))
                .build();
        ServerSocketChannel server =
                ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(socket));
        try (server) {
            assertThat(steady(failure(spec)))
                    .isEqualTo("'second' could not be started: the unix socket " + socket + " is already served by "
                            + thisJvm() + "\n"
                            + "  command     " + commandLine(spec) + "      in " + logs("second") + "work\n"
                            + "  try         stop that process, or put the socket below ${directory}; look at 'command'"
                            + " of ProcessSpec 'second'");
        }
    }

    @Test
    void start_unixSocketLeftByAnEarlierRun_isWaitedForUntilItIsServed() throws Exception {
        Path socket = folder.resolve("s");
        ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                .bind(UnixDomainSocketAddress.of(socket))
                .close();
        // A child that another test is just starting has a copy of it for a moment.
        Await.until("nobody serves it any more", () -> !isServed(socket));
        try (Stage stage = new Stage(Backends.nativeOne(), folder)) {
            List<String> listener =
                    ChildJvm.of(SocketListener.class, socket.toString()).command();
            SupervisedProcess process = stage.supervisor()
                    .start(ProcessSpec.command(listener.toArray(String[]::new))
                            .name("listener")
                            .ready(Readiness.DEFAULT.unixSocket(socket.toString()))
                            .stop(Stage.PATIENT)
                            .build());

            assertThat(process.log().stdout().lines()).containsExactly("listening");
        }
    }

    private static boolean isServed(Path socket) {
        try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            return client.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    /** Takes the place of a socket that an earlier one has left, and listens until it is killed. */
    public static final class SocketListener {
        public static void main(String[] arguments) throws Exception {
            Path socket = Path.of(arguments[0]);
            Files.delete(socket);
            System.out.println("listening");
            try (ServerSocketChannel server =
                    ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(socket))) {
                while (true) {
                    server.accept().close();
                }
            }
        }
    }

    @Test
    void start_socketPathTooLong_messageIsWhole() {
        Path socket = folder.resolve("x".repeat(107));
        ProcessSpec spec = Stage.script("long", "exec sleep 1000")
                .ready(Readiness.DEFAULT.unixSocket(socket.toString()))
                .build();
        String problem = "the path of the unix socket " + socket + " is longer than 106 bytes";

        assertThat(steady(failure(spec)))
                .isEqualTo(
                        "'long' cannot become ready, after T of 60 s: " + problem + "\n"
                                + "  process     pid N, still running, so it was stopped\n"
                                + "  waiting for unix socket " + socket + " (last: " + problem + ")\n"
                                + "  command     " + commandLine(spec) + "      in " + logs("long") + "work\n"
                                + "  output      none, in " + logs("long") + "stdout.log and stderr.log\n"
                                + "  try         let the program make it elsewhere, below /tmp for example, and give that path");
    }

    @Test
    void start_fileFromBefore_countsOnlyWhenThisRunHasChangedIt() throws Exception {
        Path own = Files.createDirectory(folder.resolve("own"));
        Path file = Files.writeString(own.resolve("app.pid"), "1");
        try (Stage stage = new Stage(Backends.nativeOne(), folder)) {
            stage.supervisor()
                    .start(Stage.script("changing", "sleep 0.1; printf 2 >> app.pid; exec sleep 1000")
                            .directory(own.toString())
                            .ready(Readiness.DEFAULT.file("app.pid"))
                            .build());

            assertThat(file).hasContent("12");
        }
        ProcessSpec unchanged = Stage.script("unchanged", "exec sleep 1000")
                .directory(own.toString())
                .ready(Readiness.DEFAULT.file("app.pid").timeout(Duration.ofMillis(100)))
                .build();
        assertThat(steady(failure(unchanged)))
                .isEqualTo("'unchanged' was not ready within 100 ms\n"
                        + "  process     pid N, still running, so it was stopped\n"
                        + "  waiting for file " + file
                        + " (last: there since before the start, and not changed by this run)\n"
                        + "  command     " + commandLine(unchanged) + "      in " + own + "\n"
                        + "  output      none, in " + logs("unchanged") + "stdout.log and stderr.log\n"
                        + "  try         look at what it logged; if it is only slow, raise 'timeout' of ProcessSpec"
                        + " 'unchanged'");
    }

    /** The command hangs for good at its second try, so that the result of the first is the last. */
    @Test
    void start_withSecrets_theyAreInNoPartOfTheMessage() {
        String asks = "[ ! -e asked ] || exec sleep 1000; touch asked; echo \"$DB_PASSWORD was refused\"; exit 2";
        ProcessSpec spec = Stage.script(
                        "secretive", "echo \"login with $2\"; exec sleep 1000", "--token", "t0k3n-t0k3n")
                .environment("DB_PASSWORD", "s3cr3t-s3cr3t")
                .ready(Readiness.DEFAULT
                        .command("sh", "-c", asks, "sh", "--api-key", "k3y-k3y-k3y")
                        .timeout(Duration.ofSeconds(2)))
                .build();

        String message = steady(failure(spec));

        assertThat(message)
                .isEqualTo("'secretive' was not ready within 2 s\n"
                        + "  process     pid N, still running, so it was stopped\n"
                        + "  waiting for command "
                        + CommandText.of(List.of("sh", "-c", asks, "sh", "--api-key", "***"))
                        + " (last: exit code 2 (\"*** was refused\"), N tries)\n"
                        + "  command     sh -c 'echo \"login with $2\"; exec sleep 1000' sh --token '***'      in "
                        + logs("secretive") + "work\n"
                        + "  last lines of " + logs("secretive") + "stdout.log\n"
                        + "    login with ***\n"
                        + "  try         look at what it logged; if it is only slow, raise 'timeout' of ProcessSpec"
                        + " 'secretive'");
    }
}
