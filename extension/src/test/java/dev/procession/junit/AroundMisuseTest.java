package dev.procession.junit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.process.ArgumentMatch;
import dev.procession.supervise.SupervisedProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;

/**
 * {@link WaitForStart}, {@link WaitForDeath} and {@link KillStragglers} that cannot be meant, each with the whole of what it
 * says; nothing was started.
 */
class AroundMisuseTest {

    private static final Path TRACE = Path.of("target", "around-misuse-started-something");

    /** Its process leaves a trace: it would be the first to be started. */
    @ManagedProcess(
            name = "web",
            command = {
                "sh",
                "-c",
                "echo started > ${basedir}/target/around-misuse-started-something; echo up; exec sleep 600"
            })
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
        return Arrays.stream(AroundMisuseTest.class.getDeclaredClasses())
                .filter(type -> type.isAnnotationPresent(MisuseMessagesTest.Says.class))
                .sorted(Comparator.comparing(Class::getSimpleName))
                .map(type -> DynamicTest.dynamicTest(type.getSimpleName(), () -> {
                    Throwable failure = Kit.failure(Kit.run(type));

                    assertThat(Kit.normalised(String.valueOf(failure.getMessage())))
                            .isEqualTo(type.getAnnotation(MisuseMessagesTest.Says.class)
                                    .value()
                                    .replace("TYPE", "AroundMisuseTest." + type.getSimpleName()));
                    assertThat(failure).isExactlyInstanceOf(ExtensionConfigurationException.class);
                    assertThat(TRACE)
                            .as("what the first process would have written")
                            .doesNotExist();
                }));
    }

    // --- who is meant

    @WaitForStart(process = "nginx", pidFile = "nginx")
    @MisuseMessagesTest.Says(
            "@WaitForStart(process = \"nginx\") on TYPE: 'pidFile' is \"nginx\" beside 'process', but each"
                    + " says by itself who is meant; keep one of them")
    static class StartOfTwo extends Correct {}

    @WaitForStart(process = "nginx", name = "web")
    @MisuseMessagesTest.Says(
            "@WaitForStart(process = \"nginx\") on TYPE: 'name' is \"web\" beside 'process', but each says by"
                    + " itself who is meant; keep one of them")
    static class StartOfNameToo extends Correct {}

    @WaitForStart(args = "alpha")
    @MisuseMessagesTest.Says(
            "@WaitForStart on TYPE: 'args' holds \"alpha\" without 'process'; say whose arguments they are")
    static class StartOfArgumentsAlone extends Correct {}

    @WaitForStart(match = ArgumentMatch.LOOSE)
    @MisuseMessagesTest.Says("@WaitForStart on TYPE: 'match' is LOOSE without 'process'; leave it out")
    static class StartOfMatchAlone extends Correct {}

    @WaitForStart(process = " ")
    @MisuseMessagesTest.Says(
            "@WaitForStart(process = \" \") on TYPE: 'process' is empty; give the name of a program as pidof"
                    + " takes it, such as postgres")
    static class StartOfBlank extends Correct {}

    @WaitForStart(process = "${sys:no.such.property}")
    @MisuseMessagesTest.Says(
            "@WaitForStart(process = \"${sys:no.such.property}\") on TYPE: 'process' has ${sys:no.such.property}, but the"
                    + " system property no.such.property is not set; set it, or give a default as"
                    + " ${sys:no.such.property:-…}")
    static class StartOfUnset extends Correct {}

    @WaitForStart(process = "nginx", args = "${port}")
    @MisuseMessagesTest.Says(
            "@WaitForStart(process = \"nginx\") on TYPE: 'args' refers to ${port}, which only a process has that is started"
                    + " here; use ${basedir}, ${java}, ${env:NAME} or ${sys:NAME}")
    static class StartOfPort extends Correct {}

    @WaitForStart(pidFile = "/")
    @MisuseMessagesTest.Says(
            "@WaitForStart(pidFile = \"/\") on TYPE: 'pidFile' is \"/\", which names no file; name one")
    static class StartOfNoFile extends Correct {}

    @WaitForDeath
    @MisuseMessagesTest.Says(
            "@WaitForDeath on TYPE: 'process' is not given; say by 'process', 'pidFile' or 'name' who is to be dead")
    static class DeathOfNobody extends Correct {}

    @WaitForDeath(name = "wbe")
    @MisuseMessagesTest.Says(
            "@WaitForDeath(name = \"wbe\") on TYPE: 'name' is \"wbe\", but the processes are: 'web'; did you"
                    + " mean \"web\"?")
    static class DeathOfMisspelt extends Correct {}

    @WaitForDeath(name = "nginx")
    @MisuseMessagesTest.Says(
            "@WaitForDeath(name = \"nginx\") on TYPE: 'name' is \"nginx\", but there is no @ManagedProcess;"
                    + " correct it, or give 'process' for one that somebody else starts")
    static class DeathOfNoneManaged {
        @Test
        void never() {}
    }

    @WaitForDeath(process = "nginx", ignore = "-5")
    @MisuseMessagesTest.Says(
            "@WaitForDeath(process = \"nginx\") on TYPE: 'ignore' holds \"-5\"; give a pid, a number above 0,"
                    + " or the name of a program")
    static class DeathIgnoresNoPid extends Correct {}

    @KillStragglers
    @MisuseMessagesTest.Says(
            "@KillStragglers on TYPE: 'process' is not given, nor is 'pattern' or 'pidFile', or what is given is"
                    + " empty; say by one of them who is to be ended")
    static class KillOfNobody extends Correct {}

    @KillStragglers(pattern = "")
    @MisuseMessagesTest.Says(
            "@KillStragglers on TYPE: 'process' is not given, nor is 'pattern' or 'pidFile', or what is given is"
                    + " empty; say by one of them who is to be ended")
    static class KillOfAnEmptyPattern extends Correct {}

    @KillStragglers(process = "nginx", pattern = "nginx")
    @MisuseMessagesTest.Says(
            "@KillStragglers(process = \"nginx\") on TYPE: 'pattern' is \"nginx\" beside 'process', but each"
                    + " says by itself who is meant; keep one of them")
    static class KillOfTwo extends Correct {}

    @KillStragglers(pattern = "(")
    @MisuseMessagesTest.Says(
            "@KillStragglers(pattern = \"(\") on TYPE: 'pattern' is \"(\", which is no regular expression:"
                    + " Unclosed group; put a backslash before each sign that is meant as it is")
    static class KillOfNoPattern extends Correct {}

    @KillStragglers(process = "nginx", removePidFile = true)
    @MisuseMessagesTest.Says(
            "@KillStragglers(process = \"nginx\") on TYPE: 'removePidFile' is true without 'pidFile'; leave it out")
    static class KillRemovesNoFile extends Correct {}

    // --- how long

    @WaitForDeath(process = "nginx", timeout = "10")
    @MisuseMessagesTest.Says(
            "@WaitForDeath(process = \"nginx\") on TYPE: 'timeout' is \"10\": a bare number has no unit; write"
                    + " 10s or 10ms")
    static class DeathWithoutUnit extends Correct {}

    @KillStragglers(process = "nginx", gracePeriod = "soon")
    @MisuseMessagesTest.Says(
            "@KillStragglers(process = \"nginx\") on TYPE: 'gracePeriod' is \"soon\", which is no duration;"
                    + " write it like 500ms, 10s, 2m, 1h or PT10S")
    static class KillSoon extends Correct {}

    @WaitForStart(process = "nginx", ready = @Ready(timeout = "400d"))
    @MisuseMessagesTest.Says(
            "@WaitForStart(process = \"nginx\") on TYPE: 'timeout' is \"400d\", which is no duration; write it"
                    + " like 500ms, 10s, 2m, 1h or PT10S")
    static class StartInDays extends Correct {}

    @WaitForStart(process = "nginx", fresh = false, since = Since.TEST)
    @MisuseMessagesTest.Says(
            "@WaitForStart(process = \"nginx\") on TYPE: 'since' is TEST, but 'fresh' is false, and any age will do; keep one"
                    + " of them")
    static class StartOfAnyAgeSince extends Correct {}

    // --- ready, of what somebody else starts

    @WaitForStart(process = "nginx", ready = @Ready(log = "ready"))
    @MisuseMessagesTest.Says(
            "@WaitForStart(process = \"nginx\") on TYPE: 'log' is \"ready\", but what a process logs that"
                    + " somebody else starts is not seen from here; wait with 'tcp', 'http', 'unixSocket' or 'file'")
    static class StartByLog extends Correct {}

    @WaitForStart(process = "nginx", ready = @Ready(failOnLog = "ERROR"))
    @MisuseMessagesTest.Says(
            "@WaitForStart(process = \"nginx\") on TYPE: 'failOnLog' is \"ERROR\", but what a process logs"
                    + " that somebody else starts is not seen from here; wait with 'tcp', 'http', 'unixSocket' or 'file'")
    static class StartUnlessLog extends Correct {}

    @WaitForStart(process = "nginx", ready = @Ready(command = "true"))
    @MisuseMessagesTest.Says(
            "@WaitForStart(process = \"nginx\") on TYPE: 'ready.command' starts with \"true\", but it is run"
                    + " only beside a process that is started here; wait with 'tcp', 'http', 'unixSocket' or 'file'")
    static class StartByCommand extends Correct {}

    @WaitForStart(process = "initdb", ready = @Ready(exit = 0))
    @MisuseMessagesTest.Says(
            "@WaitForStart(process = \"initdb\") on TYPE: 'exit' is [0], but the exit code of a process that"
                    + " somebody else starts is not told to us; wait with 'file' for what it makes")
    static class StartByExit extends Correct {}

    @WaitForStart(process = "nginx", ready = @Ready(tcp = "port"))
    @MisuseMessagesTest.Says(
            "@WaitForStart(process = \"nginx\") on TYPE: 'tcp' is \"port\", a name, but ports have names only"
                    + " where a process is started here; write a number, or host:number")
    static class StartByNamedPort extends Correct {}

    @WaitForStart(process = "nginx", ready = @Ready(http = "/health"))
    @MisuseMessagesTest.Says(
            "@WaitForStart(process = \"nginx\") on TYPE: 'http' is \"/health\", without a port, but ports have"
                    + " names only where a process is started here; write it as http://localhost:8080/health")
    static class StartByPath extends Correct {}

    // --- stacked

    @WaitForStart
    @MisuseMessagesTest.Says(
            "@WaitForStart on TYPE: 'process' is not given, and there is no @ManagedProcess; put it beside one, or give"
                    + " 'process' or 'pidFile' for one that somebody else starts")
    static class StackedOnNone {
        @Test
        void never() {}
    }

    @ManagedProcess(
            name = "api",
            command = {"sleep", "600"})
    @WaitForStart
    @MisuseMessagesTest.Says(
            "@WaitForStart on TYPE: 'name' is not given, and it could mean any of 'web', 'api'; say which, such as \"web\"")
    static class StackedOnTwo extends Correct {}

    @WaitForStart(name = "wbe")
    @MisuseMessagesTest.Says(
            "@WaitForStart(name = \"wbe\") on TYPE: 'name' is \"wbe\", but the processes there are: 'web'; did"
                    + " you mean \"web\"?")
    static class StackedOnMisspelt extends Correct {}

    @WaitForStart(name = "web")
    @WaitForStart(ready = @Ready(log = "up"))
    @MisuseMessagesTest.Says(
            "@WaitForStart on TYPE: 'name' means 'web', as that of another @WaitForStart there; remove one")
    static class StackedTwice extends Correct {}

    @WaitForStart(fresh = false)
    @MisuseMessagesTest.Says(
            "@WaitForStart on TYPE: 'fresh' is false, but what is started here is always fresh; leave it out,"
                    + " or give 'process' for one that somebody else starts")
    static class StackedOnOld extends Correct {}

    @WaitForStart(since = Since.TEST)
    @MisuseMessagesTest.Says(
            "@WaitForStart on TYPE: 'since' is TEST, but what is started here is always fresh; leave it out,"
                    + " or give 'process' for one that somebody else starts")
    static class StackedSince extends Correct {}

    @WaitForStart(ready = @Ready(log = "("))
    @MisuseMessagesTest.Says(
            "@ManagedProcess(name = \"web\") and @WaitForStart on TYPE: 'log' is \"(\", which is no regular"
                    + " expression: Unclosed group at index 1; escape characters that are meant literally with a backslash")
    static class StackedBadLog extends Correct {}

    @MisuseMessagesTest.Says(
            "@WaitForStart(process = \"nginx\") on field 'other' of TYPE: there it can only be for the process"
                    + " that is declared there; put it on the class or the test")
    static class StackedOnField extends Correct {
        @ManagedProcess(command = {"sleep", "600"})
        @WaitForStart(process = "nginx")
        static SupervisedProcess other;
    }

    @MisuseMessagesTest.Says(
            "@WaitForStart on field 'plain' of TYPE: 'process' is not given, and there is no @ManagedProcess;"
                    + " put it beside one, or give 'process' or 'pidFile' for one that somebody else starts")
    static class StackedOnPlainField extends Correct {
        @WaitForStart
        static String plain;
    }

    // --- where

    @MisuseMessagesTest.Says(
            "@KillStragglers on TYPE.helper: that is no test method; put it on the class, or on the tests")
    static class OnNoTest extends Correct {
        @KillStragglers(process = "nginx")
        void helper() {}
    }
}
