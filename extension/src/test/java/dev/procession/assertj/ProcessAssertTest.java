package dev.procession.assertj;

import static dev.procession.assertj.ProcessAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.procession.expect.Stage;
import dev.procession.launch.Backoff;
import dev.procession.launch.ProcessSpec;
import dev.procession.launch.Readiness;
import dev.procession.launch.RestartPolicy;
import dev.procession.process.ExitStatus;
import dev.procession.process.InvalidSpecException;
import dev.procession.process.ProcessionException;
import dev.procession.process.Signal;
import dev.procession.supervise.ProcessState;
import dev.procession.supervise.SupervisedProcess;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessAssertTest {

    private static final Duration SHORT = Duration.ofMillis(50);

    /** Ends with that code when the file is there. */
    private static final String ENDS = "echo ready; while ! [ -e end ]; do sleep 0.01; done; echo bye >&2; exit 3";

    @TempDir
    Path folder;

    private Stage stage;

    @BeforeEach
    void open() {
        stage = new Stage(folder);
    }

    @AfterEach
    void close() {
        stage.close();
    }

    /** All that follows the headline, of a process that sleeps. */
    private static String sleeping(String process, String remedy) {
        return "\n  process     pid PID, " + process
                + "\n  command     sh -c 'echo ready; exec sleep 600'      in FOLDER/actor/work"
                + "\n  last lines of FOLDER/actor/stdout.log"
                + "\n    ready"
                + "\n  try         " + remedy;
    }

    private static final String RUNNING = "RUNNING, up for TIME";
    private static final String KILLED = "EXITED, killed by KILL, was up for TIME";
    private static final String LOOK = "look at what it logged";
    private static final String AWAIT = "wait for its end, with diesWithin or until(isDead(…))";

    // --- AssertJ's ways

    @Test
    void passingAssertions_giveTheSameAssertBack() {
        Instant before = Instant.now();
        SupervisedProcess process = stage.start(Stage.SLEEPS);
        ProcessAssert that = assertThat(process);

        assertThat(that.isRunning()
                        .isReady()
                        .isFresh()
                        .hasStartedAfter(before)
                        .hasState(ProcessState.RUNNING)
                        .hasLogged("^ready$")
                        .hasNotLogged("^rea$")
                        .logsWithin("read.", Stage.PATIENCE)
                        .hasNoDescendants())
                .isSameAs(that);
        process.kill();
        assertThat(that.hasExited()
                        .wasKilledBy(Signal.KILL)
                        .diesWithin(Duration.ZERO)
                        .hasState(ProcessState.STOPPED))
                .isSameAs(that);
    }

    @Test
    void nullProcess_isSaid() {
        SupervisedProcess none = null;

        assertThatThrownBy(() -> assertThat(none).isReady())
                .isInstanceOf(AssertionError.class)
                .hasMessage("\nExpecting actual not to be null");
        assertThatThrownBy(() -> assertThat((ExitStatus) null).isSuccess())
                .isInstanceOf(AssertionError.class)
                .hasMessage("\nExpecting actual not to be null");
    }

    @Test
    void description_standsInFront() {
        SupervisedProcess process = stage.start(Stage.SLEEPS);

        assertThat(stage.failure(
                        () -> assertThat(process).as("the %s", "leader").hasExited()))
                .isEqualTo("[the leader] Expected 'actor' to have exited, but was RUNNING" + sleeping(RUNNING, AWAIT));
    }

    @Test
    void overridingMessage_replacesTheReport() {
        SupervisedProcess process = stage.start(Stage.SLEEPS);

        assertThatThrownBy(
                        () -> assertThat(process).withFailMessage("it is late").hasExited())
                .hasMessage("it is late");
    }

    @Test
    void softAssertions_collectAll() {
        SupervisedProcess process = stage.start(Stage.SLEEPS);
        SoftAssertions softly = new SoftAssertions();

        softly.proxy(ProcessAssert.class, SupervisedProcess.class, process)
                .hasExited()
                .isReady()
                .hasLogged("done");

        assertThat(softly.errorsCollected())
                .extracting(stage::normalised)
                .satisfiesExactly(
                        message -> assertThat(message)
                                .startsWith(
                                        "Expected 'actor' to have exited, but was RUNNING" + sleeping(RUNNING, AWAIT)),
                        message -> assertThat(message)
                                .startsWith(
                                        "Expected 'actor' to have logged a line matching /done/, but there is none"));
    }

    // --- state

    @Test
    void isRunning_dead_showsTheStateAndTheLog() {
        SupervisedProcess process = stage.start(Stage.SLEEPS);
        Stage.murder(process);

        assertThat(stage.failure(() -> assertThat(process).isRunning()))
                .isEqualTo("Expected 'actor' to be running, but was EXITED (killed by KILL)" + sleeping(KILLED, LOOK));
        assertThat(stage.failure(() -> assertThat(process).isReady()))
                .isEqualTo("Expected 'actor' to be ready, but was EXITED (killed by KILL)" + sleeping(KILLED, LOOK));
        assertThat(stage.failure(() -> assertThat(process).isFresh()))
                .isEqualTo("Expected 'actor' to be fresh, but was EXITED (killed by KILL)" + sleeping(KILLED, LOOK));
        assertThat(stage.failure(() -> assertThat(process).hasState(ProcessState.STOPPED)))
                .isEqualTo("Expected 'actor' to be STOPPED, but was EXITED (killed by KILL)" + sleeping(KILLED, LOOK));
    }

    @Test
    void isReady_oneShotThatHasDoneItsWork_holds() {
        SupervisedProcess process = stage.start(
                ProcessSpec.command("sh", "-c", "exit 4").name("actor").ready(Readiness.DEFAULT.exit(0, 4)));

        assertThat(process).isReady().hasExitCode(4).exitedGracefully();
        assertThat(stage.failure(() -> assertThat(process).isRunning())).isEqualTo("""
                        Expected 'actor' to be running, but was EXITED (exit code 4)
                          process     pid PID, EXITED, exit code 4, was up for TIME
                          command     sh -c 'exit 4'      in FOLDER/actor/work
                          output      none, in FOLDER/actor/stdout.log and stderr.log
                          try         look at what it logged""");
    }

    @Test
    void hasStartedAfter_olderThanThat_namesBothMoments() {
        SupervisedProcess process = stage.start(Stage.SLEEPS);
        Instant later = process.startedAt().plusMillis(1);

        assertThat(process).hasStartedAfter(process.startedAt());
        assertThat(stage.failure(() -> assertThat(process).hasStartedAfter(later)))
                .isEqualTo("Expected 'actor' to have been started after " + later + ", but was started at "
                        + process.startedAt() + sleeping(RUNNING, "take the moment before it is started"));
    }

    // --- restarts

    private static final String AWAIT_RESTART = "for a restart that is yet to come wait, with untilAsserted";

    @Test
    void hasRestarted_neverStartedAgain_saysSo() {
        SupervisedProcess process = stage.start(Stage.SLEEPS);

        assertThat(process).hasRestarted(0);
        assertThat(stage.failure(() -> assertThat(process).hasRestarted()))
                .isEqualTo("Expected 'actor' to have been restarted, but never was" + sleeping(RUNNING, AWAIT_RESTART));
        assertThat(stage.failure(() -> assertThat(process).hasRestarted(2)))
                .isEqualTo("Expected 'actor' to have been restarted 2 times, but was 0 times"
                        + sleeping(RUNNING, AWAIT_RESTART));
        assertThatThrownBy(() -> assertThat(process).hasRestarted(-1))
                .isInstanceOf(InvalidSpecException.class)
                .hasMessage("'times' is -1; give 0 or more");
    }

    @Test
    void hasRestarted_diedUnderAPolicy_holds() {
        RestartPolicy atOnce = RestartPolicy.always()
                .backoff(Backoff.fixed(Duration.ZERO))
                .startSeconds(Duration.ZERO)
                .unlimited();
        SupervisedProcess process = stage.start(Stage.script(Stage.SLEEPS).restart(atOnce));
        Stage.signal(process, "KILL");

        await().atMost(Stage.PATIENCE)
                .untilAsserted(
                        () -> assertThat(process).hasRestarted().hasRestarted(1).isReady());
        assertThat(stage.failure(() -> assertThat(process).hasRestarted(0)))
                .isEqualTo("Expected 'actor' to have been restarted 0 times, but was 1 time" + sleeping(RUNNING, LOOK));
    }

    // --- the end

    @Test
    void hasExited_andHow_stillRunning_namesTheState() {
        SupervisedProcess process = stage.start(Stage.SLEEPS);
        String rest = ", but was RUNNING" + sleeping(RUNNING, AWAIT);

        assertThat(stage.failure(() -> assertThat(process).hasExited()))
                .isEqualTo("Expected 'actor' to have exited" + rest);
        assertThat(stage.failure(() -> assertThat(process).hasExitCode(0)))
                .isEqualTo("Expected 'actor' to have ended with exit code 0" + rest);
        assertThat(stage.failure(() -> assertThat(process).wasKilledBy(Signal.TERM)))
                .isEqualTo("Expected 'actor' to have been killed by TERM" + rest);
        assertThat(stage.failure(() -> assertThat(process).exitedGracefully()))
                .isEqualTo("Expected 'actor' to have ended gracefully" + rest);
    }

    @Test
    void exitedGracefully_byItsStopSignalOrACodeOfItsOwn_notByForce() {
        SupervisedProcess obedient = stage.start(Stage.script(Stage.SLEEPS).name("obedient"));
        SupervisedProcess likeAJvm =
                stage.start(Stage.script("trap 'exit 143' TERM; echo ready; while :; do sleep 0.01; done")
                        .name("jvm"));
        SupervisedProcess killed = stage.start(Stage.SLEEPS);
        obedient.stop();
        likeAJvm.stop();
        killed.kill();

        assertThat(obedient).wasKilledBy(Signal.TERM).exitedGracefully();
        assertThat(likeAJvm).hasExitCode(143).exitedGracefully();
        assertThat(stage.failure(() -> assertThat(killed).exitedGracefully()))
                .isEqualTo("Expected 'actor' to have ended gracefully, but was killed by KILL"
                        + sleeping(
                                "STOPPED, killed by KILL, was up for TIME",
                                "that is exit code 0, or an end by its stop signal TERM, also as exit code 143"));
        assertThat(stage.failure(() -> assertThat(killed).wasKilledBy(Signal.TERM)))
                .isEqualTo("Expected 'actor' to have been killed by TERM, but was killed by KILL"
                        + sleeping(
                                "STOPPED, killed by KILL, was up for TIME",
                                "a program that handles the signal ends with an exit code, often 143"));
    }

    @Test
    void diesWithin_endsDuringTheWait_thenHowCanBeAsserted() throws Exception {
        SupervisedProcess process = stage.start(ENDS);
        FutureTask<ProcessAssert> waits = inThread(() -> assertThat(process).diesWithin(Stage.PATIENCE));
        Files.createFile(process.directory().resolve("end"));

        assertThat(waits.get(2, TimeUnit.MINUTES).hasExitCode(3).hasLogged("^bye$"))
                .isNotNull();
        assertThat(stage.failure(() -> assertThat(process).hasExitCode(0))).isEqualTo("""
                        Expected 'actor' to have ended with exit code 0, but was exit code 3
                          process     pid PID, EXITED, exit code 3, was up for TIME
                          command     sh -c '%s'      in FOLDER/actor/work
                          last lines of FOLDER/actor/stdout.log
                            ready
                          last lines of FOLDER/actor/stderr.log
                            bye
                          try         look at what it logged""".formatted(ENDS));
        assertThat(stage.failure(() -> assertThat(process).exitedGracefully()))
                .startsWith("Expected 'actor' to have ended gracefully, but was exit code 3\n");
    }

    @Test
    void diesWithin_livesOn_saysHowLongWasWaited() {
        SupervisedProcess process = stage.start(Stage.SLEEPS);

        assertThat(stage.failure(() -> assertThat(process).diesWithin(SHORT)))
                .isEqualTo("Expected 'actor' to die within 50 ms, but is still RUNNING"
                        + sleeping(
                                RUNNING,
                                "look at what it waits for; a signal it ignores does not end it, kill() does"));
    }

    @Test
    void waits_interrupted_leaveTheThreadSo() {
        SupervisedProcess process = stage.start(Stage.SLEEPS);

        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> assertThat(process).diesWithin(Stage.PATIENCE))
                .isExactlyInstanceOf(ProcessionException.class)
                .hasMessage("Interrupted while waiting for 'actor' to exit");
        assertThat(Thread.interrupted()).isTrue();

        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> assertThat(process).logsWithin("done", Stage.PATIENCE))
                .isExactlyInstanceOf(ProcessionException.class)
                .hasMessage("Interrupted while waiting for /done/ in the log of 'actor'");
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void badInput_namesAttributeValueAndFix() {
        SupervisedProcess process = stage.start(Stage.SLEEPS);

        assertThatThrownBy(() -> assertThat(process).diesWithin(Duration.ofMillis(-1)))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage("'timeout' is PT-0.001S; give a duration between 0 and a year");
        assertThatThrownBy(() -> assertThat(process).logsWithin("x", Duration.ofMillis(-1)))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage("'timeout' is PT-0.001S; give a duration between 0 and a year");
        assertThatThrownBy(() -> assertThat(process).isListeningOn(65_536))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage("'port' is 65536; ports are from 1 to 65535");
        String regex = "'regex' is \"a(\", which is no regular expression: Unclosed group at index 2;"
                + " escape characters that are meant literally with a backslash";
        assertThatThrownBy(() -> assertThat(process).hasLogged("a(")).hasMessage(regex);
        assertThatThrownBy(() -> assertThat(process).hasNotLogged("a(")).hasMessage(regex);
        assertThatThrownBy(() -> assertThat(process).logsWithin("a(", SHORT)).hasMessage(regex);
    }

    /** Such a line is none that matches; but that there is none cannot be told. */
    @Test
    void hasNotLogged_aLineForWhichThereIsNoStack_cannotBeTold() {
        SupervisedProcess process = stage.start("head -c 100000 /dev/zero | tr '\\0' a; echo; " + Stage.SLEEPS);

        assertThatThrownBy(() -> assertThat(process).hasNotLogged("^(a|b)*c"))
                .isExactlyInstanceOf(ProcessionException.class)
                .hasMessage(
                        "Nobody can tell whether the log of 'actor' has a line matching /^(a|b)*c/: matching was given up"
                                + " on a line, one of 100000 characters, since it took more stack than there is; simplify the"
                                + " expression: without .* at its beginning, and without a repetition of alternatives or within a"
                                + " repetition");
        assertThatThrownBy(() -> assertThat(process).hasLogged("^(a|b)*c"))
                .isExactlyInstanceOf(AssertionError.class)
                .hasMessageContaining("to have logged a line matching /^(a|b)*c/, but there is none");
    }

    // --- ports

    @Test
    void isListeningOn_byNumberAndName() throws Exception {
        SupervisedProcess process = stage.start(
                ProcessSpec.command("${java}", "-cp", "${classpath}", "dev.procession.junit.TinyServer", "${port}")
                        .name("actor")
                        .environment("ADMIN", "${port:admin}")
                        .port("admin")
                        .ready(Readiness.DEFAULT.tcp("port")));
        try (ServerSocket others = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int taken = others.getLocalPort();

            assertThat(process).isListeningOn(process.port()).isListeningOn("port");
            assertThat(process.listeningPorts()).containsExactly(process.port());
            assertThat(stage.failure(() -> assertThat(process).isListeningOn("admin")))
                    .startsWith("Expected 'actor' to listen on port PORT, but it listens on port PORT\n")
                    .endsWith("\n  try         let it use the port that it is given");
            assertThatThrownBy(() -> assertThat(process).isListeningOn(taken))
                    .hasMessageStartingWith("Expected 'actor' to listen on port " + taken + ", but it listens on port "
                            + process.port() + "; port " + taken + " is taken by pid "
                            + ProcessHandle.current().pid() + " (");
            assertThatThrownBy(() -> assertThat(process).isListeningOn("http"))
                    .isExactlyInstanceOf(IllegalStateException.class)
                    .hasMessage("Expected 'actor' to have a port 'http', but it has port, admin; declare it in 'ports'"
                            + " of ProcessSpec 'actor'");
        }
        int port = process.port();
        process.stop();
        assertThatThrownBy(() -> assertThat(process).isListeningOn(port))
                .hasMessageStartingWith(
                        "Expected 'actor' to listen on port " + port + ", but it listens on no TCP port\n");
    }

    @Test
    void isListeningOn_aChildDoes_holds() {
        SupervisedProcess process = stage.start(ProcessSpec.command(
                        "sh", "-c", "${java} -cp '${classpath}' dev.procession.junit.TinyServer ${port}; exit")
                .name("actor"));

        assertThat(process).isListeningOn(process.port());
        assertThat(stage.failure(() -> assertThat(process).hasNoDescendants()))
                .startsWith("Expected 'actor' to have no descendants, but there is 1\n    pid PID (");
    }

    // --- the log

    @Test
    void hasLogged_hasNotLogged_showTheLines() {
        SupervisedProcess process = stage.start(Stage.SLEEPS);

        assertThat(stage.failure(() -> assertThat(process).hasLogged("^read$")))
                .isEqualTo("Expected 'actor' to have logged a line matching /^read$/, but there is none"
                        + sleeping(
                                RUNNING,
                                "for a line that is yet to come wait, with logsWithin or until(hasLogged(…))"));
        assertThat(stage.failure(() -> assertThat(process).hasNotLogged("^r")))
                .isEqualTo("Expected 'actor' to have logged no line matching /^r/, but there is \"ready\""
                        + sleeping(RUNNING, LOOK));
        assertThat(stage.failure(() -> assertThat(process).logsWithin("^read$", SHORT)))
                .isEqualTo("Expected 'actor' to log a line matching /^read$/ within 50 ms, but wrote none"
                        + sleeping(RUNNING, "look at what it logged; the expression is searched in each line"));
    }

    @Test
    void percentSigns_stayAsTheyAre() {
        SupervisedProcess process = stage.start("echo '100% %d %n'; echo ready; exec sleep 600");

        assertThat(stage.failure(() -> assertThat(process).hasNotLogged("%d"))).isEqualTo("""
                        Expected 'actor' to have logged no line matching /%d/, but there is "100% %d %n"
                          process     pid PID, RUNNING, up for TIME
                          command     sh -c 'echo '\\''100% %d %n'\\''; echo ready; exec sleep 600'      in FOLDER/actor/work
                          last lines of FOLDER/actor/stdout.log
                            100% %d %n
                            ready
                          try         look at what it logged""");
    }

    @Test
    void logsWithin_comesDuringTheWait_holds() throws Exception {
        SupervisedProcess process = stage.start(ENDS);
        FutureTask<ProcessAssert> waits = inThread(() -> assertThat(process).logsWithin("^bye$", Stage.PATIENCE));
        Files.createFile(process.directory().resolve("end"));

        assertThat(waits.get(2, TimeUnit.MINUTES)).isNotNull();
    }

    @Test
    void logsWithin_processDiesBefore_failsAtOnce() throws Exception {
        SupervisedProcess process = stage.start(Stage.SLEEPS);
        FutureTask<String> waits =
                inThread(() -> stage.failure(() -> assertThat(process).logsWithin("done", Duration.ofDays(300))));
        Stage.murder(process);

        assertThat(waits.get(2, TimeUnit.MINUTES))
                .isEqualTo("Expected 'actor' to log a line matching /done/ within 432000 m, but ended without one:"
                        + " killed by KILL"
                        + sleeping(KILLED, "look at what it logged; the expression is searched in each line"));
    }

    @Test
    void secrets_areHidden() {
        SupervisedProcess process = stage.start(Stage.script("echo ready; echo $DB_PASSWORD; exec sleep 600")
                .environment("DB_PASSWORD", "open sesame"));

        assertThat(process).logsWithin("^open sesame$", Stage.PATIENCE);
        assertThat(stage.failure(() -> assertThat(process).hasNotLogged("open sesame")))
                .isEqualTo("""
                        Expected 'actor' to have logged no line matching /***/, but there is "***"
                          process     pid PID, RUNNING, up for TIME
                          command     sh -c 'echo ready; echo $DB_PASSWORD; exec sleep 600'      in FOLDER/actor/work
                          last lines of FOLDER/actor/stdout.log
                            ready
                            ***
                          try         look at what it logged""");
    }

    // --- the tree

    @Test
    void hasNoDescendants_hasSome_namesEach() {
        SupervisedProcess process =
                stage.start(Stage.script("sleep 600 & echo ready; wait").name("actor"));
        // Right after its fork it still is a copy of the shell.
        await().atMost(Stage.PATIENCE)
                .until(() -> process.descendants().stream()
                        .anyMatch(descendant -> descendant.command().equals("sleep 600")));

        assertThat(stage.failure(() -> assertThat(process).hasNoDescendants())).isEqualTo("""
                        Expected 'actor' to have no descendants, but there is 1
                            pid PID (sleep 600), parent PID, up for TIME; it is in the session of 'actor'
                          process     pid PID, RUNNING, up for TIME
                          command     sh -c 'sleep 600 & echo ready; wait'      in FOLDER/actor/work
                          last lines of FOLDER/actor/stdout.log
                            ready
                          try         let it end what it starts""");
    }

    // --- whether the end was asked for

    @Test
    void hasExited_ofTheDead_asksForItsEnd() {
        SupervisedProcess process = stage.start(Stage.SLEEPS);
        Stage.murder(process);
        assertThat(process.unexpectedDeath()).isPresent();

        assertThat(process).hasLogged("ready").hasState(ProcessState.EXITED);
        assertThat(process.unexpectedDeath()).as("after a look at its log").isPresent();

        assertThat(process).hasExited();
        assertThat(process.unexpectedDeath()).isEmpty();
    }

    @Test
    void howItEnded_alsoWhenOtherwise_asksForItsEnd() {
        SupervisedProcess process = stage.start(Stage.SLEEPS);
        Stage.murder(process);

        assertThatThrownBy(() -> assertThat(process).hasExitCode(0)).isInstanceOf(AssertionError.class);
        assertThat(process.unexpectedDeath()).isEmpty();
    }

    @Test
    void hasExited_ofTheLiving_asksForNothing() {
        SupervisedProcess process = stage.start(Stage.SLEEPS);
        assertThatThrownBy(() -> assertThat(process).hasExited()).isInstanceOf(AssertionError.class);
        Stage.murder(process);

        assertThat(process.unexpectedDeath()).isPresent();
    }

    @Test
    void diesWithin_asksForItsEnd() {
        SupervisedProcess process = stage.start(Stage.SLEEPS);
        Stage.signal(process, "KILL");

        assertThat(process).diesWithin(Stage.PATIENCE);
        assertThat(process.unexpectedDeath()).isEmpty();
    }

    // --- exit statuses

    @Test
    void exitStatus_hasItsAssertions() {
        ExitStatus code = new ExitStatus.Code(3);
        ExitStatus killed = new ExitStatus.Signalled(9, false);
        ExitStatus unknown = new ExitStatus.Unknown(OptionalInt.of(143), "it may be a signal");
        assertThat(code).hasCode(3).isFailure().hasShellCode(3);
        assertThat(new ExitStatus.Code(0)).isSuccess();
        assertThat(killed).wasKilledBy(Signal.KILL).isFailure().hasShellCode(137);
        assertThat(unknown).hasShellCode(143);

        assertThat(stage.failure(() -> assertThat(code).hasCode(0)))
                .isEqualTo("Expected exit code 0, but was exit code 3");
        assertThat(stage.failure(() -> assertThat(killed).hasCode(9)))
                .isEqualTo("Expected exit code 9, but was killed by KILL");
        assertThat(stage.failure(() -> assertThat(code).as("end").isSuccess()))
                .isEqualTo("[end] Expected success, exit code 0, but was exit code 3");
        assertThat(stage.failure(() -> assertThat(new ExitStatus.Code(0)).isFailure()))
                .isEqualTo("Expected a failure, another exit code than 0 or a signal, but was exit code 0");
        assertThat(stage.failure(() -> assertThat(unknown).isFailure()))
                .isEqualTo("Expected a failure, another exit code than 0 or a signal, but was exit status unknown:"
                        + " it may be a signal");
        assertThat(stage.failure(() -> assertThat(new ExitStatus.Code(137)).wasKilledBy(Signal.KILL)))
                .isEqualTo("Expected killed by KILL, but was exit code 137");
        assertThat(stage.failure(() -> assertThat(killed).wasKilledBy(Signal.TERM)))
                .isEqualTo("Expected killed by TERM, but was killed by KILL");
        assertThat(stage.failure(() -> assertThat(killed).hasShellCode(9)))
                .isEqualTo("Expected shell code 9, but was killed by KILL");
    }

    private static <T> FutureTask<T> inThread(Callable<T> action) {
        FutureTask<T> task = new FutureTask<>(action);
        Thread thread = new Thread(task, "test-assertion");
        thread.setDaemon(true);
        thread.start();
        return task;
    }
}
