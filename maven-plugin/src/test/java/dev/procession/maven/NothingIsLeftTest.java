package dev.procession.maven;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** However a build ends, its services end with it. Each a real build; each looks at the processes of the machine. */
class NothingIsLeftTest {

    /** A service that is never ready. */
    private static final String NEVER = Pom.service(
            "never", "<command>sleep 1000</command><ready><log>never said</log><timeout>5m</timeout></ready>");

    @TempDir
    Path folder;

    @Test
    void integrationTestsFail_stopIsStillRun() throws Exception {
        new Pom("failing-tests")
                .services(Pom.server("api"), Pom.sleeper("worker"))
                .start()
                .stop()
                .tested("<it.port>${procession.api.port}</it.port><it.fails>true</it.fails>")
                .write(folder);

        Build build = Build.run(folder, "verify");

        build.assertFailed();
        assertThat(build.has("talked")).isTrue();
        assertThat(build.output())
                .contains("told to fail", "maven-failsafe-plugin")
                .contains(":stop (stop)");
        assertThat(build.lines("stopped by TERM")).hasSize(2);
    }

    @Test
    void anotherPluginFailsBeforeStop() throws Exception {
        new Pom("failing-plugin")
                .services(Pom.sleeper("worker"))
                .start()
                .stop()
                .failing()
                .write(folder);

        Build build = Build.run(folder, "verify");

        build.assertFailed();
        assertThat(build.output()).contains("failed on purpose").doesNotContain(":stop (stop)");
        assertThat(build.lines("'worker' stopped by TERM")).hasSize(1);
    }

    @ParameterizedTest
    @MethodSource("dev.procession.maven.VersionsOfMavenTest#mavens")
    void nobodyRunsStop(Path maven) throws Exception {
        new Pom("endless").services(Pom.sleeper("worker")).start().stop().write(folder);

        Build build = Build.run(maven, folder, "pre-integration-test");

        build.assertSucceeded();
        assertThat(build.lines("'worker' stopped by TERM")).hasSize(1);
    }

    @ParameterizedTest
    @MethodSource("dev.procession.maven.VersionsOfMavenTest#mavens")
    void controlC(Path maven) throws Exception {
        interrupted().write(folder);
        try (Build build = Build.start(maven, folder, "verify")) {
            build.awaitOutput("'never' started");
            assertThat(build.working().size())
                    .as("Maven, its services, and their children")
                    .isGreaterThanOrEqualTo(4);

            build.interrupt();
            build.await();

            build.assertNothingLeft();
            assertThat(build.exitCode()).isEqualTo(130);
            assertThat(build.lines("'worker' stopped by TERM")).hasSize(1);
        }
    }

    @Test
    void mavenIsKilled() throws Exception {
        interrupted().write(folder);
        try (Build build = Build.start(folder, "verify")) {
            build.awaitOutput("'never' started");

            build.kill();
            build.await();

            build.awaitNothingLeft();
            assertThat(build.exitCode()).isEqualTo(137);
        }
    }

    /** Something runs, and something else never gets ready. */
    private static Pom interrupted() {
        return new Pom("interrupted")
                .execution("first", "start", "<services>" + Pom.sleeper("worker") + "</services>")
                .execution("second", "start", "<services>" + NEVER + "</services>")
                .stop();
    }

    @Test
    void aStartThatFailsHalfWay() throws Exception {
        new Pom("half-way")
                .execution("first", "start", "<services>" + Pom.sleeper("before") + "</services>")
                .execution(
                        "second",
                        "start",
                        "<services>" + Pom.sleeper("worker")
                                + Pom.service(
                                        "broken",
                                        "<arguments><argument>sh</argument><argument>-c</argument>"
                                                + "<argument>echo out of luck >&amp;2; exit 3</argument></arguments>",
                                        "<dependsOn>worker</dependsOn>")
                                + "</services>")
                .stop()
                .write(folder);

        Build build = Build.run(folder, "verify");

        build.assertFailed();
        assertThat(build.output()
                        .replaceAll("after [0-9.]+ m?s of", "after T of")
                        .replaceAll("pid \\d+", "pid N"))
                .contains("""
                        :start (second) on project half-way: 'broken' exited before it was ready, after T of 60 s
                        [ERROR]   process     pid N, exit code 3
                        [ERROR]   waiting for alive for 1 s
                        [ERROR]   command     sh -c 'echo out of luck >&2; exit 3'      in target/procession/broken/work
                        [ERROR]   last lines of target/procession/broken/stderr.log
                        [ERROR]     out of luck
                        [ERROR]   try         look at 'command' of <service> 'broken' of half-way
                        [ERROR] -> [Help 1]
                        """);
        assertThat(build.lines("'worker' stopped by TERM")).hasSize(1);
        assertThat(build.lines("'before' stopped by TERM")).hasSize(1);
    }

    @Test
    void aModuleFails_theOthersGoOn() throws Exception {
        new Pom("several").modules("one", "two").write(folder);
        new Pom("one").services(Pom.sleeper("worker")).start().stop().failing().write(folder.resolve("one"));
        new Pom("two").services(Pom.sleeper("worker")).start().stop().write(folder.resolve("two"));

        Build build = Build.run(folder, "-fae", "verify");

        build.assertFailed();
        assertThat(build.output()).contains("failed on purpose");
        assertThat(build.lines("'worker'"))
                .map(line -> line.replaceAll("'worker' (started|is ready|stopped).*", "$1"))
                .as("those of the first are gone before the second has its own")
                .containsExactly("started", "is ready", "stopped", "started", "is ready", "stopped");
    }

    @Test
    void fourModulesAtOnce_withServicesOfTheSameNames() throws Exception {
        for (int round = 1; round <= Integer.getInteger("procession.rounds", 1); round++) {
            Path reactor = folder.resolve("round-" + round);
            List<String> modules = List.of("one", "two", "three", "four");
            new Pom("reactor").modules(modules.toArray(String[]::new)).write(reactor);
            for (String module : modules) {
                new Pom(module)
                        .services(
                                Pom.server("api", "<portProperty>api.port</portProperty><dependsOn>worker</dependsOn>"),
                                Pom.sleeper("worker"))
                        .start()
                        .stop()
                        .tested("<it.port>${api.port}</it.port>")
                        .write(reactor.resolve(module));
            }

            Build build = Build.run(reactor, "-T", "4", "verify");

            build.assertSucceeded();
            Set<String> answers = new HashSet<>();
            for (String module : modules) {
                answers.add(build.read(module + "/talked"));
            }
            assertThat(answers).as("each module has talked to its own").hasSize(4);
            assertThat(build.output()).doesNotContain("not marked as thread-safe");
            assertThat(build.lines("stopped by TERM")).hasSize(8);
        }
    }

    @Test
    void twoBuildsInOneJvm() throws Exception {
        new Pom("twice")
                .services(Pom.server("api", "<portProperty>api.port</portProperty>"))
                .start()
                .stop()
                .write(folder);
        Path maven = Build.newest();
        StringBuilder classPath = new StringBuilder(Pom.classes().toString());
        for (String part : List.of("boot", "lib")) {
            try (DirectoryStream<Path> jars = Files.newDirectoryStream(maven.resolve(part), "*.jar")) {
                jars.forEach(jar -> classPath.append(File.pathSeparator).append(jar));
            }
        }
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Dmaven.home=" + maven,
                "-Dmaven.multiModuleProjectDirectory=" + folder,
                "-cp",
                classPath.toString(),
                TwoBuilds.class.getName()));
        command.addAll(Build.options());

        try (Build build = Build.launch(folder, command, new File("/dev/null"))) {
            build.await();
            build.assertNothingLeft();
            build.assertSucceeded();
            assertThat(build.lines("build "))
                    .containsExactly("build 1 ended with 0 and left []", "build 2 ended with 0 and left []");
            Matcher port = Pattern.compile("'api' is ready .*, port (\\d+)").matcher(build.output());
            List<String> ports = new ArrayList<>();
            while (port.find()) {
                ports.add(port.group(1));
            }
            assertThat(ports).as(build.output()).hasSize(2);
            assertThat(ports).as("no port of the first pins one of the second").doesNotHaveDuplicates();
            assertThat(build.lines("stopped by TERM")).hasSize(2);
        }
    }
}
