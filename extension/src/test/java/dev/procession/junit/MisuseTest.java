package dev.procession.junit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.launch.ProcessLog;
import dev.procession.supervise.SupervisedProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;

/** Annotations that cannot be meant: the whole message, and nothing was started. */
class MisuseTest {

    private static final Path TRACE = Path.of("target", "misuse-started-something");

    @BeforeEach
    void forget() throws IOException {
        Files.deleteIfExists(TRACE);
    }

    /** Its process leaves a trace: it would be the first to be started. */
    @ManagedProcess(
            name = "first",
            command = {"sh", "-c", "echo started > ${basedir}/target/misuse-started-something; echo up; exec sleep 600"
            },
            ready = @Ready(log = "up"))
    static class Correct {
        @Test
        void never() {
            throw new AssertionError("no test may run");
        }
    }

    private static String misuseOf(Class<?> testClass) {
        String message = Kit.startFailureOf(testClass);
        assertThat(Kit.failure(Kit.run(testClass))).isExactlyInstanceOf(ExtensionConfigurationException.class);
        assertThat(TRACE).as("what the first process would have written").doesNotExist();
        return message;
    }

    @Test
    void theFirstProcessWouldLeaveATrace() {
        Kit.failures(Kit.run(Correct.class));

        assertThat(TRACE).exists();
    }

    // --- command

    @ManagedProcess(command = {})
    static class EmptyCommand extends Correct {}

    @Test
    void commandIsEmpty() {
        assertThat(misuseOf(EmptyCommand.class)).isEqualTo("""
                        @ManagedProcess on MisuseTest.EmptyCommand: 'command' is empty; give the program and its arguments, such as {"redis-server", "--port", "${port}"}""");
    }

    @ManagedProcess(command = {"", "--port"})
    static class EmptyProgram extends Correct {}

    @Test
    void programIsEmpty() {
        assertThat(misuseOf(EmptyProgram.class)).isEqualTo("""
                        @ManagedProcess on MisuseTest.EmptyProgram: 'command' starts with an empty string; give the program and its arguments, such as {"redis-server", "--port", "${port}"}""");
    }

    @ManagedProcess(command = "sleep 600")
    static class OneString extends Correct {}

    @Test
    void commandIsOneString() {
        assertThat(misuseOf(OneString.class)).isEqualTo("""
                        @ManagedProcess on MisuseTest.OneString: 'command' is one string with spaces, "sleep 600", and no shell will split it; give each argument as a string of its own""");
    }

    @ManagedProcess(command = {"sleep", "6\0"})
    static class NulInCommand extends Correct {}

    @Test
    void commandHoldsNul() {
        assertThat(misuseOf(NulInCommand.class)).isEqualTo("""
                        @ManagedProcess on MisuseTest.NulInCommand: 'command' holds a NUL character in "6\\0", which no program can receive; remove it""");
    }

    // --- name

    @ManagedProcess(
            name = "my server",
            command = {"sleep", "600"})
    static class BadName extends Correct {}

    @Test
    void nameIsNoName() {
        assertThat(misuseOf(BadName.class)).isEqualTo("""
                        @ManagedProcess(name = "my server") on MisuseTest.BadName: 'name' is "my server", but it names a folder; use letters, digits, '.', '_' and '-' only""");
    }

    @ManagedProcess(command = "/opt/my server")
    static class BadDerivedName extends Correct {}

    @Test
    void nameFromTheCommandIsNoName() {
        assertThat(misuseOf(BadDerivedName.class)).isEqualTo("""
                        @ManagedProcess on MisuseTest.BadDerivedName: 'name' is "my server", taken from the command, but it names a folder; give a name of letters, digits, '.', '_' and '-' only""");
    }

    @ManagedProcess(
            name = "..",
            command = {"sleep", "600"})
    static class TwoDots extends Correct {}

    @Test
    void nameIsTwoDots() {
        assertThat(misuseOf(TwoDots.class)).isEqualTo("""
                        @ManagedProcess(name = "..") on MisuseTest.TwoDots: 'name' is "..", but it names a folder; use letters, digits, '.', '_' and '-' only""");
    }

    // --- durations

    @ManagedProcess(
            command = {"sleep", "600"},
            ready = @Ready(timeout = "10"))
    static class BareTimeout extends Correct {}

    @Test
    void timeoutHasNoUnit() {
        assertThat(misuseOf(BareTimeout.class)).isEqualTo("""
                        @ManagedProcess on MisuseTest.BareTimeout: 'timeout' is "10": a bare number has no unit; write 10s or 10ms""");
    }

    @ManagedProcess(
            command = {"sleep", "600"},
            stop = @Stop(gracePeriod = "abc"))
    static class WordAsGracePeriod extends Correct {}

    @Test
    void gracePeriodIsNoDuration() {
        assertThat(misuseOf(WordAsGracePeriod.class)).isEqualTo("""
                        @ManagedProcess on MisuseTest.WordAsGracePeriod: 'gracePeriod' is "abc", which is no duration; write it like 500ms, 10s, 2m, 1h or PT10S""");
    }

    @ManagedProcess(
            command = {"sleep", "600"},
            ready = @Ready(aliveFor = "PT-1S"))
    static class NegativeAliveFor extends Correct {}

    @Test
    void aliveForIsNegative() {
        assertThat(misuseOf(NegativeAliveFor.class)).isEqualTo("""
                        @ManagedProcess on MisuseTest.NegativeAliveFor: 'aliveFor' is "PT-1S", which is no duration; write it like 500ms, 10s, 2m, 1h or PT10S""");
    }

    @ManagedProcess(
            command = {"sleep", "600"},
            ready = @Ready(aliveFor = "2m"))
    static class AliveForTooLong extends Correct {}

    @Test
    void aliveForIsLongerThanTheTimeout() {
        assertThat(misuseOf(AliveForTooLong.class)).isEqualTo("""
                        @ManagedProcess on MisuseTest.AliveForTooLong: 'aliveFor' is PT2M, not below the timeout of PT1M; raise 'timeout'""");
    }

    @ManagedProcess(
            command = {"sleep", "600"},
            stop = @Stop(retries = -1))
    static class NegativeRetries extends Correct {}

    @Test
    void retriesAreNegative() {
        assertThat(misuseOf(NegativeRetries.class)).isEqualTo("""
                        @ManagedProcess on MisuseTest.NegativeRetries: 'retries' is -1; give 0 or more""");
    }

    // --- placeholders

    @ManagedProcess(command = {"sleep", "${prot}"})
    static class Unknown extends Correct {}

    @Test
    void placeholderIsUnknown() {
        assertThat(misuseOf(Unknown.class)).isEqualTo("""
                        @ManagedProcess on MisuseTest.Unknown: 'command' has an unknown placeholder ${prot}; did you mean ${port}? known are ${port} ${port:NAME} ${process:NAME:port} ${process:NAME:port:PORT} ${process:NAME:directory} ${directory} ${basedir} ${java} ${classpath} ${env:NAME} ${sys:NAME}; write $${prot} for the literal text""");
    }

    @ManagedProcess(
            command = {"sleep", "600"},
            env = "A=@{port")
    static class Unclosed extends Correct {}

    @Test
    void placeholderIsNotClosed() {
        assertThat(misuseOf(Unclosed.class)).isEqualTo("""
                        @ManagedProcess on MisuseTest.Unclosed: 'env' has a placeholder without an end in "@{port"; close it with '}', or write @@{ for a literal @{""");
    }

    @ManagedProcess(command = {"sleep", "${env:PROCESSION_TEST_NOT_SET}"})
    static class NoSuchVariable extends Correct {}

    @Test
    void environmentVariableIsNotSet() {
        assertThat(misuseOf(NoSuchVariable.class)).isEqualTo("""
                        @ManagedProcess on MisuseTest.NoSuchVariable: 'command' has ${env:PROCESSION_TEST_NOT_SET}, but the environment variable PROCESSION_TEST_NOT_SET is not set; set it, or give a default as ${env:PROCESSION_TEST_NOT_SET:-…}""");
    }

    @ManagedProcess(
            name = "server",
            command = {"sleep", "600"},
            env = "A=@{sys:procession.test.not.set}")
    static class NoSuchProperty extends Correct {}

    @Test
    void systemPropertyIsNotSet() {
        assertThat(misuseOf(NoSuchProperty.class)).isEqualTo("""
                        @ManagedProcess(name = "server") on MisuseTest.NoSuchProperty: 'env' has @{sys:procession.test.not.set}, but the system property procession.test.not.set is not set; set it, or give a default as @{sys:procession.test.not.set:-…}""");
    }

    // --- ready

    @ManagedProcess(
            command = {"sleep", "600"},
            ready = @Ready(log = "ready ("))
    static class BadLog extends Correct {}

    @Test
    void logIsNoRegularExpression() {
        assertThat(misuseOf(BadLog.class)).isEqualTo("""
                        @ManagedProcess on MisuseTest.BadLog: 'log' is "ready (", which is no regular expression: Unclosed group at index 7; escape characters that are meant literally with a backslash""");
    }

    @ManagedProcess(
            command = {"sleep", "600"},
            ready = @Ready(failOnLog = "*"))
    static class BadFailOnLog extends Correct {}

    @Test
    void failOnLogIsNoRegularExpression() {
        assertThat(misuseOf(BadFailOnLog.class)).isEqualTo("""
                        @ManagedProcess on MisuseTest.BadFailOnLog: 'failOnLog' is "*", which is no regular expression: Dangling meta character '*' at index 0; escape characters that are meant literally with a backslash""");
    }

    @ManagedProcess(
            command = {"sleep", "600"},
            env = "PORT=${port}",
            ready = @Ready(http = "/", status = "399..200"))
    static class BadStatus extends Correct {}

    @Test
    void statusIsNoRange() {
        assertThat(misuseOf(BadStatus.class)).isEqualTo("""
                        @ManagedProcess on MisuseTest.BadStatus: 'status' is "399..200", which names no HTTP statuses; write 200..399, 204 or 200,404""");
    }

    @ManagedProcess(
            command = {"sleep", "600"},
            ready = @Ready(status = "200"))
    static class StatusAlone extends Correct {}

    @Test
    void statusWithoutHttp() {
        assertThat(misuseOf(StatusAlone.class)).isEqualTo("""
                        @ManagedProcess on MisuseTest.StatusAlone: 'status' is "200" without 'http'; say what is asked""");
    }

    @ManagedProcess(
            command = {"sleep", "600"},
            ready = @Ready(times = 2))
    static class TimesAlone extends Correct {}

    @Test
    void timesWithoutLog() {
        assertThat(misuseOf(TimesAlone.class)).isEqualTo("""
                        @ManagedProcess on MisuseTest.TimesAlone: 'times' is 2 without 'log'; say which line is counted""");
    }

    @ManagedProcess(
            command = {"sleep", "600"},
            ready = @Ready(log = "up", times = 0))
    static class NoTimes extends Correct {}

    @Test
    void timesIsZero() {
        assertThat(misuseOf(NoTimes.class)).isEqualTo("""
                        @ManagedProcess on MisuseTest.NoTimes: 'times' is 0; give the number of matching lines, at least 1""");
    }

    @ManagedProcess(
            command = {"sleep", "600"},
            ready = @Ready(tcp = "localhost"))
    static class BadTcp extends Correct {}

    @Test
    void tcpIsNoEndpoint() {
        assertThat(misuseOf(BadTcp.class)).isEqualTo("""
                        @ManagedProcess on MisuseTest.BadTcp: 'tcp' is "localhost", which is no TCP endpoint; write port, a number from 1 to 65535, or host:number""");
    }

    @ManagedProcess(
            command = {"sleep", "600"},
            ready = @Ready(tcp = "70000"))
    static class PortTooHigh extends Correct {}

    @Test
    void tcpIsNoPort() {
        assertThat(misuseOf(PortTooHigh.class)).isEqualTo("""
                        @ManagedProcess on MisuseTest.PortTooHigh: 'tcp' is "70000", which is no TCP endpoint; write port, a number from 1 to 65535, or host:number""");
    }

    @ManagedProcess(
            command = {"sleep", "600"},
            ready = @Ready(http = "/health"))
    static class PathWithoutPort extends Correct {}

    @Test
    void httpPathWithoutAPort() {
        assertThat(misuseOf(PathWithoutPort.class)).isEqualTo("""
                        @ManagedProcess on MisuseTest.PathWithoutPort: 'http' means the main port, but nothing tells the process which one that is; put ${port} into its command or env, or give a fixed port as a number or URL""");
    }

    @ManagedProcess(
            command = {"sleep", "600"},
            ready = @Ready(tcp = "port"))
    static class TcpWithoutPort extends Correct {}

    @Test
    void tcpPortWithoutAPort() {
        assertThat(misuseOf(TcpWithoutPort.class)).isEqualTo("""
                        @ManagedProcess on MisuseTest.TcpWithoutPort: 'tcp' means the main port, but nothing tells the process which one that is; put ${port} into its command or env, or give a fixed port as a number or URL""");
    }

    @ManagedProcess(
            command = {"sleep", "600"},
            ready = @Ready(http = "https://localhost:8443/"))
    static class Https extends Correct {}

    @Test
    void httpIsHttps() {
        assertThat(misuseOf(Https.class)).isEqualTo("""
                        @ManagedProcess on MisuseTest.Https: 'http' is "https://localhost:8443/", which is neither a path nor an http:// URL; wait with 'tcp' or 'log' for what speaks TLS""");
    }

    @ManagedProcess(
            command = {"sleep", "600"},
            ready = @Ready(http = "health"))
    static class NoUrl extends Correct {}

    @Test
    void httpIsNeitherPathNorUrl() {
        assertThat(misuseOf(NoUrl.class)).isEqualTo("""
                        @ManagedProcess on MisuseTest.NoUrl: 'http' is "health", which is neither a path nor an http:// URL; write /health or http://localhost:8080/health""");
    }

    // --- env

    @ManagedProcess(
            command = {"sleep", "600"},
            env = "VERBOSE")
    static class NoAssignment extends Correct {}

    @Test
    void envWithoutValue() {
        assertThat(misuseOf(NoAssignment.class)).isEqualTo("""
                        @ManagedProcess on MisuseTest.NoAssignment: 'env' holds "VERBOSE", which sets nothing; write "KEY=value\"""");
    }

    @ManagedProcess(
            command = {"sleep", "600"},
            env = "=1")
    static class NoKey extends Correct {}

    @Test
    void envWithoutKey() {
        assertThat(misuseOf(NoKey.class)).isEqualTo("""
                        @ManagedProcess on MisuseTest.NoKey: 'env' holds "=1", which sets nothing; write "KEY=value\"""");
    }

    @ManagedProcess(
            command = {"sleep", "600"},
            env = {"A=1", "A=2"})
    static class TwiceSet extends Correct {}

    @Test
    void envTwice() {
        assertThat(misuseOf(TwiceSet.class)).isEqualTo("""
                        @ManagedProcess on MisuseTest.TwiceSet: 'env' sets "A" twice; remove one of them""");
    }

    // --- the same name twice

    @ManagedProcess(command = {"sleep", "600"})
    @ManagedProcess(command = {"sleep", "601"})
    static class TwiceOnOneClass extends Correct {}

    @Test
    void nameTwiceOnOneClass() {
        assertThat(misuseOf(TwiceOnOneClass.class)).isEqualTo("""
                        @ManagedProcess on MisuseTest.TwiceOnOneClass: 'name' is "sleep", as that of @ManagedProcess on MisuseTest.TwiceOnOneClass; give one of them another 'name'""");
    }

    @ManagedProcess(
            name = "first",
            command = {"sleep", "600"})
    static class AgainInSubclass extends Correct {}

    @Test
    void nameOfTheSuperclass() {
        assertThat(misuseOf(AgainInSubclass.class)).isEqualTo("""
                        @ManagedProcess(name = "first") on MisuseTest.AgainInSubclass: 'name' is "first", as that of @ManagedProcess(name = "first") on MisuseTest.AgainInSubclass; give one of them another 'name'""");
    }

    @ManagedProcess(
            name = "twin",
            command = {"sleep", "600"})
    @ManagedProcess(
            name = "twin",
            command = {"sleep", "600"})
    static class SameTwice {
        @Test
        void never() {}
    }

    @Test
    void theSameAnnotationTwice() {
        assertThat(misuseOf(SameTwice.class))
                .isEqualTo("@ManagedProcess(name = \"twin\") on MisuseTest.SameTwice stands there twice, word for word;"
                        + " remove one");
    }

    @ManagedProcess(
            name = "shared",
            command = {"sh", "-c", "exec sleep 600"},
            ready = @Ready(aliveFor = "1ms"))
    static class Outer {
        @Nested
        @ManagedProcess(
                name = "first",
                command = {
                    "sh",
                    "-c",
                    "echo started > ${basedir}/target/misuse-started-something; echo up; exec sleep 600"
                },
                ready = @Ready(aliveFor = "1ms"))
        @ManagedProcess(
                name = "shared",
                command = {"sleep", "600"})
        class Inner {
            @Test
            void never() {
                throw new AssertionError("no test may run");
            }
        }
    }

    @Test
    void nameOfTheEnclosingClass() {
        assertThat(misuseOf(Outer.class)).isEqualTo("""
                        @ManagedProcess(name = "shared") on MisuseTest.Outer.Inner: 'name' is "shared", as that of @ManagedProcess(name = "shared") on MisuseTest.Outer; give one of them another 'name'""");
    }

    // --- fields

    static class PortAsText extends Correct {
        @Port
        String port;
    }

    @Test
    void fieldOfPortIsAString() {
        assertThat(misuseOf(PortAsText.class)).isEqualTo("""
                        @Port on field 'port' of MisuseTest.PortAsText: its type is String, but a port is an int; make it an int""");
    }

    static class ManagedText extends Correct {
        @Managed
        static String process;
    }

    @Test
    void managedFieldIsAString() {
        assertThat(misuseOf(ManagedText.class)).isEqualTo("""
                        @Managed on field 'process' of MisuseTest.ManagedText: its type is String; make it a SupervisedProcess or a ProcessLog""");
    }

    static class FinalField extends Correct {
        @Managed
        final SupervisedProcess process = null;
    }

    @Test
    void fieldIsFinal() {
        assertThat(misuseOf(FinalField.class)).isEqualTo("""
                        field 'process' of MisuseTest.FinalField is final and cannot be injected; remove 'final'""");
    }

    static class UnknownName extends Correct {
        @Managed("redis")
        SupervisedProcess process;
    }

    @Test
    void fieldNamesAnUnknownProcess() {
        assertThat(misuseOf(UnknownName.class)).isEqualTo("""
                        field 'process' of MisuseTest.UnknownName wants 'redis', but the processes are: 'first'; correct the name""");
    }

    @ManagedProcess(
            name = "second",
            command = {"sleep", "600"})
    static class AmbiguousLog extends Correct {
        @Managed
        static ProcessLog log;
    }

    @Test
    void fieldCouldMeanSeveral() {
        assertThat(misuseOf(AmbiguousLog.class)).isEqualTo("""
                        field 'log' of MisuseTest.AmbiguousLog could mean any of the processes there are: 'first', 'second'; say which, such as @Managed("first")""");
    }

    static class NoPort extends Correct {
        @Port
        int port;
    }

    @Test
    void fieldWantsAPortThatNobodyHas() {
        assertThat(misuseOf(NoPort.class)).isEqualTo("""
                        @Port on field 'port' of MisuseTest.NoPort: no process has a port, because nothing refers to one; put ${port} into a 'command' of @ManagedProcess""");
    }

    static class NoPortOfThatOne extends Correct {
        @Port(process = "first")
        static int port;
    }

    @Test
    void fieldWantsThePortOfAProcessWithoutOne() {
        assertThat(misuseOf(NoPortOfThatOne.class)).isEqualTo("""
                        @Port on field 'port' of MisuseTest.NoPortOfThatOne: 'first' has no port, because nothing refers to it; put ${port} into 'command' of @ManagedProcess(name = "first") on MisuseTest.NoPortOfThatOne""");
    }

    @ManagedProcess(
            name = "web",
            command = {"sleep", "600"},
            env = "PORT=${port}")
    @ManagedProcess(
            name = "admin",
            command = {"sleep", "600"},
            env = "PORT=${port}")
    static class AmbiguousPort extends Correct {
        @Port
        int port;
    }

    @Test
    void fieldCouldMeanThePortOfSeveral() {
        assertThat(misuseOf(AmbiguousPort.class)).isEqualTo("""
                        field 'port' of MisuseTest.AmbiguousPort could mean any of the processes that have a port: 'web', 'admin'; say which, such as @Port(process = "web")""");
    }
}
