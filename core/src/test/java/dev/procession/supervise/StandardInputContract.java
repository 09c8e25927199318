package dev.procession.supervise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.launch.ProcessSpec;
import dev.procession.launch.Readiness;
import dev.procession.os.OperatingSystem;
import dev.procession.process.ExitStatus;
import dev.procession.process.ProcessionException;
import dev.procession.process.WaitTimeoutException;
import dev.procession.testkit.Await;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What processes are fed, with either implementation. */
interface StandardInputContract {

    OperatingSystem system();

    private static SupervisedProcess fed(Stage stage, String name, String script) {
        return stage.supervisor()
                .start(Stage.script(name, script).stdin(ProcessSpec.PIPE).build());
    }

    @Test
    default void send_moreThanAPipeHolds_allOfItArrives(@TempDir Path folder) throws Exception {
        byte[] random = new byte[300_000];
        new Random(1).nextBytes(random);
        String text = new String(random, StandardCharsets.ISO_8859_1).replace('\0', 'x');
        byte[] sent = text.getBytes(StandardCharsets.UTF_8);
        assertThat(sent.length).isGreaterThan(400_000);
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process = fed(stage, "cat", "echo ready; exec cat > got");

            process.send(text);
            process.send(text);
            process.closeStdin();
            process.closeStdin();

            assertThat(process.awaitExit(Duration.ofSeconds(60))).isEqualTo(new ExitStatus.Code(0));
            byte[] got = Files.readAllBytes(process.directory().resolve("got"));
            assertThat(got).hasSize(2 * sent.length).startsWith(sent).endsWith(sent);
        }
    }

    @Test
    default void send_line_isAnsweredWhileThePipeStaysOpen(@TempDir Path folder) {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process =
                    fed(stage, "echo", "echo ready; while read line; do echo \"got $line\"; done; echo end");

            process.send("");
            process.send("größe\n");
            Stage.awaitLine(process, "got größe");
            process.send("two\n");
            Stage.awaitLine(process, "got two");
            assertThat(process.log().stdout().lines()).doesNotContain("end");
            process.closeStdin();
            Stage.awaitLine(process, "end");
        }
    }

    @Test
    default void send_readerDoesNotRead_saysHowFarItCame(@TempDir Path folder) {
        String text = "x".repeat(1_000_000);
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process = fed(stage, "deaf", "echo ready; exec sleep 1000");

            assertThatThrownBy(() -> process.send(text, Duration.ofMillis(100)))
                    .isInstanceOf(WaitTimeoutException.class)
                    .satisfies(failure -> assertThat(failure.getMessage().replaceFirst("\\d+ of", "N of"))
                            .isEqualTo("'deaf' has not read its standard input for 100 ms: N of 1000000 bytes were"
                                    + " written"));

            Thread.currentThread().interrupt();
            try {
                assertThatThrownBy(() -> process.send("y", Duration.ofMinutes(5)))
                        .isExactlyInstanceOf(ProcessionException.class)
                        .hasMessage("Interrupted while writing to 'deaf': 0 of 1 bytes were written");
            } finally {
                assertThat(Thread.interrupted()).isTrue();
            }
            process.closeStdin();
            assertThat(process.stop()).isTrue();
        }
    }

    @Test
    default void send_afterTheEndOfInput_isRefused(@TempDir Path folder) {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process = fed(stage, "closed", "echo ready; exec sleep 1000");
            process.closeStdin();

            assertThatThrownBy(() -> process.send("x"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("Expected 'closed' to read its standard input, but that is closed");
        }
    }

    @Test
    default void send_readerHasClosedIt_isRefused(@TempDir Path folder) {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process = fed(stage, "gone", "exec 0</dev/null; echo ready; exec sleep 1000");

            // The JDK tells it only at a write after the one that failed.
            assertThatThrownBy(() -> {
                        while (true) {
                            process.send("x");
                        }
                    })
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("Expected 'gone' to read its standard input, but that is closed");
        }
    }

    @Test
    default void send_afterTheExit_isRefused(@TempDir Path folder) {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process = fed(stage, "over", "echo ready; read line");
            process.send("go\n");
            Await.result(process.exit());

            assertThatThrownBy(() -> process.send("x"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("Expected 'over' to be running, but was EXITED");
            process.closeStdin();
        }
    }

    @Test
    default void send_whileItIsBeingStopped_isRefused(@TempDir Path folder) throws Exception {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process = stage.supervisor()
                    .start(Stage.script("stopping", Stage.DEAF)
                            .stdin(ProcessSpec.PIPE)
                            .build());
            Future<Boolean> stop = Await.async(process::stop);
            Await.until("it is being stopped", () -> process.state() == ProcessState.STOPPING);

            assertThatThrownBy(() -> process.send("too late"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("Expected 'stopping' to be running, but was STOPPING");

            process.kill();
            assertThat(Await.result(stop)).isTrue();
        }
    }

    @Test
    default void send_withoutAPipe_isRefused(@TempDir Path folder) {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process = stage.start("plain", "echo ready; exec sleep 1000", Stage.PATIENT);

            assertThatThrownBy(() -> process.send("x"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("Expected 'plain' to have a pipe as standard input, but it has none; write stdin = PIPE"
                            + " in ProcessSpec 'plain'");
            process.closeStdin();
        }
    }

    @Test
    default void stdin_text_isReadToItsEnd(@TempDir Path folder) {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process = stage.supervisor()
                    .start(Stage.script("text", "cat; echo end of ${port}")
                            .stdin("größe in ${directory}\n")
                            .ready(Readiness.DEFAULT.exit(0))
                            .build());

            assertThat(process.log().stdout().lines())
                    .containsExactly("größe in " + process.directory(), "end of " + process.port());
        }
    }

    @Test
    default void stdin_notGiven_isEmpty(@TempDir Path folder) {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process = stage.supervisor()
                    .start(Stage.script("empty", "cat; echo end")
                            .ready(Readiness.DEFAULT.exit(0))
                            .build());

            assertThat(process.log().stdout().lines()).containsExactly("end");
        }
    }

    @Test
    default void stop_writerThatIsHeldUp_isReleased(@TempDir Path folder) {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process = fed(stage, "stuck", "echo ready; exec sleep 1000");
            Future<Throwable> writer = Await.async(() -> {
                try {
                    process.send("x".repeat(1_000_000), Duration.ofMinutes(5));
                    return new AssertionError("Expected the pipe to be full");
                } catch (IllegalStateException e) {
                    return e;
                }
            });

            process.stop();

            assertThat(Await.result(writer))
                    .isInstanceOf(IllegalStateException.class)
                    .satisfies(failure -> assertThat(failure.getMessage())
                            .isIn(
                                    "Expected 'stuck' to read its standard input, but that is closed",
                                    "Expected 'stuck' to be running, but was STOPPED",
                                    "Expected 'stuck' to be running, but was STOPPING"));
        }
    }
}
