package dev.procession.junit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.process.ExitStatus;
import dev.procession.process.ProcessDiedException;
import dev.procession.process.Signal;
import dev.procession.supervise.SupervisedProcess;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.Assumptions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.ClassOrderer;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestClassOrder;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.testkit.engine.EngineExecutionResults;

/** Deaths that nobody asked for, and what else a test can leave behind for the next. */
class DeathTest {

    private static final String DIED = """
            'sleeper' died, and nobody had asked it to: killed by KILL
              process     pid PID, was up for TIME
              command     sh -c 'echo port PORT; exec sleep 600'      in target/procession/DeathTest.%1$s/sleeper/work
              last lines of target/procession/DeathTest.%1$s/sleeper/stdout.log
                port PORT
              try         find out what ended it; if the test means to end it, it calls stop(), kill() or expectExit()""";

    private static String died(String testClass) {
        return DIED.formatted(testClass);
    }

    private static String died(String testClass, String since) {
        return died(testClass) + "\n  since       " + since;
    }

    /** Kills it behind the library's back. */
    private static void murder(SupervisedProcess process) {
        assertThat(ProcessHandle.of(process.pid()).orElseThrow().destroyForcibly())
                .isTrue();
        process.exit().join();
    }

    /** In the order of their names. */
    @Sleeper
    @TestMethodOrder(MethodOrderer.MethodName.class)
    static class Shared {}

    // --- unasked

    static class DiesInAPassingTest extends Shared {
        @Test
        void a(SupervisedProcess sleeper) {
            murder(sleeper);
        }
    }

    @Test
    void passingTestFails() {
        Throwable failure = Kit.failure(Kit.run(DiesInAPassingTest.class));

        assertThat(failure).isExactlyInstanceOf(ProcessDiedException.class).hasNoSuppressedExceptions();
        assertThat(Kit.normalised(failure.getMessage())).isEqualTo(died("DiesInAPassingTest"));
    }

    static class DiesWithoutNews extends Shared {
        @Test
        void a(SupervisedProcess sleeper) {
            assertThat(ProcessHandle.of(sleeper.pid()).orElseThrow().destroyForcibly())
                    .isTrue();
            // The process table knows at once, the library's watch maybe later.
            while (!sleeper.tree().isEmpty()) {
                Thread.onSpinWait();
            }
        }
    }

    @Test
    void deathAtTheVeryEndOfATestIsSeen() {
        assertThat(Kit.failureOf(DiesWithoutNews.class)).isEqualTo(died("DiesWithoutNews"));
    }

    @ManagedProcess(
            name = "server",
            command = {"sh", "-c", "echo up; while ! [ -e ${directory}/end ]; do sleep 0.01; done; echo bye >&2"},
            ready = @Ready(log = "up"))
    static class ExitsWithZero {
        @Test
        void a(SupervisedProcess server) throws Exception {
            Files.createFile(server.directory().resolve("end"));
            server.exit().join();
        }
    }

    @Test
    void endWithCodeZeroIsADeathToo() {
        assertThat(Kit.failureOf(ExitsWithZero.class)).isEqualTo("""
                        'server' died, and nobody had asked it to: exit code 0
                          process     pid PID, was up for TIME
                          command     sh -c 'echo up; while ! [ -e BASEDIR/target/procession/DeathTest.ExitsWithZero/server/work/end ]; do sleep 0.01; done; echo bye >&2'      in target/procession/DeathTest.ExitsWithZero/server/work
                          last lines of target/procession/DeathTest.ExitsWithZero/server/stdout.log
                            up
                          last lines of target/procession/DeathTest.ExitsWithZero/server/stderr.log
                            bye
                          try         find out what ended it; if the test means to end it, it calls stop(), kill() or expectExit()""");
    }

    static class DiesInAFailingTest extends Shared {
        @Test
        void a(SupervisedProcess sleeper) {
            murder(sleeper);
            throw new IllegalStateException("connection reset");
        }
    }

    static class DiesInAnAbortedTest extends Shared {
        @Test
        void a(SupervisedProcess sleeper) {
            murder(sleeper);
            Assumptions.assumeThat(sleeper).as("connection reset").isNull();
        }
    }

    static class DiesInBeforeEach extends Shared {
        @BeforeEach
        void fails(SupervisedProcess sleeper) {
            murder(sleeper);
            throw new IllegalStateException("connection reset");
        }

        @Test
        void a() {}
    }

    static class DiesInAfterEach extends Shared {
        @Test
        void a() {}

        @AfterEach
        void fails(SupervisedProcess sleeper) {
            murder(sleeper);
            throw new IllegalStateException("connection reset");
        }
    }

    static class DiesInBeforeAll extends Shared {
        @BeforeAll
        static void fails(SupervisedProcess sleeper) {
            murder(sleeper);
            throw new IllegalStateException("connection reset");
        }

        @Test
        void a() {}
    }

    static class DiesInAfterAll extends Shared {
        @Test
        void a() {}

        @AfterAll
        static void fails(SupervisedProcess sleeper) {
            murder(sleeper);
            throw new IllegalStateException("connection reset");
        }
    }

    @ParameterizedTest
    @ValueSource(
            classes = {
                DiesInAFailingTest.class,
                DiesInAnAbortedTest.class,
                DiesInBeforeEach.class,
                DiesInAfterEach.class,
                DiesInBeforeAll.class,
                DiesInAfterAll.class
            })
    void deathIsTheFailureAndTheTestsOwnIsAttached(Class<?> testClass) {
        Throwable failure = Kit.failure(Kit.run(testClass));

        assertThat(failure).isExactlyInstanceOf(ProcessDiedException.class);
        assertThat(Kit.normalised(failure.getMessage())).isEqualTo(died(testClass.getSimpleName()));
        assertThat(failure.getSuppressed())
                .singleElement()
                .satisfies(own -> assertThat(own).hasMessageContaining("connection reset"));
    }

    static class DiesAfterAFailure extends Shared {
        @Test
        void a() {
            throw new IllegalStateException("first of all");
        }

        @AfterEach
        void passes(SupervisedProcess sleeper) {
            murder(sleeper);
        }
    }

    @Test
    void deathAfterAFailureIsAttachedToIt() {
        Throwable failure = Kit.failure(Kit.run(DiesAfterAFailure.class));

        assertThat(failure).hasMessage("first of all");
        assertThat(failure.getSuppressed())
                .singleElement()
                .satisfies(
                        death -> assertThat(Kit.normalised(death.getMessage())).isEqualTo(died("DiesAfterAFailure")));
    }

    // --- between tests

    static class DiesOnceForThree extends Shared {
        @Test
        void a() {}

        @Test
        void b(SupervisedProcess sleeper) {
            murder(sleeper);
        }

        @Test
        void c() {
            throw new AssertionError("must not run");
        }

        @Test
        void d() {
            throw new AssertionError("must not run");
        }
    }

    @Test
    void testsAfterADeathFailNamingTheCulprit() {
        assertThat(Kit.outcomes(Kit.run(DiesOnceForThree.class)))
                .containsExactly(
                        "a() passed",
                        "b(SupervisedProcess): " + died("DiesOnceForThree"),
                        "c(): " + died("DiesOnceForThree", "DeathTest.DiesOnceForThree.b"),
                        "d(): " + died("DiesOnceForThree", "DeathTest.DiesOnceForThree.b"));
    }

    static class DiesBeforeTheFirst extends Shared {
        @BeforeAll
        static void passes(SupervisedProcess sleeper) {
            murder(sleeper);
        }

        @Test
        void a() {}

        @Test
        void b() {}
    }

    @Test
    void testThatOnlyFindsItDeadIsNoCulprit() {
        assertThat(Kit.outcomes(Kit.run(DiesBeforeTheFirst.class)))
                .containsExactly(
                        "a(): " + died("DiesBeforeTheFirst"),
                        "b(): " + died("DiesBeforeTheFirst", "before DeathTest.DiesBeforeTheFirst.a"));
    }

    static class DiesInAPassingAfterAll extends Shared {
        @Test
        void a() {}

        @AfterAll
        static void passes(SupervisedProcess sleeper) {
            murder(sleeper);
        }
    }

    @Test
    void deathAfterTheLastTestFailsTheClassOnce() {
        EngineExecutionResults results = Kit.run(DiesInAPassingAfterAll.class);

        assertThat(Kit.normalised(Kit.failure(results).getMessage())).isEqualTo(died("DiesInAPassingAfterAll"));
        assertThat(Kit.outcomes(results)).containsExactly("a() passed");
    }

    static class DiesRepeatedly extends Shared {
        @RepeatedTest(2)
        void a(SupervisedProcess sleeper) {
            murder(sleeper);
        }
    }

    @Test
    void culpritIsNamedWithItsInvocation() {
        assertThat(Kit.outcomes(Kit.run(DiesRepeatedly.class)))
                .containsExactly(
                        "repetition 1 of 2: " + died("DiesRepeatedly"),
                        "repetition 2 of 2: "
                                + died("DiesRepeatedly", "DeathTest.DiesRepeatedly.a, repetition 1 of 2"));
    }

    @Sleeper
    @TestClassOrder(ClassOrderer.OrderAnnotation.class)
    static class DiesInNested {
        @Nested
        @Order(1)
        class First {
            @Test
            void a(SupervisedProcess sleeper) {
                murder(sleeper);
            }
        }

        @Nested
        @Order(2)
        class Second {
            @Test
            void b() {}
        }
    }

    @Test
    void culpritMayBeInAnotherNestedClass() {
        assertThat(Kit.outcomes(Kit.run(DiesInNested.class)))
                .containsExactly(
                        "a(SupervisedProcess): " + died("DiesInNested"),
                        "b(): " + died("DiesInNested", "DeathTest.DiesInNested.First.a"));
    }

    @Sleeper
    static class DiesAfterNested {
        @Nested
        class Inner {
            @Test
            void a() {}

            @AfterAll
            static void passes(SupervisedProcess sleeper) {
                murder(sleeper);
            }
        }
    }

    @Test
    void deathAfterTheLastNestedTestFailsTheClassThatOwnsTheProcess() {
        EngineExecutionResults results = Kit.run(DiesAfterNested.class);

        assertThat(Kit.normalised(Kit.failure(results).getMessage())).isEqualTo(died("DiesAfterNested"));
        assertThat(results.containerEvents().failed().stream()
                        .map(event -> event.getTestDescriptor().getDisplayName()))
                .containsExactly("DeathTest$DiesAfterNested");
    }

    @Sleeper
    static class DiesUnderParallelTests {
        private static final CyclicBarrier BARRIER = new CyclicBarrier(3);

        @Test
        void a(SupervisedProcess sleeper) throws Exception {
            meetOthers();
            murder(sleeper);
            meetOthers();
        }

        @Test
        void b() throws Exception {
            meetOthers();
            meetOthers();
        }

        @Test
        void c() throws Exception {
            meetOthers();
            meetOthers();
        }

        private static void meetOthers() throws Exception {
            BARRIER.await(60, TimeUnit.SECONDS);
        }
    }

    @Test
    void everyTestThatOverlapsTheDeathFails() {
        EngineExecutionResults results = Kit.run(
                Map.of(
                        "junit.jupiter.execution.parallel.enabled", "true",
                        "junit.jupiter.execution.parallel.mode.default", "concurrent",
                        "junit.jupiter.execution.parallel.config.strategy", "fixed",
                        "junit.jupiter.execution.parallel.config.fixed.parallelism", "6"),
                DiesUnderParallelTests.class);

        assertThat(Kit.outcomes(results))
                .containsExactlyInAnyOrder(
                        "a(SupervisedProcess): " + died("DiesUnderParallelTests"),
                        "b(): " + died("DiesUnderParallelTests"),
                        "c(): " + died("DiesUnderParallelTests"));
    }

    // --- asked for

    @Sleeper
    static class Stopped {
        @Test
        void a(SupervisedProcess sleeper) {
            assertThat(sleeper.stop()).isTrue();
        }
    }

    @Sleeper
    static class KilledByTheTest {
        @Test
        void a(SupervisedProcess sleeper) {
            assertThat(sleeper.kill()).isTrue();
        }
    }

    @Sleeper
    static class SignalledAndAwaited {
        @Test
        void a(SupervisedProcess sleeper) {
            assertThat(sleeper.signal(Signal.TERM)).isTrue();
            assertThat(sleeper.awaitExit(Duration.ofSeconds(30)))
                    .isEqualTo(new ExitStatus.Signalled(Signal.TERM.number(), false));
        }
    }

    @Sleeper
    static class Expected {
        @Test
        void a(SupervisedProcess sleeper) {
            sleeper.expectExit();
            murder(sleeper);
        }
    }

    @Sleeper
    static class StoppedInAfterAll {
        @Test
        void a() {}

        @AfterAll
        static void stops(SupervisedProcess sleeper) {
            sleeper.stop();
        }
    }

    @ParameterizedTest
    @ValueSource(
            classes = {
                Stopped.class,
                KilledByTheTest.class,
                SignalledAndAwaited.class,
                Expected.class,
                StoppedInAfterAll.class
            })
    void endThatWasAskedForIsNoFailure(Class<?> testClass) {
        Kit.pass(testClass);
    }

    // --- left behind

    private static String unusable(String how, String since) {
        return "'sleeper' is shared by the tests of a class, and is " + how + " before this one begins"
                + "\n  since       " + since
                + "\n  try         leave it as it was found, or give the test that ends it a class of its own";
    }

    static class LeavesItStopped extends Shared {
        @Test
        void a(SupervisedProcess sleeper) {
            sleeper.stop();
        }

        @Test
        void b() {
            throw new AssertionError("must not run");
        }

        @Test
        void c() {
            throw new AssertionError("must not run");
        }
    }

    @Test
    void processLeftStoppedFailsTheNextTests() {
        assertThat(Kit.outcomes(Kit.run(LeavesItStopped.class)))
                .containsExactly(
                        "a(SupervisedProcess) passed",
                        "b(): " + unusable("STOPPED", "DeathTest.LeavesItStopped.a"),
                        "c(): " + unusable("STOPPED", "DeathTest.LeavesItStopped.a"));
    }

    static class LeavesItExited extends Shared {
        @Test
        void a(SupervisedProcess sleeper) {
            sleeper.expectExit();
            murder(sleeper);
        }

        @Test
        void b() {}
    }

    @Test
    void processLeftExitedFailsTheNextTest() {
        assertThat(Kit.outcomes(Kit.run(LeavesItExited.class)))
                .containsExactly(
                        "a(SupervisedProcess) passed", "b(): " + unusable("EXITED", "DeathTest.LeavesItExited.a"));
    }

    static class LeavesItPaused extends Shared {
        private static SupervisedProcess paused;

        @Test
        void a(SupervisedProcess sleeper) {
            paused = sleeper;
            pause(sleeper);
        }

        @Test
        void b() {}

        @Test
        void c(SupervisedProcess sleeper) {}
    }

    private static void pause(SupervisedProcess process) {
        assertThat(process.signal(Signal.STOP)).isTrue();
        while (!process.isPaused()) {
            Thread.onSpinWait();
        }
    }

    @Test
    void processLeftPausedFailsTheNextTestsAndIsStillStoppedGently() {
        assertThat(Kit.outcomes(Kit.run(LeavesItPaused.class)))
                .containsExactly(
                        "a(SupervisedProcess) passed",
                        "b(): " + unusable("paused", "DeathTest.LeavesItPaused.a"),
                        "c(SupervisedProcess): " + unusable("paused", "DeathTest.LeavesItPaused.a"));
        assertThat(LeavesItPaused.paused.exitStatus())
                .as("not KILL, which comes 10 s later")
                .contains(new ExitStatus.Signalled(Signal.TERM.number(), false));
    }

    static class LeavesItAsItWas extends Shared {
        @Test
        void a(SupervisedProcess sleeper) {
            pause(sleeper);
            sleeper.signal(Signal.CONT);
            while (sleeper.isPaused()) {
                Thread.onSpinWait();
            }
        }

        @Test
        void b() {}
    }

    @Test
    void processThatIsContinuedAgainDisturbsNobody() {
        Kit.pass(LeavesItAsItWas.class);
    }
}
