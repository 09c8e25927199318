package dev.procession.junit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.expect.Foreign;
import dev.procession.launch.PortLeases;
import dev.procession.os.backend.Backend;
import dev.procession.process.ArgumentMatch;
import dev.procession.process.DidNotStartException;
import dev.procession.process.Epoch;
import dev.procession.process.OldStartTimeException;
import dev.procession.process.ProcessQuery;
import dev.procession.process.StartFailedException;
import dev.procession.process.WaitTimeoutException;
import dev.procession.supervise.SupervisedProcess;
import dev.procession.watch.PidFile;
import java.io.IOException;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.testkit.engine.EngineExecutionResults;

/** {@link WaitForStart}, for what somebody else starts and stacked on what is managed. */
class WaitForStartTest {

    private static final String NAME = "${sys:" + Foreign.PROPERTY + "}start";
    private static final String PORT = "${sys:procession.test.port}";
    private static final String FILE = "${sys:procession.test.file}";
    private static final String TRY_DID_NOT_START =
            "\n  try         compare with what 'ps -eo pid,lstart,args' shows; each argument must be a whole one, unless"
                    + " they are compared loosely; or wait longer";

    @TempDir
    private Path folder;

    private Foreign foreign;

    @BeforeEach
    void open() {
        foreign = new Foreign();
        System.setProperty("procession.test.file", folder.resolve("file").toString());
    }

    @AfterEach
    void close() {
        foreign.close();
        System.clearProperty("procession.test.file");
        System.clearProperty("procession.test.port");
    }

    private static String failureOf(EngineExecutionResults results, Class<? extends Throwable> type) {
        Throwable failure = Kit.failure(results);
        assertThat(failure).isExactlyInstanceOf(type);
        assertThat(failure.getSuppressed()).isEmpty();
        return Foreign.normalised(failure.getMessage());
    }

    private static boolean isThere() {
        return !ProcessQuery.named(Foreign.word() + "start").find().isEmpty();
    }

    // --- it is there, or comes

    @WaitForStart(process = NAME)
    static class OnClass {
        @BeforeAll
        static void isThereByNow() {
            assertThat(isThere()).isTrue();
        }

        @Test
        void runs() {}
    }

    static class OnTest {
        @BeforeEach
        void isThereByNow() {
            assertThat(isThere()).isTrue();
        }

        @WaitForStart(process = NAME)
        @Test
        void runs() {}
    }

    @WaitForStart(process = NAME)
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    static class OneInstance {
        OneInstance() {
            assertThat(isThere()).isTrue();
        }

        @Test
        void runs() {}
    }

    @Retention(RetentionPolicy.RUNTIME)
    @WaitForStart(process = NAME)
    @interface NeedsIt {}

    @NeedsIt
    interface Needy {}

    static class Inherits implements Needy {
        @Nested
        class Inner {
            @Test
            void runs() {
                assertThat(isThere()).isTrue();
            }
        }
    }

    @Test
    void startsMeanwhile_isWaitedFor() {
        for (Class<?> type : List.of(OnClass.class, OnTest.class, OneInstance.class, Inherits.class)) {
            Process late = foreign.startLater("start");
            Kit.passBeside(type);
            late.destroyForcibly().onExit().join();
        }
    }

    @WaitForStart(process = NAME, args = "alpha", ready = @Ready(timeout = "100ms"))
    static class None {
        @Test
        void never() {}

        @Test
        void neverEither() {}
    }

    @Test
    void none_classFailsAndNoTestIsRun() {
        foreign.start("start", "beta");
        EngineExecutionResults results = Kit.runBeside(Map.of(), None.class);

        assertThat(failureOf(results, DidNotStartException.class)).isEqualTo("""
                        Nothing was started within 100 ms
                          looked for  'WORDstart' with the arguments alpha
                          found       no such process, old or fresh""" + TRY_DID_NOT_START);
        assertThat(results.testEvents().started().count()).isZero();
    }

    static class NoneForOneTest {
        @WaitForStart(process = NAME, args = "alph", ready = @Ready(timeout = "100ms"))
        @Test
        void never() {
            throw new AssertionError("it was run");
        }

        @Test
        void another() {}
    }

    @Test
    void none_onlyTheTestThatWaitsFails() {
        foreign.start("start", "alpha");
        EngineExecutionResults results = Kit.runBeside(Map.of(), NoneForOneTest.class);

        assertThat(failureOf(results, DidNotStartException.class)).isEqualTo("""
                        Nothing was started within 100 ms
                          looked for  'WORDstart' with the arguments alph
                          found       no such process, old or fresh""" + TRY_DID_NOT_START);
        assertThat(results.testEvents().succeeded().count()).isEqualTo(1);
    }

    @WaitForStart(process = NAME, args = "alph", match = ArgumentMatch.LOOSE)
    static class Loose {
        @Test
        void runs() {}
    }

    @Test
    void loose_partOfAnArgument_isFound() {
        foreign.start("start", "alpha");

        Kit.passBeside(Loose.class);
    }

    @WaitForStart(pidFile = FILE)
    static class ByPidFile {
        @Test
        void runs() {}
    }

    @Test
    void pidFile_itsProcessIsFound() {
        PidFile.at(folder.resolve("file")).write(foreign.start("start").pid());

        Kit.passBeside(ByPidFile.class);
    }

    // --- fresh

    @WaitForStart(process = NAME, since = Since.TEST, ready = @Ready(timeout = "100ms"))
    static class SinceTest {
        @Test
        void runs() {}
    }

    private static final String OLD = """
            Nothing fresh was started within 100 ms: what is there is older
              looked for  'WORDstart'
              fresh       started not longer than TIME ago
              found       pid PID (WORDstart -c 'read x'), up for TIME
              try         end it with 'kill PID' and start it anew; or, if an old one will do, allow a longer time""";

    @Test
    void sinceTest_isThereBefore_isOld() {
        foreign.start("start");

        assertThat(failureOf(Kit.runBeside(Map.of(), SinceTest.class), OldStartTimeException.class))
                .isEqualTo(OLD);
    }

    @WaitForStart(process = NAME, ready = @Ready(timeout = "100ms"))
    static class SinceRun {
        @Test
        void runs() {}
    }

    @WaitForStart(process = NAME, fresh = false, ready = @Ready(timeout = "100ms"))
    static class OfAnyAge {
        @Test
        void runs() {}
    }

    @Test
    void sinceRun_isTheJvm_orWhatTheBuildSays() {
        foreign.start("start");
        Map<String, String> begunNow =
                Map.of("procession.run.since", Long.toString(Epoch.now().ticks()));

        Kit.passBeside(SinceRun.class);
        assertThat(failureOf(Kit.runBeside(begunNow, SinceRun.class), OldStartTimeException.class))
                .isEqualTo(OLD);
        assertThat(Kit.failures(Kit.runBeside(begunNow, OfAnyAge.class))).isEmpty();
    }

    @Test
    void since_noTicks_isRefused() {
        assertThat(Kit.failure(Kit.runBeside(Map.of("procession.run.since", "yesterday"), SinceRun.class))
                        .getMessage())
                .isEqualTo(
                        "configuration parameter 'procession.run.since' is \"yesterday\", which is no number of clock"
                                + " ticks; give the ticks of 10 ms from the start of this machine to that of the build");
        assertThat(Kit.failure(Kit.runBeside(Map.of("procession.run.since", "99999999999999999"), SinceRun.class))
                        .getMessage()
                        .replaceAll("it is \\d+", "it is NOW"))
                .isEqualTo("configuration parameter 'procession.run.since' is \"99999999999999999\", which lies in the"
                        + " future: now it is NOW; take it from this machine, and anew for each build");
    }

    // --- ready

    /** Nobody is given it by accident: the kernel gives others, and leases come around to it last. */
    private static int freePort() {
        try (PortLeases.Lease lease =
                PortLeases.ofMachine().take(Backend.current().sockets())) {
            return lease.port();
        }
    }

    private void serve(int port) {
        System.setProperty("procession.test.port", Integer.toString(port));
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        foreign.execute(
                "start",
                List.of(
                        java,
                        "-cp",
                        System.getProperty("java.class.path"),
                        TinyServer.class.getName(),
                        Integer.toString(port)));
    }

    @WaitForStart(
            process = NAME,
            ready =
                    @Ready(
                            tcp = PORT,
                            http = "http://localhost:" + PORT + "/health",
                            aliveFor = "10ms",
                            timeout = "60s"))
    static class Answers {
        @Test
        void runs() {}
    }

    @Test
    void server_isWaitedForUntilItAnswers() {
        serve(freePort());

        Kit.passBeside(Answers.class);
    }

    @WaitForStart(process = NAME, ready = @Ready(tcp = PORT, timeout = "300ms"))
    static class AnswersSoon {
        @Test
        void runs() {}
    }

    @Test
    void portIsServedByAnother_isNotTakenForIt() throws IOException {
        foreign.start("start");
        try (ServerSocket stranger = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            System.setProperty("procession.test.port", Integer.toString(stranger.getLocalPort()));

            assertThat(failureOf(Kit.runBeside(Map.of(), AnswersSoon.class), WaitTimeoutException.class)
                            .replace(Integer.toString(stranger.getLocalPort()), "PORT")
                            .replaceAll("pid PID \\([^\\n]*\\), up for TIME, which", "pid PID (THIS JVM), which"))
                    .isEqualTo("""
                            'WORDstart' was there, but was not ready within 300 ms
                              process     pid PID (WORDstart -c 'read x'), up for TIME
                              waiting for tcp localhost:PORT (last: port PORT is served by pid PID (THIS JVM), which is not part of this process)
                              try         end whoever has its port, or let it use another""");
        }
    }

    @WaitForStart(process = NAME, ready = @Ready(tcp = PORT, timeout = "3s"))
    static class EndsTooSoon {
        @Test
        void runs() {}
    }

    @Test
    void endsBeforeItIsReady_isSaid() throws Exception {
        Process ends = foreign.start("start");
        try (ServerSocket probed = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            System.setProperty("procession.test.port", Integer.toString(probed.getLocalPort()));
            FutureTask<Process> end = new FutureTask<>(() -> {
                // Whoever asks has found the process.
                probed.accept().close();
                return ends.destroyForcibly();
            });
            Thread ender = new Thread(end, "ender");
            ender.setDaemon(true);
            ender.start();

            assertThat(failureOf(Kit.runBeside(Map.of(), EndsTooSoon.class), WaitTimeoutException.class)
                            .replace(Integer.toString(probed.getLocalPort()), "PORT")
                            .replaceAll("\\(last: .*\\)", "(last: SEEN)")
                            .replaceAll("try         .*", "try         REMEDY"))
                    .isEqualTo("""
                            'WORDstart' was there, but ended before it was ready, and nobody took its place within 3 s
                              process     pid PID (WORDstart -c 'read x'), has ended
                              waiting for tcp localhost:PORT (last: SEEN)
                              try         REMEDY""");
            end.get(60, TimeUnit.SECONDS);
        }
    }

    @WaitForStart(process = NAME, ready = @Ready(file = FILE, timeout = "60s"))
    static class Writes {
        @Test
        void runs() {}
    }

    @WaitForStart(process = NAME, ready = @Ready(file = FILE, timeout = "200ms"))
    static class WritesSoon {
        @Test
        void runs() {}
    }

    @Test
    void file_itsOwnIsWaitedFor_andAnOlderOneIsNotTakenForIt() throws IOException {
        Path file = folder.resolve("file");
        Files.writeString(file, "old");
        Files.setLastModifiedTime(file, FileTime.fromMillis(0));
        Process process = foreign.start("start");

        assertThat(failureOf(Kit.runBeside(Map.of(), WritesSoon.class), WaitTimeoutException.class)
                        .replace(folder.toString(), "FOLDER"))
                .isEqualTo("""
                        'WORDstart' was there, but was not ready within 200 ms
                          process     pid PID (WORDstart -c 'read x'), up for TIME
                          waiting for file FOLDER/file (last: there, but last changed before the process was started)
                          try         look at what it logs; if it is only slow, allow a longer time""");
        process.destroyForcibly().onExit().join();

        foreign.play("start", "read -t 0.3 x; echo new > \"$1\"; read x", "", file.toString());
        Kit.passBeside(Writes.class);
    }

    // --- stacked

    @ManagedProcess(
            name = "cache",
            command = {"sh", "-c", "echo begun; sleep 0.2; echo ready now; exec sleep 600"},
            ready = @Ready(log = "never", timeout = "1ms"))
    @WaitForStart(ready = @Ready(log = "ready (?<g>now)", timeout = "60s"))
    static class Stacked {
        @ManagedProcess(
                command = {"sh", "-c", "echo field ready; exec sleep 600"},
                ready = @Ready(log = "(?<g>field) ready", timeout = "60s"))
        @WaitForStart
        static SupervisedProcess field;

        @ManagedProcess(
                name = "a",
                command = {"sh", "-c", "echo a ready; exec sleep 600"})
        @ManagedProcess(
                name = "b",
                command = {"sh", "-c", "echo b ready; exec sleep 600"})
        @WaitForStart(name = "b", ready = @Ready(log = "(?<g>b) ready", timeout = "60s"))
        @WaitForStart(name = "a", ready = @Ready(log = "(?<g>a) ready", timeout = "60s"))
        @Test
        void areReadyAsTheyWait(
                SupervisedProcess cache,
                SupervisedProcess a,
                SupervisedProcess b,
                @ManagedProcess(command = {"sh", "-c", "echo c ready; exec sleep 600"})
                        @WaitForStart(ready = @Ready(log = "(?<g>c) ready", timeout = "60s"))
                        SupervisedProcess c) {
            List<String> groups = new ArrayList<>();
            List.of(cache, field, a, b, c)
                    .forEach(process -> groups.add(process.readyLine().group("g")));
            assertThat(groups).containsExactly("now", "field", "a", "b", "c");
        }
    }

    @Test
    void stacked_itsReadyTakesThePlaceOfTheProcesss() {
        Kit.passBeside(Stacked.class);
    }

    @ManagedProcess(
            name = "cache",
            command = {"sleep", "600"})
    @WaitForStart(ready = @Ready(log = "never", timeout = "200ms"))
    static class StackedFails {
        @Test
        void never() {}
    }

    @Test
    void stacked_isNotReadyInTime_failsAsAStart() {
        EngineExecutionResults results = Kit.runBeside(Map.of(), StackedFails.class);
        Throwable failure = Kit.failure(results);

        assertThat(failure).isExactlyInstanceOf(StartFailedException.class);
        assertThat(Kit.normalised(failure.getMessage())).isEqualTo("""
                        'cache' was not ready within 200 ms
                          process     pid PID, still running, so it was stopped
                          waiting for log /never/ (last: nothing logged)
                          command     sleep 600      in target/procession/WaitForStartTest.StackedFails/cache/work
                          output      none, in target/procession/WaitForStartTest.StackedFails/cache/stdout.log and stderr.log
                          try         look at what it logged; if it is only slow, raise 'timeout' of @ManagedProcess(name = "cache") and @WaitForStart on WaitForStartTest.StackedFails""");
        assertThat(results.testEvents().started().count()).isZero();
    }

    // --- order, and what does nothing

    /** The managed process makes the other one be there, which is a straggler afterwards. */
    @KillStragglers(process = NAME, force = true)
    @ManagedProcess(
            name = "starter",
            command = {
                "bash",
                "-c",
                "env -u PROCESSION_RUN -u PROCESSION_PROCESS bash -c 'exec -a \"$0\" sleep 600' \"$0\" & exec sleep 600",
                NAME
            },
            ready = @Ready(aliveFor = "0s"))
    @WaitForStart(process = NAME, since = Since.TEST, ready = @Ready(timeout = "60s"))
    static class InOrder {
        @BeforeAll
        static void isThereByNow() {
            assertThat(isThere()).isTrue();
        }

        @Test
        void runs() {}
    }

    @Test
    void killThenStartThenWaitThenBeforeMethods() {
        Process straggler = foreign.start("start");

        Kit.passBeside(InOrder.class);

        assertThat(Foreign.isAlive(straggler)).isFalse();
        assertThat(isThere()).isFalse();
    }

    @Disabled
    @KillStragglers(process = NAME)
    @WaitForStart(process = NAME, args = "never", ready = @Ready(timeout = "10m"))
    @WaitForDeath(process = NAME, timeout = "10m")
    static class DisabledClass {
        @Test
        void never() {}
    }

    static class DisabledTest {
        @Disabled
        @KillStragglers(process = NAME)
        @WaitForStart(process = NAME, args = "never", ready = @Ready(timeout = "10m"))
        @WaitForDeath(process = NAME, timeout = "10m")
        @Test
        void never() {}
    }

    @Test
    void disabled_doNothing() {
        Process straggler = foreign.start("start");

        EngineExecutionResults results = Kit.runBeside(Map.of(), DisabledClass.class, DisabledTest.class);

        assertThat(results.allEvents().skipped().count()).isEqualTo(2);
        assertThat(Kit.failures(results)).isEmpty();
        assertThat(Foreign.isAlive(straggler)).isTrue();
    }
}
