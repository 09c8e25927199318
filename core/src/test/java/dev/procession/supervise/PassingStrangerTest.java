package dev.procession.supervise;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.launch.ProcessSpec;
import dev.procession.launch.Readiness;
import dev.procession.process.StartFailedException;
import dev.procession.testkit.Backends;
import dev.procession.testkit.Listening;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Somebody listens for a moment where a server of ours is awaited, as whoever looks for a free port does. */
class PassingStrangerTest {

    private static final int ROUNDS = 8;

    @TempDir
    private Path folder;

    @Test
    void start_strangerListensForAMomentOnItsPort_isNotReadyForThat() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            int port = Listening.freePort();
            assertNeverReady(
                    ProcessSpec.command("sleep", "1000")
                            .port("port=" + port)
                            .environment("PORT", "${port}")
                            .ready(Readiness.DEFAULT.tcp("port").timeout(Duration.ofMillis(300))),
                    () -> {
                        try (ServerSocket passing = new ServerSocket()) {
                            passing.setReuseAddress(true);
                            passing.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                            Thread.sleep(1);
                        }
                        return null;
                    });
        }
    }

    @Test
    void start_strangerServesItsSocketForAMoment_isNotReadyForThat() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            Path socket = folder.resolve("socket-" + round);
            assertNeverReady(
                    ProcessSpec.command("sleep", "1000")
                            .ready(Readiness.DEFAULT
                                    .unixSocket(socket.toString())
                                    .timeout(Duration.ofMillis(300))),
                    () -> {
                        try (ServerSocketChannel passing = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
                            passing.bind(UnixDomainSocketAddress.of(socket));
                            Thread.sleep(1);
                        }
                        Files.delete(socket);
                        return null;
                    });
        }
    }

    /** @param passing makes somebody listen, who is this JVM, and end that; again and again during the start */
    private void assertNeverReady(ProcessSpec.Builder spec, Callable<Void> passing) throws Exception {
        try (Stage stage = new Stage(Backends.nativeOne(), folder)) {
            Thread stranger = new Thread(
                    () -> {
                        try {
                            // Who is there before the process fails its start, which is another matter.
                            while (!isStarting(stage.supervisor())) {
                                Thread.sleep(1);
                            }
                            while (!Thread.interrupted()) {
                                passing.call();
                            }
                        } catch (Exception e) {
                            // It is interrupted when the start is over, somewhere.
                        }
                    },
                    "stranger");
            stranger.setDaemon(true);
            stranger.start();
            try {
                ProcessSpec built = spec.name("api").stop(Stage.QUICK).build();
                assertThatThrownBy(() -> stage.supervisor().start(built))
                        .isExactlyInstanceOf(StartFailedException.class);
            } finally {
                stranger.interrupt();
                stranger.join();
            }
        }
    }

    private static boolean isStarting(Supervisor supervisor) {
        return supervisor
                .process("api")
                .filter(process -> process.state() == ProcessState.STARTING)
                .isPresent();
    }
}
