package dev.procession.junit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.launch.Backoff.Kind;
import dev.procession.launch.RestartMode;
import dev.procession.process.Signal;
import dev.procession.supervise.ProcessState;
import dev.procession.supervise.SupervisedProcess;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.assertj.core.api.Assumptions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.testkit.engine.EngineExecutionResults;

/** What fails is held, with its processes running, for whoever wants to look at them. Takes the console of the JVM. */
@Isolated
class HoldTest {

    private static final Path FOLDER = Path.of("target", "hold-test").toAbsolutePath();
    private static final List<SupervisedProcess> MET = Collections.synchronizedList(new ArrayList<>());
    private static final List<String> EVENTS = Collections.synchronizedList(new ArrayList<>());
    private static final List<Thread> THREADS = Collections.synchronizedList(new ArrayList<>());

    private final PrintStream console = System.err;
    private final ByteArrayOutputStream shown = new ByteArrayOutputStream();
    private final List<FutureTask<?>> runs = new ArrayList<>();

    @BeforeEach
    void takeTheConsole() {
        MET.clear();
        EVENTS.clear();
        THREADS.clear();
        assertThat(files()).isEmpty();
        System.setErr(new PrintStream(shown, true, StandardCharsets.UTF_8));
    }

    @AfterEach
    void giveItBack() {
        // Of a test that has failed, the run may still be held.
        runs.forEach(run -> until("the run has ended", () -> {
            files().forEach(HoldTest::remove);
            return run.isDone();
        }));
        System.setErr(console);
        assertThat(files()).isEmpty();
    }

    // --- tools

    private static EngineExecutionResults run(String longest, Class<?>... testClasses) {
        return run(Map.of("procession.keepRunningOnFailure", longest), testClasses);
    }

    private static EngineExecutionResults run(Map<String, String> parameters, Class<?>... testClasses) {
        Map<String, String> all = new HashMap<>(parameters);
        all.put("procession.folder", "target/hold-test");
        return Kit.run(all, testClasses);
    }

    private FutureTask<EngineExecutionResults> async(Callable<EngineExecutionResults> action) {
        FutureTask<EngineExecutionResults> task = new FutureTask<>(action);
        runs.add(task);
        Thread thread = new Thread(task, "test-held");
        thread.setDaemon(true);
        thread.start();
        return task;
    }

    private static <T> T result(FutureTask<T> task) {
        try {
            return task.get(60, TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError("Expected the run to end, but it was " + e, e);
        }
    }

    private static void until(String expectation, BooleanSupplier condition) {
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - end > 0) {
                throw new AssertionError("Expected within 60 s: " + expectation);
            }
            Thread.yield();
        }
    }

    /** The files by which the runs of this JVM are held now. */
    private static List<Path> files() {
        if (!Files.exists(FOLDER)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(FOLDER)) {
            return entries.filter(Files::isRegularFile).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Path> awaitHolds(int count) {
        until(
                count + " holds",
                () -> files().size() == count && files().stream().allMatch(HoldTest::isComplete));
        return files();
    }

    private static boolean isComplete(Path file) {
        return content(file).endsWith("\n");
    }

    private static String content(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void remove(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String normalised(String text) {
        return Kit.normalised(text.replaceAll("remove-to-go-on-\\d+-", "remove-to-go-on-PID-"));
    }

    /** What the console told to be held, in order. */
    private List<String> held() {
        Matcher held = Pattern.compile("(?m)^(.*) has failed; its processes are kept running for .* at most$")
                .matcher(shown.toString(StandardCharsets.UTF_8));
        return held.results().map(match -> match.group(1)).toList();
    }

    private static void murder(SupervisedProcess process) {
        assertThat(ProcessHandle.of(process.pid()).orElseThrow().destroyForcibly())
                .isTrue();
        process.exit().join();
    }

    // --- the hold itself

    @Sleeper
    @ManagedProcess(
            name = "one-shot",
            command = {"sh", "-c", "exit 0"},
            ready = @Ready(exit = 0))
    @TestMethodOrder(MethodOrderer.MethodName.class)
    static class FailsFirst {
        @Test
        @ManagedProcess(
                name = "own",
                command = {"sh", "-c", "echo ${port} ${port:admin}; exec sleep 600"},
                ports = "admin",
                ready = @Ready(log = " "))
        void a(@Managed("sleeper") SupervisedProcess sleeper, @Managed("own") SupervisedProcess own) {
            MET.addAll(List.of(sleeper, own));
            throw new IllegalStateException("one line\nand another");
        }

        @Test
        void b() {
            EVENTS.add("b has begun");
        }
    }

    @Test
    void processesLiveAndTheRunWaitsUntilTheFileIsRemoved() {
        FutureTask<EngineExecutionResults> run = async(() -> run("1h", FailsFirst.class));
        Path file = awaitHolds(1).get(0);
        String message = content(file);

        assertThat(MET).extracting(SupervisedProcess::state).containsOnly(ProcessState.RUNNING);
        assertThat(MET).allMatch(process -> ProcessHandle.of(process.pid()).isPresent());
        assertThat(EVENTS).isEmpty();
        assertThat(run).isNotDone();
        assertThat(normalised(message)).isEqualTo("""
                HoldTest.FailsFirst.a has failed; its processes are kept running for 60 m at most
                  failure     java.lang.IllegalStateException: one line
                    and another
                  sleeper     RUNNING, pid PID, port PORT, logs in BASEDIR/target/hold-test/HoldTest.FailsFirst/sleeper
                  one-shot    EXITED (exit code 0), logs in BASEDIR/target/hold-test/HoldTest.FailsFirst/one-shot
                  own         RUNNING, pid PID, port PORT, port admin PORT, logs in BASEDIR/target/hold-test/HoldTest.FailsFirst/a/own
                  to go on    remove BASEDIR/target/hold-test/remove-to-go-on-PID-1, or end this JVM, pid PID, and all of them with it
                """);
        remove(file);
        EngineExecutionResults results = result(run);

        assertThat(Kit.failure(results)).hasMessage("one line\nand another").hasNoSuppressedExceptions();
        assertThat(EVENTS).containsExactly("b has begun");
        assertThat(MET).extracting(SupervisedProcess::state).containsOnly(ProcessState.STOPPED);
        assertThat(shown.toString(StandardCharsets.UTF_8).lines())
                .containsExactlyElementsOf(message.lines().toList());
    }

    @Test
    void holdEndsByItselfWhenItsTimeIsOver() {
        EngineExecutionResults results = run("50ms", FailsFirst.class);

        assertThat(Kit.failure(results)).hasMessage("one line\nand another").hasNoSuppressedExceptions();
        assertThat(shown.toString(StandardCharsets.UTF_8))
                .startsWith("HoldTest.FailsFirst.a has failed; its processes are kept running for 50 ms at most\n");
        assertThat(held()).hasSize(1);
        assertThat(EVENTS).containsExactly("b has begun");
    }

    /** Runs after the library's own, which is registered later. */
    static final class NotesTheInterrupt implements AfterEachCallback {
        @Override
        public void afterEach(ExtensionContext context) {
            EVENTS.add("interrupted: " + Thread.interrupted());
        }
    }

    @ExtendWith(NotesTheInterrupt.class)
    @Sleeper
    static class IsInterrupted {
        @Test
        void a(SupervisedProcess sleeper) {
            THREADS.add(Thread.currentThread());
            throw new IllegalStateException("held");
        }
    }

    @Test
    void interruptEndsTheHoldAndIsKept() {
        FutureTask<EngineExecutionResults> run = async(() -> run("1h", IsInterrupted.class));
        Path file = awaitHolds(1).get(0);

        THREADS.get(0).interrupt();
        EngineExecutionResults results = result(run);

        assertThat(Kit.failure(results)).hasMessage("held").hasNoSuppressedExceptions();
        assertThat(EVENTS).containsExactly("interrupted: true");
        assertThat(file).doesNotExist();
    }

    @ExtendWith(NotesTheInterrupt.class)
    @Sleeper
    static class HasBeenInterrupted {
        @Test
        void a(SupervisedProcess sleeper) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("not held");
        }
    }

    @Test
    void whoeverIsInterruptedAlreadyIsNotHeld() {
        EngineExecutionResults results = run("1h", HasBeenInterrupted.class);

        assertThat(Kit.failure(results)).hasMessage("not held").hasNoSuppressedExceptions();
        assertThat(EVENTS).containsExactly("interrupted: true");
        assertThat(shown.toString(StandardCharsets.UTF_8)).isEmpty();
    }

    // --- at the same time

    static class Fails {
        @Test
        void a(SupervisedProcess sleeper) {
            MET.add(sleeper);
            throw new IllegalStateException(getClass().getSimpleName());
        }
    }

    @Sleeper
    static class One extends Fails {}

    @Sleeper
    static class Other extends Fails {}

    @Test
    void testsAtTheSameTimeAreHeldIndependently() {
        Map<String, String> parameters = Map.of(
                "procession.keepRunningOnFailure", "1h",
                "junit.jupiter.execution.parallel.enabled", "true",
                "junit.jupiter.execution.parallel.mode.default", "concurrent",
                "junit.jupiter.execution.parallel.config.strategy", "fixed",
                "junit.jupiter.execution.parallel.config.fixed.parallelism", "4");
        FutureTask<EngineExecutionResults> run = async(() -> run(parameters, One.class, Other.class));
        List<Path> files = awaitHolds(2);
        SupervisedProcess first = shownIn(files.get(0));
        SupervisedProcess second = shownIn(files.get(1));

        remove(files.get(0));
        until("the first has been stopped", () -> first.state() == ProcessState.STOPPED);
        assertThat(second.state()).isEqualTo(ProcessState.RUNNING);
        assertThat(files.get(1)).exists();
        remove(files.get(1));

        assertThat(Kit.failures(result(run)))
                .extracting(Throwable::getMessage)
                .containsExactlyInAnyOrder("One", "Other");
    }

    private static SupervisedProcess shownIn(Path file) {
        return MET.stream()
                .filter(process -> content(file).contains("RUNNING, pid " + process.pid() + ","))
                .findFirst()
                .orElseThrow();
    }

    // --- once for each failure, wherever it is

    static class InItsBody extends One {}

    @Sleeper
    static class InBeforeEach {
        @BeforeEach
        void fails() {
            throw new IllegalStateException("before");
        }

        @Test
        void a() {}
    }

    @Sleeper
    static class InAfterEach {
        @Test
        void a() {}

        @AfterEach
        void fails() {
            throw new IllegalStateException("after");
        }
    }

    static final class FailsBefore implements BeforeEachCallback {
        @Override
        public void beforeEach(ExtensionContext context) {
            throw new IllegalStateException("before the library's own");
        }
    }

    @ExtendWith(FailsBefore.class)
    @Sleeper
    static class InAnotherExtension {
        @Test
        void a() {}
    }

    /** What is shared has a name of its own, and dies; the sleeper is there to be looked at. */
    @Sleeper
    @ManagedProcess(
            name = "victim",
            command = {"sh", "-c", "echo up; exec sleep 600"},
            ready = @Ready(log = "up"))
    @TestMethodOrder(MethodOrderer.MethodName.class)
    static class ByADeath {
        @Test
        void a(@Managed("victim") SupervisedProcess victim) {
            murder(victim);
        }

        @Test
        void b() {}
    }

    @Sleeper
    @TestMethodOrder(MethodOrderer.MethodName.class)
    static class ByAPause {
        @Test
        void a(SupervisedProcess sleeper) {
            sleeper.signal(Signal.STOP);
            until("it is paused", sleeper::isPaused);
            throw new IllegalStateException("paused");
        }

        @Test
        void b() {}
    }

    @Sleeper
    static class InADynamicTest {
        @TestFactory
        Stream<DynamicTest> a() {
            return Stream.of(
                    DynamicTest.dynamicTest("one", () -> {
                        throw new IllegalStateException("dynamic");
                    }),
                    DynamicTest.dynamicTest("two", () -> EVENTS.add("two")));
        }
    }

    @Sleeper
    @ManagedProcess(
            name = "victim",
            command = {"sh", "-c", "echo up; exec sleep 600"},
            ready = @Ready(log = "up"))
    static class ByADeathInADynamicTest {
        @TestFactory
        Stream<DynamicTest> a(@Managed("victim") SupervisedProcess victim) {
            return Stream.of(
                    DynamicTest.dynamicTest("one", () -> murder(victim)), DynamicTest.dynamicTest("two", () -> {}));
        }
    }

    @Sleeper
    static class InBeforeAll {
        @BeforeAll
        static void fails() {
            throw new IllegalStateException("before all");
        }

        @Test
        void a() {}
    }

    @Sleeper
    static class InAfterAll {
        @Test
        void a() {}

        @AfterAll
        static void fails() {
            throw new IllegalStateException("after all");
        }
    }

    @Sleeper
    @ManagedProcess(
            name = "victim",
            command = {"sh", "-c", "echo up; exec sleep 600"},
            ready = @Ready(log = "up"))
    static class ByADeathAfterTheLastTest {
        @Test
        void a() {}

        @AfterAll
        static void dies(@Managed("victim") SupervisedProcess victim) {
            murder(victim);
        }
    }

    @ParameterizedTest
    @ValueSource(
            classes = {
                InItsBody.class,
                InBeforeEach.class,
                InAfterEach.class,
                InAnotherExtension.class,
                ByADeath.class,
                ByAPause.class,
            })
    void failureOfATestIsHeldForOnce(Class<?> testClass) {
        run("1ms", testClass);

        assertThat(held()).containsExactly("HoldTest." + testClass.getSimpleName() + ".a");
    }

    @ParameterizedTest
    @ValueSource(classes = {InADynamicTest.class, ByADeathInADynamicTest.class})
    void failureOfADynamicTestIsHeldForOnce(Class<?> testClass) {
        run("1ms", testClass);

        assertThat(held()).containsExactly("HoldTest." + testClass.getSimpleName() + ".a, one");
    }

    @Sleeper
    @ManagedProcess(
            name = "victim",
            command = {"sh", "-c", "[ -e broken ] && exit 3; echo up; exec sleep 600"},
            ready = @Ready(log = "up"),
            restart =
                    @Restart(
                            value = RestartMode.ALWAYS,
                            backoff = @Backoff(value = Kind.FIXED, shortest = "300ms"),
                            startRetries = 0))
    @TestMethodOrder(MethodOrderer.MethodName.class)
    static class GivenUpLater {
        @Test
        void a(@Managed("victim") SupervisedProcess victim) throws IOException {
            Files.createFile(victim.directory().resolve("broken"));
            victim.crash();
            throw new IllegalStateException("while it is away");
        }

        @Test
        void b() {}

        @Test
        void c() {}
    }

    @Test
    void whatIsGivenUpAfterSomethingElseHasFailed_isHeldForAgain() {
        run("1ms", GivenUpLater.class);

        assertThat(held()).containsExactly("HoldTest.GivenUpLater.a", "HoldTest.GivenUpLater.b");
    }

    @Test
    void theNextDynamicTestHasToWait() {
        FutureTask<EngineExecutionResults> run = async(() -> run("1h", InADynamicTest.class));
        Path file = awaitHolds(1).get(0);

        assertThat(EVENTS).isEmpty();
        remove(file);
        result(run);

        assertThat(EVENTS).containsExactly("two");
    }

    @ParameterizedTest
    @ValueSource(classes = {InBeforeAll.class, InAfterAll.class, ByADeathAfterTheLastTest.class})
    void failureOfAClassIsHeldForOnce(Class<?> testClass) {
        run("1ms", testClass);

        assertThat(held()).containsExactly("HoldTest." + testClass.getSimpleName());
    }

    // --- nothing to look at

    @Sleeper
    static class Passes {
        @Test
        void a() {}
    }

    @Sleeper
    static class IsAborted {
        @Test
        void a() {
            Assumptions.assumeThat(true).isFalse();
        }
    }

    @Sleeper
    static class LeavesNothing {
        @Test
        void a(SupervisedProcess sleeper) {
            murder(sleeper);
        }
    }

    @Sleeper
    @ManagedProcess(
            name = "broken",
            command = {"sh", "-c", "exit 3"},
            dependsOn = "sleeper")
    static class DoesNotStart {
        @Test
        void a() {}
    }

    @Sleeper
    static class DoesNotStartInATest {
        @Test
        @ManagedProcess(
                name = "broken",
                command = {"sh", "-c", "exit 3"})
        void a() {}
    }

    @ParameterizedTest
    @ValueSource(
            classes = {Passes.class, IsAborted.class, LeavesNothing.class, DoesNotStart.class, DoesNotStartInATest.class
            })
    void whereNothingCanBeLearntNothingIsHeld(Class<?> testClass) {
        run("1ms", testClass);

        assertThat(shown.toString(StandardCharsets.UTF_8)).isEmpty();
    }

    @Test
    void unlessSomebodyAsksForItNothingIsHeld() {
        run(Map.of(), InItsBody.class);

        assertThat(shown.toString(StandardCharsets.UTF_8)).isEmpty();
    }
}
