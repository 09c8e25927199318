package dev.procession.supervise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.launch.ProcessSpec;
import dev.procession.launch.Readiness;
import dev.procession.process.StartFailedException;
import dev.procession.process.WaitTimeoutException;
import dev.procession.testkit.Await;
import dev.procession.testkit.Backends;
import dev.procession.testkit.CapturedLog;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Programs that open {@code /dev/stdout} or {@code /dev/stderr}, and so empty the log that they write to. */
@EnabledOnOs(OS.LINUX)
class RewrittenOutputTest {

    private static final String REMEDY =
            " was emptied and written anew, and what stood there is lost: write with >&2 or tee"
                    + " -a instead of opening /dev/stdout or /dev/stderr, or say output = PIPE in ProcessSpec ";

    @TempDir
    Path folder;

    private Stage stage() {
        return new Stage(Backends.nativeOne(), folder);
    }

    private static ProcessSpec.Builder fed(String name, String script) {
        return Stage.script(name, script).stdin(ProcessSpec.PIPE);
    }

    @Test
    void await_logIsLongerThanBefore_goesOnWithWhatIsThereAndIsTold() {
        String name = "rewrites-longer";
        try (CapturedLog told = new CapturedLog("dev.procession");
                Stage stage = stage()) {
            SupervisedProcess process = stage.supervisor()
                    .start(fed(
                                    name,
                                    "echo ready; read go; echo 'much more than that was' > /dev/stdout; echo up;"
                                            + " exec sleep 1000")
                            .build());
            process.send("go\n");

            assertThat(process.log().await("^much", Duration.ofSeconds(60)).line())
                    .isEqualTo("much more than that was");
            Stage.awaitLine(process, "up");
            assertThat(process.log().stdout().lines()).containsExactly("much more than that was", "up");
            String loss = process.log().stdout().files().get(0) + REMEDY + "'" + name + "'";
            assertThat(told.naming("'" + name + "'")).containsExactly("WARNING '" + name + "': " + loss);
            assertThatThrownBy(() -> process.log().await("never", Duration.ZERO))
                    .isInstanceOf(WaitTimeoutException.class)
                    .hasMessage("'" + name + "' wrote no line matching /never/ within 0 ms\n  last lines of "
                            + folder.resolve(name + "/stdout.log")
                            + "\n    much more than that was\n    up\n  last lines of "
                            + folder.resolve(name + "/stderr.log") + "\n  " + loss);
            assertThat(process.failureMessage("headline", "remedy")).contains("\n  lost        " + loss + "\n");
        }
    }

    @Test
    void start_causeOfADeathIsWrittenOver_theMessageSaysSo() {
        try (Stage stage = stage()) {
            for (int i = 0; i < 20; i++) {
                String name = "tees-" + i;
                ProcessSpec spec = Stage.script(name, "echo cause >&2; echo else | tee /dev/stderr; exit 3")
                        .build();

                assertThatThrownBy(() -> stage.supervisor().start(spec))
                        .isInstanceOf(StartFailedException.class)
                        .hasMessageContaining(
                                "\n  last lines of " + folder.resolve(name + "/stderr.log") + "\n    else\n"
                                        + "  lost        " + folder.resolve(name + "/stderr.log") + REMEDY + "'" + name
                                        + "'\n  try         look at 'command' of ProcessSpec '" + name + "'");
            }
        }
    }

    @Test
    void start_logIsRewrittenBeforeTheLineOfReadiness_becomesReady() {
        try (Stage stage = stage()) {
            SupervisedProcess process = stage.supervisor()
                    .start(Stage.script(
                                    "late",
                                    "i=0; while [ $i -lt 200 ]; do i=$((i + 1)); echo \"step $i\" > /dev/stdout; done;"
                                            + " echo ready > /dev/stdout; exec sleep 1000")
                            .ready(Readiness.DEFAULT.log("^ready$").timeout(Duration.ofMinutes(2)))
                            .build());

            assertThat(process.log().stdout().lines()).containsExactly("ready");
        }
    }

    @Test
    void start_nobodyReadsTheLog_itIsToldAllTheSame() {
        String name = "unread";
        try (CapturedLog told = new CapturedLog("dev.procession");
                Stage stage = stage()) {
            SupervisedProcess process = stage.supervisor()
                    .start(fed(
                                    name,
                                    "echo first; touch there; read go; echo 'second, which is longer' > /dev/stdout; sleep 1000")
                            .ready(Readiness.DEFAULT.file("there"))
                            .build());
            process.send("go\n");

            Await.until("it is told", () -> !told.naming("'" + name + "'").isEmpty());
            assertThat(told.naming("'" + name + "'"))
                    .containsExactly("WARNING '" + name + "': " + folder.resolve(name + "/stdout.log") + REMEDY + "'"
                            + name + "'");
        }
    }

    @Test
    void start_appendsAsAdvised_nothingIsToldAndNothingIsLost() {
        String name = "appends";
        try (CapturedLog told = new CapturedLog("dev.procession");
                Stage stage = stage()) {
            SupervisedProcess process = stage.supervisor()
                    .start(Stage.script(
                                    name,
                                    "echo one; echo two | tee -a /dev/stderr; echo three >&2; echo four >> /dev/stdout;"
                                            + " echo ready; exec sleep 1000")
                            .build());

            assertThat(process.log().stdout().lines()).containsExactly("one", "two", "four", "ready");
            assertThat(process.log().stderr().lines()).containsExactly("two", "three");
            assertThat(told.naming("'" + name + "'")).isEmpty();
        }
    }
}
