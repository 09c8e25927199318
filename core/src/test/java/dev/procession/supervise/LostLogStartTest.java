package dev.procession.supervise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.procession.launch.ProcessSpec;
import dev.procession.launch.Readiness;
import dev.procession.process.StartFailedException;
import dev.procession.testkit.Backends;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Programs that take their own logs away, for good or for a moment. */
@EnabledOnOs(OS.LINUX)
@Timeout(60)
class LostLogStartTest {

    private static final String AWAY = "mv ../stdout.log ../aside.log; ";

    @TempDir
    private Path folder;

    private Stage stage() {
        return new Stage(Backends.nativeOne(), folder);
    }

    private static ProcessSpec spec(String script, Readiness ready) {
        return Stage.script("api", script).ready(ready).stop(Stage.QUICK).build();
    }

    private String failure(String script, Readiness ready) {
        try (Stage stage = stage()) {
            StartFailedException failure = catchThrowableOfType(
                    StartFailedException.class, () -> stage.supervisor().start(spec(script, ready)));
            assertThat(failure).as("the start fails").isNotNull();
            return failure.getMessage();
        }
    }

    private String unreadable() {
        return "its log " + folder.resolve("api/stdout.log") + " cannot be read: it is not there";
    }

    @Test
    void forGood_theStartFailsAtItsTimeoutAndSaysWhy() {
        String failure = failure(
                AWAY + "echo up; exec sleep 1000", Readiness.DEFAULT.log("up").timeout(Duration.ofSeconds(3)));

        assertThat(failure)
                .startsWith("'api' was not ready within 3 s\n")
                .contains("\n  waiting for log /up/ (last: " + unreadable() + "; nothing logged)\n")
                .contains("\n    (Cannot read the log " + folder.resolve("api/stdout.log") + ": it is not there)\n");
    }

    @Test
    void forAMoment_itIsReadOn() {
        ProcessSpec spec = spec(
                AWAY + "echo up; sleep 1.5; mv ../aside.log ../stdout.log; exec sleep 1000",
                Readiness.DEFAULT.log("up"));
        try (Stage stage = stage()) {
            assertThat(stage.supervisor().start(spec).readyLine().line()).isEqualTo("up");
        }
    }

    @Test
    void underFailOnLog_nothingIsReadyAsLongAsNobodyCanTell() {
        String failure = failure(
                AWAY + "touch made; exec sleep 1000",
                Readiness.DEFAULT.file("made").failOnLog("ERROR").timeout(Duration.ofSeconds(3)));

        assertThat(failure)
                .startsWith("'api' was not ready within 3 s\n")
                .contains("\n  waiting for no log /ERROR/ (last: " + unreadable() + ")\n");
    }

    @Test
    void theEndIsToldAllTheSame() {
        String failure = failure(AWAY + "exit 3", Readiness.DEFAULT.log("up"));

        assertThat(failure)
                .startsWith("'api' exited before it was ready, after ")
                .contains("\n  waiting for log /up/ (last: " + unreadable() + "; nothing logged)\n");
    }

    @Test
    void ofAOneShotUnderFailOnLog_itIsNotReady() {
        String failure = failure(AWAY + "exit 0", Readiness.DEFAULT.exit(0).failOnLog("ERROR"));

        assertThat(failure)
                .startsWith("'api' ended with exit code 0 before it was ready, after ")
                .contains("\n  waiting for no log /ERROR/ (last: " + unreadable() + ")\n");
    }
}
