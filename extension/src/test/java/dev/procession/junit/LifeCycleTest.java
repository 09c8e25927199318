package dev.procession.junit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.launch.StopScope;
import dev.procession.process.ExitStatus;
import dev.procession.process.Signal;
import dev.procession.supervise.ProcessState;
import dev.procession.supervise.SupervisedProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.testkit.engine.EngineExecutionResults;

/** When processes are started and stopped, and what they get. */
class LifeCycleTest {

    /** What the classes that run inside the tests have met, in order. */
    private static final List<Object> MET = new ArrayList<>();

    private static final Path TRACE = Path.of("target", "life-cycle-started-something");

    @BeforeEach
    void forget() throws IOException {
        MET.clear();
        Files.deleteIfExists(TRACE);
    }

    private static List<SupervisedProcess> met() {
        return MET.stream().map(SupervisedProcess.class::cast).toList();
    }

    // --- one class

    @Sleeper
    static class ManyTests {
        @Test
        void one(SupervisedProcess sleeper) {
            meet(sleeper);
        }

        @Test
        void two(SupervisedProcess sleeper) {
            meet(sleeper);
        }

        @RepeatedTest(2)
        void repeated(SupervisedProcess sleeper) {
            meet(sleeper);
        }

        @ParameterizedTest
        @ValueSource(ints = {1, 2})
        void parameterized(int number, SupervisedProcess sleeper, @Port int port) {
            assertThat(port).isEqualTo(sleeper.port()).isNotEqualTo(number);
            meet(sleeper);
        }

        @TestFactory
        Stream<DynamicTest> dynamic(SupervisedProcess sleeper) {
            return Stream.of("a", "b").map(name -> DynamicTest.dynamicTest(name, () -> meet(sleeper)));
        }
    }

    private static void meet(SupervisedProcess process) {
        assertThat(process.state()).isEqualTo(ProcessState.RUNNING);
        assertThat(ProcessHandle.of(process.pid())).isPresent();
        // One line, so it was started once.
        assertThat(process.log().lines()).hasSize(1);
        MET.add(process);
    }

    @Test
    void oneProcessServesAllTestsOfAClassAndIsStoppedAfterThem() {
        Kit.pass(ManyTests.class);

        assertThat(met()).hasSize(8);
        assertThat(met()).containsOnly(met().get(0));
        assertThat(met().get(0).state()).isEqualTo(ProcessState.STOPPED);
        assertThat(met().get(0).exitStatus()).contains(new ExitStatus.Signalled(Signal.TERM.number(), false));
    }

    @Sleeper
    static class Another {
        @Test
        void one(SupervisedProcess sleeper) {
            meet(sleeper);
        }
    }

    @Test
    void classesDoNotShareProcesses() {
        Kit.pass(ManyTests.class, Another.class);

        assertThat(met().stream().distinct()).hasSize(2);
    }

    // --- nested

    @Sleeper
    static class Outer {
        @Test
        void outer(SupervisedProcess sleeper) {
            meet(sleeper);
        }

        @Nested
        class Plain {
            @Test
            void plain(SupervisedProcess sleeper) {
                meet(sleeper);
            }
        }

        @Nested
        @ManagedProcess(
                name = "inner",
                command = {"sh", "-c", "echo up; exec sleep 600"},
                ready = @Ready(log = "up"))
        class WithItsOwn {
            @Test
            void own(SupervisedProcess sleeper, SupervisedProcess inner) {
                meet(sleeper);
                meet(inner);
            }

            @Nested
            class Deep {
                @Test
                void deep(SupervisedProcess sleeper, SupervisedProcess inner) {
                    meet(sleeper);
                    meet(inner);
                }
            }
        }

        @AfterAll
        static void innerIsStoppedAndOuterIsNot(SupervisedProcess sleeper) {
            meet(sleeper);
            assertThat(met())
                    .filteredOn(process -> process.name().equals("inner"))
                    .extracting(SupervisedProcess::state)
                    .containsExactly(ProcessState.STOPPED, ProcessState.STOPPED);
        }
    }

    @Test
    void nestedClassesSeeTheOuterProcessAndRestartNone() {
        Kit.pass(Outer.class);

        assertThat(met()).extracting(SupervisedProcess::name).hasSize(7).containsOnly("sleeper", "inner");
        assertThat(met().stream().distinct()).hasSize(2);
    }

    // --- inherited

    @ManagedProcess(
            name = "from-interface",
            command = {"sh", "-c", "echo up; exec sleep 600"},
            ready = @Ready(log = "up"))
    interface WithProcess {}

    @Sleeper
    static class Base {}

    @ManagedProcess(
            name = "own",
            command = {"sh", "-c", "echo up; exec sleep 600"},
            ready = @Ready(log = "up"))
    @ManagedProcess(
            name = "own-2",
            command = {"sh", "-c", "echo up; exec sleep 600"},
            ready = @Ready(log = "up"))
    static class Heir extends Base implements WithProcess {
        @Test
        void hasAll(
                SupervisedProcess sleeper,
                @Managed("from-interface") SupervisedProcess fromInterface,
                SupervisedProcess own,
                @Managed("own-2") SupervisedProcess own2) {
            List.of(sleeper, fromInterface, own, own2).forEach(LifeCycleTest::meet);
        }
    }

    @Test
    void superclassThenInterfaceThenOwnInOrderOfDeclaration() {
        Kit.pass(Heir.class);

        assertThat(met()).isSortedAccordingTo((a, b) -> a.startedAt().compareTo(b.startedAt()));
        assertThat(met().stream().distinct()).hasSize(4);
    }

    // --- nothing is started

    @ManagedProcess(command = {"sh", "-c", "echo started > ${basedir}/target/life-cycle-started-something"})
    @Disabled("for a reason")
    static class DisabledClass {
        @Test
        void never() {}
    }

    @Test
    void disabledClassStartsNothing() {
        EngineExecutionResults results = Kit.run(DisabledClass.class);

        assertThat(reasonsOfSkipping(results)).containsExactly("for a reason");
        assertThat(TRACE).doesNotExist();
    }

    private static List<String> reasonsOfSkipping(EngineExecutionResults results) {
        assertThat(Kit.failures(results)).isEmpty();
        return results.containerEvents().skipped().stream()
                .map(event -> event.getRequiredPayload(String.class))
                .map(Kit::normalised)
                .toList();
    }

    @ManagedProcess(command = {"sh", "-c", "echo started > ${basedir}/target/life-cycle-started-something"})
    @ManagedProcess(
            command = {"no-such-database", "--port", "${port}"},
            env = "PATH=/no/such/folder:/nor/such",
            disabledWithoutCommand = true)
    static class NotInstalled {
        @Test
        void never() {}
    }

    @Test
    void classIsSkippedWithoutItsProgramNamingThePath() {
        EngineExecutionResults results = Kit.run(NotInstalled.class);

        assertThat(reasonsOfSkipping(results))
                .containsExactly("disabledWithoutCommand: there is no program 'no-such-database' on the PATH"
                        + " (searched /no/such/folder:/nor/such)");
        assertThat(TRACE).doesNotExist();
    }

    static class OuterOfOneNotInstalled {
        @Test
        void runs() {}

        @Nested
        @ManagedProcess(command = "${sys:no.such.property:-/no/such}/program", disabledWithoutCommand = true)
        class Inner {
            @Test
            void never() {}
        }
    }

    @Test
    void onlyTheNestedClassIsSkipped() {
        EngineExecutionResults results = Kit.run(OuterOfOneNotInstalled.class);

        assertThat(reasonsOfSkipping(results))
                .containsExactly("disabledWithoutCommand: there is no file /no/such/program");
        assertThat(Kit.outcomes(results)).containsExactly("runs() passed");
    }

    @ManagedProcess(
            command = {"sh", "-c", "echo up; exec sleep 600"},
            ready = @Ready(log = "up"),
            disabledWithoutCommand = true)
    static class Installed {
        @Test
        void runs() {}
    }

    @Test
    void classRunsWithItsProgram() {
        Kit.pass(Installed.class);
    }

    @ManagedProcess(
            command = {"sleep", "600"},
            ready = @Ready(timeout = "10"),
            disabledWithoutCommand = true)
    static class MisusedAndMaybeMissing {
        @Test
        void never() {}
    }

    @Test
    void misuseIsNoReasonToSkip() {
        assertThat(Kit.startFailureOf(MisusedAndMaybeMissing.class))
                .isEqualTo("@ManagedProcess on LifeCycleTest.MisusedAndMaybeMissing: 'timeout' is \"10\": a bare"
                        + " number has no unit; write 10s or 10ms");
    }

    @ManagedProcess(command = "target/life-cycle-no-program", disabledWithoutCommand = true)
    static class ThereButUnusable {
        @Test
        void never() {}
    }

    @Test
    void programThatIsThereButCannotBeRunIsNoReasonToSkip() throws IOException {
        Files.writeString(Path.of("target/life-cycle-no-program"), "not executable");

        assertThat(Kit.startFailureOf(ThereButUnusable.class)).isEqualTo("""
                        'life-cycle-no-program' could not be started: BASEDIR/target/life-cycle-no-program is not executable for this user
                          command     target/life-cycle-no-program      in target/procession/LifeCycleTest.ThereButUnusable/life-cycle-no-program/work
                          try         run 'chmod +x BASEDIR/target/life-cycle-no-program'; look at 'command' of @ManagedProcess on LifeCycleTest.ThereButUnusable""");
    }

    // --- failures of the user's code

    @Sleeper
    static class BeforeAllFails {
        @BeforeAll
        static void fails(SupervisedProcess sleeper) {
            meet(sleeper);
            throw new IllegalStateException("my own failure");
        }

        @Test
        void never() {}
    }

    @Sleeper
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    static class ConstructorFails {
        ConstructorFails(SupervisedProcess sleeper) {
            meet(sleeper);
            throw new IllegalStateException("my own failure");
        }

        @Test
        void never() {}
    }

    @Sleeper
    static class TestFails {
        @Test
        void fails(SupervisedProcess sleeper) {
            meet(sleeper);
            throw new IllegalStateException("my own failure");
        }
    }

    @Sleeper
    static class TestOverflows {
        @Test
        void fails(SupervisedProcess sleeper) {
            meet(sleeper);
            throw new StackOverflowError("my own failure");
        }
    }

    @Sleeper
    static class AfterAllFails {
        @Test
        void runs(SupervisedProcess sleeper) {
            meet(sleeper);
        }

        @AfterAll
        static void fails() {
            throw new IllegalStateException("my own failure");
        }
    }

    @ParameterizedTest
    @ValueSource(
            classes = {
                BeforeAllFails.class,
                ConstructorFails.class,
                TestFails.class,
                TestOverflows.class,
                AfterAllFails.class
            })
    void failureOfTheUsersCodeIsReportedAloneAndTheProcessIsStopped(Class<?> testClass) {
        Throwable failure = Kit.failure(Kit.run(testClass));

        assertThat(failure).hasMessage("my own failure").hasNoSuppressedExceptions();
        assertThat(met()).extracting(SupervisedProcess::state).containsExactly(ProcessState.STOPPED);
    }

    // --- what the process gets

    @ManagedProcess(
            command = {"sh", "-c", "echo \"$GREETING, $WHO at $PLACE\"; pwd; exec sleep 600"},
            env = {"GREETING=good = day", "WHO=", "PLACE=${directory}"},
            ready = @Ready(log = "^/.*work$"))
    static class Environment {
        @Test
        void reachesIt(SupervisedProcess sh) throws IOException {
            assertThat(sh.directory())
                    .isEqualTo(Path.of("target/procession/LifeCycleTest.Environment/sh/work")
                            .toAbsolutePath());
            assertThat(sh.log().lines())
                    .containsExactly(
                            "good = day,  at " + sh.directory(),
                            sh.directory().toRealPath().toString());
        }
    }

    @ManagedProcess(
            name = "alone",
            command = {"sh", "-c", "/usr/bin/env; echo all; exec /bin/sleep 600"},
            env = "ONLY=this",
            inheritEnvironment = false,
            ready = @Ready(log = "^all$"))
    @ManagedProcess(
            name = "heir",
            command = {"sh", "-c", "env; echo all; exec sleep 600"},
            ready = @Ready(log = "^all$"))
    static class Inheritance {
        @Test
        void ofTheEnvironment(SupervisedProcess alone, SupervisedProcess heir) {
            assertThat(alone.log().lines())
                    .contains("ONLY=this")
                    .extracting(line -> line.split("=")[0])
                    .contains("ONLY", "PROCESSION_RUN", "PROCESSION_PROCESS")
                    .isSubsetOf("ONLY", "PROCESSION_RUN", "PROCESSION_PROCESS", "PWD", "OLDPWD", "SHLVL", "_", "all");
            assertThat(heir.log().lines()).contains("PATH=" + System.getenv("PATH"));
        }
    }

    @Test
    void environment() {
        Kit.pass(Environment.class, Inheritance.class);
    }

    private static final String OWN_FOLDER = "target/a-folder-of-the-users-own";

    @ManagedProcess(
            command = {"sh", "-c", "cat precious; pwd; exec sleep 600"},
            directory = OWN_FOLDER,
            ready = @Ready(log = "own$"))
    static class OwnDirectory {
        @Test
        void isUsed(SupervisedProcess sh) throws IOException {
            Path own = Path.of(OWN_FOLDER).toRealPath();
            assertThat(sh.log().lines()).containsExactly("mine", own.toString());
            assertThat(sh.log().files().get(0))
                    .isEqualTo(Path.of("target/procession/LifeCycleTest.OwnDirectory/sh/stdout.log")
                            .toAbsolutePath());
        }
    }

    @Test
    void folderOfTheUsersOwnIsUsedAndNeverEmptied() throws IOException {
        Path own = Files.createDirectories(Path.of(OWN_FOLDER));
        Files.writeString(own.resolve("precious"), "mine\n");

        Kit.pass(OwnDirectory.class);
        Kit.pass(OwnDirectory.class);

        assertThat(own.resolve("precious")).hasContent("mine");
        assertThat(own).isDirectoryNotContaining("glob:**/.procession");
    }

    @ManagedProcess(
            name = "on-int",
            command = {"sh", "-c", "trap 'echo INT; exit 5' INT; echo up; while :; do sleep 0.01; done"},
            ready = @Ready(log = "up"),
            stop = @Stop(signal = Signal.INT))
    @ManagedProcess(
            name = "deaf",
            command = {"sh", "-c", "trap 'echo TERM' TERM; echo up; while :; do sleep 0.01; done"},
            ready = @Ready(log = "up"),
            stop = @Stop(gracePeriod = "1s", retries = 1))
    @ManagedProcess(
            name = "no-grace",
            command = {"sh", "-c", "trap 'echo TERM' TERM; echo up; while :; do sleep 0.01; done"},
            ready = @Ready(log = "up"),
            stop = @Stop(gracePeriod = "0s"))
    static class Stops {
        @Test
        void areMet(
                @Managed("on-int") SupervisedProcess onInt,
                SupervisedProcess deaf,
                @Managed("no-grace") SupervisedProcess noGrace) {
            MET.addAll(List.of(onInt, deaf, noGrace));
        }
    }

    @Test
    void stopSignalGracePeriodAndRetries() {
        Kit.pass(Stops.class);

        assertThat(met().get(0).exitStatus()).contains(new ExitStatus.Code(5));
        assertThat(met().get(0).log().lines()).containsExactly("up", "INT");
        assertThat(met().get(1).exitStatus()).contains(new ExitStatus.Signalled(Signal.KILL.number(), false));
        assertThat(met().get(1).log().lines()).containsExactly("up", "TERM", "TERM");
        assertThat(met().get(2).exitStatus()).contains(new ExitStatus.Signalled(Signal.KILL.number(), false));
        assertThat(met().get(2).log().lines()).containsExactly("up");
    }

    @ManagedProcess(
            command = {
                "sh",
                "-c",
                "trap 'wait; exit 6' USR1; "
                        + "sh -c 'trap \"echo child has USR1; exit\" USR1; echo up; while :; do sleep 0.01; done' & "
                        + "wait; wait"
            },
            ready = @Ready(log = "up"),
            stop = @Stop(signal = Signal.USR1, scope = StopScope.GROUP))
    static class GroupStops {
        @Test
        void isMet(SupervisedProcess sh) {
            MET.add(sh);
        }
    }

    @Test
    void scopeGroupSendsTheStopSignalToTheChildrenToo() {
        Kit.pass(GroupStops.class);

        assertThat(met().get(0).log().lines()).startsWith("up", "child has USR1");
        assertThat(met().get(0).exitStatus()).contains(new ExitStatus.Code(6));
    }

    // --- folders

    @Test
    void classesOfTheSameNameDoNotShareAFolder() {
        Class<?> one = dev.procession.junit.one.Twin.class;
        Class<?> two = dev.procession.junit.two.Twin.class;

        Kit.pass(one, two);

        Path folders = Path.of("target/procession").toAbsolutePath();
        assertThat(List.of(dev.procession.junit.one.Twin.folder, dev.procession.junit.two.Twin.folder))
                .containsExactlyInAnyOrder(
                        folders.resolve("Twin/server"),
                        folders.resolve(
                                dev.procession.junit.one.Twin.folder.equals(folders.resolve("Twin/server"))
                                        ? two.getName() + "/server"
                                        : one.getName() + "/server"));
    }

    // --- nothing to inject

    @Sleeper
    static class OnlyAnnotated {
        @Test
        void runs() {
            assertThat(Leftovers.now()).hasSize(1);
        }
    }

    @Test
    void processRunsAlsoWhenNobodyWantsIt() {
        Kit.pass(OnlyAnnotated.class);
    }

    @Sleeper
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    static class NeedsItInItsConstructor {
        private final List<String> running = Leftovers.now();

        @Test
        void ran() {
            assertThat(running).hasSize(1);
        }
    }

    @Test
    void processRunsBeforeTheInstanceIsMade() {
        Kit.pass(NeedsItInItsConstructor.class);
    }
}
