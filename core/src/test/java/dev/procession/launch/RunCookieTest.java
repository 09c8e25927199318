package dev.procession.launch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.process.ProcessId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

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
}
