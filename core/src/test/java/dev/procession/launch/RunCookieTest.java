package dev.procession.launch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.launch.RunCookie.Origin;
import dev.procession.process.ProcessId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RunCookieTest {

    private static final RunCookie COOKIE = RunCookie.of(new ProcessId(4711, 8931), "redis", 3);

    /** What an outer run, whose child these tests may be, has put before. */
    private static String outer(String variable) {
        return Optional.ofNullable(System.getenv(variable))
                .filter(value -> !value.isEmpty())
                .map(value -> value + "/")
                .orElse("");
    }

    @Test
    void aChildIsToldItsRunAndItself() {
        assertThat(COOKIE.variables())
                .isEqualTo(Map.of(
                        "PROCESSION_RUN", outer("PROCESSION_RUN") + "4711-8931",
                        "PROCESSION_PROCESS", outer("PROCESSION_PROCESS") + "redis@4711-8931.3"));
    }

    @Test
    void theChildAndWhatItStartsAreRecognised() {
        assertThat(COOKIE.isIn(List.of("A=1", "PROCESSION_PROCESS=redis@4711-8931.3", "B=2")))
                .isTrue();
        assertThat(COOKIE.isIn(List.of("PROCESSION_PROCESS=redis@4711-8931.3/web@5000-9000.1")))
                .isTrue();
        assertThat(COOKIE.isIn(List.of("PROCESSION_PROCESS=web@4000-8000.1/redis@4711-8931.3")))
                .isTrue();
    }

    @Test
    void othersAreNot() {
        assertThat(COOKIE.isIn(List.of())).isFalse();
        assertThat(COOKIE.isIn(List.of("PROCESSION_PROCESS="))).isFalse();
        assertThat(COOKIE.isIn(List.of("PROCESSION_PROCESS=redis@4711-8931.33")))
                .isFalse();
        assertThat(COOKIE.isIn(List.of("PROCESSION_PROCESS=my-redis@4711-8931.3")))
                .isFalse();
        assertThat(COOKIE.isIn(List.of("OTHER_PROCESSION_PROCESS=redis@4711-8931.3")))
                .isFalse();
        assertThat(COOKIE.isIn(List.of("A=PROCESSION_PROCESS=redis@4711-8931.3")))
                .isFalse();
    }

    @Test
    void itSaysWhoStartedAProcess() {
        assertThat(RunCookie.originIn(List.of("A=1/2", "PROCESSION_PROCESS=redis@4711-8931.3", "B=2")))
                .contains(new Origin("redis", new ProcessId(4711, 8931)));
        assertThat(RunCookie.originIn(List.of("PROCESSION_PROCESS=web@4000-8000.1/my.redis-2@4711-8931.f00")))
                .as("the innermost, with another kind of number")
                .contains(new Origin("my.redis-2", new ProcessId(4711, 8931)));
        assertThat(RunCookie.originIn(COOKIE.variables().entrySet().stream()
                        .map(Object::toString)
                        .toList()))
                .as("what it composes itself")
                .contains(new Origin("redis", new ProcessId(4711, 8931)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "redis",
                "@4711-8931.3",
                "redis@4711-8931",
                "redis@4711.3",
                "redis@0-8931.3",
                "redis@4711--1.3",
                "redis@99999999999999999999-8931.3",
                "redis@4711-8931.3/",
                "web@4000-8000.1/garbage"
            })
    void whatItHasNotComposedSaysNothing(String path) {
        assertThat(RunCookie.originIn(List.of("PROCESSION_PROCESS=" + path))).isEmpty();
        assertThat(RunCookie.originIn(List.of("PROCESSION_RUN=4711-8931"))).isEmpty();
    }

    @Test
    void runsIn_anEnvironment_areThoseOfThePath() {
        assertThat(RunCookie.runsIn(List.of("A=1-1", "PROCESSION_RUN=1-2/3-4"))).containsExactly("1-2", "3-4");
        assertThat(RunCookie.runsIn(List.of("PROCESSION_RUN="))).isEmpty();
        assertThat(RunCookie.runsIn(List.of("XPROCESSION_RUN=1-2"))).isEmpty();
    }

    @Test
    void jvmOf_aRun_isTheJvm() {
        assertThat(RunCookie.jvmOf("12-34")).contains(new ProcessId(12, 34));
        assertThat(RunCookie.jvmOf("0-34")).isEmpty();
        assertThat(RunCookie.jvmOf("12-34-5")).isEmpty();
    }
}
