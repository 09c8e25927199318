package dev.procession.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Each fault of supervision is an exception of its own, which says what was expected, what was found and what to do. */
class SupervisionExceptionTest {

    private static final Exception CAUSE = new Exception("why");

    static Stream<Arguments> all() {
        return Stream.of(
                Arguments.of(
                        new DuplicateProcessException("web", "a process that is RUNNING (pid 12)"),
                        SupervisionFault.ALREADY_ADDED,
                        "Expected a name that is free, but 'web' is taken by a process that is RUNNING (pid 12); give"
                                + " another name, or remove that one first"),
                Arguments.of(
                        new UnknownProcessException("web", Optional.empty(), List.of()),
                        SupervisionFault.BAD_NAME,
                        "Expected the name of a process or a group, but 'web' is none; there is no process"),
                Arguments.of(
                        new NotRunningException("web", "EXITED (exit code 1)"),
                        SupervisionFault.NOT_RUNNING,
                        "Expected 'web' to be running, but was EXITED (exit code 1); start it first"),
                Arguments.of(
                        new AlreadyStartedException("web", "RUNNING (pid 12)"),
                        SupervisionFault.ALREADY_STARTED,
                        "Expected 'web' not to be started yet, but was RUNNING (pid 12); stop it first, or restart it"),
                Arguments.of(
                        new SpawnErrorException("web", "could not be spawned", CAUSE),
                        SupervisionFault.SPAWN_ERROR,
                        "could not be spawned"),
                Arguments.of(
                        new AbnormalTerminationException("web", "STOPPED (killed by TERM)"),
                        SupervisionFault.ABNORMAL_TERMINATION,
                        "Expected 'web' to be running once it was started, but was STOPPED (killed by TERM); look who"
                                + " stopped it meanwhile, and start it again"),
                Arguments.of(
                        new SupervisionFailedException("web", "it is lost", CAUSE),
                        SupervisionFault.FAILED,
                        "it is lost"),
                Arguments.of(
                        new ShutDownException("web", "start 'web'", "it is closed"),
                        SupervisionFault.SHUTDOWN_STATE,
                        "Expected an open supervisor to start 'web', but it is closed; open another one"));
    }

    @ParameterizedTest
    @MethodSource("all")
    void eachSaysWhatItIs(SupervisionException exception, SupervisionFault fault, String message) {
        assertThat(exception).hasMessage(message);
        assertThat(exception.process()).isEqualTo("web");
        assertThat(exception.fault()).isEqualTo(fault);
    }

    @ParameterizedTest
    @MethodSource("all")
    void eachCanBeSentToAnotherJvm(SupervisionException exception) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(exception);
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            SupervisionException copy = (SupervisionException) in.readObject();

            assertThat(copy).hasSameClassAs(exception).hasMessage(exception.getMessage());
            assertThat(copy.process()).isEqualTo("web");
            assertThat(copy.fault()).isEqualTo(exception.fault());
        }
    }

    @Test
    void whatWasProbablyMeantIsNamedBesideAllThereAre() {
        assertThat(new UnknownProcessException("wbe", Optional.of("web"), List.of("web", "db", "web")))
                .hasMessage("Expected the name of a process or a group, but 'wbe' is none; did you mean 'web'? there"
                        + " are: 'db', 'web'");
    }

    @Test
    void theCauseIsKept() {
        assertThat(new SpawnErrorException("web", "x", CAUSE)).hasCause(CAUSE);
        assertThat(new SupervisionFailedException("web", "x", CAUSE)).hasCause(CAUSE);
    }

    @ParameterizedTest
    @EnumSource(names = {"SPAWN_ERROR", "NO_FILE", "NOT_EXECUTABLE"})
    void aSpawnCanFailForThreeReasons(SupervisionFault fault) {
        assertThat(new SpawnErrorException("web", fault, "x", null).fault()).isEqualTo(fault);
    }

    @Test
    void aSpawnFailsForNoOtherReason() {
        assertThatThrownBy(() -> new SpawnErrorException("web", SupervisionFault.SUCCESS, "x", null))
                .isExactlyInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "'fault' is SUCCESS, which no spawn has; give one of [NO_FILE, NOT_EXECUTABLE, SPAWN_ERROR]");
    }

    @Test
    void theCodesAreSupervisords() {
        assertThat(Arrays.stream(SupervisionFault.values())
                        .map(fault -> fault + " " + fault.code())
                        .collect(Collectors.joining(", ")))
                .isEqualTo("SHUTDOWN_STATE 6, BAD_NAME 10, NO_FILE 20, NOT_EXECUTABLE 21, FAILED 30,"
                        + " ABNORMAL_TERMINATION 40, SPAWN_ERROR 50, ALREADY_STARTED 60, NOT_RUNNING 70, SUCCESS 80,"
                        + " ALREADY_ADDED 90, STILL_RUNNING 91");
    }
}
