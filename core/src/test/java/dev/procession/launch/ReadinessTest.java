package dev.procession.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.process.InvalidSpecException;
import java.time.Duration;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class ReadinessTest {

    private static void assertRefused(ThrowingCallable call, String message) {
        assertThatThrownBy(call).isExactlyInstanceOf(InvalidSpecException.class).hasMessage(message);
    }

    @Test
    void theDefaultHasNoConditionOfItsOwn() {
        assertThat(Readiness.DEFAULT.isDefault()).isTrue();
        assertThat(Readiness.DEFAULT.timeout()).isEqualTo(Duration.ofSeconds(60));
        assertThat(Readiness.DEFAULT.times()).isEqualTo(1);
        assertThat(Readiness.DEFAULT.status()).isEqualTo(StatusRange.DEFAULT);
    }

    @Test
    void anyConditionReplacesTheDefault() {
        assertThat(Readiness.DEFAULT.tcp("port").isDefault()).isFalse();
        assertThat(Readiness.DEFAULT.http("/").isDefault()).isFalse();
        assertThat(Readiness.DEFAULT.log("up").isDefault()).isFalse();
        assertThat(Readiness.DEFAULT.aliveFor(Duration.ofMillis(1)).isDefault()).isFalse();
    }

    @Test
    void timeoutAndVetoReplaceNothing() {
        assertThat(Readiness.DEFAULT
                        .timeout(Duration.ofSeconds(1))
                        .failOnLog("ERROR")
                        .isDefault())
                .isTrue();
    }

    @Test
    void conditionsAddUp() {
        Readiness ready = Readiness.DEFAULT
                .tcp("port")
                .tcp("8080")
                .http("/a")
                .http("/b")
                .status("204")
                .log("up")
                .times(2)
                .failOnLog("ERROR")
                .aliveFor(Duration.ofMillis(5))
                .timeout(Duration.ofSeconds(9));

        assertThat(ready.tcp()).containsExactly("port", "8080");
        assertThat(ready.http()).containsExactly("/a", "/b");
        assertThat(ready.status()).hasToString("204");
        assertThat(ready.log()).hasToString("up");
        assertThat(ready.times()).isEqualTo(2);
        assertThat(ready.failOnLog()).hasToString("ERROR");
        assertThat(ready.aliveFor()).isEqualTo(Duration.ofMillis(5));
        assertThat(ready.timeout()).isEqualTo(Duration.ofSeconds(9));
        assertThat(Readiness.DEFAULT.tcp()).isEmpty();
    }

    @Test
    void aLineIsCountedAtLeastOnce() {
        assertRefused(
                () -> Readiness.DEFAULT.log("up").times(0),
                "'times' is 0; give the number of matching lines, at least 1");
    }

    @Test
    void countingNeedsALineToCount() {
        assertRefused(
                () -> Readiness.DEFAULT.times(2).check(), "'times' is 2 without 'log'; say which line is counted");
    }

    @Test
    void aTimeoutIsNotNegative() {
        assertRefused(
                () -> Readiness.DEFAULT.timeout(Duration.ofSeconds(-1)),
                "'timeout' is PT-1S; give a duration between 0 and a year");
        assertThat(Readiness.DEFAULT.timeout(Duration.ZERO).timeout()).isZero();
    }

    @Test
    void aProcessCannotLiveLongerThanItsStartMayTake() {
        assertRefused(
                () -> Readiness.DEFAULT.aliveFor(Duration.ofSeconds(60)).check(),
                "'aliveFor' is PT1M, not below the timeout of PT1M; raise 'timeout'");
    }

    @Test
    void aRegularExpressionIsCheckedAtOnce() {
        assertRefused(
                () -> Readiness.DEFAULT.log("a(b"),
                "'log' is \"a(b\", which is no regular expression: Unclosed group at index 3;"
                        + " escape characters that are meant literally with a backslash");
        assertRefused(
                () -> Readiness.DEFAULT.failOnLog("*"),
                "'failOnLog' is \"*\", which is no regular expression: Dangling meta character '*' at index 0;"
                        + " escape characters that are meant literally with a backslash");
    }

    @Test
    void theOtherConditionsReplaceTheDefaultToo() {
        assertThat(Readiness.DEFAULT.file("pid").isDefault()).isFalse();
        assertThat(Readiness.DEFAULT.unixSocket("sock").isDefault()).isFalse();
        assertThat(Readiness.DEFAULT.command("pg_isready").isDefault()).isFalse();
        assertThat(Readiness.DEFAULT.exit(0).isDefault()).isFalse();
        assertThat(Readiness.DEFAULT.exit(0).isOneShot()).isTrue();
        assertThat(Readiness.DEFAULT.isOneShot()).isFalse();
    }

    @Test
    void theOtherConditionsAddUpToo() {
        Readiness ready = Readiness.DEFAULT
                .file("a")
                .file("b")
                .unixSocket("c")
                .unixSocket("d")
                .command("pg_isready", "-q")
                .timeout(Duration.ofSeconds(9));

        assertThat(ready.file()).containsExactly("a", "b");
        assertThat(ready.unixSocket()).containsExactly("c", "d");
        assertThat(ready.command()).containsExactly("pg_isready", "-q");
        assertThat(Readiness.DEFAULT.exit(3, 0).timeout(Duration.ofSeconds(9)).exit())
                .containsExactlyInAnyOrder(0, 3);
    }

    @Test
    void aCommandHasAProgram() {
        assertRefused(
                () -> Readiness.DEFAULT.command("", "x"),
                "'ready.command' starts with an empty string; give the program and its arguments");
    }

    @Test
    void anExitCodeHasItsLimits() {
        assertThat(Readiness.DEFAULT.exit(0, 255).exit()).containsExactlyInAnyOrder(0, 255);
        assertRefused(() -> Readiness.DEFAULT.exit(0, 256), "'exit' holds 256; exit codes are from 0 to 255");
        assertRefused(() -> Readiness.DEFAULT.exit(-1), "'exit' holds -1; exit codes are from 0 to 255");
    }

    @Test
    void whoHasEndedCanDoNothingElse() {
        Readiness everything = Readiness.DEFAULT
                .exit(0)
                .tcp("port")
                .http("/")
                .log("up")
                .file("a")
                .unixSocket("b")
                .command("c")
                .aliveFor(Duration.ofMillis(1));

        assertRefused(
                everything::check,
                "'exit' stands beside 'tcp', 'http', 'log', 'file', 'unixSocket', 'ready.command', 'aliveFor', but a"
                        + " process that has ended can do nothing else; keep either 'exit', for a one-shot, or the"
                        + " others");
        Readiness.DEFAULT
                .exit(0)
                .failOnLog("ERROR")
                .timeout(Duration.ofSeconds(1))
                .check();
    }
}
