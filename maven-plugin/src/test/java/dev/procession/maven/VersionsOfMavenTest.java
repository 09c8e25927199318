package dev.procession.maven;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The whole way from start to stop, and what a pom may not say, by each Maven that is supported. */
class VersionsOfMavenTest {

    static Stream<Path> mavens() {
        return Stream.of(Build.oldest(), Build.newest(), Build.next());
    }

    @ParameterizedTest
    @MethodSource("mavens")
    void aTestTalksToTheService_afterwardsItIsGone(Path maven, @TempDir Path folder) throws Exception {
        new Pom("smoke")
                .services(Pom.server("api", "<portProperty>api.port</portProperty>"))
                .start()
                .stop()
                .tested("<it.port>${procession.api.port}</it.port>")
                .write(folder);

        Build build = Build.run(maven, folder, "verify");

        build.assertSucceeded();
        String port = build.read("talked").split(" ")[0];
        String pid = build.read("talked").split(" ")[1];
        assertThat(build.lines("'api'"))
                .hasSize(3)
                .satisfiesExactly(
                        line -> assertThat(line).isEqualTo("'api' started, pid " + pid),
                        line -> assertThat(line)
                                .matches("'api' is ready after [0-9.]+ m?s, port " + port
                                        + ", logs in target/procession/api"),
                        line -> assertThat(line).matches("'api' stopped by TERM after [0-9.]+ m?s, exit code 143"));
    }

    @ParameterizedTest
    @MethodSource("mavens")
    void mavensAndOurPlaceholders(Path maven, @TempDir Path folder) throws Exception {
        new Pom("words")
                .properties("<greeting>hello</greeting>")
                .services(Pom.service(
                        "echo",
                        "<command>echo ${greeting} ${project.build.directory} ${session.executionRootDirectory}"
                                + " @{basedir} @{sys:it.word} $${literal}</command>",
                        "<ready><exit>0</exit></ready>"))
                .start()
                .stop()
                .write(folder);

        Build build = Build.run(maven, folder, "verify", "-Dit.word=said");

        build.assertSucceeded();
        assertThat(build.read("target/procession/echo/stdout.log"))
                .isEqualTo("hello " + folder + "/target " + folder + " " + folder + " said ${literal}\n");
    }

    /** With -Dport, which would otherwise take the place of our own. */
    @ParameterizedTest
    @MethodSource("mavens")
    void whatMustNotStandInAPom(Path maven, @TempDir Path folder) throws Exception {
        new Pom("reactor")
                .modules("hijacked", "execution", "parameter", "element", "valueless")
                .write(folder);
        new Pom("hijacked").services(server("${port}")).start().write(folder.resolve("hijacked"));
        new Pom("execution")
                .execution("own", "start", "<services>" + server("${process:db:port}") + "</services>")
                .write(folder.resolve("execution"));
        new Pom("parameter").configuration("<servics/>").start().write(folder.resolve("parameter"));
        new Pom("element")
                .services(Pom.sleeper("worker", "<stop><graceperiod>1s</graceperiod></stop>"))
                .start()
                .write(folder.resolve("element"));
        new Pom("valueless")
                .services(Pom.sleeper("worker", "<directory>${prot}</directory>"))
                .start()
                .write(folder.resolve("valueless"));

        Build build = Build.run(maven, folder, "-fae", "-Dport=80", "verify");

        build.assertFailed();
        assertThat(build.output()
                        .lines()
                        .filter(line -> line.contains("on project"))
                        .map(line -> line.replaceAll(
                                "\\[ERROR] Failed to execute goal .* on project [a-z]+: (.*) -> .*", "$1")))
                .containsExactlyInAnyOrder(
                        "pom.xml of hijacked: <services><service 'web'><command> has ${port}, which Maven would take for"
                                + " one of its properties; write @{port}",
                        "pom.xml of execution: <services><service 'web'><command> has ${process:db:port}, which Maven"
                                + " would take for one of its properties; write @{process:db:port}",
                        "<configuration> of parameter: <servics> is not known here; did you mean <services>? start"
                                + " knows <propertiesFile> <services> <skip>",
                        "<service> 'worker' of element: <stop><graceperiod> is not known here; did you mean"
                                + " <gracePeriod>? known are <signal> <gracePeriod> <scope> <retries> <leave>",
                        "<service> 'worker' of valueless: <directory> has ${prot}, for which Maven has no value; did you"
                                + " mean @{port}? define the property, or write $${prot} for the literal text");
        assertThat(build.lines("started")).isEmpty();
    }

    private static String server(String port) {
        return Pom.service("web", "<command>server --port " + port + "</command>");
    }
}
