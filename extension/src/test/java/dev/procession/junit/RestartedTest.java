package dev.procession.junit;

import static dev.procession.assertj.ProcessAssertions.assertThat;
import static dev.procession.launch.Backoff.Kind.FIXED;
import static dev.procession.launch.RestartMode.ALWAYS;
import static dev.procession.launch.RestartMode.ON_FAILURE;
import static dev.procession.launch.RestartMode.ON_LISTED_EXIT;
import static dev.procession.launch.RestartMode.UNEXPECTED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.process.ProcessDiedException;
import dev.procession.process.ProcessId;
import dev.procession.process.Signal;
import dev.procession.supervise.ProcessState;
import dev.procession.supervise.SupervisedProcess;
import java.io.IOException;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.ClassOrderer;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestClassOrder;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.testkit.engine.EngineExecutionResults;

/** Processes that die in tests and come back, or do not. */
class RestartedTest {

    private static final Duration LONG = Duration.ofSeconds(60);

    /**
     * Counts its runs in its work folder, and ends with the code that somebody writes into the file {@code end}. Before a
     * later run it waits until there is no file {@code wait}; from then on its start fails if there is a file {@code broken}.
     */
    private static final String WORKER = "echo run >>runs; [ -e broken ] && exit 4;"
            + " while [ -e wait ]; do sleep 0.01; done; echo up;"
            + " while ! [ -s end ]; do sleep 0.01; done; n=$(cat end); rm end; exit $n";

    private static void write(SupervisedProcess worker, String file, String text) throws IOException {
        // At once, so that nobody sees half of it.
        Path draft = Files.writeString(worker.directory().resolve("draft"), text);
        Files.move(draft, worker.directory().resolve(file));
    }

    /** Returns when its death is news. */
    private static void endsWith(SupervisedProcess worker, int code) throws IOException {
        var exit = worker.exit();
        write(worker, "end", code + "\n");
        exit.join();
    }

    private static void awaitState(SupervisedProcess process, ProcessState state) {
        Fork.until("'" + process.name() + "' is " + state, () -> process.state() == state);
    }

    @Retention(RetentionPolicy.RUNTIME)
    @Inherited
    @ManagedProcess(
            name = "worker",
            command = {"sh", "-c", WORKER},
            ready = @Ready(log = "up"),
            restart =
                    @Restart(
                            value = ON_FAILURE,
                            backoff = @Backoff(value = FIXED, shortest = "10ms"),
                            startRetries = 2))
    @interface Returning {}

    /** In the order of their names. */
    @Returning
    @TestMethodOrder(MethodOrderer.MethodName.class)
    static class Shared {}

    // --- comes back

    static class DiesBetweenTests extends Shared {
        @Test
        void a(SupervisedProcess worker) throws Exception {
            write(worker, "wait", "");
            endsWith(worker, 3);
            awaitState(worker, ProcessState.STARTING);
            Thread release = new Thread(() -> {
                Fork.until("the next test waits", () -> waits("requireUsable"));
                assertThat(worker.directory().resolve("wait").toFile().delete()).isTrue();
            });
            release.setDaemon(true);
            release.start();
        }

        @Test
        void b(SupervisedProcess worker) {
            assertThat(worker).isReady().hasRestarted(1);
            assertThat(worker.log().allRuns().lines()).containsExactly("up", "up");
        }
    }

    /** Whether a thread of this JVM is in a method. */
    private static boolean waits(String method) {
        return Thread.getAllStackTraces().values().stream()
                .anyMatch(stack -> java.util.stream.Stream.of(stack)
                        .anyMatch(frame -> frame.getMethodName().equals(method)));
    }

    static class DiesBeforeTheFirst extends Shared {
        @BeforeAll
        static void passes(SupervisedProcess worker) throws Exception {
            endsWith(worker, 3);
        }

        @Test
        void a(SupervisedProcess worker) {
            assertThat(worker).isReady().hasRestarted(1);
        }
    }

    static class DiesUnseen extends Shared {
        @Test
        void a(SupervisedProcess worker) {
            ProcessId first = worker.id();
            ProcessHandle.of(first.pid()).orElseThrow().destroyForcibly();
            // The process table knows at once, the library's watch maybe later; but the next run may be there already.
            while (first.isAlive()) {
                Thread.onSpinWait();
            }
        }

        @Test
        void b(SupervisedProcess worker) {
            assertThat(worker).isReady().hasRestarted(1);
        }
    }

    static class DiesAfterTheLast extends Shared {
        @Test
        void a() {}

        @AfterAll
        static void passes(SupervisedProcess worker) throws Exception {
            endsWith(worker, 3);
        }
    }

    static class AwaitedInTheTest extends Shared {
        @Test
        void a(SupervisedProcess worker) throws Exception {
            long pid = worker.pid();
            endsWith(worker, 3);
            worker.awaitReady(LONG);
            assertThat(worker).isReady().hasRestarted(1);
            assertThat(worker.pid()).isNotEqualTo(pid);
        }

        @Test
        void b(SupervisedProcess worker) throws Exception {
            endsWith(worker, 3);
            worker.awaitReady(LONG);
            assertThat(worker).hasRestarted(2);
        }
    }

    static class Crashed extends Shared {
        @Test
        void a(SupervisedProcess worker) {
            assertThat(worker.crash()).isTrue();
            worker.awaitReady(LONG);
            assertThat(worker).isReady().hasRestarted(1);
        }

        @Test
        void b(SupervisedProcess worker) {
            assertThat(worker.crash()).isTrue();
        }

        @Test
        void c(SupervisedProcess worker) {
            assertThat(worker).isReady().hasRestarted(2);
        }
    }

    static class PausedAndResumed extends Shared {
        @Test
        void a(SupervisedProcess worker) {
            assertThat(worker.pause()).isTrue();
            assertThat(worker.isPaused()).isTrue();
            assertThat(worker.resume()).isTrue();
        }

        @Test
        void b(SupervisedProcess worker) {
            assertThat(worker).isReady().hasRestarted(0);
        }
    }

    static class KilledAndStarted extends Shared {
        @Test
        void a(SupervisedProcess worker) {
            worker.kill();
            worker.start();
        }

        @Test
        void b(SupervisedProcess worker) {
            assertThat(worker).isReady().hasRestarted(1);
        }
    }

    @ManagedProcess(
            name = "server",
            command = {"${java}", "-cp", "${classpath}", "dev.procession.junit.TinyServer", "${port}"})
    @TestMethodOrder(MethodOrderer.MethodName.class)
    static class RestartedByTheTest {
        private static int port;
        private static Path directory;

        @Test
        void a(SupervisedProcess server) throws Exception {
            port = server.port();
            directory = server.directory();
            Files.writeString(directory.resolve("kept"), "of the first run");
            server.restart();
            assertThat(server).isReady().isListeningOn(port).hasRestarted(1);
        }

        @Test
        void b(SupervisedProcess server, @Port int injected) {
            assertThat(server).isReady().isListeningOn(port);
            assertThat(injected).isEqualTo(port);
            assertThat(server.directory()).isEqualTo(directory);
            assertThat(directory.resolve("kept")).hasContent("of the first run");
        }
    }

    @TestMethodOrder(MethodOrderer.MethodName.class)
    static class OfEachTest {
        @ManagedProcess(
                command = {"sh", "-c", WORKER},
                ready = @Ready(log = "up"),
                restart = @Restart(value = ALWAYS, backoff = @Backoff(value = FIXED, shortest = "10ms")))
        SupervisedProcess worker;

        @Test
        void a() throws Exception {
            endsWith(worker, 0);
            worker.awaitReady(LONG);
            assertThat(worker).hasRestarted(1);
            // Still coming back when the test has ended.
            write(worker, "wait", "");
            endsWith(worker, 0);
        }

        @Test
        void b() {
            assertThat(worker).isReady().hasRestarted(0);
        }
    }

    @ParameterizedTest
    @ValueSource(
            classes = {
                DiesBetweenTests.class,
                DiesBeforeTheFirst.class,
                DiesUnseen.class,
                DiesAfterTheLast.class,
                AwaitedInTheTest.class,
                Crashed.class,
                PausedAndResumed.class,
                KilledAndStarted.class,
                RestartedByTheTest.class,
                OfEachTest.class
            })
    void whatComesBackFailsNoTest(Class<?> testClass) {
        Kit.pass(testClass);
    }

    // --- does not come back

    @ManagedProcess(
            name = "worker",
            command = {"sh", "-c", WORKER},
            ready = @Ready(log = "up"))
    @TestMethodOrder(MethodOrderer.MethodName.class)
    static class WithoutPolicy {
        @Test
        void a(SupervisedProcess worker) throws Exception {
            endsWith(worker, 3);
        }

        @Test
        void b() {}
    }

    /** The lines that all messages of it have. */
    private static String details(String testClass, String state, String output) {
        String folder = "target/procession/RestartedTest." + testClass + "/worker";
        return "\n  process     pid PID, " + state + "\n  command     sh -c '" + WORKER + "'      in " + folder
                + "/work" + output.replace("FOLDER", folder);
    }

    private static final String UP = "\n  last lines of FOLDER/stdout.log\n    up";
    private static final String NO_OUTPUT = "\n  output      none, in FOLDER/stdout.log and stderr.log";

    private static String restart(String testClass) {
        return "'restart' of @ManagedProcess(name = \"worker\") on RestartedTest." + testClass;
    }

    @Test
    void withoutAPolicyADeathIsAFailure() {
        String died = "'worker' died, and nobody had asked it to: exit code 3"
                + details("WithoutPolicy", "was up for TIME", UP)
                + "\n  try         find out what ended it; if the test means to end it, it calls stop(), kill() or expectExit()";

        assertThat(Kit.outcomes(Kit.run(WithoutPolicy.class)))
                .containsExactly(
                        "a(SupervisedProcess): " + died,
                        "b(): " + died + "\n  since       RestartedTest.WithoutPolicy.a");
    }

    static class GivenUp extends Shared {
        @Test
        void a(SupervisedProcess worker) throws Exception {
            write(worker, "broken", "");
            endsWith(worker, 3);
            awaitState(worker, ProcessState.FATAL);
        }

        @Test
        void b() {
            throw new AssertionError("must not run");
        }
    }

    private static String givenUp(String testClass) {
        return "'worker' was given up after 3 failed starts: exited before it was ready: exit code 4; its log may have details"
                + details(testClass, "FATAL, exit code 4, was up for TIME", NO_OUTPUT)
                + "\n  try         find out why it does not start any more; how often it is tried says "
                + restart(testClass);
    }

    @Test
    void givenUp_isAFailureOfTheTestAndOfTheNext() {
        assertThat(Kit.outcomes(Kit.run(GivenUp.class)))
                .containsExactly(
                        "a(SupervisedProcess): " + givenUp("GivenUp"),
                        "b(): " + givenUp("GivenUp") + "\n  since       RestartedTest.GivenUp.a");
    }

    static class GivenUpBetweenTests extends Shared {
        @Test
        void a(SupervisedProcess worker) throws Exception {
            write(worker, "broken", "");
            endsWith(worker, 3);
        }

        @Test
        void b() {
            throw new AssertionError("must not run");
        }
    }

    @Test
    void givenUpWhileTheNextTestWaits_failsThat() {
        assertThat(Kit.failures(Kit.run(GivenUpBetweenTests.class)))
                .last()
                .satisfies(failure -> assertThat(failure).isExactlyInstanceOf(ProcessDiedException.class))
                .satisfies(failure -> assertThat(Kit.normalised(failure.getMessage()))
                        .isEqualTo(givenUp("GivenUpBetweenTests")
                                + "\n  since       RestartedTest.GivenUpBetweenTests.a"));
    }

    static class GivenUpAndStarted extends Shared {
        @Test
        void a(SupervisedProcess worker) throws Exception {
            write(worker, "broken", "");
            endsWith(worker, 3);
            awaitState(worker, ProcessState.FATAL);
            Files.delete(worker.directory().resolve("broken"));
            worker.start();
        }

        @Test
        void b(SupervisedProcess worker) {
            assertThat(worker).isReady();
        }
    }

    @Test
    void givenUp_butStartedAgainByTheTest_isNoFailure() {
        Kit.pass(GivenUpAndStarted.class);
    }

    @ManagedProcess(
            name = "worker",
            command = {"sh", "-c", WORKER},
            ready = @Ready(log = "up"),
            restart = @Restart(value = ON_LISTED_EXIT, exitCodes = 55))
    @TestMethodOrder(MethodOrderer.MethodName.class)
    static class Unlisted {
        @Test
        void a(SupervisedProcess worker) throws Exception {
            endsWith(worker, 7);
        }

        @Test
        void b() {}
    }

    @ManagedProcess(
            name = "worker",
            command = {"sh", "-c", WORKER},
            ready = @Ready(log = "up"),
            restart = @Restart(UNEXPECTED),
            expectedExitCodes = 7)
    @TestMethodOrder(MethodOrderer.MethodName.class)
    static class Done {
        @Test
        void a(SupervisedProcess worker) throws Exception {
            endsWith(worker, 7);
        }

        @Test
        void b() {}
    }

    private static String leftDown(String policy, String testClass) {
        return "'worker' is shared by the tests of a class, and is EXITED (exit code 7), after which its restart policy, "
                + policy + ", leaves it down, before this one begins"
                + "\n  since       RestartedTest." + testClass + ".a"
                + "\n  try         let a test in which it ends start() it again, or give that test a class of its own;"
                + " or look at " + restart(testClass);
    }

    @Test
    void endThatThePolicyLeavesAtThat_isNoFailureOfTheTest_butOfTheNext() {
        assertThat(Kit.outcomes(Kit.run(Unlisted.class)))
                .containsExactly(
                        "a(SupervisedProcess) passed", "b(): " + leftDown("ON_LISTED_EXIT(55), 3 retries", "Unlisted"));
        assertThat(Kit.outcomes(Kit.run(Done.class)))
                .containsExactly("a(SupervisedProcess) passed", "b(): " + leftDown("UNEXPECTED, 3 retries", "Done"));
    }

    @Sleeper
    @TestMethodOrder(MethodOrderer.MethodName.class)
    static class CrashedWithoutPolicy {
        @Test
        void a(SupervisedProcess sleeper) {
            assertThat(sleeper.crash()).isTrue();
        }

        @Test
        void b() {}
    }

    @Sleeper
    @TestMethodOrder(MethodOrderer.MethodName.class)
    static class LeftPaused {
        @Test
        void a(SupervisedProcess sleeper) {
            assertThat(sleeper.pause()).isTrue();
        }

        @Test
        void b() {}
    }

    private static String left(String how, String testClass) {
        return "'sleeper' is shared by the tests of a class, and is " + how + " before this one begins"
                + "\n  since       RestartedTest." + testClass + ".a"
                + "\n  try         leave it as it was found, or give the test that ends it a class of its own";
    }

    @Test
    void whatATestLeavesDeadOrPaused_failsTheNext() {
        assertThat(Kit.outcomes(Kit.run(CrashedWithoutPolicy.class)))
                .containsExactly("a(SupervisedProcess) passed", "b(): " + left("EXITED", "CrashedWithoutPolicy"));
        assertThat(Kit.outcomes(Kit.run(LeftPaused.class)))
                .containsExactly("a(SupervisedProcess) passed", "b(): " + left("paused", "LeftPaused"));
    }

    static class LeftPausedLater extends Shared {
        @Test
        void a(SupervisedProcess worker) {
            worker.crash();
        }

        @Test
        void b(SupervisedProcess worker) {
            worker.pause();
        }

        @Test
        void c() {}
    }

    @Test
    void whoseProcessHasComeBack_isNoCulpritAnyMore() {
        assertThat(Kit.outcomes(Kit.run(LeftPausedLater.class)))
                .last()
                .isEqualTo("c(): 'worker' is shared by the tests of a class, and is paused before this one begins"
                        + "\n  since       RestartedTest.LeftPausedLater.b"
                        + "\n  try         leave it as it was found, or give the test that ends it a class of its own");
    }

    @ManagedProcess(
            name = "worker",
            command = {"sh", "-c", WORKER},
            ready = @Ready(log = "up", timeout = "2s"),
            restart = @Restart(value = ALWAYS, backoff = @Backoff(value = FIXED, shortest = "1h")))
    @TestMethodOrder(MethodOrderer.MethodName.class)
    static class ComesBackTooLate {
        @Test
        void a(SupervisedProcess worker) {
            worker.crash();
        }

        @Test
        void b() {}
    }

    @Test
    void whatDoesNotComeBackInTime_failsTheNextTest() {
        assertThat(Kit.outcomes(Kit.run(ComesBackTooLate.class)))
                .containsExactly(
                        "a(SupervisedProcess) passed",
                        "b(): Expected 'worker' to be ready within 2 s, but was EXITED (bad end: killed by KILL)"
                                + details("ComesBackTooLate", "EXITED, killed by KILL, was up for TIME", UP)
                                + "\n  try         look at what it logged, and at " + restart("ComesBackTooLate")
                                + "\n  since       RestartedTest.ComesBackTooLate.a");
    }

    // --- with others

    @Retention(RetentionPolicy.RUNTIME)
    @ManagedProcess(
            name = "shared",
            command = {"sh", "-c", WORKER},
            ready = @Ready(log = "up"),
            scope = Scope.RUN,
            restart = @Restart(value = ON_FAILURE, backoff = @Backoff(value = FIXED, shortest = "10ms")))
    @interface OfRun {}

    @OfRun
    static class FirstOfRun {
        @Test
        void a(SupervisedProcess shared) {
            shared.crash();
        }
    }

    @OfRun
    static class SecondOfRun {
        @BeforeAll
        static void before(SupervisedProcess shared) {
            assertThat(shared).isReady().hasRestarted(1);
        }

        @Test
        void b(SupervisedProcess shared) {
            assertThat(shared).isReady().hasRestarted(1);
        }
    }

    @Test
    void ofTheRun_crashedByOneClass_isBackForTheNext() {
        Kit.pass(FirstOfRun.class, SecondOfRun.class);
    }

    @Returning
    @TestClassOrder(ClassOrderer.OrderAnnotation.class)
    static class DependedOn {
        @Nested
        @Order(1)
        class First {
            @Test
            void a(SupervisedProcess worker) {
                worker.crash();
            }
        }

        @Nested
        @Order(2)
        @ManagedProcess(
                name = "dependent",
                command = {"sleep", "600"},
                dependsOn = "worker")
        class Second {
            @Test
            void b(@Managed("dependent") SupervisedProcess dependent, @Managed("worker") SupervisedProcess worker) {
                assertThat(dependent).isReady();
                assertThat(worker).isReady().hasRestarted(1);
            }
        }
    }

    @Test
    void whatDependsOnOneThatComesBack_waitsForIt() {
        Kit.pass(DependedOn.class);
    }

    @Returning
    static class InParallel {
        private static final CyclicBarrier BARRIER = new CyclicBarrier(2);

        @Test
        void a(SupervisedProcess worker) throws Exception {
            BARRIER.await(60, TimeUnit.SECONDS);
            worker.crash();
            worker.awaitReady(LONG);
            BARRIER.await(60, TimeUnit.SECONDS);
        }

        @Test
        void b(SupervisedProcess worker) throws Exception {
            BARRIER.await(60, TimeUnit.SECONDS);
            BARRIER.await(60, TimeUnit.SECONDS);
            assertThat(worker).hasRestarted(1);
        }
    }

    @Returning
    static class InAnotherClass {
        @Test
        void c(SupervisedProcess worker) {
            worker.crash();
            worker.awaitReady(LONG);
            assertThat(worker).hasRestarted(1);
        }
    }

    @Test
    void testsThatOverlapACrash_pass() {
        EngineExecutionResults results = Kit.run(
                Map.of(
                        "junit.jupiter.execution.parallel.enabled", "true",
                        "junit.jupiter.execution.parallel.mode.default", "concurrent",
                        "junit.jupiter.execution.parallel.config.strategy", "fixed",
                        "junit.jupiter.execution.parallel.config.fixed.parallelism", "6"),
                InParallel.class,
                InAnotherClass.class);

        assertThat(Kit.failures(results)).isEmpty();
        assertThat(results.testEvents().succeeded().count()).isEqualTo(3);
    }

    // --- who looks for what is left

    @ManagedProcess(
            name = "worker",
            command = {"sh", "-c", WORKER},
            ready = @Ready(log = "up"),
            restart = @Restart(value = ALWAYS, backoff = @Backoff(value = FIXED, shortest = "10ms")))
    static class ComesBackAfterTheTest {
        @Test
        @NoStragglers
        void a(SupervisedProcess worker) {
            worker.crash();
        }
    }

    @Test
    void whatIsStartedAgainAtTheEndOfATest_isNoStraggler() {
        Kit.pass(ComesBackAfterTheTest.class);
    }

    @ManagedProcess(
            name = "worker",
            command = {"sh", "-c", WORKER},
            ready = @Ready(log = "up"),
            restart = @Restart(value = ALWAYS, backoff = @Backoff(value = FIXED, shortest = "1h")))
    static class BetweenTwoRuns {
        @Test
        @WaitForDeath(name = "worker", timeout = "300ms")
        void a(SupervisedProcess worker) {
            worker.crash();
        }
    }

    @Test
    void whatIsDownOnlyForNow_isNotDead() {
        assertThat(Kit.failureOf(BetweenTwoRuns.class))
                .isEqualTo("RestartedTest.BetweenTwoRuns.a has ended, and"
                        + " 'worker' was to be dead within 300 ms, but its restart policy starts it again"
                        + "\n  try         let the test stop() it, or look at " + restart("BetweenTwoRuns"));
    }

    @ManagedProcess(
            name = "worker",
            command = {"sh", "-c", WORKER},
            ready = @Ready(log = "up"),
            restart = @Restart(value = ON_LISTED_EXIT, exitCodes = 55))
    static class StaysDown {
        @Test
        @WaitForDeath(name = "worker")
        void a(SupervisedProcess worker) {
            worker.signal(Signal.TERM);
        }
    }

    @Test
    void whatItsPolicyLeavesDown_isDead() {
        Kit.pass(StaysDown.class);
    }
}
