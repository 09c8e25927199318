package dev.procession.awaitility;

import static dev.procession.awaitility.ProcessConditions.hasLogged;
import static dev.procession.awaitility.ProcessConditions.hasNoDescendants;
import static dev.procession.awaitility.ProcessConditions.isDead;
import static dev.procession.awaitility.ProcessConditions.isListeningOn;
import static dev.procession.awaitility.ProcessConditions.isReady;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.procession.expect.Stage;
import dev.procession.launch.Backoff;
import dev.procession.launch.ProcessSpec;
import dev.procession.launch.Readiness;
import dev.procession.launch.RestartPolicy;
import dev.procession.process.InvalidSpecException;
import dev.procession.process.ProcessDiedException;
import dev.procession.supervise.SupervisedProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.awaitility.core.TerminalFailureException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessionAwaitTest {

    private static final Duration SHORT = Duration.ofMillis(150);

    private static final String DIED = """
            'actor' died, and nobody had asked it to: killed by KILL
              process     pid PID, was up for TIME
              command     sh -c 'echo ready; exec sleep 600'      in FOLDER/actor/work
              last lines of FOLDER/actor/stdout.log
                ready
              try         find out what ended it; if the test means to end it, it calls stop(), kill() or expectExit()""";

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

    // --- await(process)

    @Test
    void processThatComesBack_isWaitedFor() {
        SupervisedProcess process = stage.start(Stage.script(Stage.SLEEPS)
                .restart(RestartPolicy.always().backoff(Backoff.fixed(Duration.ofMillis(200)))));
        process.crash();

        // Between two runs it has no pid, and says so by an exception.
        ProcessionAwait.await(process).atMost(Stage.PATIENCE).until(() -> process.pid() > 0 && process.restarts() == 1);

        assertThat(process.restarts()).isEqualTo(1);
    }

    @Test
    void conditionOfTheApplication_comesToHold() {
        SupervisedProcess process = stage.start(Stage.SLEEPS);
        AtomicInteger looks = new AtomicInteger();

        ProcessionAwait.await(process).atMost(Stage.PATIENCE).until(() -> looks.incrementAndGet() == 3);

        assertThat(looks).hasValue(3);
    }

    @Test
    void deathDuringTheWait_failsAtOnceWithTheWholeReport() {
        SupervisedProcess process = stage.start(Stage.SLEEPS);

        Throwable failure = catchThrowable(() -> ProcessionAwait.await(process)
                .atMost(Stage.PATIENCE)
                .until(() -> {
                    if (process.exitStatus().isEmpty()) {
                        Stage.murder(process);
                    }
                    return false;
                }));

        assertThat(failure).isExactlyInstanceOf(TerminalFailureException.class);
        assertThat(stage.normalised(failure)).isEqualTo(DIED);
        assertThat(failure).hasCauseExactlyInstanceOf(ProcessDiedException.class);
        assertThat(stage.normalised(failure.getCause())).isEqualTo(DIED);
    }

    @Test
    void deadBefore_theConditionIsNotEvenAsked() {
        SupervisedProcess process = stage.start(Stage.SLEEPS);
        Stage.murder(process);

        Throwable failure = catchThrowable(
                () -> ProcessionAwait.await(process).atMost(Stage.PATIENCE).untilAsserted(() -> {
                    throw new IllegalStateException("must not be asked");
                }));

        assertThat(stage.normalised(failure)).isEqualTo(DIED);
    }

    @Test
    void whatTheConditionThrowsBecauseOfTheDeath_givesWayToIt() {
        SupervisedProcess process = stage.start(Stage.SLEEPS);

        Throwable failure = catchThrowable(
                () -> ProcessionAwait.await(process).atMost(Stage.PATIENCE).until(() -> {
                    // As a client sees it: the connection is gone before the death is known.
                    Stage.signal(process, "KILL");
                    throw new IOException("Connection reset");
                }));

        assertThat(stage.normalised(failure)).isEqualTo(DIED);
    }

    @Test
    void whatTheConditionThrowsWhileItLives_isTheFailure() {
        SupervisedProcess process = stage.start(Stage.SLEEPS);

        assertThatThrownBy(() -> ProcessionAwait.await(process)
                        .atMost(Stage.PATIENCE)
                        .until(() -> {
                            throw new IOException("no such table");
                        }))
                .isExactlyInstanceOf(IOException.class)
                .hasMessage("no such table");
    }

    @Test
    void endThatWasAskedFor_failsTooAndSaysSo() {
        SupervisedProcess process = stage.start(Stage.SLEEPS);

        Throwable failure = catchThrowable(
                () -> ProcessionAwait.await(process).atMost(Stage.PATIENCE).until(() -> {
                    process.stop();
                    return false;
                }));

        assertThat(failure).isExactlyInstanceOf(TerminalFailureException.class);
        assertThat(stage.normalised(failure)).isEqualTo("""
                        'actor' ended while something was awaited of it, as it was asked to: killed by TERM
                          process     pid PID, STOPPED, killed by TERM, was up for TIME
                          command     sh -c 'echo ready; exec sleep 600'      in FOLDER/actor/work
                          last lines of FOLDER/actor/stdout.log
                            ready
                          try         end it only when the wait is over; what outlives it is awaited with Awaitility's own await()""");
    }

    @Test
    void oneShotThatHasDoneItsWork_isNoDeath() {
        SupervisedProcess process = stage.start(
                ProcessSpec.command("sh", "-c", "echo done").name("actor").ready(Readiness.DEFAULT.exit(0)));

        ProcessionAwait.await(process).atMost(Stage.PATIENCE).until(hasLogged(process, "done"));
    }

    @Test
    void timeout_isAwaitilitysOwn() {
        SupervisedProcess process = stage.start(Stage.SLEEPS);

        assertThatThrownBy(() -> ProcessionAwait.await(process)
                        .alias("orders")
                        .atMost(SHORT)
                        .until(() -> false))
                .isExactlyInstanceOf(ConditionTimeoutException.class)
                .hasMessageStartingWith("Condition with alias 'orders' didn't complete within 150 milliseconds");
    }

    // --- conditions

    @Test
    void conditions_comeToHold() throws Exception {
        SupervisedProcess process = stage.start("echo ready; while ! [ -e end ]; do sleep 0.01; done; echo bye");

        ProcessionAwait.await(process).until(isReady(process));
        Files.createFile(process.directory().resolve("end"));
        Awaitility.await().atMost(Stage.PATIENCE).until(hasLogged(process, "^bye$"));
        Awaitility.await().atMost(Stage.PATIENCE).until(isDead(process));
        Awaitility.await().atMost(Stage.PATIENCE).untilAsserted(hasNoDescendants(process));
        assertThat(process.unexpectedDeath()).as("a death that was awaited").isEmpty();
    }

    @Test
    void isListeningOn_comesToHold() {
        SupervisedProcess process = stage.start(
                ProcessSpec.command("${java}", "-cp", "${classpath}", "dev.procession.junit.TinyServer", "${port}")
                        .name("actor")
                        .ready(Readiness.DEFAULT.aliveFor(Duration.ofMillis(1))));

        ProcessionAwait.await(process).atMost(Stage.PATIENCE).until(isListeningOn(process, "port"));
        ProcessionAwait.await(process).atMost(Stage.PATIENCE).until(isListeningOn(process, process.port()));
    }

    @Test
    void isDead_ofTheLiving_asksForNothing() {
        SupervisedProcess process = stage.start(Stage.SLEEPS);

        assertThat(isDead(process).call()).isFalse();
        Stage.murder(process);
        assertThat(process.unexpectedDeath()).isPresent();
    }

    @Test
    void until_timesOut_namesTheCondition() {
        SupervisedProcess process = stage.start(Stage.SLEEPS);

        assertThatThrownBy(() -> Awaitility.await().atMost(SHORT).until(isDead(process)))
                .isExactlyInstanceOf(ConditionTimeoutException.class)
                .hasMessage("Condition returned by method \"isDead\" in class"
                        + " dev.procession.awaitility.ProcessConditions was not fulfilled within 150 milliseconds.");
    }

    @Test
    void untilAsserted_timesOut_showsTheReport() {
        SupervisedProcess process = stage.start(Stage.SLEEPS);

        Throwable failure =
                catchThrowable(() -> Awaitility.await().atMost(SHORT).untilAsserted(hasLogged(process, "^done$")));

        assertThat(failure).isExactlyInstanceOf(ConditionTimeoutException.class);
        assertThat(stage.normalised(failure)).contains("""
                        Expected 'actor' to have logged a line matching /^done$/, but there is none
                          process     pid PID, RUNNING, up for TIME
                          command     sh -c 'echo ready; exec sleep 600'      in FOLDER/actor/work
                          last lines of FOLDER/actor/stdout.log
                            ready
                          try         for a line that is yet to come wait, with logsWithin or until(hasLogged(…)) within 150 milliseconds.""");
    }

    @Test
    void hasLogged_badExpression_isRefusedBeforeTheWait() {
        SupervisedProcess process = stage.start(Stage.SLEEPS);

        assertThatThrownBy(() -> hasLogged(process, "["))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage("'regex' is \"[\", which is no regular expression: Unclosed character class at index 0;"
                        + " escape characters that are meant literally with a backslash");
    }
}
