package dev.procession.junit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.supervise.SupervisedProcess;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.platform.testkit.engine.EngineExecutionResults;

/** {@link NoStragglers}, and what the configuration parameter {@code procession.stragglers} makes of those of processes. */
class NoStragglersTest {

    private static final Map<String, String> FAIL = Map.of("procession.stragglers", "fail");
    private static final String TRY_TEST =
            "\n  try         end what is started before the test returns, or let it be a @ManagedProcess";

    /** Waits until a shell has become what it is to be, so that messages are the same each time. */
    private static Process sleeper(String seconds) throws IOException {
        Process process = new ProcessBuilder("sleep", seconds).start();
        while (!process.info().command().orElse("").endsWith("sleep")) {
            Thread.onSpinWait();
        }
        return process;
    }

    private static String steady(String message) {
        return Kit.normalised(message.replaceAll("parent \\d+", "parent PARENT"));
    }

    // --- a test's own code

    static class LeavesAChild {
        @NoStragglers
        @Test
        void leaves() throws IOException {
            sleeper("1000");
        }

        @Test
        void isNotAsked() throws Exception {
            sleeper("1001").destroyForcibly().waitFor(60, TimeUnit.SECONDS);
        }
    }

    @Test
    void childOfATest_failsIt_andIsEnded() {
        EngineExecutionResults results = Kit.run(LeavesAChild.class);

        assertThat(steady(Kit.failure(results).getMessage()))
                .isEqualTo(
                        "NoStragglersTest.LeavesAChild.leaves left a process behind; what is certainly its own has been"
                                + " ended\n  pid PID (sleep 1000), parent PARENT, up for TIME; it descends from this JVM"
                                + TRY_TEST);
        assertThat(results.testEvents().succeeded().count()).isEqualTo(1);
    }

    @NoStragglers
    static class TestAlsoFails {
        @Test
        void fails() throws IOException {
            sleeper("1000");
            throw new IllegalStateException("the test's own failure");
        }
    }

    @Test
    void testThatFails_keepsItsFailure() {
        Throwable failure = Kit.failure(Kit.run(TestAlsoFails.class));

        assertThat(failure).hasMessage("the test's own failure");
        assertThat(failure.getSuppressed())
                .singleElement()
                .satisfies(
                        left -> assertThat(left.getMessage()).startsWith("NoStragglersTest.TestAlsoFails.fails left"));
    }

    @NoStragglers
    static class EndsWhatItStarts {
        private Process process;

        @Test
        void ends() throws IOException {
            process = sleeper("1000");
        }

        @Test
        void hasToldItToEnd() throws IOException {
            process = sleeper("1000");
            process.destroy();
        }

        @AfterEach
        void end() {
            process.destroy();
        }
    }

    @Test
    void testThatEndsWhatItStarts_passes() {
        Kit.pass(EndsWhatItStarts.class);
    }

    // --- classes

    @NoStragglers
    static class ClassLeaves {
        private static Process shared;

        @BeforeAll
        static void begin() throws IOException {
            shared = sleeper("1000");
        }

        @Test
        void livesWithIt() {
            assertThat(shared.isAlive()).isTrue();
        }

        @Nested
        class Inner {
            @Test
            void leaves() throws IOException {
                sleeper("1001");
            }
        }
    }

    @Test
    void classAndNestedTest_eachFailForTheirOwn() {
        List<String> messages = Kit.failures(Kit.run(ClassLeaves.class)).stream()
                .map(failure ->
                        steady(failure.getMessage()).lines().limit(2).toList().toString())
                .toList();

        assertThat(messages)
                .containsExactlyInAnyOrder(
                        "[NoStragglersTest.ClassLeaves.Inner.leaves left a process behind; what is certainly its own has been"
                                + " ended,   pid PID (sleep 1001), parent PARENT, up for TIME; it descends from this JVM]",
                        "[NoStragglersTest.ClassLeaves left a process behind; what is certainly its own has been ended,  "
                                + " pid PID (sleep 1000), parent PARENT, up for TIME; it descends from this JVM]");
    }

    @NoStragglers
    @ManagedProcess(
            name = "of-class",
            command = {"sh", "-c", "while :; do sleep 0.05; done"},
            ready = @Ready(aliveFor = "0s"))
    static class OfAllScopes {
        @ManagedProcess(
                name = "of-run",
                command = {"sleep", "1002"},
                scope = Scope.RUN,
                ready = @Ready(aliveFor = "0s"))
        @ManagedProcess(
                name = "of-test",
                command = {"sh", "-c", "setsid sleep 1000 & exec sleep 1000"},
                ready = @Ready(aliveFor = "0s"))
        @Test
        void uses(@Managed("of-test") SupervisedProcess ofTest) {
            assertThat(ofTest.isReady()).isTrue();
        }
    }

    @Test
    void processesThatAreManaged_areNone() {
        Kit.pass(OfAllScopes.class);
    }

    // --- at the same time

    @NoStragglers
    static class Concurrent {
        @Test
        void isNeverRun() {}
    }

    static class ConcurrentMethod {
        @NoStragglers
        @Test
        void isNeverRun() {}
    }

    @Isolated
    @NoStragglers
    static class IsolatedOne {
        @Nested
        class Inner {
            @Test
            void runs() {}
        }
    }

    private static final Map<String, String> PARALLEL = Map.of("junit.jupiter.execution.parallel.enabled", "true");

    @Test
    void whereTestsRunAtTheSameTime_itIsRefused() {
        assertThat(Kit.failure(Kit.run(PARALLEL, Concurrent.class)).getMessage())
                .isEqualTo("@NoStragglers on NoStragglersTest.Concurrent: tests run at the same time here"
                        + " (junit.jupiter.execution.parallel.enabled), and nobody could tell whose processes are left;"
                        + " put @Isolated on NoStragglersTest.Concurrent too");
        assertThat(Kit.failure(Kit.run(PARALLEL, ConcurrentMethod.class)).getMessage())
                .isEqualTo(
                        "@NoStragglers on NoStragglersTest.ConcurrentMethod.isNeverRun: tests run at the same time here"
                                + " (junit.jupiter.execution.parallel.enabled), and nobody could tell whose processes are left;"
                                + " put @Isolated on NoStragglersTest.ConcurrentMethod too");
    }

    @Test
    void isolated_runs() {
        EngineExecutionResults results = Kit.run(PARALLEL, IsolatedOne.class);

        assertThat(Kit.failures(results)).isEmpty();
        assertThat(results.testEvents().succeeded().count()).isEqualTo(1);
    }

    // --- what processes leave

    static class ProcessLeaves {
        @ManagedProcess(
                name = "leaves",
                command = {"sh", "-c", "sleep 1000 & echo ready; read go"},
                ready = @Ready(log = "ready"),
                stdin = ManagedProcess.PIPE)
        @Test
        void endsByItself(SupervisedProcess leaves) {
            leaves.send("go\n");
            leaves.awaitExit(Duration.ofSeconds(60));
        }
    }

    @Test
    void fail_processOfATestLeavesOne_theTestFails() {
        assertThat(steady(Kit.failure(Kit.run(FAIL, ProcessLeaves.class)).getMessage()))
                .isEqualTo("""
                        'leaves' left a process behind; it has been ended
                          pid PID (sleep 1000), parent PARENT, up for TIME; it is in the session of 'leaves'
                          try         let 'leaves' end what it starts before it ends itself; or let stragglers be ended with no more than a line in the log (KILL instead of FAIL)""");
    }

    @Test
    void kill_isTheDefault_theTestPasses() {
        Kit.pass(ProcessLeaves.class);
    }

    static class ClassProcessLeaves {
        @ManagedProcess(
                command = {"sh", "-c", "sleep 1000 & echo ready; read go"},
                ready = @Ready(log = "ready"),
                stdin = ManagedProcess.PIPE)
        private static SupervisedProcess leaves;

        @Test
        void endsByItself() {
            leaves.send("go\n");
            leaves.awaitExit(Duration.ofSeconds(60));
        }

        @AfterAll
        static void isStillThere() {
            assertThat(leaves.exitStatus()).isPresent();
        }
    }

    @Test
    void fail_processOfAClassLeavesOne_theClassFails() {
        EngineExecutionResults results = Kit.run(FAIL, ClassProcessLeaves.class);

        assertThat(Kit.failure(results)).hasMessageStartingWith("'leaves' left a process behind");
        assertThat(results.testEvents().succeeded().count()).isEqualTo(1);
        assertThat(results.containerEvents().failed().count()).isEqualTo(1);
    }
}
