package dev.procession.junit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.supervise.ProcessState;
import dev.procession.supervise.SupervisedProcess;
import java.io.IOException;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.platform.testkit.engine.EngineExecutionResults;

/** Processes that the whole run shares. */
class RunScopeTest {

    private static final List<SupervisedProcess> MET = Collections.synchronizedList(new ArrayList<>());

    private static final Path TRACE = Path.of("target", "run-scope-starts");

    private static final Map<String, String> PARALLEL = Map.of(
            "junit.jupiter.execution.parallel.enabled", "true",
            "junit.jupiter.execution.parallel.mode.default", "concurrent",
            "junit.jupiter.execution.parallel.config.strategy", "fixed",
            "junit.jupiter.execution.parallel.config.fixed.parallelism", "8");

    @BeforeEach
    void forget() throws IOException {
        MET.clear();
        Files.deleteIfExists(TRACE);
    }

    private static void meet(SupervisedProcess process) {
        assertThat(process.state()).isEqualTo(ProcessState.RUNNING);
        MET.add(process);
    }

    @Retention(RetentionPolicy.RUNTIME)
    @ManagedProcess(
            name = "shared",
            command = {"sh", "-c", "echo started >> ${basedir}/target/run-scope-starts; echo up; exec sleep 600"},
            ready = @Ready(log = "up"),
            scope = Scope.RUN)
    @interface Shared {}

    @Shared
    static class First {
        @Test
        void uses(SupervisedProcess shared) {
            meet(shared);
        }

        @Test
        void usesAgain(SupervisedProcess shared) {
            meet(shared);
        }
    }

    @Shared
    static class Second {
        @Managed
        private static SupervisedProcess shared;

        @Test
        void uses() {
            meet(shared);
        }
    }

    static class Third {
        @Test
        @Shared
        void onAMethod(SupervisedProcess shared) {
            meet(shared);
        }

        @Test
        void onAParameter(@Shared SupervisedProcess same) {
            meet(same);
        }
    }

    static class Stranger {
        @Test
        void doesNotSeeIt() {
            assertThat(true).isTrue();
        }
    }

    @Shared
    @Disabled("to see that a disabled class starts nothing")
    static class Off {
        @Test
        void off(SupervisedProcess shared) {
            meet(shared);
        }
    }

    @Test
    void itIsStartedOnceAndStoppedAtTheEnd() throws IOException {
        Kit.pass(First.class, Second.class, Third.class, Stranger.class);

        assertThat(MET).hasSize(5).containsOnly(MET.get(0));
        assertThat(TRACE).content().isEqualTo("started\n");
        assertThat(MET.get(0).state()).isEqualTo(ProcessState.STOPPED);
        assertThat(MET.get(0).directory())
                .isEqualTo(Path.of(
                                "target",
                                "procession",
                                "run-" + ProcessHandle.current().pid(),
                                "shared",
                                "work")
                        .toAbsolutePath());
    }

    @Test
    void alsoByClassesAtTheSameTime() throws IOException {
        EngineExecutionResults results = Kit.run(PARALLEL, First.class, Second.class, Third.class);

        assertThat(Kit.failures(results)).isEmpty();
        assertThat(MET).hasSize(5).containsOnly(MET.get(0));
        assertThat(TRACE).content().isEqualTo("started\n");
    }

    @Test
    void aDisabledClassStartsNothing() {
        Kit.run(Off.class);

        assertThat(TRACE).doesNotExist();
    }

    // --- in other words

    @ManagedProcess(
            name = "shared",
            command = {"sh", "-c", "echo up; exec sleep 601"},
            ready = @Ready(log = "up"),
            scope = Scope.RUN)
    static class OtherWords {
        @Test
        void never() {
            throw new AssertionError("Expected not to be run");
        }
    }

    @Test
    void theSameNameForSomethingElseIsAnErrorThatNamesBoth() {
        EngineExecutionResults results = Kit.run(First.class, OtherWords.class);

        assertThat(Kit.failure(results))
                .hasMessage(
                        "@ManagedProcess(name = \"shared\") on RunScopeTest.OtherWords shares 'shared' with the whole"
                                + " run, as @ManagedProcess(name = \"shared\") on RunScopeTest.First does, but in other words;"
                                + " declare both in the same words, best by one annotation of your own, or give one of them"
                                + " another 'name'");
        assertThat(MET).hasSize(2);
    }

    // --- a start that fails

    @Retention(RetentionPolicy.RUNTIME)
    @ManagedProcess(
            name = "broken-for-all",
            command = {"sh", "-c", "echo started >> ${basedir}/target/run-scope-starts; echo no luck >&2; exit 3"},
            scope = Scope.RUN)
    @interface Broken {}

    @Broken
    static class BrokenFirst {
        @Test
        void never() {
            throw new AssertionError("Expected not to be run");
        }
    }

    @Broken
    static class BrokenSecond {
        @Test
        void never() {
            throw new AssertionError("Expected not to be run");
        }
    }

    @Test
    void aStartThatFailedIsNotTriedAgainAndLaterUsersAreToldWhy() throws IOException {
        EngineExecutionResults results = Kit.run(BrokenFirst.class, BrokenSecond.class);

        List<Throwable> failures = Kit.failures(results);
        assertThat(failures).hasSize(2);
        assertThat(failures.get(0)).hasMessageStartingWith("'broken-for-all' exited before it was ready, after ");
        assertThat(failures.get(1))
                .hasMessage(
                        "'broken-for-all' is shared by the whole run, and could not be started for an earlier user:\n"
                                + failures.get(0).getMessage())
                .hasCause(failures.get(0));
        assertThat(TRACE).content().isEqualTo("started\n");
    }

    // --- dependencies

    @ManagedProcess(
            name = "of-class",
            command = {"sleep", "600"})
    @ManagedProcess(
            name = "of-run",
            command = {"sleep", "600"},
            dependsOn = "of-class",
            scope = Scope.RUN)
    static class DependsOnWhatWillBeGone {
        @Test
        void never() {
            throw new AssertionError("Expected not to be run");
        }
    }

    @Test
    void itCanDependOnlyOnWhatLivesAsLong() {
        assertThat(Kit.startFailureOf(DependsOnWhatWillBeGone.class))
                .isEqualTo(
                        "@ManagedProcess(name = \"of-run\") on RunScopeTest.DependsOnWhatWillBeGone: 'dependsOn' holds"
                                + " \"of-class\", which is not shared with the whole run and so will not outlive it; make the"
                                + " 'scope' of 'of-class' RUN too");
    }

    @Retention(RetentionPolicy.RUNTIME)
    @ManagedProcess(
            name = "base",
            command = {"sh", "-c", "echo up on ${port}; exec sleep 600"},
            ready = @Ready(log = "up on (?<port>\\d+)"),
            scope = Scope.RUN)
    @ManagedProcess(
            name = "on-top",
            command = {"sh", "-c", "echo up above ${process:base:port}; exec sleep 600"},
            dependsOn = "base",
            ready = @Ready(log = "up above (?<port>\\d+)"),
            scope = Scope.RUN)
    @interface Stack {}

    @Stack
    static class UsesStack {
        @Test
        void both(@Managed("base") SupervisedProcess base, @Managed("on-top") SupervisedProcess top) {
            assertThat(top.readyLine().group("port"))
                    .isEqualTo(base.readyLine().group("port"))
                    .isEqualTo(Integer.toString(base.port()));
            meet(top);
        }
    }

    @Stack
    static class UsesStackToo extends UsesStack {}

    @Test
    void theyCanDependOnEachOther() {
        EngineExecutionResults results = Kit.run(PARALLEL, UsesStack.class, UsesStackToo.class);

        assertThat(Kit.failures(results)).isEmpty();
        assertThat(MET).hasSize(2).containsOnly(MET.get(0));
    }

    // --- left dead

    @Shared
    static class Culprit {
        @Test
        void stopsIt(SupervisedProcess shared) {
            shared.stop();
        }
    }

    @Shared
    static class Victim {
        @Test
        void needsIt() {
            throw new AssertionError("Expected not to be run");
        }
    }

    @Test
    void whoLeavesItDeadIsNamedToTheNext() {
        EngineExecutionResults results = Kit.run(Culprit.class, Victim.class);

        assertThat(Kit.outcomes(results)).containsExactly("stopsIt(SupervisedProcess) passed", """
                        needsIt(): 'shared' is shared by all tests of the run, and is STOPPED before this one begins
                          since       RunScopeTest.Culprit.stopsIt
                          try         leave it as it was found, or give the test that ends it a class of its own""");
    }

    // --- one that fails beside one that does not

    @Shared
    @ManagedProcess(
            name = "broken-beside",
            command = {"sh", "-c", "exit 3"},
            scope = Scope.RUN)
    static class GoodBesideBroken {
        @Test
        void never() {
            throw new AssertionError("Expected not to be run");
        }
    }

    @Test
    void whatFailsTakesNothingGoodWithIt() {
        EngineExecutionResults results = Kit.run(GoodBesideBroken.class, First.class);

        assertThat(Kit.failure(results)).hasMessageStartingWith("'broken-beside' exited before it was ready, after ");
        assertThat(MET).hasSize(2);
    }

    @ManagedProcess(
            name = "on-top-of-shared",
            command = {"sh", "-c", "echo up; exec sleep 600"},
            dependsOn = "shared",
            ready = @Ready(log = "up"),
            scope = Scope.RUN)
    static class DependsOnWhatOthersDeclare {
        @Test
        void never() {
            throw new AssertionError("Expected not to be run");
        }
    }

    @Test
    void whatItDependsOnIsDeclaredToo() {
        EngineExecutionResults results = Kit.run(First.class, DependsOnWhatOthersDeclare.class);

        assertThat(Kit.failure(results))
                .hasMessage("@ManagedProcess(name = \"on-top-of-shared\") on RunScopeTest.DependsOnWhatOthersDeclare:"
                        + " 'dependsOn' holds \"shared\", which is not declared here; whoever uses a process of the run"
                        + " declares what that depends on, too, best by one annotation of your own");
    }

    @Shared
    static class DeclaredAgain {
        @Test
        void onAParameter(@Shared SupervisedProcess shared) {
            meet(shared);
        }

        @Nested
        @Shared
        class Inner {
            @Test
            void inside(SupervisedProcess shared) {
                meet(shared);
            }
        }
    }

    @Test
    void whoUsesItMayDeclareItAgainWithinAClass() {
        Kit.pass(DeclaredAgain.class);

        assertThat(MET).hasSize(2).containsOnly(MET.get(0));
    }

    @Shared
    static class TestStartsItsOwn {
        @Test
        @Order(1)
        void stopsIt(SupervisedProcess shared) {
            shared.stop();
        }

        @Test
        @Order(2)
        @ManagedProcess(
                name = "own",
                command = {"sleep", "600"},
                dependsOn = "shared")
        void needsItForItsOwn() {
            throw new AssertionError("Expected not to be run");
        }
    }

    @Test
    void theCulpritIsNamedBeforeATestStartsItsOwn() {
        EngineExecutionResults results =
                Kit.run(Map.of("junit.jupiter.testmethod.order.default", ORDER), TestStartsItsOwn.class);

        assertThat(Kit.outcomes(results)).containsExactly("stopsIt(SupervisedProcess) passed", """
                        needsItForItsOwn(): 'shared' is shared by all tests of the run, and is STOPPED before this one begins
                          since       RunScopeTest.TestStartsItsOwn.stopsIt
                          try         leave it as it was found, or give the test that ends it a class of its own""");
    }

    private static final String ORDER = "org.junit.jupiter.api.MethodOrderer$OrderAnnotation";
}
