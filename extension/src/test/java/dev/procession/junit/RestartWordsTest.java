package dev.procession.junit;

import static dev.procession.launch.Backoff.Kind.DOUBLE_PLUS_ONE;
import static dev.procession.launch.Backoff.Kind.EXPONENTIAL;
import static dev.procession.launch.Backoff.Kind.FIXED;
import static dev.procession.launch.Backoff.Kind.LINEAR;
import static dev.procession.launch.Backoff.Kind.RANDOM;
import static dev.procession.launch.RestartMode.ALWAYS;
import static dev.procession.launch.RestartMode.ON_FAILURE;
import static dev.procession.launch.RestartMode.ON_LISTED_EXIT;
import static dev.procession.launch.RestartMode.UNEXPECTED;
import static dev.procession.launch.RestartMode.UNTIL_EXIT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.launch.ProcessSpec;
import dev.procession.launch.RestartPolicy;
import dev.procession.process.Signal;
import dev.procession.supervise.SupervisedProcess;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is written about restarts is what the description says. */
class RestartWordsTest {

    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration HOUR = Duration.ofHours(1);

    private static ProcessSpec spec(Class<?> testClass) {
        List<Declaration> declarations = Declaration.of(testClass, Settings.DEFAULT);
        assertThat(declarations).hasSize(1);
        return declarations.get(0).spec();
    }

    @Sleeper
    static class Silent {}

    @Test
    void whoSaysNothingIsNeverStartedAgain() {
        ProcessSpec spec = spec(Silent.class);

        assertThat(spec.restart()).contains(RestartPolicy.NEVER);
        assertThat(spec.expectedExitCodes()).containsExactly(0);
        assertThat(spec.priority()).isEqualTo(999);
        assertThat(spec.reloadSignal()).isEqualTo(Signal.HUP);
    }

    @ManagedProcess(
            command = {"sleep", "600"},
            expectedExitCodes = {0, 2},
            priority = 5,
            reloadSignal = Signal.USR1)
    static class Outspoken {}

    @ManagedProcess(
            command = {"sleep", "600"},
            expectedExitCodes = {},
            priority = -1)
    static class NoGoodEnd {}

    @Test
    void expectedCodesPriorityAndReloadSignal() {
        assertThat(spec(Outspoken.class).expectedExitCodes()).containsExactlyInAnyOrder(0, 2);
        assertThat(spec(Outspoken.class).priority()).isEqualTo(5);
        assertThat(spec(Outspoken.class).reloadSignal()).isEqualTo(Signal.USR1);
        assertThat(spec(NoGoodEnd.class).expectedExitCodes()).isEmpty();
        assertThat(spec(NoGoodEnd.class).priority()).isEqualTo(-1);
    }

    // --- policies

    @ManagedProcess(command = "x", restart = @Restart)
    static class Default {}

    @ManagedProcess(command = "x", restart = @Restart(UNEXPECTED))
    static class Unexpected {}

    @ManagedProcess(command = "x", restart = @Restart(ON_FAILURE))
    static class OnFailure {}

    @ManagedProcess(command = "x", restart = @Restart(ALWAYS))
    static class Always {}

    @ManagedProcess(
            command = "x",
            restart =
                    @Restart(
                            value = UNTIL_EXIT,
                            exitCodes = {55, 0}))
    static class UntilExit {}

    @ManagedProcess(command = "x", restart = @Restart(value = ON_LISTED_EXIT, exitCodes = 255))
    static class OnListedExit {}

    @ManagedProcess(command = "x", restart = @Restart(value = ALWAYS, startSeconds = "0s"))
    static class RunningAtOnce {}

    @ManagedProcess(command = "x", restart = @Restart(value = ALWAYS, startRetries = Restart.UNLIMITED))
    static class NeverGivenUp {}

    @ManagedProcess(
            command = "x",
            restart = @Restart(value = ALWAYS, startRetries = 0, backoff = @Backoff(EXPONENTIAL)))
    static class OneStart {}

    @ManagedProcess(
            command = "x",
            restart = @Restart(startRetries = 2, backoff = @Backoff(FIXED), startSeconds = "PT0.5S"))
    static class OnlyItsStartIsTriedAgain {}

    @ManagedProcess(
            command = "x",
            restart =
                    @Restart(
                            value = ALWAYS,
                            backoff = @Backoff(EXPONENTIAL),
                            startSeconds = "0s",
                            startRetries = Restart.UNLIMITED))
    static class Procmon {}

    @ManagedProcess(
            command = "x",
            restart =
                    @Restart(
                            value = ON_FAILURE,
                            backoff = @Backoff(RANDOM),
                            startSeconds = "0s",
                            startRetries = Restart.UNLIMITED))
    static class Processman {}

    @ManagedProcess(
            command = "x",
            restart =
                    @Restart(
                            value = UNTIL_EXIT,
                            exitCodes = 55,
                            backoff = @Backoff(FIXED),
                            startSeconds = "0s",
                            startRetries = Restart.UNLIMITED))
    static class WatchProcessAndRestart {}

    @ParameterizedTest
    @MethodSource("policies")
    void policy(Class<?> testClass, RestartPolicy policy) {
        assertThat(spec(testClass).restart()).contains(policy);
    }

    static Stream<Arguments> policies() {
        return Stream.of(
                Arguments.of(Default.class, RestartPolicy.NEVER),
                Arguments.of(Unexpected.class, RestartPolicy.unexpected()),
                Arguments.of(OnFailure.class, RestartPolicy.onFailure()),
                Arguments.of(Always.class, RestartPolicy.always()),
                Arguments.of(UntilExit.class, RestartPolicy.untilExit(0, 55)),
                Arguments.of(OnListedExit.class, RestartPolicy.onListedExit(255)),
                Arguments.of(RunningAtOnce.class, RestartPolicy.always().startSeconds(Duration.ZERO)),
                Arguments.of(NeverGivenUp.class, RestartPolicy.always().unlimited()),
                Arguments.of(
                        OneStart.class,
                        RestartPolicy.always().startRetries(0).backoff(dev.procession.launch.Backoff.exponential())),
                Arguments.of(
                        OnlyItsStartIsTriedAgain.class,
                        RestartPolicy.never()
                                .startRetries(2)
                                .backoff(dev.procession.launch.Backoff.fixed(Duration.ofMillis(500)))
                                .startSeconds(Duration.ofMillis(500))),
                Arguments.of(Procmon.class, RestartPolicy.procmon()),
                Arguments.of(Processman.class, RestartPolicy.processman()),
                Arguments.of(WatchProcessAndRestart.class, RestartPolicy.watchProcessAndRestart()));
    }

    // --- backoffs

    @ManagedProcess(command = "x", restart = @Restart(value = ALWAYS, backoff = @Backoff))
    static class AsSupervisord {}

    @ManagedProcess(command = "x", restart = @Restart(value = ALWAYS, backoff = @Backoff(DOUBLE_PLUS_ONE)))
    static class AsProcmon13 {}

    @ManagedProcess(
            command = "x",
            restart =
                    @Restart(value = ALWAYS, backoff = @Backoff(shortest = "2h", longest = "3h", threshold = "PT30S")))
    static class BeyondTheDefaults {}

    @ManagedProcess(
            command = "x",
            restart = @Restart(value = ALWAYS, backoff = @Backoff(value = EXPONENTIAL, longest = "1m")))
    static class UpToAMinute {}

    @ManagedProcess(
            command = "x",
            restart = @Restart(value = ALWAYS, backoff = @Backoff(value = RANDOM, shortest = "1s")))
    static class AtLeastASecond {}

    @ManagedProcess(
            command = "x",
            restart = @Restart(value = ALWAYS, backoff = @Backoff(value = FIXED, shortest = "2s")))
    static class TwoSeconds {}

    @ParameterizedTest
    @MethodSource("backoffs")
    void backoff(Class<?> testClass, dev.procession.launch.Backoff backoff) {
        assertThat(spec(testClass).restart().map(RestartPolicy::backoff)).contains(backoff);
    }

    static Stream<Arguments> backoffs() {
        return Stream.of(
                Arguments.of(AsSupervisord.class, new dev.procession.launch.Backoff(LINEAR, SECOND, HOUR, SECOND)),
                Arguments.of(
                        AsProcmon13.class, new dev.procession.launch.Backoff(DOUBLE_PLUS_ONE, SECOND, HOUR, SECOND)),
                Arguments.of(
                        BeyondTheDefaults.class,
                        new dev.procession.launch.Backoff(
                                LINEAR, Duration.ofHours(2), Duration.ofHours(3), Duration.ofSeconds(30))),
                Arguments.of(
                        UpToAMinute.class,
                        new dev.procession.launch.Backoff(EXPONENTIAL, SECOND, Duration.ofMinutes(1), SECOND)),
                Arguments.of(
                        AtLeastASecond.class,
                        new dev.procession.launch.Backoff(RANDOM, SECOND, Duration.ofSeconds(5), SECOND)),
                Arguments.of(
                        TwoSeconds.class,
                        new dev.procession.launch.Backoff(
                                FIXED, Duration.ofSeconds(2), Duration.ofSeconds(2), SECOND)));
    }

    // --- an annotation of one's own, in a process

    @Retention(RetentionPolicy.RUNTIME)
    @Inherited
    @ManagedProcess(
            name = "resilient",
            command = {"sh", "-c", "echo up; exec sleep 600"},
            ready = @Ready(log = "up"),
            restart = @Restart(value = ON_FAILURE, startRetries = 7),
            expectedExitCodes = 3)
    @interface Resilient {}

    @Resilient
    static class WithOnesOwn {
        @Test
        void isSo(SupervisedProcess resilient) {
            assertThat(resilient.spec().restart())
                    .contains(RestartPolicy.onFailure().startRetries(7));
            assertThat(resilient.spec().expectedExitCodes()).containsExactly(3);
        }
    }

    static class Inheriting extends WithOnesOwn {}

    @ParameterizedTest
    @ValueSource(classes = {WithOnesOwn.class, Inheriting.class})
    void annotationsOfOnesOwnCarryIt(Class<?> testClass) {
        Kit.pass(testClass);
    }
}
