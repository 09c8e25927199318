package dev.procession.junit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.supervise.SupervisedProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Isolated;

/** The ten mistakes that a newcomer makes first, and the whole of what each prints. */
@Isolated("sets system properties")
class NewcomerTest {

    static class NeverRun {
        @Test
        void never() {
            throw new AssertionError("no test may run");
        }
    }

    // 1

    @ManagedProcess(command = {"sleap", "600"})
    static class ProgramIsMisspelt extends NeverRun {}

    @Test
    void theProgramIsNotThere() {
        assertThat(Kit.startFailureOf(ProgramIsMisspelt.class).replaceAll("\\(searched [^)]*\\)", "(searched PATH)"))
                .isEqualTo("""
                        'sleap' could not be started: there is no program 'sleap' on the PATH (searched PATH)
                          command     sleap 600      in target/procession/NewcomerTest.ProgramIsMisspelt/sleap/work
                          try         did you mean 'sleep'? Otherwise install it, or give its path; look at 'command' of @ManagedProcess on NewcomerTest.ProgramIsMisspelt""");
    }

    // 2

    @ManagedProcess(command = "redis-server --port 6379")
    static class OneString extends NeverRun {}

    @Test
    void theCommandIsOneString() {
        assertThat(Kit.startFailureOf(OneString.class)).isEqualTo("""
                        @ManagedProcess on NewcomerTest.OneString: 'command' is one string with spaces, "redis-server --port 6379", and no shell will split it; give each argument as a string of its own""");
    }

    // 3

    @ManagedProcess(
            name = "web",
            command = {"web-server", "start"},
            ready = @Ready(http = "/health"))
    static class PortIsNotPassedOn extends NeverRun {}

    @Test
    void nobodyTellsTheProgramItsPort() {
        assertThat(Kit.startFailureOf(PortIsNotPassedOn.class)).isEqualTo("""
                        @ManagedProcess(name = "web") on NewcomerTest.PortIsNotPassedOn: 'http' means the main port, but nothing tells the process which one that is; put ${port} into its command or env, or give a fixed port as a number or URL""");
    }

    // 4

    @ManagedProcess(
            name = "web",
            command = {
                "${java}",
                "-cp",
                "${classpath}",
                "dev.procession.junit.TinyServer",
                "${sys:newcomer.other.port}",
                "200",
                "${port}"
            },
            ready = @Ready(tcp = "port", timeout = "3s"))
    static class PortIsIgnored extends NeverRun {}

    @Test
    void theProgramListensElsewhere() {
        System.setProperty("newcomer.other.port", "0");
        try {
            assertThat(Kit.startFailureOf(PortIsIgnored.class)
                            .replaceAll("\\S*/bin/java -cp \\S*", "java -cp CLASSPATH")
                            .replaceAll("(listens on port|listening on) \\w+", "$1 OTHER"))
                    .isEqualTo("""
                        'web' was not ready within 3 s
                          process     pid PID, still running, so it was stopped
                          waiting for tcp localhost:PORT (last: 127.0.0.1:PORT connection refused; [::1]:PORT connection refused, N tries)
                          command     java -cp CLASSPATH dev.procession.junit.TinyServer 0 200 PORT      in target/procession/NewcomerTest.PortIsIgnored/web/work
                          last lines of target/procession/NewcomerTest.PortIsIgnored/web/stdout.log
                            listening on OTHER
                          try         it listens on port OTHER, but was given PORT: let it use what it is given; look at 'command' of @ManagedProcess(name = "web") on NewcomerTest.PortIsIgnored""");
        } finally {
            System.clearProperty("newcomer.other.port");
        }
    }

    // 5

    @ManagedProcess(
            name = "web",
            command = {"${java}", "-cp", "${classpath}", "dev.procession.junit.TinyServer", "${sys:newcomer.stale.port}"
            },
            ready = @Ready(tcp = "${sys:newcomer.stale.port}"))
    static class PortIsTaken extends NeverRun {}

    @Test
    void yesterdaysServerIsStillThere() throws IOException {
        ProcessBuilder yesterday = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                "dev.procession.junit.TinyServer",
                "0");
        yesterday.environment().put("PROCESSION_RUN", "1-1");
        yesterday.environment().put("PROCESSION_PROCESS", "web@1-1.5");
        Process stale = yesterday.start();
        try (BufferedReader output =
                new BufferedReader(new InputStreamReader(stale.getInputStream(), StandardCharsets.UTF_8))) {
            String port = output.readLine().replaceFirst("listening on ", "");
            System.setProperty("newcomer.stale.port", port);

            String message = Kit.normalised(String.valueOf(
                            Kit.failure(Kit.builder(PortIsTaken.class).execute())
                                    .getMessage()))
                    .replace(port, "PORT")
                    .replaceAll("[^\\s(]*/bin/java -cp \\S*", "java -cp CLASSPATH");

            assertThat(message).isEqualTo("""
                        'web' could not be started: port PORT is already served by pid PID (java -cp CLASSPATH dev.procession.junit.TinyServer 0), up for TIME, started by Procession as 'web' in a run that has ended (JVM pid PID)
                          command     java -cp CLASSPATH dev.procession.junit.TinyServer PORT      in target/procession/NewcomerTest.PortIsTaken/web/work
                          try         stop that process, or let ${port} choose a free port; look at 'command' of @ManagedProcess(name = "web") on NewcomerTest.PortIsTaken""");
        } finally {
            stale.destroyForcibly().onExit().join();
            System.clearProperty("newcomer.stale.port");
        }
    }

    // 6

    @ManagedProcess(
            name = "daemon",
            command = {"sh", "-c", "sleep 600 & exit 0"})
    static class GoesIntoTheBackground extends NeverRun {}

    @Test
    void theProgramGoesIntoTheBackground() {
        assertThat(Kit.startFailureOf(GoesIntoTheBackground.class)).isEqualTo("""
                        'daemon' exited before it was ready, after TIME of 60 s
                          process     pid PID, exit code 0
                          waiting for alive for 1 s
                          command     sh -c 'sleep 600 & exit 0'      in target/procession/NewcomerTest.GoesIntoTheBackground/daemon/work
                          output      none, in target/procession/NewcomerTest.GoesIntoTheBackground/daemon/stdout.log and stderr.log
                          try         exit code 0 means it finished, or went into the background: run it in the foreground; look at 'command' of @ManagedProcess(name = "daemon") on NewcomerTest.GoesIntoTheBackground""");
    }

    // 7

    @ManagedProcess(
            name = "app",
            command = {"sh", "-c", "echo 'config.yml: no such file' >&2; exit 78"})
    static class ConfigurationIsMissing extends NeverRun {}

    @Test
    void theProgramEndsAtOnce() {
        assertThat(Kit.startFailureOf(ConfigurationIsMissing.class)).isEqualTo("""
                        'app' exited before it was ready, after TIME of 60 s
                          process     pid PID, exit code 78
                          waiting for alive for 1 s
                          command     sh -c 'echo '\\''config.yml: no such file'\\'' >&2; exit 78'      in target/procession/NewcomerTest.ConfigurationIsMissing/app/work
                          last lines of target/procession/NewcomerTest.ConfigurationIsMissing/app/stderr.log
                            config.yml: no such file
                          try         look at 'command' of @ManagedProcess(name = "app") on NewcomerTest.ConfigurationIsMissing""");
    }

    // 8

    @ManagedProcess(
            name = "web",
            command = {"${java}", "-cp", "${classpath}", "dev.procession.junit.TinyServer", "${port}", "404"},
            ready = @Ready(http = "/helth", timeout = "3s"))
    static class PathIsWrong extends NeverRun {}

    @Test
    void thePathIsWrong() {
        assertThat(Kit.startFailureOf(PathIsWrong.class)
                        .replaceAll("\\S*/bin/java -cp \\S*", "java -cp CLASSPATH")
                        .replaceAll(" +second request\n", ""))
                .isEqualTo("""
                        'web' was not ready within 3 s
                          process     pid PID, still running, so it was stopped
                          waiting for http GET http://localhost:PORT/helth -> 200..399 (last: answered 404, N tries)
                          command     java -cp CLASSPATH dev.procession.junit.TinyServer PORT 404      in target/procession/NewcomerTest.PathIsWrong/web/work
                          last lines of target/procession/NewcomerTest.PathIsWrong/web/stdout.log
                            listening on PORT
                          try         it answers, but not with such a status; correct 'http' of @ManagedProcess(name = "web") on NewcomerTest.PathIsWrong, or say in its 'status' what is to count""");
    }

    // 9

    @ManagedProcess(
            name = "web",
            command = {"sleep", "600"},
            ready = @Ready(timeout = "30"))
    static class UnitIsMissing extends NeverRun {}

    @Test
    void theDurationHasNoUnit() {
        assertThat(Kit.startFailureOf(UnitIsMissing.class)).isEqualTo("""
                        @ManagedProcess(name = "web") on NewcomerTest.UnitIsMissing: 'timeout' is "30": a bare number has no unit; write 30s or 30ms""");
    }

    // 10

    @ExtendWith(ProcessionExtension.class)
    static class NothingIsDeclared {
        @Test
        void never(SupervisedProcess redis) {
            throw new AssertionError("no test may run");
        }
    }

    @Test
    void nothingIsDeclared() {
        assertThat(Kit.failureOf(NothingIsDeclared.class).replaceFirst("^Failed to resolve parameter .*?\\]: ", ""))
                .isEqualTo("parameter 'redis' of NewcomerTest.NothingIsDeclared.never wants a process, but no"
                        + " @ManagedProcess is visible from there; put one on the class");
    }
}
