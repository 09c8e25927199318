package dev.procession.junit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.launch.ProcessLog;
import dev.procession.process.ExitStatus;
import dev.procession.supervise.ProcessState;
import dev.procession.supervise.SupervisedProcess;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.platform.testkit.engine.EngineExecutionResults;

/** What each attribute that is not about readiness alone does, seen in the process. */
@Isolated("replaces the console")
class AttributesTest {

    private static final Duration SOON = Duration.ofSeconds(30);

    // --- files

    @Sleeper
    @ManagedProcess(
            name = "app",
            command = {"sh", "-c", "cat conf/app.conf; echo done; exec sleep 600"},
            files = @Template(from = "classpath:/templates/app.conf", to = "conf/app.conf"),
            ready = @Ready(log = "done"))
    static class RenderedFiles {
        @Test
        void theTemplateIsRendered(SupervisedProcess app, SupervisedProcess sleeper, @Port(process = "app") int port) {
            assertThat(app.log().lines())
                    .containsExactly(
                            "port = " + port,
                            "folder = " + app.directory(),
                            "other = " + sleeper.port(),
                            "literal = @{port} ${port} $1",
                            "done");
        }
    }

    @Test
    void files() {
        Kit.pass(RenderedFiles.class);
    }

    // --- standard input

    @ManagedProcess(
            name = "text",
            command = {"sh", "-c", "cat; exec sleep 600"},
            stdin = "in ${basedir}\nsecond\n",
            ready = @Ready(log = "second"))
    @ManagedProcess(
            name = "piped",
            command = {"cat"},
            stdin = ManagedProcess.PIPE,
            ready = @Ready(aliveFor = "1ms"))
    static class StandardInput {
        @Test
        void aText(@Managed("text") ProcessLog log) {
            assertThat(log.lines()).containsExactly("in " + Path.of("").toAbsolutePath(), "second");
        }

        @Test
        void aPipe(SupervisedProcess piped) {
            piped.send("h\u00e9llo\n");
            assertThat(piped.log().await("h\u00e9llo", SOON).line()).isEqualTo("h\u00e9llo");
            piped.closeStdin();
            assertThat(piped.awaitExit(SOON)).isEqualTo(new ExitStatus.Code(0));
        }
    }

    @Test
    void stdin() {
        EngineExecutionResults results = Kit.run(StandardInput.class);

        // The second of them leaves 'piped' ended, whichever that is.
        assertThat(results.testEvents().succeeded().count()).isGreaterThanOrEqualTo(1);
        assertThat(Kit.outcomes(results)).contains("aPipe(SupervisedProcess) passed");
    }

    // --- output

    @ManagedProcess(
            name = "entrypoint",
            command = {"sh", "-c", "echo one; echo two > /dev/stdout; echo three | tee /dev/stderr; exec sleep 600"},
            output = ManagedProcess.PIPE,
            ready = @Ready(log = "three"))
    static class PipedOutput {
        @Test
        void isOpenedAnewWithoutLoss(@Managed("entrypoint") ProcessLog log) {
            assertThat(log.await("one", SOON).line()).isEqualTo("one");
            assertThat(log.stdout().await("three", SOON).line()).isEqualTo("three");
            assertThat(log.stderr().await("three", SOON).line()).isEqualTo("three");
            assertThat(log.stdout().lines()).containsExactly("one", "two", "three");
        }
    }

    @Test
    void output() {
        Kit.pass(PipedOutput.class);
    }

    // --- ports

    @ManagedProcess(
            name = "three",
            command = {"sh", "-c", "echo ports ${port} ${port:http} ${port:admin}; exec sleep 600"},
            ports = {"http", "admin=20017"},
            portProperty = "attributes.test.port",
            ready = @Ready(log = "ports (?<main>\\d+) (?<http>\\d+) (?<admin>\\d+)"))
    static class Ports {
        @Port
        private static int main;

        @Port("http")
        private int http;

        @Test
        void areKnownByName(SupervisedProcess three, @Port("admin") int admin) {
            assertThat(three.readyLine().group("main")).isEqualTo(Integer.toString(main));
            assertThat(three.readyLine().group("http")).isEqualTo(Integer.toString(http));
            assertThat(three.readyLine().group("admin")).isEqualTo("20017");
            assertThat(admin).isEqualTo(20017);
            assertThat(three.ports())
                    .containsEntry("port", main)
                    .containsEntry("http", http)
                    .containsEntry("admin", admin);
            assertThat(System.getProperty("attributes.test.port")).isEqualTo(Integer.toString(main));
        }
    }

    @Test
    void ports() {
        Kit.pass(Ports.class);

        assertThat(System.getProperty("attributes.test.port")).isNull();
    }

    // --- readiness

    @ManagedProcess(
            name = "with-file",
            command = {"sh", "-c", "sleep 0.05; echo x > marker; exec sleep 600"},
            ready = @Ready(file = "marker"))
    @ManagedProcess(
            name = "with-command",
            command = {"sh", "-c", "sleep 0.05; echo x > marker; exec sleep 600"},
            ready = @Ready(command = {"test", "-e", "${directory}/marker"}))
    static class OtherConditions {
        @Test
        void hold(@Managed("with-file") SupervisedProcess first, @Managed("with-command") SupervisedProcess second) {
            assertThat(first.directory().resolve("marker")).exists();
            assertThat(second.directory().resolve("marker")).exists();
            assertThat(second.tree()).hasSize(1);
        }
    }

    @Test
    void fileAndCommand() {
        Kit.pass(OtherConditions.class);
    }

    // --- search path, umask, nice

    @ManagedProcess(
            name = "found",
            command = {"only-here", "x"},
            searchPath = "${basedir}/target/search/*/bin",
            ready = @Ready(log = "version 15"))
    static class Searched {
        @Test
        void theHighestVersionIsFound(SupervisedProcess found) {
            assertThat(found.state()).isEqualTo(ProcessState.RUNNING);
        }
    }

    @Test
    void searchPath() throws IOException {
        for (String version : new String[] {"9.6", "15"}) {
            Path bin = Files.createDirectories(Path.of("target", "search", version, "bin"));
            Path program = bin.resolve("only-here");
            Files.writeString(program, "#!/bin/sh\necho version " + version + "\nexec sleep 600\n");
            assertThat(program.toFile().setExecutable(true)).isTrue();
        }

        Kit.pass(Searched.class);
    }

    @ManagedProcess(
            name = "modest",
            command = {"sh", "-c", "echo umask $(umask) nice $(nice); exec sleep 600"},
            runAs = @RunAs(umask = "027", nice = 3),
            ready = @Ready(log = "umask (?<umask>\\d+) nice (?<nice>\\d+)"))
    static class Modest {
        @Test
        void isSo(SupervisedProcess modest) {
            assertThat(modest.readyLine().group("umask")).isEqualTo("0027");
            assertThat(modest.readyLine().group("nice")).isEqualTo("3");
        }
    }

    @Test
    void runAs() {
        Kit.pass(Modest.class);
    }

    // --- console

    @ManagedProcess(
            name = "talker",
            command = {"sh", "-c", "echo to all; echo pw $API_TOKEN >&2; printf unfinished; exec sleep 600"},
            env = "API_TOKEN=tr0ub4dor-and-3",
            consoleLog = true,
            ready = @Ready(log = "unfinished"))
    static class Talker {
        @Test
        void talks() {
            assertThat(true).isTrue();
        }
    }

    @Test
    void consoleLog() {
        PrintStream before = System.out;
        ByteArrayOutputStream console = new ByteArrayOutputStream();
        System.setOut(new PrintStream(console, true, StandardCharsets.UTF_8));
        try {
            Kit.pass(Talker.class);
        } finally {
            System.setOut(before);
        }

        assertThat(console.toString(StandardCharsets.UTF_8).lines())
                .contains("[talker] to all", "[talker] pw ***", "[talker] unfinished");
    }

    // --- secrets

    @ManagedProcess(
            name = "leaky",
            command = {"sh", "-c", "echo connecting with $DB_PASSWORD; exit 4", "sh", "--api-key=s3cr3t-k3y-1"},
            env = "DB_PASSWORD=tr0ub4dor-and-3")
    static class Leaky {
        @Test
        void never() {
            throw new AssertionError("Expected not to be run");
        }
    }

    @Test
    void secretsAreNotShown() {
        assertThat(Kit.startFailureOf(Leaky.class)).isEqualTo("""
                        'leaky' exited before it was ready, after TIME of 60 s
                          process     pid PID, exit code 4
                          waiting for alive for 1 s
                          command     sh -c 'echo connecting with $DB_PASSWORD; exit 4' sh '--api-key=***'      in target/procession/AttributesTest.Leaky/leaky/work
                          last lines of target/procession/AttributesTest.Leaky/leaky/stdout.log
                            connecting with ***
                          try         look at 'command' of @ManagedProcess(name = "leaky") on AttributesTest.Leaky""");
    }
}
