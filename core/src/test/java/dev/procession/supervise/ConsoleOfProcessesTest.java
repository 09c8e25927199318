package dev.procession.supervise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.launch.Backoff;
import dev.procession.launch.Readiness;
import dev.procession.launch.RestartPolicy;
import dev.procession.testkit.Await;
import dev.procession.testkit.Backends;
import dev.procession.testkit.CapturedLog;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/** Takes the console of the whole JVM. */
@Isolated
class ConsoleOfProcessesTest {

    private final PrintStream console = System.out;
    private final ByteArrayOutputStream shown = new ByteArrayOutputStream();
    private final CountDownLatch blocked = new CountDownLatch(1);

    @TempDir
    Path folder;

    /** Takes lines only when the test lets it. */
    private final class Blocking extends ByteArrayOutputStream {
        @Override
        public synchronized void write(byte[] bytes, int offset, int length) {
            try {
                blocked.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            shown.write(bytes, offset, length);
        }
    }

    /** Takes its time for each line. */
    private final class Slow extends ByteArrayOutputStream {
        @Override
        public synchronized void write(byte[] bytes, int offset, int length) {
            LockSupport.parkNanos(2_000_000);
            shown.write(bytes, offset, length);
        }
    }

    @AfterEach
    void giveItBack() {
        blocked.countDown();
        System.setOut(console);
    }

    private String shown() {
        return shown.toString(StandardCharsets.UTF_8);
    }

    @Test
    @Timeout(600)
    void start_consoleBlocks_nothingElseWaitsForIt() {
        System.setOut(new PrintStream(new Blocking(), true, StandardCharsets.UTF_8));
        try (Stage stage = new Stage(Backends.nativeOne(), folder)) {
            stage.supervisor()
                    .start(Stage.script("server", "echo ready; exec sleep 1000")
                            .consoleLog(true)
                            .build());
            stage.supervisor()
                    .start(Stage.script("init", "echo done; printf 'and over'")
                            .consoleLog(true)
                            .ready(Readiness.DEFAULT.exit(0))
                            .stop(Stage.QUICK)
                            .build());
            assertThat(shown()).isEmpty();
        }
        assertThat(shown()).isEmpty();
        try (CapturedLog told = new CapturedLog("dev.procession")) {
            blocked.countDown();

            Await.until("it is told", () -> !told.naming("'init': the console").isEmpty());
            assertThat(told.naming("'init': the console"))
                    .containsExactly("WARNING 'init': the console has not taken its last lines in time; they are in "
                            + folder.resolve("init/stdout.log") + " and " + folder.resolve("init/stderr.log"));
        }
        assertThat(shown()).as("the line that the console was about to take").isEqualTo("[server] ready\n");
    }

    @Test
    void close_consoleIsSlow_allIsShownBefore() {
        System.setOut(new PrintStream(new Slow(), true, StandardCharsets.UTF_8));
        try (Stage stage = new Stage(Backends.nativeOne(), folder)) {
            stage.supervisor()
                    .start(Stage.script("talker", "seq 1 1000; echo ready; exec sleep 1000")
                            .consoleLog(true)
                            .build());
        }
        assertThat(shown().lines()).hasSize(1001).endsWith("[talker] 1000", "[talker] ready");
    }

    @Test
    void remove_consoleBlocks_itsFilesAreLeftAlone() {
        System.setOut(new PrintStream(new Blocking(), true, StandardCharsets.UTF_8));
        try (Stage stage = new Stage(Backends.nativeOne(), folder)) {
            stage.supervisor()
                    .start(Stage.script("server", "echo one; echo ready; exec sleep 1000")
                            .consoleLog(true)
                            .build());
            stage.supervisor().remove("server");
            // In the same folder.
            stage.supervisor()
                    .start(Stage.script("server", "echo of the next; echo ready; exec sleep 1000")
                            .build());
            try (CapturedLog told = new CapturedLog("dev.procession")) {
                blocked.countDown();

                Await.until(
                        "it is told",
                        () -> !told.naming("'server': the console").isEmpty());
            }
            assertThat(shown()).isEqualTo("[server] one\n");
        }
    }

    @Test
    void start_withoutConsoleLog_showsNothing() {
        System.setOut(new PrintStream(shown, true, StandardCharsets.UTF_8));
        try (Stage stage = new Stage(Backends.nativeOne(), folder)) {
            stage.supervisor()
                    .start(Stage.script("silent", "echo ready; exec sleep 1000").build());
        }
        assertThat(shown()).isEmpty();
    }

    @Test
    void crash_consoleLogGoesOn_eachLineOnceAndTheLastOnesToo() {
        System.setOut(new PrintStream(shown, true, StandardCharsets.UTF_8));
        try (Stage stage = new Stage(Backends.nativeOne(), folder)) {
            SupervisedProcess process = stage.supervisor()
                    .start(Stage.script("worker", "echo ready; printf 'half a line of '; exec sleep 1000")
                            .consoleLog(true)
                            .restart(RestartPolicy.onFailure().backoff(Backoff.fixed(Duration.ofMillis(10))))
                            .build());
            for (int i = 0; i < 3; i++) {
                Await.until("it has written all", () -> process.log().text().endsWith("of "));
                process.crash();
                process.awaitReady(Duration.ofSeconds(60));
            }
            Await.until("it has written all", () -> process.log().text().endsWith("of "));
        }

        assertThat(shown()).isEqualTo("[worker] ready\n[worker] half a line of \n".repeat(4));
    }
}
