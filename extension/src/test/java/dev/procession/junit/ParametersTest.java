package dev.procession.junit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.launch.ProcessSpec;
import dev.procession.launch.Readiness;
import dev.procession.supervise.StragglerPolicy;
import dev.procession.supervise.SupervisedProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.testkit.engine.EngineExecutionResults;

/** The configuration parameters that hold for a whole test run. */
class ParametersTest {

    private static final Path TRACE = Path.of("target", "parameters-started-something");
    private static final List<SupervisedProcess> MET = Collections.synchronizedList(new ArrayList<>());

    @BeforeEach
    void forget() throws IOException {
        MET.clear();
        Files.deleteIfExists(TRACE);
    }

    private static List<Path> folders() {
        return MET.stream()
                .map(process -> Path.of("").toAbsolutePath().relativize(process.directory()))
                .toList();
    }

    private static Map<String, Duration> timeouts() {
        Map<String, Duration> timeouts = new HashMap<>();
        MET.forEach(
                process -> timeouts.put(process.name(), process.spec().ready().timeout()));
        return timeouts;
    }

    private static Map<String, Duration> gracePeriods() {
        Map<String, Duration> periods = new HashMap<>();
        MET.forEach(process -> periods.put(process.name(), process.spec().stop().gracePeriod()));
        return periods;
    }

    private static void pass(Map<String, String> parameters, Class<?> testClass) {
        assertThat(Kit.failures(Kit.run(parameters, testClass))).isEmpty();
    }

    // --- folder

    @ManagedProcess(
            name = "of-class",
            command = {"sh", "-c", "echo up; exec sleep 600"},
            ready = @Ready(log = "up"))
    @ManagedProcess(
            name = "of-run",
            command = {"sh", "-c", "echo up; exec sleep 600"},
            ready = @Ready(log = "up"),
            scope = Scope.RUN)
    static class Everywhere {
        @Test
        @ManagedProcess(
                name = "of-test",
                command = {"sh", "-c", "echo up; exec sleep 600"},
                ready = @Ready(log = "up"))
        void meets(
                @Managed("of-class") SupervisedProcess ofClass,
                @Managed("of-test") SupervisedProcess ofTest,
                @Managed("of-run") SupervisedProcess ofRun) {
            MET.addAll(List.of(ofClass, ofTest, ofRun));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"target/elsewhere", " target/elsewhere ", "ABSOLUTE/target/elsewhere"})
    void allFoldersAreWhereTheParameterSays(String folder) {
        String base = Path.of("").toAbsolutePath().toString();

        pass(Map.of("procession.folder", folder.replace("ABSOLUTE", base)), Everywhere.class);

        assertThat(folders())
                .containsExactly(
                        Path.of("target/elsewhere/ParametersTest.Everywhere/of-class/work"),
                        Path.of("target/elsewhere/ParametersTest.Everywhere/meets/of-test/work"),
                        Path.of("target/elsewhere/run-"
                                + ProcessHandle.current().pid() + "/of-run/work"));
    }

    @ManagedProcess(
            name = "broken",
            command = {"sh", "-c", "echo no luck >&2; exit 3"})
    static class Broken {
        @Test
        void never() {}
    }

    @Test
    void messagesShowTheRealFolder() {
        Throwable failure = Kit.failure(Kit.run(Map.of("procession.folder", "target/elsewhere"), Broken.class));

        assertThat(Kit.normalised(failure.getMessage())).isEqualTo("""
                        'broken' exited before it was ready, after TIME of 60 s
                          process     pid PID, exit code 3
                          waiting for alive for 1 s
                          command     sh -c 'echo no luck >&2; exit 3'      in target/elsewhere/ParametersTest.Broken/broken/work
                          last lines of target/elsewhere/ParametersTest.Broken/broken/stderr.log
                            no luck
                          try         look at 'command' of @ManagedProcess(name = "broken") on ParametersTest.Broken""");
    }

    // --- durations

    @ManagedProcess(
            name = "silent",
            command = {"sh", "-c", "echo up; exec sleep 600"},
            ready = @Ready(log = "up"))
    @ManagedProcess(
            name = "outspoken",
            command = {"sh", "-c", "echo up; exec sleep 600"},
            ready = @Ready(log = "up", timeout = "60s"),
            stop = @Stop(gracePeriod = "10s"))
    static class SilentAndOutspoken {

        @RegisterExtension
        static ProcessionExtension twin = ProcessionExtension.with(() -> ProcessSpec.command("sleep", "600")
                .name("twin")
                .ready(Readiness.DEFAULT.aliveFor(Duration.ofMillis(1)))
                .build());

        @Test
        void meets(
                @Managed("silent") SupervisedProcess silent,
                @Managed("outspoken") SupervisedProcess outspoken,
                @Managed("twin") SupervisedProcess twin) {
            MET.addAll(List.of(silent, outspoken, twin));
        }
    }

    @Test
    void withoutParametersTheDefaultsHold() {
        pass(Map.of(), SilentAndOutspoken.class);

        Duration minute = Duration.ofSeconds(60);
        Duration grace = Duration.ofSeconds(10);
        assertThat(timeouts()).isEqualTo(Map.of("silent", minute, "outspoken", minute, "twin", minute));
        assertThat(gracePeriods()).isEqualTo(Map.of("silent", grace, "outspoken", grace, "twin", grace));
    }

    @Test
    void startupTimeoutIsForAnnotationsThatHaveNone() {
        pass(Map.of("procession.ready.timeout", "3m"), SilentAndOutspoken.class);

        Duration minute = Duration.ofSeconds(60);
        assertThat(timeouts()).isEqualTo(Map.of("silent", Duration.ofMinutes(3), "outspoken", minute, "twin", minute));
    }

    @Test
    void gracePeriodIsForAnnotationsThatHaveNone() {
        pass(Map.of("procession.stop.gracePeriod", "PT7S"), SilentAndOutspoken.class);

        Duration grace = Duration.ofSeconds(10);
        assertThat(gracePeriods())
                .isEqualTo(Map.of("silent", Duration.ofSeconds(7), "outspoken", grace, "twin", grace));
    }

    // --- stragglers

    @ParameterizedTest
    @CsvSource(nullValues = "-", textBlock = """
            -, KILL
            fail, FAIL
            KILL, KILL
            ' ignore ', IGNORE
            """)
    void stragglersAreReadInAnyCase(String value, StragglerPolicy policy) {
        assertThat(Settings.read(name ->
                                Optional.ofNullable(value).filter(given -> name.equals("procession.stragglers")))
                        .stragglers())
                .isEqualTo(policy);
    }

    // --- wrong ones

    @ManagedProcess(
            name = "first",
            command = {
                "sh",
                "-c",
                "echo started > ${basedir}/target/parameters-started-something; echo up; exec sleep 600"
            },
            ready = @Ready(log = "up"),
            disabledWithoutCommand = true)
    static class LeavesATrace {
        @Test
        void ran() {}
    }

    @Test
    void theProcessWouldLeaveATrace() {
        pass(Map.of(), LeavesATrace.class);

        assertThat(TRACE).exists();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            procession.folder               | ``      | 'procession.folder' is empty; name a folder, or remove the parameter
            procession.folder               | pom.xml | 'procession.folder' is "pom.xml", which is a file; name a folder
            procession.folder               | a\\0b   | 'procession.folder' is "a\\0b", which is no path: Nul character not allowed; name a folder
            procession.ready.timeout        | 10      | 'procession.ready.timeout' is "10": a bare number has no unit; write 10s or 10ms
            procession.ready.timeout        | 9999h   | 'procession.ready.timeout' is PT9999H; give a duration between 0 and a year
            procession.stop.gracePeriod     | abc     | 'procession.stop.gracePeriod' is "abc", which is no duration; write it like 500ms, 10s, 2m, 1h or PT10S
            procession.stop.gracePeriod     | ``      | 'procession.stop.gracePeriod' is "", which is no duration; write it like 500ms, 10s, 2m, 1h or PT10S
            procession.stragglers           | kil     | 'procession.stragglers' is "kil", which is no policy; did you mean "kill"? there are: fail, kill, ignore
            procession.stragglers           | leave   | 'procession.stragglers' is "leave", which is no policy; there are: fail, kill, ignore
            procession.keepRunningOnFailure | true    | 'procession.keepRunningOnFailure' is "true", which is no duration; write it like 500ms, 10s, 2m, 1h or PT10S
            """)
    void wrongParameterIsAnErrorBeforeAnythingIsStarted(String name, String value, String message) {
        EngineExecutionResults results = Kit.run(Map.of(name, value.replace("\\0", "\0")), LeavesATrace.class);

        Throwable failure = Kit.failure(results);
        assertThat(failure)
                .isExactlyInstanceOf(ExtensionConfigurationException.class)
                .hasMessage("configuration parameter " + message.replace("\\0", "\0"))
                .hasNoSuppressedExceptions();
        assertThat(results.testEvents().started().count()).as("tests run").isZero();
        assertThat(TRACE).doesNotExist();
    }

    static class OfATest {
        @Test
        @Sleeper
        void declared() {
            throw new AssertionError("no test may run");
        }
    }

    static class OfCode {
        @RegisterExtension
        static ProcessionExtension twin = ProcessionExtension.with(
                () -> ProcessSpec.command("sleep", "600").build());

        @Test
        void never() {
            throw new AssertionError("no test may run");
        }
    }

    @ParameterizedTest
    @ValueSource(classes = {OfATest.class, OfCode.class})
    void wrongParameterIsAnErrorWhereverTheProcessIsDeclared(Class<?> testClass) {
        Throwable failure = Kit.failure(Kit.run(Map.of("procession.stragglers", "leave"), testClass));

        assertThat(failure)
                .isExactlyInstanceOf(ExtensionConfigurationException.class)
                .hasMessage(
                        "configuration parameter 'procession.stragglers' is \"leave\", which is no policy; there are: fail, kill, ignore")
                .hasNoSuppressedExceptions();
    }
}
