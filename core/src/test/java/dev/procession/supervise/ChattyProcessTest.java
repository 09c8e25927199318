package dev.procession.supervise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.procession.launch.ProcessSpec;
import dev.procession.launch.Readiness;
import dev.procession.process.StartFailedException;
import dev.procession.testkit.Await;
import dev.procession.testkit.Backends;
import dev.procession.testkit.CapturedLog;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Processes that write more than can be read, and lines on which the expression that is awaited takes forever or more stack
 * than there is.
 */
@Timeout(600)
class ChattyProcessTest {

    /** More characters than ^(a|b)*c has stack for. */
    private static final int LONG = 100_000;

    private static final String LONG_LINE = "head -c " + LONG + " /dev/zero | tr '\\0' a; echo; ";

    private static final String NO_STACK =
            "matching was given up on a line, one of 100000 characters, since it took more stack than there is";

    @TempDir
    Path folder;

    private Stage stage() {
        return new Stage(Backends.nativeOne(), folder);
    }

    private StartFailedException failure(ProcessSpec spec) {
        try (Stage stage = stage()) {
            StartFailedException failure = catchThrowableOfType(
                    StartFailedException.class, () -> stage.supervisor().start(spec));
            assertThat(failure).as("the start fails").isNotNull();
            return failure;
        }
    }

    private static String headline(Throwable failure) {
        return failure.getMessage().lines().findFirst().orElseThrow();
    }

    private static String waiting(Throwable failure) {
        return failure.getMessage()
                .lines()
                .filter(line -> line.startsWith("  waiting for"))
                .findFirst()
                .orElseThrow()
                .replaceAll("; \\d+ bytes of its log were still to be read", "");
    }

    @Test
    void start_writesWithoutEnd_keepsItsTimeout() {
        ProcessSpec spec = ProcessSpec.command("timeout", "20", "yes", "INFO an ordinary line")
                .ready(Readiness.DEFAULT.log("never").timeout(Duration.ofSeconds(2)))
                .stop(Stage.QUICK)
                .build();

        StartFailedException failure = failure(spec);

        assertThat(headline(failure)).isEqualTo("'timeout' was not ready within 2 s");
        // On a machine under load it may not have been its turn.
        assertThat(waiting(failure))
                .isIn(
                        "  waiting for log /never/ (last: last line \"INFO an ordinary line\")",
                        "  waiting for log /never/ (last: nothing logged)");
    }

    @Test
    void start_writesWithoutEndUnderFailOnLog_isReadyWhenWhatCameBeforeHasBeenSeen() {
        ProcessSpec spec = Stage.script("chatty", "while :; do echo INFO an ordinary line; done")
                .ready(Readiness.DEFAULT.failOnLog("never").aliveFor(Duration.ofMillis(50)))
                .stop(Stage.QUICK)
                .build();
        try (Stage stage = stage()) {
            assertThat(stage.supervisor().start(spec).isReady()).isTrue();
        }
    }

    @Test
    void start_linesOnWhichMatchingTakesForever_countAsNoMatch() {
        String words = "i=0; while [ $i -lt 14000 ]; do echo -n 'Server '; i=$((i+1)); done; echo; ";
        ProcessSpec spec = Stage.script("wordy", words.repeat(5) + "echo 'Server is ready'; exec sleep 1000")
                .ready(Readiness.DEFAULT.log(".*Server.*ready.*").timeout(Duration.ofMinutes(5)))
                .stop(Stage.QUICK)
                .build();
        try (Stage stage = stage();
                CapturedLog log = new CapturedLog("dev.procession")) {
            SupervisedProcess process = stage.supervisor().start(spec);

            assertThat(process.isReady()).isTrue();
            assertThat(log.naming("'wordy': matching"))
                    .singleElement()
                    .asString()
                    .startsWith(
                            "WARNING 'wordy': matching /.*Server.*ready.*/ was given up on a line, which counts as no"
                                    + " match: one of 98000 characters, since it took more than 50 million steps; simplify the"
                                    + " expression: without .* at its beginning, and without a repetition of alternatives or"
                                    + " within a repetition: \"Server Server ")
                    .endsWith("… (cut, of 98000 characters)\"");
        }
    }

    @Test
    void start_aLineForWhichThereIsNoStack_countsAsNoMatch() {
        ProcessSpec spec = Stage.script("deep", LONG_LINE + "echo ababc; exec sleep 1000")
                .ready(Readiness.DEFAULT.log("^(a|b)*c"))
                .stop(Stage.QUICK)
                .build();
        try (Stage stage = stage()) {
            assertThat(stage.supervisor().start(spec).readyLine().line()).isEqualTo("ababc");
        }
    }

    @Test
    void start_aLineForWhichThereIsNoStack_isToldInTheMessage() {
        ProcessSpec spec = Stage.script("deep", LONG_LINE + "exec sleep 1000")
                .ready(Readiness.DEFAULT.log("^(a|b)*c").timeout(Duration.ofSeconds(10)))
                .stop(Stage.QUICK)
                .build();

        StartFailedException failure = failure(spec);

        assertThat(headline(failure)).isEqualTo("'deep' was not ready within 10 s");
        assertThat(waiting(failure))
                .isEqualTo("  waiting for log /^(a|b)*c/ (last: last line \"" + "a".repeat(2_000)
                        + "… (cut, of 100000 characters)\"; " + NO_STACK + ")");
        assertThat(failure.getMessage().length())
                .as("characters of the message")
                .isLessThan(6_000);
    }

    @Test
    void start_tenSuchLines_failAtOnceAndNameTheExpression() {
        ProcessSpec spec = Stage.script("deep", LONG_LINE.repeat(10) + "exec sleep 1000")
                .ready(Readiness.DEFAULT.log("^(a|b)*c").timeout(Duration.ofSeconds(60)))
                .stop(Stage.QUICK)
                .build();

        StartFailedException failure = failure(spec);

        assertThat(headline(failure).replaceAll("after [^ ]+ m?s of 60 s", "after T of 60 s"))
                .isEqualTo(
                        "'deep' cannot become ready, after T of 60 s: matching /^(a|b)*c/ was given up on 10 lines, the"
                                + " first one of 100000 characters, since it took more stack than there is");
        assertThat(failure.getMessage())
                .endsWith("\n  try         simplify the expression: without .* at its beginning, and without a"
                        + " repetition of alternatives or within a repetition");
    }

    @Test
    void start_tenSuchLinesUnderFailOnLog_failAndNameIt() {
        ProcessSpec spec = Stage.script("deep", LONG_LINE.repeat(10) + "exec sleep 1000")
                .ready(Readiness.DEFAULT.log("never").failOnLog("^(a|b)*c").timeout(Duration.ofSeconds(60)))
                .stop(Stage.QUICK)
                .build();

        assertThat(headline(failure(spec)).replaceAll("after [^ ]+ m?s of 60 s", "after T of 60 s"))
                .isEqualTo(
                        "'deep' cannot become ready, after T of 60 s: in failOnLog, matching /^(a|b)*c/ was given up on"
                                + " 10 lines, the first one of 100000 characters, since it took more stack than there is");
    }

    /** What fails the start was there before the line that makes it ready. */
    @Test
    void start_aSlowLookForWhatMayNotBeLogged_isWaitedFor() {
        String slow = "i=0; while [ $i -lt 20 ]; do head -c 4000 /dev/zero | tr '\\0' x; echo; i=$((i+1)); done; ";
        ProcessSpec spec = Stage.script("failing", slow + "echo FATAL; echo ready; exec sleep 1000")
                .ready(Readiness.DEFAULT.log("^ready$").failOnLog(".*FATAL").timeout(Duration.ofMinutes(5)))
                .stop(Stage.QUICK)
                .build();

        assertThat(headline(failure(spec)).replaceAll("after [^ ]+ m?s of 5 m", "after T of 5 m"))
                .isEqualTo("'failing' cannot become ready, after T of 5 m: it logged \"FATAL\", which matches failOnLog"
                        + " /.*FATAL/");
    }

    @Test
    void start_theLastLineOfMuchThatADeadOneHasWritten_isTold() {
        ProcessSpec spec = Stage.script("dying", "yes 'a line' | head -c 5000000; echo; echo 'no such table'; exit 3")
                .build();

        StartFailedException failure = failure(spec);

        assertThat(headline(failure).replaceAll("after [^ ]+ m?s of 60 s", "after T of 60 s"))
                .isEqualTo("'dying' exited before it was ready, after T of 60 s");
        assertThat(waiting(failure)).isEqualTo("  waiting for log /^ready$/ (last: last line \"no such table\")");
    }

    @Test
    void add_aLineForWhichThereIsNoStack_holdsUpNobody() {
        ProcessSpec deep = Stage.script("deep", LONG_LINE.repeat(10) + "exec sleep 1000")
                .ready(Readiness.DEFAULT.log("^(a|b)*c").timeout(Duration.ofSeconds(60)))
                .stop(Stage.QUICK)
                .build();
        try (Stage stage = stage()) {
            stage.supervisor().open();
            SupervisedProcess process = stage.supervisor().add(deep);

            Await.until("it has been started", process::wasStarted);
            Await.until("it does not stay STARTING", () -> process.state() != ProcessState.STARTING);
        }
    }

    /** In the same thread as theirs, the neighbours' looks would come after it. */
    @Test
    void startAll_besideOneThatWritesWithoutEnd_theNeighboursStart() {
        ProcessSpec chatty = ProcessSpec.command("timeout", "100", "yes", "INFO an ordinary line")
                .name("chatty")
                .ready(Readiness.DEFAULT.log("never").timeout(Duration.ofSeconds(60)))
                .stop(Stage.QUICK)
                .build();
        ProcessSpec neighbour = Stage.script("neighbour", "echo ready; exec sleep 1000")
                .stop(Stage.QUICK)
                .build();
        try (Stage stage = stage()) {
            Future<List<SupervisedProcess>> start =
                    Await.async(() -> stage.supervisor().startAll(List.of(chatty, neighbour)));

            Await.until(
                    "the neighbour is ready while it starts",
                    () -> stage.supervisor()
                            .process("neighbour")
                            .filter(SupervisedProcess::isReady)
                            .isPresent());

            assertThat(start).isNotDone();
            assertThat(stage.supervisor().process("chatty").orElseThrow().state())
                    .isEqualTo(ProcessState.STARTING);
        }
    }

    @Test
    void add_besideOneThatWritesWithoutEnd_theNeighboursStart() {
        ProcessSpec chatty = ProcessSpec.command("timeout", "100", "yes", "INFO an ordinary line")
                .name("chatty")
                .ready(Readiness.DEFAULT.log("never").timeout(Duration.ofSeconds(60)))
                .stop(Stage.QUICK)
                .build();
        try (Stage stage = stage()) {
            stage.supervisor().open();
            SupervisedProcess noisy = stage.supervisor().add(chatty);
            Await.until("it has been started", noisy::wasStarted);

            SupervisedProcess neighbour = stage.supervisor()
                    .add(Stage.script("neighbour", "echo ready; exec sleep 1000")
                            .stop(Stage.QUICK)
                            .build());

            Await.until("the neighbour is ready", neighbour::isReady);
            assertThat(noisy.state()).isEqualTo(ProcessState.STARTING);
        }
    }
}
