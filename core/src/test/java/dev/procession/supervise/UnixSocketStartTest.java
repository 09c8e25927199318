package dev.procession.supervise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.procession.launch.CommandText;
import dev.procession.launch.ProcessSpec;
import dev.procession.launch.Readiness;
import dev.procession.os.OperatingSystem;
import dev.procession.process.Epoch;
import dev.procession.process.FoundProcess;
import dev.procession.process.ProcessId;
import dev.procession.process.ProcessQuery;
import dev.procession.process.StartFailedException;
import dev.procession.testkit.Actors;
import dev.procession.testkit.Await;
import dev.procession.testkit.Backends;
import dev.procession.testkit.FullQueue;
import dev.procession.testkit.Processes;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A socket in the file system makes a process ready only if that process serves it, or what it has started. */
class UnixSocketStartTest {

    private static final Path PERL = Path.of("/usr/bin/perl");

    private final Deque<AutoCloseable> opened = new ArrayDeque<>();

    @TempDir
    private Path folder;

    @AfterEach
    void closeAll() throws Exception {
        while (!opened.isEmpty()) {
            opened.pop().close();
        }
    }

    private static OperatingSystem system(String backend) {
        return backend.equals("native") ? Backends.nativeOne() : Backends.portable();
    }

    /** Listens in this JVM, which is no part of what it starts. */
    private void listen(Path socket, boolean isQueueFull) throws IOException {
        opened.push(
                isQueueFull
                        ? new FullQueue(socket)
                        : ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                                .bind(UnixDomainSocketAddress.of(socket)));
    }

    private static String thisJvm() {
        return "pid N ("
                + CommandText.of(
                        Processes.TABLE.commandLine(ProcessHandle.current().pid())) + "), up for T";
    }

    private static String steady(StartFailedException failure) {
        return failure.getMessage()
                .lines()
                .findFirst()
                .orElseThrow()
                .replaceAll("after [0-9.]+ m?s of", "after T of")
                .replaceAll("up for [0-9.]+ (ms|s|m)\\b", "up for T")
                .replaceAll("pid \\d+", "pid N");
    }

    private StartFailedException failure(Stage stage, ProcessSpec spec) {
        StartFailedException failure = catchThrowableOfType(
                StartFailedException.class, () -> stage.supervisor().start(spec));
        assertThat(failure).as("the start fails").isNotNull();
        return failure;
    }

    private static ProcessSpec idle(Path socket, Path started) {
        return Stage.script("idle", ": > $1; exec sleep 1000", started.toString())
                .ready(Readiness.DEFAULT.unixSocket(socket.toString()))
                .build();
    }

    @ParameterizedTest
    @CsvSource({"native,false", "native,true", "portable,false", "portable,true"})
    void start_servedBefore_failsAndNamesTheOwner(String backend, boolean isQueueFull) throws Exception {
        Path socket = folder.resolve("s");
        listen(socket, isQueueFull);
        try (Stage stage = new Stage(system(backend), folder)) {
            assertThat(steady(failure(stage, idle(socket, folder.resolve("started")))))
                    .isEqualTo("'idle' could not be started: the unix socket " + socket + " is already served by "
                            + thisJvm());
        }
    }

    @Test
    void start_servedBeforeUnderAnotherName_failsAndNamesTheOwner() throws Exception {
        Path link = Files.createSymbolicLink(folder.resolve("link"), Files.createDirectory(folder.resolve("real")));
        listen(folder.resolve("real/s"), true);
        Path socket = link.resolve("s");
        try (Stage stage = new Stage(Backends.nativeOne(), folder)) {
            assertThat(steady(failure(stage, idle(socket, folder.resolve("started")))))
                    .isEqualTo("'idle' could not be started: the unix socket " + socket + " is already served by "
                            + thisJvm());
        }
    }

    @ParameterizedTest
    @CsvSource({"native,false", "native,true", "portable,false", "portable,true"})
    void start_strangerBindsItMeanwhile_failsAndNamesIt(String backend, boolean isQueueFull) throws Exception {
        Path socket = folder.resolve("s");
        Path started = folder.resolve("started");
        Future<Boolean> stranger = Await.async(() -> {
            Await.exists(started);
            listen(socket, isQueueFull);
            return true;
        });
        try (Stage stage = new Stage(system(backend), folder)) {
            assertThat(steady(failure(stage, idle(socket, started))))
                    .isEqualTo("'idle' cannot become ready, after T of 60 s: the unix socket " + socket
                            + " is served by " + thisJvm() + ", which is not part of this process");
        } finally {
            assertThat(Await.result(stranger)).isTrue();
        }
    }

    @Test
    void start_strangerListensForSequencedPacketsMeanwhile_failsAndNamesHim() throws Exception {
        assumeTrue(Files.isExecutable(PERL), "needs perl");
        Path socket = folder.resolve("s");
        Path started = folder.resolve("started");
        String word = Actors.word();
        try (Actors actors = new Actors(folder);
                Stage stage = new Stage(Backends.nativeOne(), folder)) {
            Future<ProcessId> stranger = Await.async(() -> {
                Await.exists(started);
                return actors.play(
                        word,
                        "echo ready; exec -a " + word + " " + PERL
                                + " -MSocket -e 'socket(S, PF_UNIX, SOCK_SEQPACKET, 0)"
                                + " && bind(S, sockaddr_un($ARGV[0])) && listen(S, 5) or die $!; sleep 1000' "
                                + socket);
            });

            assertThat(steady(failure(stage, idle(socket, started))))
                    .startsWith("'idle' cannot become ready, after T of 60 s: the unix socket " + socket
                            + " is served by pid N (" + word)
                    .endsWith(", which is not part of this process");
            assertThat(Await.result(stranger)).matches(Processes::isAlive);
        }
    }

    private static final String LISTEN =
            "socket(S, PF_UNIX, SOCK_STREAM, 0) && bind(S, sockaddr_un($ARGV[0]))" + " && listen(S, 5) or die $!;";

    /** As the kernel knows it by a name relative to a folder of its own, through a link, or with a child that holds it. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "chdir q(FOLDER/real); $ARGV[0] = q(s); LISTEN sleep 1000",
                "$ARGV[0] = q(FOLDER/real/s); LISTEN sleep 1000",
                "$ARGV[0] = q(FOLDER/link/s); LISTEN sleep 1000",
                "if (!fork) { LISTEN sleep 1000 } sleep 1000",
                "LISTEN if (fork) { close S } sleep 1000",
                // It takes the place of another that was there, but had ceased to listen.
                "LISTEN unlink $ARGV[0]; close S; LISTEN sleep 1000",
                "socket(S, PF_UNIX, SOCK_SEQPACKET, 0) && bind(S, sockaddr_un($ARGV[0])) && listen(S, 5) or die $!;"
                        + " sleep 1000"
            })
    void start_itServesIt_isReady(String script) throws Exception {
        assumeTrue(Files.isExecutable(PERL), "needs perl");
        Path link = Files.createSymbolicLink(folder.resolve("link"), Files.createDirectory(folder.resolve("real")));
        Path socket = link.resolve("s");
        try (Stage stage = new Stage(Backends.nativeOne(), folder)) {
            SupervisedProcess server = stage.supervisor()
                    .start(ProcessSpec.command(
                                    PERL.toString(),
                                    "-MSocket",
                                    "-e",
                                    script.replace("LISTEN", LISTEN).replace("FOLDER", folder.toString()),
                                    socket.toString())
                            .name("server")
                            .ready(Readiness.DEFAULT.unixSocket(socket.toString()))
                            .stop(Stage.PATIENT)
                            .build());

            assertThat(server.state()).isEqualTo(ProcessState.RUNNING);
        }
    }

    @Test
    @Timeout(600)
    void await_predecessorStillServesIt_isWaitedFor() throws Exception {
        assumeTrue(Files.isExecutable(PERL), "needs perl");
        Path socket = folder.resolve("s");
        Path gone = folder.resolve("gone");
        listen(socket, false);
        String word = Actors.word();
        try (Actors actors = new Actors(folder)) {
            actors.play(
                    word,
                    "exec 3<> <(:); echo ready; while [ -d /proc/$PPID ] && ! [ -e " + gone
                            + " ]; do read -t 0.02 -u 3 y; done; exec 3<&-; exec -a " + word + " " + PERL
                            + " -MSocket -e '" + LISTEN + " sleep 1000' " + socket);
            Future<List<FoundProcess>> ready = Await.async(() -> ForeignStart.of(
                            ProcessQuery.named(word),
                            Readiness.DEFAULT.timeout(Duration.ofSeconds(60)).unixSocket(socket.toString()))
                    .await(new Epoch(0)));
            ServerSocketChannel predecessor = (ServerSocketChannel) opened.peek();
            // Somebody has looked who serves it.
            predecessor.accept().close();
            predecessor.accept().close();
            assertThat(ready.isDone()).isFalse();
            predecessor.close();
            Files.delete(socket);
            Files.createFile(gone);

            assertThat(Await.result(ready)).hasSize(1);
        }
    }
}
