package dev.procession.junit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.launch.Backoff.Kind;
import dev.procession.launch.RestartMode;
import dev.procession.supervise.SupervisedProcess;
import java.io.IOException;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ParameterResolutionException;

/** More annotations that cannot be meant, each with the whole of what it says; nothing was started. */
class MisuseMessagesTest {

    private static final Path TRACE = Path.of("target", "misuse-messages-started-something");

    /** What a class fails with. */
    @Retention(RetentionPolicy.RUNTIME)
    @interface Says {
        String value();
    }

    /** Its process leaves a trace: it would be the first to be started. */
    @ManagedProcess(
            name = "web",
            command = {
                "sh",
                "-c",
                "echo started > ${basedir}/target/misuse-messages-started-something; echo up ${port}; exec sleep 600"
            },
            ready = @Ready(log = "up"))
    static class Correct {
        @Test
        void never() {
            throw new AssertionError("no test may run");
        }
    }

    @BeforeEach
    void forget() throws IOException {
        Files.deleteIfExists(TRACE);
    }

    @TestFactory
    Stream<DynamicTest> eachSaysWhatIsWrongAndWhatToDo() {
        return Arrays.stream(MisuseMessagesTest.class.getDeclaredClasses())
                .filter(type -> type.isAnnotationPresent(Says.class))
                .sorted(Comparator.comparing(Class::getSimpleName))
                .map(type -> DynamicTest.dynamicTest(type.getSimpleName(), () -> {
                    Throwable failure = Kit.failure(Kit.run(type));

                    assertThat(Kit.normalised(String.valueOf(failure.getMessage()))
                                    .replaceFirst("^Failed to resolve parameter .*?\\]: ", ""))
                            .isEqualTo(type.getAnnotation(Says.class)
                                    .value()
                                    .replace("TYPE", "MisuseMessagesTest." + type.getSimpleName()));
                    assertThat(failure)
                            .isInstanceOfAny(ExtensionConfigurationException.class, ParameterResolutionException.class);
                    assertThat(TRACE)
                            .as("what the first process would have written")
                            .doesNotExist();
                }));
    }

    // --- ports

    @ManagedProcess(
            name = "api",
            command = {"sleep", "600"},
            ports = "http=80x")
    @Says("@ManagedProcess(name = \"api\") on TYPE: 'ports' holds \"http=80x\"; a port is a number from 1 to 65535")
    static class PortIsNoNumber extends Correct {}

    @ManagedProcess(
            name = "api",
            command = {"sleep", "600"},
            ports = "http=70000")
    @Says("@ManagedProcess(name = \"api\") on TYPE: 'ports' holds \"http=70000\"; a port is a number from 1 to 65535")
    static class PortIsTooHigh extends Correct {}

    @ManagedProcess(
            name = "api",
            command = {"sleep", "600"},
            ports = "8081")
    @Says("@ManagedProcess(name = \"api\") on TYPE: 'ports' holds \"8081\"; write a name such as \"http\", or name and"
            + " number \"http=8081\"")
    static class PortHasNoName extends Correct {}

    @ManagedProcess(
            name = "api",
            command = {"sleep", "${port:http}"},
            ports = {"http", "http=8081"})
    @Says("@ManagedProcess(name = \"api\") on TYPE: 'ports' declares \"http\" twice; remove one of them")
    static class PortIsDeclaredTwice extends Correct {}

    @ManagedProcess(
            name = "api",
            command = {"sleep", "600"},
            ports = "http")
    @Says(
            "@ManagedProcess(name = \"api\") on TYPE: 'ports' declares \"http\", but nothing tells the process which one that"
                    + " is; put ${port:http} into its command, env or files, or pin it as \"http=8080\"")
    static class PortIsToldToNobody extends Correct {}

    @ManagedProcess(
            name = "api",
            command = {"sleep", "${port:htpp}"},
            ports = "http=8081")
    @Says(
            "@ManagedProcess(name = \"api\") on TYPE: 'ports' has no \"htpp\", but ${port:htpp} refers to it; did you mean"
                    + " ${port:http}? Otherwise add \"htpp\" to 'ports'")
    static class PortIsMisspelt extends Correct {}

    @ManagedProcess(
            name = "api",
            command = {"sleep", "${port:http}"},
            ports = "http",
            ready = @Ready(tcp = "htpp"))
    @Says("@ManagedProcess(name = \"api\") on TYPE: 'tcp' is \"htpp\", which is no port of it; did you mean \"http\"?")
    static class TcpIsMisspelt extends Correct {}

    @ManagedProcess(
            name = "api",
            command = {"sleep", "${port:http}"},
            ports = "http",
            ready = @Ready(http = ":htpp/health"))
    @Says(
            "@ManagedProcess(name = \"api\") on TYPE: 'http' is \":htpp/health\", but there is no port \"htpp\"; did you mean"
                    + " \":http/health\"?")
    static class HttpIsMisspelt extends Correct {}

    @ManagedProcess(
            name = "api",
            command = {"sleep", "600"},
            portProperty = "api.port")
    @Says(
            "@ManagedProcess(name = \"api\") on TYPE: 'portProperty' is \"api.port\", but the process has no main port; put"
                    + " ${port} into its command or env")
    static class PropertyWithoutPort extends Correct {}

    @ManagedProcess(
            name = "one",
            command = {"sleep", "${port}"},
            portProperty = "misuse.port")
    @ManagedProcess(
            name = "two",
            command = {"sleep", "${port}"},
            portProperty = "misuse.port")
    @Says("@ManagedProcess(name = \"two\") on TYPE: 'portProperty' is \"misuse.port\", which is held by"
            + " @ManagedProcess(name = \"one\") on TYPE at the moment; give them different names, or inject the port"
            + " instead")
    static class PropertyOfTwo extends Correct {}

    @ManagedProcess(
            name = "one",
            command = {"sleep", "600"},
            ports = "http=20001")
    @ManagedProcess(
            name = "two",
            command = {"sleep", "600"},
            ports = "http=20001")
    @Says("@ManagedProcess(name = \"two\") on TYPE: 'ports' pins \"http\" to PORT, which another process has that was"
            + " started by Procession, here or in another JVM; let it be leased, as \"http\", or run the two one after the"
            + " other")
    static class PortOfTwo extends Correct {}

    // --- references

    @ManagedProcess(
            name = "api",
            command = {"sleep", "${process:wbe:port}"})
    @Says(
            "@ManagedProcess(name = \"api\") on TYPE: 'command' has ${process:wbe:port}, but there is no process 'wbe'; did"
                    + " you mean 'web'? there are: 'api', 'web'")
    static class ReferenceIsMisspelt extends Correct {}

    @ManagedProcess(
            name = "api",
            command = {"sleep", "${process:web:port:http}"})
    @Says(
            "@ManagedProcess(name = \"api\") on TYPE: 'command' has ${process:web:port:http}, but 'web' has only port; put"
                    + " ${port} into 'command' of @ManagedProcess(name = \"web\") on TYPE, or declare the port in its 'ports'")
    static class ReferenceToNoPort extends Correct {}

    @ManagedProcess(
            name = "api",
            command = {"sleep", "600"},
            env = "URL=http://localhost:${process:other:port}")
    @ManagedProcess(
            name = "other",
            command = {"sleep", "600"})
    @Says(
            "@ManagedProcess(name = \"api\") on TYPE: 'env' has ${process:other:port}, but 'other' has no port; put ${port}"
                    + " into 'command' of @ManagedProcess(name = \"other\") on TYPE, or declare the port in its 'ports'")
    static class ReferenceToOneWithoutPorts extends Correct {}

    // --- dependencies

    @ManagedProcess(
            name = "api",
            command = {"sleep", "600"},
            dependsOn = "wbe")
    @Says(
            "@ManagedProcess(name = \"api\") on TYPE: 'dependsOn' holds \"wbe\", which is no process; did you mean \"web\"?"
                    + " there are: 'web'")
    static class DependencyIsMisspelt extends Correct {}

    @ManagedProcess(
            name = "api",
            command = {"sleep", "600"},
            dependsOn = "api")
    @Says("@ManagedProcess(name = \"api\") on TYPE: 'dependsOn' holds \"api\", itself; remove it")
    static class DependsOnItself extends Correct {}

    @ManagedProcess(
            name = "a",
            command = {"sleep", "600"},
            dependsOn = "b")
    @ManagedProcess(
            name = "b",
            command = {"sleep", "600"},
            dependsOn = {"web", "c"})
    @ManagedProcess(
            name = "c",
            command = {"sleep", "600"},
            dependsOn = "a")
    @Says(
            "@ManagedProcess(name = \"a\") on TYPE: 'dependsOn' leads back to where it began: a -> b -> c -> a; take one of"
                    + " these out")
    static class DependenciesGoRound extends Correct {}

    // --- readiness

    @ManagedProcess(
            name = "api",
            command = {"sleep", "600"},
            ready = @Ready(exit = 0, log = "done", file = "marker"))
    @Says(
            "@ManagedProcess(name = \"api\") on TYPE: 'exit' stands beside 'log', 'file', but a process that has ended can do"
                    + " nothing else; keep either 'exit', for a one-shot, or the others")
    static class ExitBesideOthers extends Correct {}

    @ManagedProcess(
            name = "api",
            command = {"sleep", "600"},
            ready = @Ready(exit = 256))
    @Says("@ManagedProcess(name = \"api\") on TYPE: 'exit' holds 256; exit codes are from 0 to 255")
    static class ExitCodeIsTooHigh extends Correct {}

    @ManagedProcess(
            name = "api",
            command = {"sleep", "600"},
            ready = @Ready(command = ""))
    @Says(
            "@ManagedProcess(name = \"api\") on TYPE: 'ready.command' starts with an empty string; give the program and its"
                    + " arguments")
    static class ReadyCommandIsEmpty extends Correct {}

    @ManagedProcess(
            name = "api",
            command = {"cat"},
            stdin = ManagedProcess.PIPE,
            ready = @Ready(exit = 0))
    @Says(
            "@ManagedProcess(name = \"api\") on TYPE: 'stdin' is PIPE, but with 'exit' nobody can write to it before it has"
                    + " ended; give the text, or leave 'exit' out")
    static class PipeOfAOneShot extends Correct {}

    @ManagedProcess(
            name = "api",
            command = {"cat"},
            output = "FILE")
    @Says("@ManagedProcess(name = \"api\") on TYPE: 'output' is \"FILE\"; write PIPE, or leave it out for plain files")
    static class OutputOfNoKind extends Correct {}

    // --- restarts

    @ManagedProcess(
            name = "api",
            command = {"sleep", "600"},
            restart = @Restart(RestartMode.UNTIL_EXIT))
    @Says(
            "@ManagedProcess(name = \"api\") on TYPE: 'restart.exitCodes' is empty, but UNTIL_EXIT needs codes; list at least one, such as 55")
    static class NoCodesToEndWith extends Correct {}

    @ManagedProcess(
            name = "api",
            command = {"sleep", "600"},
            restart = @Restart(RestartMode.ON_LISTED_EXIT))
    @Says(
            "@ManagedProcess(name = \"api\") on TYPE: 'restart.exitCodes' is empty, but ON_LISTED_EXIT needs codes; list at least one, such as 55")
    static class NoCodesToRestartAfter extends Correct {}

    @ManagedProcess(
            name = "api",
            command = {"sleep", "600"},
            restart = @Restart(value = RestartMode.ON_FAILURE, exitCodes = 2))
    @Says(
            "@ManagedProcess(name = \"api\") on TYPE: 'restart.exitCodes' is given, but ON_FAILURE has none; leave it out, or use UNTIL_EXIT or ON_LISTED_EXIT; what counts as a good end is 'expectedExitCodes'")
    static class CodesOfAnotherMode extends Correct {}

    @ManagedProcess(
            name = "api",
            command = {"sleep", "600"},
            restart =
                    @Restart(
                            value = RestartMode.UNTIL_EXIT,
                            exitCodes = {55, 256}))
    @Says("@ManagedProcess(name = \"api\") on TYPE: 'restart.exitCodes' holds 256; exit codes are 0 to 255")
    static class RestartCodeIsTooHigh extends Correct {}

    @ManagedProcess(
            name = "api",
            command = {"sleep", "600"},
            expectedExitCodes = {0, 256})
    @Says("@ManagedProcess(name = \"api\") on TYPE: 'expectedExitCodes' holds 256; exit codes are 0 to 255")
    static class ExpectedCodeIsTooHigh extends Correct {}

    @ManagedProcess(
            name = "api",
            command = {"sleep", "600"},
            expectedExitCodes = -1)
    @Says("@ManagedProcess(name = \"api\") on TYPE: 'expectedExitCodes' holds -1; exit codes are 0 to 255")
    static class ExpectedCodeIsNegative extends Correct {}

    @ManagedProcess(
            name = "api",
            command = {"sleep", "600"},
            restart = @Restart(value = RestartMode.ALWAYS, startRetries = -2))
    @Says("@ManagedProcess(name = \"api\") on TYPE: 'restart.startRetries' is -2; give 0 or more, or -1 for no limit")
    static class TooFewRetries extends Correct {}

    @ManagedProcess(
            name = "api",
            command = {"sleep", "600"},
            restart = @Restart(value = RestartMode.ALWAYS, startSeconds = "1"))
    @Says(
            "@ManagedProcess(name = \"api\") on TYPE: 'restart.startSeconds' is \"1\": a bare number has no unit; write 1s or 1ms")
    static class StartSecondsWithoutUnit extends Correct {}

    @ManagedProcess(
            name = "api",
            command = {"sleep", "600"},
            restart = @Restart(value = RestartMode.ALWAYS, startSeconds = "9999h"))
    @Says(
            "@ManagedProcess(name = \"api\") on TYPE: 'restart.startSeconds' is PT9999H; give a duration between 0 and a year")
    static class StartSecondsTooLong extends Correct {}

    @ManagedProcess(
            name = "api",
            command = {"sleep", "600"},
            restart = @Restart(value = RestartMode.ALWAYS, backoff = @Backoff(shortest = "2")))
    @Says(
            "@ManagedProcess(name = \"api\") on TYPE: 'backoff.shortest' is \"2\": a bare number has no unit; write 2s or 2ms")
    static class ShortestWithoutUnit extends Correct {}

    @ManagedProcess(
            name = "api",
            command = {"sleep", "600"},
            restart = @Restart(value = RestartMode.ALWAYS, backoff = @Backoff(longest = "60")))
    @Says(
            "@ManagedProcess(name = \"api\") on TYPE: 'backoff.longest' is \"60\": a bare number has no unit; write 60s or 60ms")
    static class LongestWithoutUnit extends Correct {}

    @ManagedProcess(
            name = "api",
            command = {"sleep", "600"},
            restart = @Restart(value = RestartMode.ALWAYS, backoff = @Backoff(threshold = "5")))
    @Says(
            "@ManagedProcess(name = \"api\") on TYPE: 'backoff.threshold' is \"5\": a bare number has no unit; write 5s or 5ms")
    static class ThresholdWithoutUnit extends Correct {}

    @ManagedProcess(
            name = "api",
            command = {"sleep", "600"},
            restart = @Restart(value = RestartMode.ALWAYS, backoff = @Backoff(shortest = "5s", longest = "3s")))
    @Says(
            "@ManagedProcess(name = \"api\") on TYPE: 'backoff.longest' is 3 s, less than the shortest pause, 5 s; give at least that")
    static class LongestIsLessThanShortest extends Correct {}

    @ManagedProcess(
            name = "api",
            command = {"sleep", "600"},
            restart = @Restart(value = RestartMode.ALWAYS, backoff = @Backoff(value = Kind.RANDOM, shortest = "6s")))
    @Says(
            "@ManagedProcess(name = \"api\") on TYPE: 'backoff.longest' is 5 s, less than the shortest pause, 6 s; give at least that")
    static class ShortestIsMoreThanTheDefaultOfLongest extends Correct {}

    @ManagedProcess(
            name = "api",
            command = {"sleep", "600"},
            restart = @Restart(value = RestartMode.ALWAYS, backoff = @Backoff(value = Kind.FIXED, longest = "3s")))
    @Says(
            "@ManagedProcess(name = \"api\") on TYPE: 'backoff.longest' is \"3s\", but FIXED has one pause only; give that as 'shortest'")
    static class LongestOfOnePause extends Correct {}

    @ManagedProcess(
            name = "api",
            command = {"sleep", "600"},
            restart = @Restart(value = RestartMode.ALWAYS, backoff = @Backoff(value = Kind.RANDOM, threshold = "3s")))
    @Says(
            "@ManagedProcess(name = \"api\") on TYPE: 'backoff.threshold' is \"3s\", but RANDOM counts no early deaths; leave it out, or use LINEAR, EXPONENTIAL or DOUBLE_PLUS_ONE")
    static class ThresholdOfNoCount extends Correct {}

    @ManagedProcess(
            name = "api",
            command = {"sleep", "600"},
            restart = @Restart(backoff = @Backoff(Kind.EXPONENTIAL)))
    @Says(
            "@ManagedProcess(name = \"api\") on TYPE: 'restart.backoff' is given, but with NEVER and without retries there is no second start; say after which ends there is, such as ON_FAILURE, or leave it out")
    static class BackoffOfOneStart extends Correct {}

    @ManagedProcess(
            name = "api",
            command = {"sleep", "600"},
            ready = @Ready(exit = 0),
            restart = @Restart(RestartMode.ON_FAILURE))
    @Says(
            "@ManagedProcess(name = \"api\") on TYPE: 'restart' is ON_FAILURE, but with 'exit' its end is what it is started for; leave 'restart' out, or 'exit'")
    static class RestartOfAOneShot extends Correct {}

    // --- files, users

    @ManagedProcess(
            name = "api",
            command = {"sleep", "600"},
            files = @Template(from = "classpath:/no-such.conf", to = "x.conf"))
    @Says("@ManagedProcess(name = \"api\") on TYPE: 'files' has \"classpath:/no-such.conf\", which is not there; give"
            + " \"classpath:/NAME\", or a path from BASEDIR")
    static class TemplateIsMissing extends Correct {}

    @ManagedProcess(
            name = "api",
            command = {"sleep", "600"},
            files = @Template(from = "pom.xml", to = "../x.conf"))
    @Says(
            "@ManagedProcess(name = \"api\") on TYPE: 'files' has \"../x.conf\" as 'to', which does not lie in the working"
                    + " directory; give a relative path")
    static class TemplateLeavesTheDirectory extends Correct {}

    @ManagedProcess(
            name = "api",
            command = {"sleep", "600"},
            runAs = @RunAs(umask = "999"))
    @Says("@ManagedProcess(name = \"api\") on TYPE: 'umask' is \"999\"; write three octal digits, such as \"027\"")
    static class UmaskIsNotOctal extends Correct {}

    @ManagedProcess(
            name = "api",
            command = {"sleep", "600"},
            runAs = @RunAs(nice = 20))
    @Says("@ManagedProcess(name = \"api\") on TYPE: 'nice' is 20; give a number from -20 (first) to 19 (last)")
    static class NiceIsTooHigh extends Correct {}

    @ManagedProcess(
            name = "api",
            command = {"sleep", "600"},
            runAs = @RunAs(group = "users"))
    @Says("@ManagedProcess(name = \"api\") on TYPE: 'group' is \"users\" without 'user'; say which user")
    static class GroupWithoutUser extends Correct {}

    // --- places and scopes

    @Says(
            "@ManagedProcess on field 'process' of TYPE: 'scope' is TEST, but there it can only be CLASS or RUN; put it on"
                    + " the class, an instance field or the test")
    static class TestScopeOnAStaticField extends Correct {
        @ManagedProcess(
                command = {"sleep", "600"},
                scope = Scope.TEST)
        static SupervisedProcess process;
    }

    @Says(
            "@ManagedProcess on field 'process' of TYPE: 'scope' is CLASS, but there it can only be TEST or RUN; put it on"
                    + " the class or a static field")
    static class ClassScopeOnAField extends Correct {
        @ManagedProcess(
                command = {"sleep", "600"},
                scope = Scope.CLASS)
        SupervisedProcess process;
    }

    @Says(
            "@ManagedProcess on field 'process' of TYPE: its type is String; make it a SupervisedProcess or a ProcessLog, or"
                    + " add @Port to an int")
    static class FieldOfAnotherType extends Correct {
        @ManagedProcess(command = {"sleep", "600"})
        static String process;
    }

    @Says(
            "@ManagedProcess stands 2 times on field 'process' of TYPE, which can be given one process only; put the others"
                    + " on the class or the method")
    static class TwoOnAField extends Correct {
        @ManagedProcess(command = {"sleep", "600"})
        @ManagedProcess(command = {"sleep", "601"})
        static SupervisedProcess process;
    }

    @Says(
            "@ManagedProcess(name = \"web\") on field 'process' of TYPE: 'name' is \"web\", as that of @ManagedProcess(name ="
                    + " \"web\") on TYPE; give one of them another 'name'")
    static class NameOfAFieldIsTaken extends Correct {
        @ManagedProcess(
                name = "web",
                command = {"sleep", "600"})
        static SupervisedProcess process;
    }

    @Says("field 'web' of TYPE wants 'wbe', but the processes are: 'web'; did you mean 'web'?")
    static class InjectedNameIsMisspelt extends Correct {
        @Managed("wbe")
        static SupervisedProcess web;
    }

    @Says("@Port on field 'port' of TYPE: no process has a port \"htpp\"; did you mean \"http\"?")
    static class InjectedPortIsMisspelt {
        @ManagedProcess(
                command = {"sleep", "${port:http}"},
                ports = "http")
        static SupervisedProcess web;

        @Port("htpp")
        static int port;

        @Test
        void never() {
            throw new AssertionError("no test may run");
        }
    }

    @Says("@Port on field 'port' of TYPE: 'web' has no port \"admin\"; declare it in 'ports' of @ManagedProcess(name ="
            + " \"web\") on TYPE")
    static class InjectedPortIsNotDeclared extends Correct {
        @Port(value = "admin", process = "web")
        static int port;
    }

    @Says(
            "@ManagedProcess on parameter 'mine' of TYPE's constructor: only a test method's own parameters can declare one;"
                    + " put it on the class or a field")
    static class OnAConstructor {
        OnAConstructor(@ManagedProcess(command = {"sleep", "600"}) SupervisedProcess mine) {}

        @Test
        void never() {
            throw new AssertionError("no test may run");
        }
    }

    @Says(
            "@ManagedProcess on parameter 'mine' of TYPE.before: only a test method's own parameters can declare one; put it"
                    + " on the class or a field")
    static class OnABeforeMethod {
        @BeforeEach
        void before(@ManagedProcess(command = {"sleep", "600"}) SupervisedProcess mine) {}

        @Test
        void never() {
            throw new AssertionError("no test may run");
        }
    }

    @Says("@ManagedProcess on TYPE.before: that is no test method; put it on the class, or on the tests")
    static class OnAMethodThatIsNoTest extends Correct {
        @BeforeEach
        @ManagedProcess(command = {"sleep", "600"})
        void before() {}
    }

    @Nested
    class WithinATest {

        @Test
        void theSameAnnotationTwiceOnAMethod() {
            assertThat(Kit.failureOf(TwiceOnAMethod.class))
                    .isEqualTo(
                            "@ManagedProcess on MisuseMessagesTest.TwiceOnAMethod.one stands there twice, word for word;"
                                    + " remove one");
        }

        @Test
        void theNameOfAProcessOfATestMayNotBeThatOfItsClass() {
            assertThat(Kit.failureOf(NameOfATestIsTaken.class))
                    .isEqualTo("@ManagedProcess on parameter 'sleeper' of"
                            + " MisuseMessagesTest.NameOfATestIsTaken.one: 'name' is \"sleeper\", as that of"
                            + " @ManagedProcess(name = \"sleeper\") on MisuseMessagesTest.NameOfATestIsTaken; give one of"
                            + " them another 'name'");
        }
    }

    static class TwiceOnAMethod {
        @Test
        @ManagedProcess(command = {"sleep", "600"})
        @ManagedProcess(command = {"sleep", "600"})
        void one() {
            throw new AssertionError("may not run");
        }
    }

    @Sleeper
    static class NameOfATestIsTaken {
        @Test
        void one(@ManagedProcess(command = {"sleep", "600"}) SupervisedProcess sleeper) {
            throw new AssertionError("may not run");
        }
    }
}
