package dev.procession.junit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.launch.ProcessLog;
import dev.procession.supervise.ProcessState;
import dev.procession.supervise.SupervisedProcess;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.testkit.engine.EngineExecutionResults;

/** Where a process can be declared, and how long it lives there. */
class PositionTest {

    /** What the classes that run inside the tests have met, in order. */
    private static final List<SupervisedProcess> MET = Collections.synchronizedList(new ArrayList<>());

    private static final List<String> FOLDERS = Collections.synchronizedList(new ArrayList<>());

    @BeforeEach
    void forget() {
        MET.clear();
        FOLDERS.clear();
    }

    private static void meet(SupervisedProcess process) {
        assertThat(process.state()).isEqualTo(ProcessState.RUNNING);
        assertThat(process.log().lines()).hasSize(1);
        MET.add(process);
        Path folder = process.directory().getParent();
        FOLDERS.add(Path.of("target", "procession")
                .toAbsolutePath()
                .relativize(folder)
                .toString()
                .replaceFirst("^PositionTest\\.", ""));
    }

    private static List<SupervisedProcess> distinct() {
        return MET.stream().distinct().toList();
    }

    private static void assertAllStopped() {
        assertThat(MET).extracting(SupervisedProcess::state).containsOnly(ProcessState.STOPPED);
    }

    /** A process for any place: says that it is up, and sleeps. */
    @Retention(RetentionPolicy.RUNTIME)
    @ManagedProcess(
            command = {"sh", "-c", "echo up; exec sleep 600"},
            ready = @Ready(log = "up"))
    @interface Up {}

    // --- fields

    static class StaticField {
        @Up
        private static SupervisedProcess database;

        @BeforeAll
        static void isThere() {
            meet(database);
        }

        @Test
        void one() {
            meet(database);
        }

        @Test
        void two(SupervisedProcess database, @Managed("database") ProcessLog log) {
            meet(database);
            assertThat(log.lines()).containsExactly("up");
        }
    }

    @Test
    void aStaticFieldHasOneForTheClass() {
        Kit.pass(StaticField.class);

        assertThat(MET).hasSize(3);
        assertThat(distinct()).hasSize(1);
        assertThat(FOLDERS).containsOnly("StaticField/database");
        assertAllStopped();
    }

    static class InstanceField {
        @Up
        private SupervisedProcess worker;

        @BeforeEach
        void isThere() {
            meet(worker);
        }

        @Test
        void one() {
            meet(worker);
        }

        @Test
        void two(SupervisedProcess worker) {
            meet(worker);
        }

        @AfterEach
        void isStillThere() {
            meet(worker);
        }
    }

    @Test
    void anInstanceFieldHasOneForEachTest() {
        Kit.pass(InstanceField.class);

        assertThat(MET).hasSize(6);
        assertThat(distinct()).hasSize(2);
        assertThat(FOLDERS).containsOnly("InstanceField/one/worker", "InstanceField/two/worker");
        assertAllStopped();
    }

    @TestInstance(Lifecycle.PER_CLASS)
    static class InstanceFieldOfASharedInstance extends InstanceField {}

    @Test
    void alsoWhenAllTestsShareTheInstance() {
        Kit.pass(InstanceFieldOfASharedInstance.class);

        assertThat(distinct()).hasSize(2);
        assertAllStopped();
    }

    @Execution(ExecutionMode.CONCURRENT)
    static class InstanceFieldAtTheSameTime extends InstanceFieldOfASharedInstance {}

    @Test
    void butNotWhenTheyDoSoAtTheSameTime() {
        EngineExecutionResults results = Kit.run(
                Map.of(
                        "junit.jupiter.execution.parallel.enabled", "true",
                        "junit.jupiter.execution.parallel.mode.default", "concurrent"),
                InstanceFieldAtTheSameTime.class);

        assertThat(Kit.failures(results))
                .extracting(Throwable::getMessage)
                .containsExactly(
                        "PositionTest.InstanceFieldAtTheSameTime has one instance for all its tests, which run at the"
                                + " same time, and a field for a process of each test; take the process as a parameter, or"
                                + " make the field static",
                        "PositionTest.InstanceFieldAtTheSameTime has one instance for all its tests, which run at the"
                                + " same time, and a field for a process of each test; take the process as a parameter, or"
                                + " make the field static");
    }

    // --- methods and parameters

    static class Method {
        @Test
        @ManagedProcess(
                name = "mine",
                command = {"sh", "-c", "echo up; exec sleep 600"},
                ready = @Ready(log = "up"))
        void withOne(SupervisedProcess mine) {
            meet(mine);
        }

        @Test
        void without() {
            assertThat(MET).extracting(SupervisedProcess::state).doesNotContain(ProcessState.RUNNING);
        }
    }

    @Test
    void aMethodHasItsOwn() {
        Kit.pass(Method.class);

        assertThat(MET).hasSize(1);
        assertThat(FOLDERS).containsExactly("Method/withOne/mine");
        assertAllStopped();
    }

    static class Parameters {
        @Test
        void two(@Up SupervisedProcess first, @Up SupervisedProcess second) {
            assertThat(first.name()).isEqualTo("first");
            assertThat(second.name()).isEqualTo("second");
            meet(first);
            meet(second);
        }

        @RepeatedTest(2)
        void again(@Up SupervisedProcess each) {
            meet(each);
        }

        @ParameterizedTest
        @ValueSource(strings = {"a", "b"})
        void withArguments(String argument, @Up SupervisedProcess each) {
            meet(each);
        }

        @TestFactory
        Stream<DynamicTest> factory(@Up SupervisedProcess shared) {
            return Stream.of("a", "b").map(name -> DynamicTest.dynamicTest(name, () -> meet(shared)));
        }
    }

    @Test
    void aParameterHasItsOwnInEachInvocation() {
        Kit.pass(Parameters.class);

        assertThat(distinct()).hasSize(7);
        assertThat(FOLDERS)
                .containsExactlyInAnyOrder(
                        "Parameters/two/first",
                        "Parameters/two/second",
                        "Parameters/again-1/each",
                        "Parameters/again-2/each",
                        "Parameters/withArguments-1/each",
                        "Parameters/withArguments-2/each",
                        "Parameters/factory/shared",
                        "Parameters/factory/shared");
        assertAllStopped();
    }

    static class Overloaded {
        @Test
        void same(@Up SupervisedProcess each) {
            meet(each);
        }

        @ParameterizedTest
        @ValueSource(ints = 1)
        void same(int number, @Up SupervisedProcess each) {
            meet(each);
        }
    }

    @Test
    void overloadedMethodsHaveDifferentFolders() {
        Kit.pass(Overloaded.class);

        assertThat(FOLDERS).hasSize(2).doesNotHaveDuplicates();
    }

    // --- together

    @Sleeper
    static class Together {
        @Up
        private static SupervisedProcess ofClass;

        @Up
        private SupervisedProcess ofTest;

        @Port(process = "sleeper")
        private int port;

        @Test
        @ManagedProcess(
                name = "client",
                command = {
                    "sh",
                    "-c",
                    "echo talks to ${process:sleeper:port} in ${process:ofTest:directory}; exec sleep 600"
                },
                dependsOn = {"sleeper", "ofTest", "ofClass", "ofParameter"},
                ready = @Ready(log = "talks to (?<port>\\d+) in (?<folder>.*)"))
        void seesAll(SupervisedProcess client, @Up SupervisedProcess ofParameter) {
            meet(ofClass);
            meet(ofTest);
            meet(client);
            meet(ofParameter);
            assertThat(client.readyLine().group("port")).isEqualTo(Integer.toString(port));
            assertThat(client.readyLine().group("folder"))
                    .isEqualTo(ofTest.directory().toString());
        }
    }

    @Test
    void whatATestStartsCanReferToEverythingAroundIt() {
        Kit.pass(Together.class);

        assertThat(MET).hasSize(4);
        assertAllStopped();
    }

    @ManagedProcess(
            name = "fresh",
            command = {"sh", "-c", "echo up; exec sleep 600"},
            ready = @Ready(log = "up"),
            scope = Scope.TEST)
    static class ScopeOnAClass {
        @Managed
        private SupervisedProcess fresh;

        @Test
        void one(SupervisedProcess fresh) {
            assertThat(this.fresh).isSameAs(fresh);
            meet(fresh);
        }

        @Nested
        class Inner {
            @Test
            void two(SupervisedProcess fresh) {
                assertThat(ScopeOnAClass.this.fresh).isSameAs(fresh);
                meet(fresh);
            }
        }
    }

    @Test
    void aClassCanGiveEachOfItsTestsAFreshOne() {
        Kit.pass(ScopeOnAClass.class);

        assertThat(distinct()).hasSize(2);
        assertThat(FOLDERS).containsExactlyInAnyOrder("ScopeOnAClass/one/fresh", "ScopeOnAClass.Inner/two/fresh");
        assertAllStopped();
    }

    static class BaseWithField {
        @Up
        static SupervisedProcess inherited;
    }

    static class InheritsAField extends BaseWithField {
        @Test
        void seesIt() {
            meet(inherited);
        }
    }

    @Test
    void aFieldIsInherited() {
        Kit.pass(InheritsAField.class);

        assertThat(FOLDERS).containsExactly("InheritsAField/inherited");
    }

    static class TestsAtOnce {
        @Test
        void one(@Up SupervisedProcess mine) {
            meet(mine);
        }

        @Test
        void two(@Up SupervisedProcess mine) {
            meet(mine);
        }

        @Test
        void three(@Up SupervisedProcess mine) {
            meet(mine);
        }
    }

    @Test
    void testsAtTheSameTimeHaveTheirOwn() {
        EngineExecutionResults results = Kit.run(
                Map.of(
                        "junit.jupiter.execution.parallel.enabled", "true",
                        "junit.jupiter.execution.parallel.mode.default", "concurrent"),
                TestsAtOnce.class);

        assertThat(Kit.failures(results)).isEmpty();
        assertThat(distinct()).hasSize(3);
        assertAllStopped();
    }

    // --- deaths

    static class DiesInADynamicTest {
        @TestFactory
        Stream<DynamicTest> factory(@Up SupervisedProcess shared) {
            return Stream.of(
                    DynamicTest.dynamicTest("before", () -> meet(shared)),
                    DynamicTest.dynamicTest("killer", () -> {
                        ProcessHandle.of(shared.pid()).orElseThrow().destroyForcibly();
                        shared.exit().join();
                    }),
                    DynamicTest.dynamicTest("after", () -> meet(shared)));
        }
    }

    @Test
    void aDeathFailsTheDynamicTestDuringWhichItHappensAndTheNext() {
        EngineExecutionResults results = Kit.run(DiesInADynamicTest.class);

        assertThat(Kit.outcomes(results))
                .satisfiesExactlyInAnyOrder(
                        outcome -> assertThat(outcome).isEqualTo("before passed"),
                        outcome -> assertThat(outcome)
                                .startsWith("killer: 'shared' died, and nobody had asked it to: killed by KILL"),
                        outcome -> assertThat(outcome)
                                .startsWith("after: 'shared' died, and nobody had asked it to: killed by KILL"));
    }

    static class DiesInItsOnlyTest {
        @Test
        void killer(@Up SupervisedProcess mine) {
            ProcessHandle.of(mine.pid()).orElseThrow().destroyForcibly();
            mine.exit().join();
        }
    }

    @Test
    void theDeathOfATestsOwnProcessFailsThatTest() {
        assertThat(Kit.failureOf(DiesInItsOnlyTest.class)).isEqualTo("""
                        'mine' died, and nobody had asked it to: killed by KILL
                          process     pid PID, was up for TIME
                          command     sh -c 'echo up; exec sleep 600'      in target/procession/PositionTest.DiesInItsOnlyTest/killer/mine/work
                          last lines of target/procession/PositionTest.DiesInItsOnlyTest/killer/mine/stdout.log
                            up
                          try         find out what ended it; if the test means to end it, it calls stop(), kill() or expectExit()""");
    }

    static class DoesNotStart {
        @Test
        void withOne(@ManagedProcess(command = {"sh", "-c", "echo no luck >&2; exit 3"}) SupervisedProcess broken) {
            throw new AssertionError("Expected not to be run");
        }

        @Test
        void without() {}
    }

    @Test
    void aStartThatFailsFailsItsTestOnly() {
        EngineExecutionResults results = Kit.run(DoesNotStart.class);

        assertThat(Kit.outcomes(results)).containsExactlyInAnyOrder("without() passed", """
                        withOne(SupervisedProcess): 'broken' exited before it was ready, after TIME of 60 s
                          process     pid PID, exit code 3
                          waiting for alive for 1 s
                          command     sh -c 'echo no luck >&2; exit 3'      in target/procession/PositionTest.DoesNotStart/withOne/broken/work
                          last lines of target/procession/PositionTest.DoesNotStart/withOne/broken/stderr.log
                            no luck
                          try         look at 'command' of @ManagedProcess on parameter 'broken' of PositionTest.DoesNotStart.withOne""");
    }

    static class OneShot {
        @ManagedProcess(
                command = {"sh", "-c", "echo done > marker"},
                ready = @Ready(exit = 0))
        static SupervisedProcess setup;

        @ManagedProcess(
                command = {"sh", "-c", "cat ${process:setup:directory}/marker; exec sleep 600"},
                dependsOn = "setup",
                ready = @Ready(log = "done"))
        static SupervisedProcess server;

        @Test
        void runsAfterIt() {
            assertThat(setup.state()).isEqualTo(ProcessState.EXITED);
            assertThat(server.state()).isEqualTo(ProcessState.RUNNING);
        }

        @Test
        void again() {
            assertThat(setup.exitStatus()).isPresent();
        }
    }

    @Test
    void aOneShotThatHasEndedIsNoDeath() {
        Kit.pass(OneShot.class);
    }

    // --- inherited nested classes

    static class BaseWithNested {
        @Nested
        class Inner {
            @Up
            private SupervisedProcess mine;

            @Test
            void one(@Up SupervisedProcess other) {
                meet(mine);
                meet(other);
            }
        }
    }

    static class OneHeir extends BaseWithNested {}

    static class OtherHeir extends BaseWithNested {}

    @Test
    void anInheritedNestedClassHasFoldersForEachHeir() {
        EngineExecutionResults results = Kit.run(
                Map.of(
                        "junit.jupiter.execution.parallel.enabled", "true",
                        "junit.jupiter.execution.parallel.mode.default", "concurrent"),
                OneHeir.class,
                OtherHeir.class);

        assertThat(Kit.failures(results)).isEmpty();
        assertThat(FOLDERS)
                .containsExactlyInAnyOrder(
                        "OneHeir.Inner/one/mine",
                        "OneHeir.Inner/one/other",
                        "OtherHeir.Inner/one/mine",
                        "OtherHeir.Inner/one/other");
    }

    // --- one outer instance

    @TestInstance(Lifecycle.PER_CLASS)
    static class SharedOuter {
        @Up
        SupervisedProcess mine;

        @Nested
        @TestInstance(Lifecycle.PER_METHOD)
        @Execution(ExecutionMode.CONCURRENT)
        class Inner {
            @Test
            void one() {
                throw new AssertionError("Expected not to be run");
            }
        }
    }

    @Test
    void norInTheSharedInstanceAroundANestedClass() {
        EngineExecutionResults results = Kit.run(
                Map.of(
                        "junit.jupiter.execution.parallel.enabled", "true",
                        "junit.jupiter.execution.parallel.mode.default", "concurrent"),
                SharedOuter.class);

        assertThat(Kit.failure(results))
                .hasMessage(
                        "PositionTest.SharedOuter has one instance for all its tests, which run at the same time, and a"
                                + " field for a process of each test; take the process as a parameter, or make the field static");
    }
}
