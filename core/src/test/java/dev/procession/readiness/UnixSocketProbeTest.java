package dev.procession.readiness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.procession.readiness.ReadinessProbe.Holds;
import dev.procession.readiness.ReadinessProbe.Never;
import dev.procession.readiness.ReadinessProbe.NotYet;
import dev.procession.testkit.FullQueue;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnixSocketProbeTest {

    @TempDir
    private Path folder;

    private static ServerSocketChannel listen(Path socket) throws IOException {
        return ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(socket));
    }

    @Test
    void whoAcceptsConnectionsHolds() throws IOException {
        Path socket = folder.resolve("s");
        UnixSocketProbe probe = new UnixSocketProbe(socket, Probing.OURS);
        assertThat(probe.description()).isEqualTo("unix socket " + socket);
        assertThat(probe.look()).isEqualTo(new NotYet("not there, 1 try", 0));
        assertThat(probe.look()).isEqualTo(new NotYet("not there, 2 tries", 0));
        assertThat(UnixSocketProbe.isServed(socket)).isFalse();

        ServerSocketChannel server = listen(socket);
        try (server) {
            assertThat(probe.look()).isEqualTo(new Holds("connected"));
            assertThat(UnixSocketProbe.isServed(socket)).isTrue();
        }
    }

    @Test
    void aSocketThatNobodyListensOnIsWaitedFor() throws IOException {
        Path socket = folder.resolve("s");
        listen(socket).close();
        assertThat(socket).exists();
        UnixSocketProbe probe = new UnixSocketProbe(socket, Probing.OURS);
        assertThat(probe.look()).isEqualTo(new NotYet("connection refused, 1 try", 0));
        assertThat(UnixSocketProbe.isServed(socket)).isFalse();

        Files.delete(socket);
        ServerSocketChannel server = listen(socket);
        try (server) {
            assertThat(probe.look()).isEqualTo(new Holds("connected"));
        }
    }

    /** Nobody accepts connections there, and nobody ever will. */
    @Test
    void aSocketOfDatagramsIsToldOf() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/perl")), "needs perl");
        Path socket = folder.resolve("s");
        Process holder = new ProcessBuilder(
                        "/usr/bin/perl",
                        "-MSocket",
                        "-e",
                        "socket(S, PF_UNIX, SOCK_DGRAM, 0) && bind(S, sockaddr_un($ARGV[0])) or die $!;"
                                + " $| = 1; print qq(ready\\n); sleep 1000",
                        socket.toString())
                .start();
        try (BufferedReader output = holder.inputReader()) {
            assertThat(output.readLine()).isEqualTo("ready");

            assertThat(new UnixSocketProbe(socket, path -> Optional.of(Objection.GONE)).look())
                    .isEqualTo(new NotYet(
                            "there, but it is no socket of a stream, and does not listen, as none of datagrams ever does:"
                                    + " for such a one, wait with 'file' or 'log', 1 try",
                            0));
        } finally {
            holder.destroyForcibly().waitFor();
        }
    }

    @Test
    void aListenerThatTakesNoMoreConnectionsIsWaitedFor() throws IOException {
        Path socket = folder.resolve("s");
        try (FullQueue server = new FullQueue(socket)) {
            assertThat(UnixSocketProbe.isServed(socket)).isTrue();
            UnixSocketProbe probe = new UnixSocketProbe(socket, Probing.OURS);
            assertThat(probe.look()).isEqualTo(new NotYet("its queue of connections is full, 1 try", 0));
            assertThat(new UnixSocketProbe(socket, Probing.STRANGER).look()).isEqualTo(servedByStranger(socket));

            server.accept();

            assertThat(probe.look()).isEqualTo(new Holds("connected"));
        }
    }

    @Test
    void aStrangersListenerNeverBecomesOurs() throws IOException {
        Path socket = folder.resolve("s");
        UnixSocketProbe probe = new UnixSocketProbe(socket, Probing.STRANGER);
        assertThat(probe.look()).isEqualTo(new NotYet("not there, 1 try", 0));
        ServerSocketChannel server = listen(socket);
        try (server) {
            assertThat(probe.look()).isEqualTo(servedByStranger(socket));
        }
    }

    private static Never servedByStranger(Path socket) {
        return new Never(
                "the unix socket " + socket
                        + " is served by pid 4711 (nginx -g daemon), which is not part of this process",
                "stop that process, or put the socket below ${directory}");
    }

    @Test
    void aFileThatIsNoSocketIsWaitedFor() throws IOException {
        assertThat(new UnixSocketProbe(Files.createFile(folder.resolve("s")), Probing.OURS).look())
                .isEqualTo(new NotYet("connection refused, 1 try", 0));
    }

    @Test
    void aPathThatIsTooLongIsNever() throws IOException {
        Path longest = ofLength(106);
        Path longer = ofLength(107);
        ServerSocketChannel server = listen(longest);
        try (server) {
            assertThat(new UnixSocketProbe(longest, Probing.OURS).look()).isEqualTo(new Holds("connected"));
        }
        assertThat(new UnixSocketProbe(longer, Probing.OURS).look())
                .isEqualTo(new Never(
                        "the path of the unix socket " + longer + " is longer than 106 bytes",
                        "let the program make it elsewhere, below /tmp for example, and give that path"));
    }

    private Path ofLength(int bytes) {
        return folder.resolve("x".repeat(bytes - folder.toString().length() - 1));
    }
}
