package dev.procession.junit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.launch.CommandText;
import dev.procession.process.ExitStatus;
import dev.procession.process.StartFailedException;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What cannot be started or does not become ready: the whole message, no test run, nothing left. */
class StartFailureTest {

    private static final String TAKEN = "procession.test.taken";
    private static final Path PROGRAMS = Path.of("target", "programs");

    @BeforeAll
    static void makePrograms() throws IOException {
        Files.createDirectories(PROGRAMS);
        program("serve", "#!/bin/sh\nexec sleep 600\n", true);
        program("data", "#!/bin/sh\nexec sleep 600\n", false);
        program("plain", "exec sleep 600\n", true);
        program("orphan", "#!/no/such/interpreter\n", true);
    }

    private static void program(String name, String text, boolean executable) throws IOException {
        Path file = Files.writeString(PROGRAMS.resolve(name), text);
        assertThat(file.toFile().setExecutable(executable)).isTrue();
    }

    @AfterEach
    void forgetPort() {
        System.clearProperty(TAKEN);
    }

    static class NeverRun {
        @Test
        void never() {
            throw new AssertionError("no test may run");
        }
    }

    // --- the program

    @ManagedProcess(
            command = {"servr", "--fast"},
            env = "PATH=${basedir}/target/programs:/no/such/folder")
    static class Misspelt extends NeverRun {}

    @Test
    void programIsNotThereButOneOfASimilarNameIs() {
        assertThat(Kit.startFailureOf(Misspelt.class)).isEqualTo("""
                        'servr' could not be started: there is no program 'servr' on the PATH (searched BASEDIR/target/programs:/no/such/folder)
                          command     servr --fast      in target/procession/StartFailureTest.Misspelt/servr/work
                          try         did you mean 'serve'? Otherwise install it, or give its path; look at 'command' of @ManagedProcess on StartFailureTest.Misspelt""");
    }

    @ManagedProcess(command = "postgres", env = "PATH=${basedir}/target/programs")
    static class NotInstalled extends NeverRun {}

    @Test
    void programIsNotThere() {
        assertThat(Kit.startFailureOf(NotInstalled.class)).isEqualTo("""
                        'postgres' could not be started: there is no program 'postgres' on the PATH (searched BASEDIR/target/programs)
                          command     postgres      in target/procession/StartFailureTest.NotInstalled/postgres/work
                          try         install it, or give its path; look at 'command' of @ManagedProcess on StartFailureTest.NotInstalled""");
    }

    @ManagedProcess(command = "target/programs/nothing")
    static class NoSuchFile extends NeverRun {}

    @Test
    void fileIsNotThere() {
        assertThat(Kit.startFailureOf(NoSuchFile.class)).isEqualTo("""
                        'nothing' could not be started: there is no file BASEDIR/target/programs/nothing (relative paths start at BASEDIR)
                          command     target/programs/nothing      in target/procession/StartFailureTest.NoSuchFile/nothing/work
                          try         build or install it, or correct the path; look at 'command' of @ManagedProcess on StartFailureTest.NoSuchFile""");
    }

    @ManagedProcess(command = "target/programs/data")
    static class NotExecutable extends NeverRun {}

    @Test
    void fileIsNotExecutable() {
        assertThat(Kit.startFailureOf(NotExecutable.class)).isEqualTo("""
                        'data' could not be started: BASEDIR/target/programs/data is not executable for this user
                          command     target/programs/data      in target/procession/StartFailureTest.NotExecutable/data/work
                          try         run 'chmod +x BASEDIR/target/programs/data'; look at 'command' of @ManagedProcess on StartFailureTest.NotExecutable""");
    }

    @ManagedProcess(command = "target/programs/plain")
    static class NoInterpreterLine extends NeverRun {}

    @Test
    void scriptDoesNotSayWhoRunsIt() {
        assertThat(Kit.startFailureOf(NoInterpreterLine.class)).isEqualTo("""
                        'plain' could not be started: BASEDIR/target/programs/plain is neither a binary of this system nor a script that starts with '#!'
                          command     target/programs/plain      in target/procession/StartFailureTest.NoInterpreterLine/plain/work
                          try         make its first line '#!/bin/sh', or run it as {"sh", "BASEDIR/target/programs/plain"}; look at 'command' of @ManagedProcess on StartFailureTest.NoInterpreterLine""");
    }

    @ManagedProcess(command = "target/programs/orphan")
    static class InterpreterIsMissing extends NeverRun {}

    @Test
    void interpreterOfTheScriptIsNotThere() {
        assertThat(Kit.startFailureOf(InterpreterIsMissing.class)).isEqualTo("""
                        'orphan' could not be started: BASEDIR/target/programs/orphan asks for the interpreter '/no/such/interpreter', which is not there
                          command     target/programs/orphan      in target/procession/StartFailureTest.InterpreterIsMissing/orphan/work
                          try         install it, or correct the '#!' line; look at 'command' of @ManagedProcess on StartFailureTest.InterpreterIsMissing""");
    }

    @ManagedProcess(command = "./target")
    static class Folder extends NeverRun {}

    @Test
    void programIsAFolder() {
        assertThat(Kit.startFailureOf(Folder.class)).isEqualTo("""
                        'target' could not be started: BASEDIR/./target is a folder
                          command     ./target      in target/procession/StartFailureTest.Folder/target/work
                          try         name the program in it; look at 'command' of @ManagedProcess on StartFailureTest.Folder""");
    }

    @ManagedProcess(
            command = {"sleep", "600"},
            directory = "target/no-such-folder")
    static class NoDirectory extends NeverRun {}

    @Test
    void workingDirectoryIsNotThere() {
        assertThat(Kit.startFailureOf(NoDirectory.class)).isEqualTo("""
                        'sleep' could not be started: the working directory BASEDIR/target/no-such-folder is not there
                          command     sleep 600      in target/no-such-folder
                          try         make it, or leave 'directory' out; look at 'directory' of @ManagedProcess on StartFailureTest.NoDirectory""");
    }

    // --- the port

    @ManagedProcess(
            command = {"sleep", "600"},
            ready = @Ready(tcp = "${sys:" + TAKEN + "}"))
    static class TakenTcp extends NeverRun {}

    @ManagedProcess(
            command = {"sleep", "600"},
            ready = @Ready(http = "http://localhost:${sys:" + TAKEN + "}/health"))
    static class TakenHttp extends NeverRun {}

    @Test
    void portIsServedByThisJvm() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            String port = Integer.toString(server.getLocalPort());
            System.setProperty(TAKEN, port);
            long pid = ProcessHandle.current().pid();

            assertThat(withoutCommandLine(Kit.failure(Kit.run(TakenTcp.class)).getMessage()))
                    .isEqualTo("""
                            'sleep' could not be started: port %s is already served by pid %d (COMMAND), up for TIME
                              command     sleep 600      in target/procession/StartFailureTest.TakenTcp/sleep/work
                              try         stop that process, or let ${port} choose a free port; look at 'command' of @ManagedProcess on StartFailureTest.TakenTcp""".formatted(port, pid));
            assertThat(withoutCommandLine(Kit.failure(Kit.run(TakenHttp.class)).getMessage()))
                    .isEqualTo("""
                            'sleep' could not be started: port %s is already served by pid %d (COMMAND), up for TIME
                              command     sleep 600      in target/procession/StartFailureTest.TakenHttp/sleep/work
                              try         stop that process, or let ${port} choose a free port; look at 'command' of @ManagedProcess on StartFailureTest.TakenHttp""".formatted(port, pid));
        }
    }

    private static String withoutCommandLine(String message) {
        return message.replaceAll("\\(.*\\), up for [^\\n]*", "(COMMAND), up for TIME");
    }

    @Test
    void portIsServedByAnotherProcess() throws Exception {
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xshare:auto",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                TinyServer.class.getName(),
                "0");
        Process other = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader output = other.inputReader()) {
            String port = output.readLine().replace("listening on ", "");
            System.setProperty(TAKEN, port);

            Throwable failure = Kit.failure(Kit.builder(TakenTcp.class).execute());

            assertThat(failure.getMessage().replaceAll("up for [^\\n]*", "up for TIME"))
                    .isEqualTo("""
                            'sleep' could not be started: port %s is already served by pid %d (%s), up for TIME
                              command     sleep 600      in target/procession/StartFailureTest.TakenTcp/sleep/work
                              try         stop that process, or let ${port} choose a free port; look at 'command' of @ManagedProcess on StartFailureTest.TakenTcp""".formatted(port, other.pid(), CommandText.of(command)));
            assertThat(other.isAlive()).as("the stranger lives").isTrue();
        } finally {
            other.destroyForcibly().waitFor();
        }
    }

    // --- it dies

    @ManagedProcess(command = {"sh", "-c", "echo one; echo two >&2; exit 3"})
    static class DiesAtOnce extends NeverRun {}

    @Test
    void serverDiesAtOnce() {
        assertThat(Kit.startFailureOf(DiesAtOnce.class)).isEqualTo("""
                        'sh' exited before it was ready, after TIME of 60 s
                          process     pid PID, exit code 3
                          waiting for alive for 1 s
                          command     sh -c 'echo one; echo two >&2; exit 3'      in target/procession/StartFailureTest.DiesAtOnce/sh/work
                          last lines of target/procession/StartFailureTest.DiesAtOnce/sh/stdout.log
                            one
                          last lines of target/procession/StartFailureTest.DiesAtOnce/sh/stderr.log
                            two
                          try         look at 'command' of @ManagedProcess on StartFailureTest.DiesAtOnce""");
    }

    @Test
    void failureKnowsTheProcessAndItsExitStatus() {
        Throwable failure = Kit.failure(Kit.run(DiesAtOnce.class));

        assertThat(failure).isInstanceOfSatisfying(StartFailedException.class, e -> {
            assertThat(e.process()).isEqualTo("sh");
            assertThat(e.exitStatus()).isEqualTo(new ExitStatus.Code(3));
        });
    }

    @ManagedProcess(
            name = "api",
            command = {"sh", "-c", "exit 1"},
            env = "PORT=${port}",
            ready = @Ready(aliveFor = "30s"))
    static class DiesWithPort extends NeverRun {}

    @Test
    void serverWithAPortDies() {
        assertThat(Kit.startFailureOf(DiesWithPort.class)).isEqualTo("""
                        'api' exited before it was ready, after TIME of 60 s
                          process     pid PID, exit code 1
                          waiting for alive for 30 s
                          command     sh -c 'exit 1'      in target/procession/StartFailureTest.DiesWithPort/api/work
                          output      none, in target/procession/StartFailureTest.DiesWithPort/api/stdout.log and stderr.log
                          try         port PORT is free; look at 'command' of @ManagedProcess(name = "api") on StartFailureTest.DiesWithPort""");
    }

    @ManagedProcess(command = {"sh", "-c", "sleep 600 & echo in the background"})
    static class Daemonises extends NeverRun {}

    @Test
    void serverGoesIntoTheBackground() {
        assertThat(Kit.startFailureOf(Daemonises.class)).isEqualTo("""
                        'sh' exited before it was ready, after TIME of 60 s
                          process     pid PID, exit code 0
                          waiting for alive for 1 s
                          command     sh -c 'sleep 600 & echo in the background'      in target/procession/StartFailureTest.Daemonises/sh/work
                          last lines of target/procession/StartFailureTest.Daemonises/sh/stdout.log
                            in the background
                          try         exit code 0 means it finished, or went into the background: run it in the foreground; look at 'command' of @ManagedProcess on StartFailureTest.Daemonises""");
    }

    @ManagedProcess(command = {"sh", "-c", "kill -KILL $$"})
    static class Killed extends NeverRun {}

    @Test
    void serverIsKilled() {
        assertThat(Kit.startFailureOf(Killed.class)).isEqualTo("""
                        'sh' exited before it was ready, after TIME of 60 s
                          process     pid PID, killed by KILL
                          waiting for alive for 1 s
                          command     sh -c 'kill -KILL $$'      in target/procession/StartFailureTest.Killed/sh/work
                          output      none, in target/procession/StartFailureTest.Killed/sh/stdout.log and stderr.log
                          try         find out who killed it: the system does when memory runs out; look at 'command' of @ManagedProcess on StartFailureTest.Killed""");
    }

    @ManagedProcess(command = {"sh", "-c", "kill -ABRT $$"})
    static class Aborts extends NeverRun {}

    @Test
    void serverAborts() {
        assertThat(Kit.startFailureOf(Aborts.class).replace(" (core dumped)", ""))
                .isEqualTo("""
                        'sh' exited before it was ready, after TIME of 60 s
                          process     pid PID, killed by ABRT
                          waiting for alive for 1 s
                          command     sh -c 'kill -ABRT $$'      in target/procession/StartFailureTest.Aborts/sh/work
                          output      none, in target/procession/StartFailureTest.Aborts/sh/stdout.log and stderr.log
                          try         look at 'command' of @ManagedProcess on StartFailureTest.Aborts""");
    }

    // --- it does not become ready

    @ManagedProcess(
            command = {"sh", "-c", "echo warming up; exec sleep 600"},
            env = "PORT=${port}",
            ready = @Ready(tcp = "port", http = "/health", log = "never", times = 2, aliveFor = "10ms", timeout = "2s"))
    static class NeverReady extends NeverRun {}

    @Test
    void serverDoesNotBecomeReady() {
        assertThat(Kit.startFailureOf(NeverReady.class)).isEqualTo("""
                        'sh' was not ready within 2 s
                          process     pid PID, still running, so it was stopped
                          waiting for tcp localhost:PORT (last: 127.0.0.1:PORT connection refused; [::1]:PORT connection refused, N tries)
                          waiting for http GET http://localhost:PORT/health -> 200..399 (last: connection refused, N tries)
                          waiting for log /never/ 2 times (last: 0 of 2, last line "warming up")
                          command     sh -c 'echo warming up; exec sleep 600'      in target/procession/StartFailureTest.NeverReady/sh/work
                          last lines of target/procession/StartFailureTest.NeverReady/sh/stdout.log
                            warming up
                          try         look at what it logged; if it is only slow, raise 'timeout' of @ManagedProcess on StartFailureTest.NeverReady""");
    }

    @ManagedProcess(
            command = {"sh", "-c", "trap '' TERM; echo deaf; sleep 600 & while :; do wait; done"},
            ready = @Ready(log = "never", timeout = "2s"),
            stop = @Stop(gracePeriod = "50ms"))
    static class NeitherReadyNorObedient extends NeverRun {}

    @Test
    void serverThatDoesNotBecomeReadyIgnoresTheStopSignal() {
        assertThat(Kit.startFailureOf(NeitherReadyNorObedient.class)).isEqualTo("""
                        'sh' was not ready within 2 s
                          process     pid PID, still running, so it was stopped
                          waiting for log /never/ (last: last line "deaf")
                          command     sh -c 'trap '\\'''\\'' TERM; echo deaf; sleep 600 & while :; do wait; done'      in target/procession/StartFailureTest.NeitherReadyNorObedient/sh/work
                          last lines of target/procession/StartFailureTest.NeitherReadyNorObedient/sh/stdout.log
                            deaf
                          try         look at what it logged; if it is only slow, raise 'timeout' of @ManagedProcess on StartFailureTest.NeitherReadyNorObedient""");
    }

    @ManagedProcess(
            name = "web",
            command = {
                "${java}",
                "-Xshare:auto",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                "${classpath}",
                "dev.procession.junit.TinyServer",
                "${port}",
                "503"
            },
            ready = @Ready(tcp = "${port}", http = "/health", log = "listening", failOnLog = "second request"))
    static class AnswersWithAnError extends NeverRun {}

    @Test
    void serverAnswersWithAnError() {
        String message = Kit.startFailureOf(AnswersWithAnError.class);

        assertThat(message.replaceAll("(?m)^  command .*$", "  command")).isEqualTo("""
                        'web' cannot become ready, after TIME of 60 s: it logged "second request", which matches failOnLog /second request/
                          process     pid PID, still running, so it was stopped
                          waiting for http GET http://localhost:PORT/health -> 200..399 (last: answered 503, N tries)
                          command
                          last lines of target/procession/StartFailureTest.AnswersWithAnError/web/stdout.log
                            listening on PORT
                            second request
                          try         mend what that line says""");
    }

    @ManagedProcess(
            command = {"sh", "-c", "echo 'ERROR: disk full'; exec sleep 600"},
            ready = @Ready(failOnLog = "^ERROR", aliveFor = "30s"))
    static class LogsItsFailure extends NeverRun {}

    @Test
    void lineThatMatchesFailOnLogEndsTheWait() {
        assertThat(Kit.startFailureOf(LogsItsFailure.class)).isEqualTo("""
                        'sh' cannot become ready, after TIME of 60 s: it logged "ERROR: disk full", which matches failOnLog /^ERROR/
                          process     pid PID, still running, so it was stopped
                          waiting for alive for 30 s
                          command     sh -c 'echo '\\''ERROR: disk full'\\''; exec sleep 600'      in target/procession/StartFailureTest.LogsItsFailure/sh/work
                          last lines of target/procession/StartFailureTest.LogsItsFailure/sh/stdout.log
                            ERROR: disk full
                          try         mend what that line says""");
    }

    // --- several

    @ManagedProcess(
            name = "first",
            command = {"sh", "-c", "echo up; exec sleep 600"},
            ready = @Ready(log = "up"))
    @ManagedProcess(
            name = "second",
            command = {"sh", "-c", "exit 7"})
    @ManagedProcess(
            name = "third",
            command = {"sh", "-c", "echo started > ${basedir}/target/third-was-started; exec sleep 600"},
            dependsOn = "second",
            ready = @Ready(aliveFor = "1ms"))
    static class SecondOfThree extends NeverRun {}

    @Test
    void secondOfThreeFailsSoTheFirstIsStoppedAndTheThirdIsNotStarted() throws IOException {
        Path trace = Path.of("target", "third-was-started");
        Files.deleteIfExists(trace);

        assertThat(Kit.startFailureOf(SecondOfThree.class)).isEqualTo("""
                        'second' exited before it was ready, after TIME of 60 s
                          process     pid PID, exit code 7
                          waiting for alive for 1 s
                          command     sh -c 'exit 7'      in target/procession/StartFailureTest.SecondOfThree/second/work
                          output      none, in target/procession/StartFailureTest.SecondOfThree/second/stdout.log and stderr.log
                          try         look at 'command' of @ManagedProcess(name = "second") on StartFailureTest.SecondOfThree""");
        assertThat(trace).doesNotExist();
    }
}
