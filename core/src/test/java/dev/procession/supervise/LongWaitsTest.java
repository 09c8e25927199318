package dev.procession.supervise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.launch.Readiness;
import dev.procession.process.Epoch;
import dev.procession.process.InvalidSpecException;
import dev.procession.process.ProcessQuery;
import dev.procession.testkit.Backends;
import dev.procession.watch.ProcessWatch;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every wait is for a time between 0 and a year: what is longer would overflow, and what is negative means nothing. */
class LongWaitsTest {

    private static final Duration EVER = Duration.ofSeconds(Long.MAX_VALUE);
    private static final Duration NEVER = Duration.ofSeconds(Long.MIN_VALUE);
    private static final Duration YEAR = Duration.ofDays(365);

    private static Map<String, Consumer<Duration>> waits(Stage stage, SupervisedProcess process) {
        ProcessQuery nobody = ProcessQuery.named("nobody-is-called-like-that");
        RecordedEvents events = new RecordedEvents();
        Map<String, Consumer<Duration>> waits = new LinkedHashMap<>();
        waits.put("awaitReady", process::awaitReady);
        waits.put("awaitExit", process::awaitExit);
        waits.put("log", time -> process.log().await("never", time));
        waits.put("exec", time -> process.exec(time, "true"));
        waits.put("events", time -> events.await(event -> false, time));
        waits.put("start", time -> ProcessWatch.ofJvm().awaitStart(nobody, Epoch.ofJvm(), time));
        waits.put("onlyFresh", time -> ProcessWatch.ofJvm().awaitOnlyFresh(nobody, Epoch.ofJvm(), time));
        waits.put("death", time -> ProcessWatch.ofJvm().awaitDeath(nobody, time));
        waits.put("shutdown", stage.supervisor()::shutdown);
        return waits;
    }

    @Test
    void aWaitIsNeitherEndlessNorNegative(@TempDir Path folder) {
        try (Stage stage = new Stage(Backends.nativeOne(), folder)) {
            SupervisedProcess process = stage.start("web", "echo ready; exec sleep 1000", Stage.QUICK);

            waits(stage, process).forEach((name, wait) -> {
                String attribute = name.equals("shutdown") ? "bound" : "timeout";
                assertThatThrownBy(() -> wait.accept(EVER))
                        .as(name)
                        .isExactlyInstanceOf(InvalidSpecException.class)
                        .hasMessage("'" + attribute + "' is PT2562047788015215H30M7S; give a duration between 0 and a"
                                + " year");
                assertThatThrownBy(() -> wait.accept(NEVER))
                        .as(name)
                        .isExactlyInstanceOf(InvalidSpecException.class)
                        .hasMessage("'" + attribute + "' is PT-2562047788015215H-30M-8S; give a duration between 0"
                                + " and a year");
            });
            assertThat(process.state()).isEqualTo(ProcessState.RUNNING);
        }
    }

    @Test
    void aYearIsWaitedForAndNoLonger(@TempDir Path folder) {
        try (Stage stage = new Stage(Backends.nativeOne(), folder)) {
            SupervisedProcess process = stage.supervisor()
                    .start(Stage.script("web", "echo ready; read x; exit 7")
                            .stdin("PIPE")
                            .ready(Readiness.DEFAULT.log("^ready$").timeout(YEAR))
                            .stop(Stage.PATIENT.gracePeriod(YEAR))
                            .build());

            process.awaitReady(YEAR);
            assertThat(process.log().await("^ready$", YEAR).line()).isEqualTo("ready");
            assertThat(process.exec(YEAR, "true").isSuccess()).isTrue();
            process.send("go\n");
            assertThat(process.awaitExit(YEAR)).hasToString("exit code 7");
            stage.supervisor().shutdown(YEAR);
        }
    }

    @Test
    void alsoWhatIsWaitedForIsNeitherEndlessNorNegative() {
        assertThatThrownBy(() -> Readiness.DEFAULT.aliveFor(EVER))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage("'aliveFor' is PT2562047788015215H30M7S; give a duration between 0 and a year");
        assertThatThrownBy(() -> Readiness.DEFAULT.aliveFor(NEVER))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage("'aliveFor' is PT-2562047788015215H-30M-8S; give a duration between 0 and a year");
    }
}
