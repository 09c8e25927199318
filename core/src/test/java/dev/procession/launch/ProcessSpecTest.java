package dev.procession.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.process.InvalidSpecException;
import dev.procession.process.Signal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProcessSpecTest {

    private static void assertRefused(ProcessSpec.Builder builder, String message) {
        assertThatThrownBy(builder::build)
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage(message);
    }

    @Test
    void whatIsNotSaidHasADefault() {
        ProcessSpec spec = ProcessSpec.command("redis-server", "--save", "").build();

        assertThat(spec.name()).isEqualTo("redis-server");
        assertThat(spec.command()).containsExactly("redis-server", "--save", "");
        assertThat(spec.environment()).isEmpty();
        assertThat(spec.inheritEnvironment()).isTrue();
        assertThat(spec.directory()).isNull();
        assertThat(spec.ready()).isEqualTo(Readiness.DEFAULT);
        assertThat(spec.stop()).isEqualTo(StopPolicy.DEFAULT);
        assertThat(spec.output()).isEqualTo(OutputPolicy.DEFAULT);
        assertThat(spec.declaration()).isEqualTo("ProcessSpec 'redis-server'");
        assertThat(spec.declarationOf("command")).isEqualTo("'command' of ProcessSpec 'redis-server'");
        assertThat(spec).hasToString("redis-server [redis-server, --save, ]");
    }

    @Test
    void everythingThatIsSaidIsKept() {
        ProcessSpec spec = ProcessSpec.command("./bin/api")
                .name("web-1_a.b")
                .environment("A", "1")
                .environment("EMPTY", "")
                .inheritEnvironment(false)
                .directory("some/where")
                .ready(Readiness.DEFAULT.log("up"))
                .stop(StopPolicy.DEFAULT.signal(Signal.INT))
                .declaration("@ManagedProcess on OrderIT")
                .build();

        assertThat(spec.name()).isEqualTo("web-1_a.b");
        assertThat(spec.environment()).isEqualTo(Map.of("A", "1", "EMPTY", ""));
        assertThat(spec.inheritEnvironment()).isFalse();
        assertThat(spec.directory()).isEqualTo(Path.of("some/where"));
        assertThat(spec.ready().log()).hasToString("up");
        assertThat(spec.stop().signal()).isEqualTo(Signal.INT);
        assertThat(spec.declarationOf("ready")).isEqualTo("'ready' of @ManagedProcess on OrderIT");
    }

    @ParameterizedTest
    @CsvSource({"redis-server,redis-server", "/usr/bin/redis-server,redis-server", "./run.sh,run.sh", "a/../b,b"})
    void theNameIsTheBaseNameOfTheProgram(String program, String name) {
        assertThat(ProcessSpec.command(program).build().name()).isEqualTo(name);
    }

    @Test
    void whatIsBuiltNoLongerChanges() {
        ProcessSpec.Builder builder = ProcessSpec.command("x").environment("A", "1");
        ProcessSpec spec = builder.build();
        builder.environment("B", "2").name("y");

        assertThat(spec.environment()).isEqualTo(Map.of("A", "1"));
        assertThat(spec.name()).isEqualTo("x");
    }

    @Test
    void anEmptyCommandIsRefused() {
        assertRefused(
                ProcessSpec.command(new String[0]),
                "'command' is empty; give the program and its arguments,"
                        + " such as {\"redis-server\", \"--port\", \"${port}\"}");
    }

    @Test
    void anEmptyProgramIsRefused() {
        assertRefused(
                ProcessSpec.command("", "x"),
                "'command' starts with an empty string; give the program and its arguments,"
                        + " such as {\"redis-server\", \"--port\", \"${port}\"}");
    }

    @Test
    void aNulInAnArgumentIsRefused() {
        assertRefused(
                ProcessSpec.command("echo", "a\0b"),
                "'command' holds a NUL character in \"a\\0b\", which no program can receive; remove it");
    }

    @Test
    void aNulInAVariableIsRefused() {
        assertThatThrownBy(() -> ProcessSpec.command("x").environment("A", "1\0002"))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage("'env' holds a NUL character in \"A=1\\02\", which no program can receive; remove it");
    }

    @Test
    void oneStringWithSpacesIsRefused() {
        assertRefused(
                ProcessSpec.command("redis-server --port 1"),
                "'command' is one string with spaces, \"redis-server --port 1\", and no shell will split it;"
                        + " give each argument as a string of its own");
    }

    @Test
    void aPathMayHoldSpaces() {
        assertThat(ProcessSpec.command("/opt/my programs/api")
                        .name("api")
                        .build()
                        .command())
                .containsExactly("/opt/my programs/api");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "a b", "a/b", "größe", "a:b", "web\n"})
    void aNameThatIsNoFolderIsRefused(String name) {
        assertRefused(
                ProcessSpec.command("x").name(name),
                "'name' is \"" + name + "\", but it names a folder; use letters, digits, '.', '_' and '-' only");
    }

    @Test
    void aNameThatIsTooLongForAFolderIsRefused() {
        String longest = "x".repeat(200);
        assertThat(ProcessSpec.command("x").name(longest).build().name()).isEqualTo(longest);
        assertRefused(
                ProcessSpec.command("x").name(longest + "x"),
                "'name' has 201 letters, but it names a folder; use 200 or fewer");
        assertRefused(
                ProcessSpec.command("/bin/" + "x".repeat(100_000)),
                "'name' has 100000 letters, taken from the command, but it names a folder; give a name of 200 or fewer");
    }

    @Test
    void aPortThatOnlyTheProbeKnowsIsRefused() {
        assertRefused(
                ProcessSpec.command("x").ready(Readiness.DEFAULT.tcp("${port}")),
                "'tcp' means the main port, but nothing tells the process which one that is; put ${port} into its"
                        + " command or env, or give a fixed port as a number or URL");
    }

    @Test
    void theOrderOfTheCallsIsFree() {
        ProcessSpec spec = ProcessSpec.command("x")
                .ready(Readiness.DEFAULT
                        .times(2)
                        .log("up")
                        .aliveFor(Duration.ofSeconds(90))
                        .timeout(Duration.ofSeconds(120)))
                .build();

        assertThat(spec.ready().times()).isEqualTo(2);
        assertThat(spec.ready().aliveFor()).isEqualTo(Duration.ofSeconds(90));
    }

    @ParameterizedTest
    @CsvSource({"/opt/[,[", "bin/,''", "/opt/a b,a b", "${java},${java}"})
    void aProgramThatGivesNoNameIsRefused(String program, String name) {
        assertRefused(
                ProcessSpec.command(program, "x"),
                "'name' is \"" + name + "\", taken from the command, but it names a folder;"
                        + " give a name of letters, digits, '.', '_' and '-' only");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "A=B", "="})
    void aVariableNameThatIsNoneIsRefused(String key) {
        assertThatThrownBy(() -> ProcessSpec.command("x").environment(key, "1"))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage("'env' has the variable name \"" + key + "\"; write KEY=value");
    }

    @Test
    void aDirectoryThatIsNoPathIsRefused() {
        assertThatThrownBy(() -> ProcessSpec.command("x").directory("a\0b"))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage("'directory' is \"a\0b\", which is no path here: Nul character not allowed;"
                        + " give an existing folder; for names outside ASCII start the JVM with LC_ALL=C.UTF-8");
    }

    @Test
    void aBadPlaceholderIsRefusedWhereverItStands() {
        String problem = " has a placeholder without an end in \"${port\";"
                + " close it with '}', or write $${ for a literal ${";

        assertRefused(ProcessSpec.command("x", "${port"), "'command'" + problem);
        assertRefused(ProcessSpec.command("x").environment("A", "${port"), "'env'" + problem);
        assertRefused(ProcessSpec.command("x").ready(Readiness.DEFAULT.tcp("${port")), "'tcp'" + problem);
        assertRefused(ProcessSpec.command("x").ready(Readiness.DEFAULT.http("${port")), "'http'" + problem);
    }

    @Test
    void aPortIsThereIfAnythingRefersToIt() {
        assertThat(ProcessSpec.command("x").build().hasPort()).isFalse();
        assertThat(ProcessSpec.command("x", "$${port}").build().hasPort()).isFalse();
        assertThat(ProcessSpec.command("x", "-p${port}").build().hasPort()).isTrue();
        assertThat(ProcessSpec.command("x").environment("P", "@{port}").build().hasPort())
                .isTrue();
    }

    @Test
    void awaitingThePortThatNobodyTellsTheProcessIsRefused() {
        String problem = " means the main port, but nothing tells the process which one that is;"
                + " put ${port} into its command or env, or give a fixed port as a number or URL";

        assertRefused(ProcessSpec.command("x").ready(Readiness.DEFAULT.tcp("port")), "'tcp'" + problem);
        assertRefused(
                ProcessSpec.command("x").ready(Readiness.DEFAULT.http("/")).declaration("@ManagedProcess on OrderIT"),
                "@ManagedProcess on OrderIT: 'http'" + problem);
    }

    @Test
    void anErrorSaysWhereTheDescriptionStands() {
        assertRefused(
                ProcessSpec.command("x").name("a b").declaration("@ManagedProcess on OrderIT"),
                "@ManagedProcess on OrderIT: 'name' is \"a b\", but it names a folder;"
                        + " use letters, digits, '.', '_' and '-' only");
    }

    @Test
    void asATextItShowsNoSecrets() {
        assertThat(ProcessSpec.command("app", "--password", "s3cr3t").build())
                .hasToString("app [app, --password, ***]");
    }

    @Test
    void anErrorShowsNoSecrets() {
        assertRefused(
                ProcessSpec.command("app --password s3cr3t --port 1"),
                "'command' is one string with spaces, \"app --password *** --port 1\", and no shell will split it;"
                        + " give each argument as a string of its own");
        assertThatThrownBy(() -> ProcessSpec.command("x").environment("API_TOKEN", "s3cr3t\0"))
                .hasMessage(
                        "'env' holds a NUL character in \"API_TOKEN=***\", which no program can receive; remove it");
    }

    @Test
    void whatWasAddedLaterIsKept() {
        ProcessSpec spec = ProcessSpec.command("x", "${port}", "${port:http}")
                .port("http")
                .port("admin=8081")
                .portProperty("app.port")
                .stdin("hello ${port}")
                .searchPath("/opt/*/bin", "/usr/lib/x")
                .runAs(RunAs.UNCHANGED.nice(3))
                .dependsOn("db", "queue")
                .consoleLog(true)
                .output(OutputPolicy.DEFAULT.merged(true))
                .build();

        assertThat(spec.portNames()).containsExactly("port", "http", "admin");
        assertThat(spec.pinned("http")).isEmpty();
        assertThat(spec.pinned("admin")).hasValue(8081);
        assertThat(spec.portProperty()).isEqualTo("app.port");
        assertThat(spec.stdin()).isEqualTo("hello ${port}");
        assertThat(spec.searchPath()).containsExactly("/opt/*/bin", "/usr/lib/x");
        assertThat(spec.runAs()).isEqualTo(RunAs.UNCHANGED.nice(3));
        assertThat(spec.dependsOn()).containsExactly("db", "queue");
        assertThat(spec.consoleLog()).isTrue();
        assertThat(spec.output()).isEqualTo(OutputPolicy.DEFAULT.merged(true));
    }

    @Test
    void twoAreEqualWhereverTheyWereDeclared() {
        ProcessSpec one =
                ProcessSpec.command("x").declaration("@ManagedProcess on A").build();

        assertThat(one)
                .isEqualTo(ProcessSpec.command("x")
                        .declaration("@ManagedProcess on B")
                        .build())
                .hasSameHashCodeAs(ProcessSpec.command("x").build())
                .isNotEqualTo(ProcessSpec.command("x", "y").build())
                .isNotEqualTo(ProcessSpec.command("x").stdin("y").build())
                .isNotEqualTo(ProcessSpec.command("x").port("a=1").build())
                .isNotEqualTo(ProcessSpec.command("x").consoleLog(true).build())
                .isNotEqualTo(ProcessSpec.command("x")
                        .output(OutputPolicy.DEFAULT.maxBytes(1))
                        .build())
                .isNotEqualTo(ProcessSpec.command("x").dependsOn("y").build())
                .isNotEqualTo(null);
    }

    @Test
    void aPortThatNobodyTellsTheProcessIsRefused() {
        assertRefused(
                ProcessSpec.command("x").port("http"),
                "'ports' declares \"http\", but nothing tells the process which one that is; put ${port:http} into its"
                        + " command, env or files, or pin it as \"http=8080\"");
        assertRefused(
                ProcessSpec.command("x").port("port"),
                "'ports' declares \"port\", but nothing tells the process which one that is; put ${port} into its"
                        + " command, env or files, or pin it as \"port=8080\"");
        ProcessSpec pinned =
                ProcessSpec.command("x").port("port=8080").port("b=8081").build();
        assertThat(pinned.portNames()).containsExactly("port", "b");
        assertThat(ProcessSpec.command("x", "${port:port}").port("port").build().portNames())
                .containsExactly("port");
    }

    @Test
    void aMainPortThatOnlyAConditionMeansIsRefusedByTheNameOfThat() {
        String problem = " means the main port, but nothing tells the process which one that is; put ${port} into its"
                + " command or env, or give a fixed port as a number or URL";

        assertRefused(
                ProcessSpec.command("x").ready(Readiness.DEFAULT.tcp("8080").http("http://localhost:${port}/")),
                "'http'" + problem);
        assertRefused(ProcessSpec.command("x").ready(Readiness.DEFAULT.file("${port}.pid")), "'file'" + problem);
        assertRefused(
                ProcessSpec.command("x").ready(Readiness.DEFAULT.unixSocket("${port}.s")), "'unixSocket'" + problem);
        assertRefused(
                ProcessSpec.command("x").ready(Readiness.DEFAULT.command("ask", "${port}")),
                "'ready.command'" + problem);
        assertRefused(ProcessSpec.command("x").directory("/srv/${port}"), "'directory'" + problem);
    }

    @Test
    void aPortThatIsNotDeclaredIsRefused() {
        assertRefused(
                ProcessSpec.command("x", "${port:htpp}").port("http=1"),
                "'ports' has no \"htpp\", but ${port:htpp} refers to it; did you mean ${port:http}? Otherwise add"
                        + " \"htpp\" to 'ports'");
        assertRefused(
                ProcessSpec.command("x", "${port:http}"),
                "'ports' has no \"http\", but ${port:http} refers to it; add \"http\" to 'ports'");
    }

    @Test
    void aPortIsDeclaredOnce() {
        assertThatThrownBy(() -> ProcessSpec.command("x").port("http").port("http=1"))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage("'ports' declares \"http\" twice; remove one of them");
    }

    @Test
    void aPropertyForAPortNeedsAPort() {
        assertRefused(
                ProcessSpec.command("x").port("http=1").portProperty("app.port"),
                "'portProperty' is \"app.port\", but the process has no main port; put ${port} into its command or env");
    }

    @Test
    void nothingDependsOnItself() {
        assertRefused(
                ProcessSpec.command("x").name("api").dependsOn("db", "api"),
                "'dependsOn' holds \"api\", itself; remove it");
    }

    @Test
    void aOneShotHasNoPipe() {
        assertRefused(
                ProcessSpec.command("x").stdin(ProcessSpec.PIPE).ready(Readiness.DEFAULT.exit(0)),
                "'stdin' is PIPE, but with 'exit' nobody can write to it before it has ended; give the text, or leave"
                        + " 'exit' out");
    }

    @Test
    void aFileIsWrittenOnce() {
        String from = "classpath:/junit-platform.properties";

        assertThatThrownBy(() -> ProcessSpec.command("x").file(from, "conf/a").file(from, "conf/./a"))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage("'files' writes \"conf/./a\" twice; give one another 'to'");
    }

    @Test
    void aNulInTheCommandOfAConditionIsRefused() {
        assertRefused(
                ProcessSpec.command("x").ready(Readiness.DEFAULT.command("y", "a\0b")),
                "'ready.command' holds a NUL character in \"a\\0b\", which no program can receive; remove it");
    }

    @Test
    void anErrorShowsNoSecret() {
        assertThatThrownBy(() -> ProcessSpec.command("x")
                        .environment("DB_PASSWORD", "Xy7${pa9-hunter2")
                        .build())
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage("'env' has a placeholder without an end in \"***\"; close it with '}', or write $${ for a"
                        + " literal ${")
                .hasNoCause();
    }
}
