package dev.procession.supervise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.procession.launch.CommandText;
import dev.procession.launch.PortLeases;
import dev.procession.launch.PortLeases.Lease;
import dev.procession.launch.ProcessSpec;
import dev.procession.launch.Readiness;
import dev.procession.process.StartFailedException;
import dev.procession.testkit.Await;
import dev.procession.testkit.Backends;
import dev.procession.testkit.Processes;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who takes the place of a process over, while something else of that process is awaited, does not make it ready. */
class TakenOverTest {

    private static final Path PERL = Path.of("/usr/bin/perl");

    /** Serves once, and leaves its place to others when that was seen. */
    private static final String SERVER = """
            if ($ARGV[0] =~ /^[0-9]+$/) {
              socket(S, PF_INET, SOCK_STREAM, 0) && setsockopt(S, SOL_SOCKET, SO_REUSEADDR, 1)
                && bind(S, sockaddr_in($ARGV[0], INADDR_LOOPBACK)) && listen(S, 5) or die $!;
            } else {
              socket(S, PF_UNIX, SOCK_STREAM, 0) && bind(S, sockaddr_un($ARGV[0])) && listen(S, 5) or die $!;
            }
            accept(C, S) or die $!;
            syswrite C, "HTTP/1.0 200 OK\\r\\n\\r\\n" if sysread C, $request, 1000;
            close C;
            open F, ">", "$ARGV[1]/served";
            until (-e "$ARGV[1]/held") { select undef, undef, undef, 0.005 }
            close S;
            open F, ">", "$ARGV[1]/left";
            sleep 1000;
            """;

    /**
     * Holds when the place is taken. It is begun after the look at the server in each round: so the server has been found
     * and proved, at the latest, when this finds for the second time that it has served.
     */
    private static final String TAKEN =
            "cd \"$1\" && [ -e served ] && { [ -e seen ] || { : >seen; exit 1; }; } && : >held && [ -e taken ]";

    @TempDir
    private Path folder;

    /** Why a server is not ready whose place this JVM has taken, which is no part of it. */
    private String failure(String place, Readiness ready, Callable<ServerSocketChannel> stranger) throws Exception {
        assumeTrue(Files.isExecutable(PERL), "needs perl");
        Future<ServerSocketChannel> taken = Await.async(() -> {
            Await.exists(folder.resolve("left"));
            ServerSocketChannel listening = stranger.call();
            Files.createFile(folder.resolve("taken"));
            return listening;
        });
        try (Stage stage = new Stage(Backends.nativeOne(), folder)) {
            StartFailedException failure = catchThrowableOfType(
                    StartFailedException.class,
                    () -> stage.supervisor()
                            .start(ProcessSpec.command(
                                            PERL.toString(), "-MSocket=:all", "-e", SERVER, place, folder.toString())
                                    .name("server")
                                    .ready(ready.command("sh", "-c", TAKEN, "sh", "" + folder))
                                    .stop(Stage.PATIENT)
                                    .build()));
            Await.result(taken).close();
            assertThat(failure).as("the start fails").isNotNull();
            return failure.getMessage()
                    .lines()
                    .findFirst()
                    .orElseThrow()
                    .replaceAll("after [0-9.]+ m?s of", "after T of")
                    .replaceAll("up for [0-9.]+ (ms|s|m)\\b", "up for T");
        }
    }

    private static String servedByThisJvm(String place) {
        long self = ProcessHandle.current().pid();
        return "'server' cannot become ready, after T of 60 s: " + place + " is served by pid " + self + " ("
                + CommandText.of(Processes.TABLE.commandLine(self)) + "), up for T, which is not part of this process";
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp", "http"})
    void start_strangerTakesThePortThatItHadServed_failsAndNamesHim(String condition) throws Exception {
        try (Lease lease = PortLeases.ofMachine().take(Backends.nativeOne().sockets())) {
            int port = lease.port();
            Readiness ready = condition.equals("tcp")
                    ? Readiness.DEFAULT.tcp("" + port)
                    : Readiness.DEFAULT.http("http://localhost:" + port + "/");

            assertThat(failure(
                            "" + port,
                            ready,
                            () -> ServerSocketChannel.open()
                                    .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))))
                    .isEqualTo(servedByThisJvm("port " + port));
        }
    }

    @Test
    void start_strangerTakesTheUnixSocketThatItHadServed_failsAndNamesHim() throws Exception {
        Path socket = folder.resolve("s");

        assertThat(failure("" + socket, Readiness.DEFAULT.unixSocket("" + socket), () -> {
                    Files.delete(socket);
                    return ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                            .bind(UnixDomainSocketAddress.of(socket));
                }))
                .isEqualTo(servedByThisJvm("the unix socket " + socket));
    }
}
