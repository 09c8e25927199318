package dev.procession.supervise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.process.ExitStatus;
import dev.procession.process.Signal;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Events say in one line what has happened. */
class SupervisionEventTest {

    private static final Instant NOON = Instant.parse("2026-11-20T12:00:00Z");

    private static SupervisionEvent changed(
            String group,
            ProcessState from,
            ProcessState to,
            OptionalLong pid,
            Optional<ExitStatus> exitStatus,
            int tries,
            boolean expected,
            String cause) {
        return new SupervisionEvent.StateChanged(
                7, NOON, group, "web", from, to, pid, exitStatus, tries, expected, cause);
    }

    static Stream<Arguments> all() {
        Optional<ExitStatus> alive = Optional.empty();
        return Stream.of(
                Arguments.of(
                        changed(
                                "web",
                                ProcessState.RUNNING,
                                ProcessState.EXITED,
                                OptionalLong.of(12),
                                Optional.of(new ExitStatus.Code(1)),
                                0,
                                false,
                                "it ended by itself"),
                        "'web' RUNNING -> EXITED (pid 12, exit code 1): it ended by itself"),
                Arguments.of(
                        changed(
                                "web",
                                ProcessState.RUNNING,
                                ProcessState.EXITED,
                                OptionalLong.of(12),
                                Optional.of(new ExitStatus.Code(0)),
                                0,
                                true,
                                ""),
                        "'web' RUNNING -> EXITED (pid 12, exit code 0, expected)"),
                Arguments.of(
                        changed(
                                "web",
                                ProcessState.STARTING,
                                ProcessState.BACKOFF,
                                OptionalLong.empty(),
                                alive,
                                1,
                                false,
                                "no such file"),
                        "'web' STARTING -> BACKOFF (1 failed start): no such file"),
                Arguments.of(
                        changed(
                                "web",
                                ProcessState.BACKOFF,
                                ProcessState.STARTING,
                                OptionalLong.of(13),
                                alive,
                                2,
                                true,
                                ""),
                        "'web' BACKOFF -> STARTING (pid 13, 2 failed starts)"),
                Arguments.of(
                        changed(
                                "shop",
                                ProcessState.STOPPING,
                                ProcessState.STOPPED,
                                OptionalLong.of(12),
                                Optional.of(new ExitStatus.Signalled(Signal.TERM.number(), false)),
                                0,
                                true,
                                "asked to"),
                        "'shop:web' STOPPING -> STOPPED (pid 12, killed by TERM): asked to"),
                Arguments.of(
                        changed(
                                "web",
                                ProcessState.STOPPED,
                                ProcessState.STARTING,
                                OptionalLong.empty(),
                                alive,
                                0,
                                false,
                                ""),
                        "'web' STOPPED -> STARTING"),
                Arguments.of(new SupervisionEvent.ProcessAdded(7, NOON, "web", "web"), "'web' added"),
                Arguments.of(new SupervisionEvent.ProcessRemoved(7, NOON, "shop", "web"), "'shop:web' removed"),
                Arguments.of(new SupervisionEvent.GroupAdded(7, NOON, "shop"), "group 'shop' added"),
                Arguments.of(new SupervisionEvent.GroupRemoved(7, NOON, "shop"), "group 'shop' removed"),
                Arguments.of(
                        new SupervisionEvent.SupervisorStateChanged(
                                7, NOON, SupervisorState.STOPPED, SupervisorState.RUNNING),
                        "supervisor STOPPED -> RUNNING"),
                Arguments.of(new SupervisionEvent.UserEvent(7, NOON, "deploy", "v12"), "user event 'deploy': v12"),
                Arguments.of(
                        new SupervisionEvent.UserEvent(7, NOON, "deploy", "a\r\nb"), "user event 'deploy': a\\r\\nb"),
                Arguments.of(
                        new SupervisionEvent.UserEvent(7, NOON, "long", "x".repeat(100)),
                        "user event 'long': " + "x".repeat(100)),
                Arguments.of(
                        new SupervisionEvent.UserEvent(7, NOON, "long", "x".repeat(101)),
                        "user event 'long': " + "x".repeat(100) + "... (101 characters)"));
    }

    @ParameterizedTest
    @MethodSource("all")
    void eachIsOneLine(SupervisionEvent event, String line) {
        assertThat(event).hasToString(line);
        assertThat(event.serial()).isEqualTo(7);
        assertThat(event.at()).isEqualTo(NOON);
    }

    @Test
    void theStatesOfASupervisorHaveSupervisordsCodes() {
        assertThat(Arrays.stream(SupervisorState.values())
                        .map(state -> state + " " + state.code())
                        .collect(Collectors.joining(", ")))
                .isEqualTo("STOPPED -1, SHUTDOWN -1, RESTARTING 0, RUNNING 1, FATAL 2");
    }
}
