package dev.procession.supervise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.launch.Readiness;
import dev.procession.process.Epoch;
import dev.procession.process.FoundProcess;
import dev.procession.process.OldStartTimeException;
import dev.procession.process.ProcessId;
import dev.procession.process.ProcessQuery;
import dev.procession.process.ProcessionException;
import dev.procession.process.WaitTimeoutException;
import dev.procession.testkit.Actors;
import dev.procession.testkit.Await;
import dev.procession.testkit.Listening;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ForeignStartTest {

    private static final Duration LONG = Duration.ofSeconds(60);
    private static final Epoch EVER = new Epoch(0);

    private final String word = Actors.word();
    private final ProcessQuery query = ProcessQuery.named(word);

    @TempDir
    private Path folder;

    private Actors actors;

    @BeforeEach
    void open() {
        actors = new Actors(folder);
    }

    @AfterEach
    void close() {
        actors.close();
    }

    /** Listens, and says so. */
    static final class Server {
        private Server() {}

        public static void main(String[] arguments) throws IOException {
            try (ServerSocket server =
                    new ServerSocket(Integer.parseInt(arguments[0]), 50, InetAddress.getLoopbackAddress())) {
                while (true) {
                    server.accept().close();
                }
            }
        }

        static String command(int port) {
            Path java = Path.of(System.getProperty("java.home"), "bin", "java");
            return "'" + java + "' -cp '" + System.getProperty("java.class.path") + "' '" + Server.class.getName()
                    + "' " + port;
        }
    }

    private static Readiness tcp(int port) {
        return Readiness.DEFAULT.timeout(LONG).tcp(Integer.toString(port));
    }

    @Test
    void await_goesIntoTheBackground_itsHeirIsWaitedFor() throws Exception {
        Path file = folder.resolve("written");
        String heir = "exec -a " + word + " bash -c '" + Actors.waiting() + "'";
        ProcessId first = actors.play(
                word, "echo ready; (read -t 0.3 y <> <(:); " + heir + ") & read -t 0.6 y <> <(:); echo > " + file);

        List<FoundProcess> ready = ForeignStart.of(
                        query,
                        Readiness.DEFAULT.timeout(LONG).file(file.toString()).aliveFor(Duration.ofSeconds(1)))
                .await(EVER);

        assertThat(ready).isNotEmpty().allMatch(process -> process.id().isAlive());
        assertThat(first.isAlive()).isFalse();
    }

    @Test
    void await_childInASessionOfItsOwnListens_isTakenForIt() throws Exception {
        int port = Listening.freePort();
        ProcessId parent = actors.play(word, "echo ready; setsid " + Server.command(port) + " & read y <> <(:)");

        assertThat(Actors.ids(ForeignStart.of(query, tcp(port)).await(EVER))).contains(parent);
    }

    @Test
    void await_orphanInItsSessionListens_isTakenForIt() throws Exception {
        int port = Listening.freePort();
        ProcessId leader = actors.play(word, "(" + Server.command(port) + " &); echo ready; read y <> <(:)");

        assertThat(Actors.ids(ForeignStart.of(query, tcp(port)).await(EVER))).contains(leader);
    }

    @Test
    void await_predecessorStillListens_isWaitedFor() throws Exception {
        Path gone = folder.resolve("gone");
        Future<List<FoundProcess>> ready;
        ProcessId successor;
        try (ServerSocket predecessor = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            int port = predecessor.getLocalPort();
            successor = actors.play(
                    word,
                    "exec 3<> <(:); echo ready; while [ -d /proc/$PPID ] && ! [ -e " + gone
                            + " ]; do read -t 0.02 -u 3 y; done; exec 3<&-; exec -a " + word + " "
                            + Server.command(port));
            ready = Await.async(() -> ForeignStart.of(query, tcp(port)).await(EVER));
            // Somebody has looked who listens there.
            predecessor.accept().close();
            predecessor.accept().close();
            assertThat(ready.isDone()).isFalse();
        }
        Files.createFile(gone);

        assertThat(Actors.ids(Await.result(ready))).containsExactly(successor);
    }

    @Test
    void await_olderOneListens_isNotTakenForTheFreshOne() throws Exception {
        int port = Listening.freePort();
        actors.play(word, "echo ready; " + Server.command(port) + " & " + Actors.waiting(), "old");
        ForeignStart.of(query, tcp(port)).await(EVER);
        Epoch epoch = Epoch.now();
        actors.start(word, "young");

        assertThatThrownBy(() -> ForeignStart.of(query, tcp(port).timeout(Duration.ofMillis(300)))
                        .await(epoch))
                .isExactlyInstanceOf(WaitTimeoutException.class)
                .hasMessageContaining("port " + port + " is served by pid ")
                .hasMessageEndingWith("\n  try         end whoever has its port, or let it use another");
    }

    @Test
    void await_onlyAnOlderOneIsLeftWhenTheFreshOneHasEnded_saysSo() throws Exception {
        actors.start(word, "old");
        Epoch epoch = Epoch.now();
        actors.play(word, "echo ready; read -t 0.2 y <> <(:)", "young");
        Readiness never = Readiness.DEFAULT
                .timeout(Duration.ofSeconds(1))
                .file(folder.resolve("never").toString());

        assertThatThrownBy(() -> ForeignStart.of(query, never).await(epoch))
                .isExactlyInstanceOf(OldStartTimeException.class)
                .hasMessageStartingWith("Nothing fresh was started within 1 s: what is there is older\n");
    }

    @Test
    void await_secretInItsUrl_isHidden() throws Exception {
        actors.start(word);
        String url = "http://localhost:" + Listening.freePort() + "/?password=hunter2";

        assertThatThrownBy(() -> ForeignStart.of(
                                query, Readiness.DEFAULT.timeout(Duration.ZERO).http(url))
                        .await(EVER))
                .isExactlyInstanceOf(WaitTimeoutException.class)
                .hasMessageContaining("waiting for http GET ")
                .hasMessageNotContaining("hunter2");
    }

    @Test
    void await_interrupted_saysSoAndStaysInterrupted() throws Exception {
        actors.start(word);
        Readiness never =
                Readiness.DEFAULT.timeout(LONG).file(folder.resolve("never").toString());
        try {
            Thread.currentThread().interrupt();

            assertThatThrownBy(() -> ForeignStart.of(query, never).await(EVER))
                    .isExactlyInstanceOf(ProcessionException.class)
                    .hasMessage("Interrupted while waiting until '" + word + "' is ready");
            assertThat(Thread.currentThread().isInterrupted()).isTrue();
        } finally {
            Thread.interrupted();
        }
    }
}
