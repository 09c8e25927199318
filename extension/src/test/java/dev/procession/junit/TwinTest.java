package dev.procession.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.launch.ProcessSpec;
import dev.procession.launch.Readiness;
import dev.procession.supervise.ProcessState;
import dev.procession.supervise.SupervisedProcess;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.platform.testkit.engine.EngineExecutionResults;

/** The extension registered by hand, alone, with others of its kind, and beside annotations. */
class TwinTest {

    private static final List<SupervisedProcess> MET = Collections.synchronizedList(new ArrayList<>());

    @BeforeEach
    void forget() {
        MET.clear();
    }

    private static void meet(SupervisedProcess process) {
        assertThat(process.state()).isEqualTo(ProcessState.RUNNING);
        MET.add(process);
    }

    static ProcessSpec.Builder sleeper(String name, String says) {
        return ProcessSpec.command("sh", "-c", "echo up " + says + "; exec sleep 600")
                .name(name)
                .ready(Readiness.DEFAULT.log("up (?<says>.*)"));
    }

    static class Alone {
        @RegisterExtension
        static final ProcessionExtension PROCESSES = ProcessionExtension.with(
                () -> sleeper("first", "${port}").build(),
                () -> sleeper("second", "x").dependsOn("first").build());

        @Test
        void one(SupervisedProcess first, @Port int port) {
            meet(first);
            assertThat(PROCESSES.process("first")).isSameAs(first);
            assertThat(first.readyLine().group("says")).isEqualTo(Integer.toString(port));
        }

        @Nested
        class Inner {
            @Test
            void two(SupervisedProcess first, SupervisedProcess second) {
                meet(first);
                assertThat(PROCESSES.process("second")).isSameAs(second);
            }
        }
    }

    @Test
    void aStaticOneServesTheClass() {
        Kit.pass(Alone.class);

        assertThat(MET).hasSize(2).containsOnly(MET.get(0));
        assertThat(MET.get(0).state()).isEqualTo(ProcessState.STOPPED);
        assertThatThrownBy(() -> Alone.PROCESSES.process("first"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("Expected a process 'first', but there is none yet: it is started before the first test");
    }

    static class OfEachTest {
        @RegisterExtension
        final ProcessionExtension processes =
                ProcessionExtension.with(() -> sleeper("mine", "x").build());

        @Test
        void one(SupervisedProcess mine) {
            meet(mine);
            assertThat(processes.process("mine")).isSameAs(mine);
        }

        @Test
        void two() {
            meet(processes.process("mine"));
        }
    }

    @Test
    void anInstanceOneServesTheTest() {
        Kit.pass(OfEachTest.class);

        assertThat(MET.stream().distinct()).hasSize(2);
    }

    @Sleeper
    static class ManyTogether {
        @RegisterExtension
        static final ProcessionExtension ONE = ProcessionExtension.with(() ->
                sleeper("one", "${process:two:port} ${process:sleeper:port}").build());

        @RegisterExtension
        static final ProcessionExtension TWO =
                ProcessionExtension.with(() -> sleeper("two", "${port}").build());

        @RegisterExtension
        final ProcessionExtension three = ProcessionExtension.with(
                () -> sleeper("three", "${process:one:directory}").build());

        @Test
        @ManagedProcess(
                name = "four",
                command = {"sh", "-c", "echo up ${process:three:directory}; exec sleep 600"},
                dependsOn = "three",
                ready = @Ready(log = "up (?<says>.*)"))
        void seeEachOther(
                SupervisedProcess one,
                SupervisedProcess two,
                SupervisedProcess three,
                SupervisedProcess four,
                SupervisedProcess sleeper) {
            assertThat(one.readyLine().group("says")).isEqualTo(two.port() + " " + sleeper.port());
            assertThat(three.readyLine().group("says"))
                    .isEqualTo(one.directory().toString());
            assertThat(four.readyLine().group("says"))
                    .isEqualTo(three.directory().toString());
            assertThat(List.of(one, two, three, four, sleeper))
                    .extracting(process -> process.log().lines().size())
                    .containsOnly(1);
            meet(three);
        }
    }

    @Test
    void severalAndAnnotationsWorkTogether() {
        Kit.pass(ManyTogether.class);

        assertThat(MET).hasSize(1);
    }

    @Test
    void alsoWhereConditionsAreSwitchedOff() {
        EngineExecutionResults results =
                Kit.run(Map.of("junit.jupiter.conditions.deactivate", "*"), Alone.class, OfEachTest.class);

        assertThat(Kit.failures(results)).isEmpty();
        assertThat(MET).hasSize(4);
    }

    static class Base {
        @RegisterExtension
        static final ProcessionExtension INHERITED =
                ProcessionExtension.with(() -> sleeper("inherited", "x").build());

        @Test
        void has(SupervisedProcess inherited) {
            meet(inherited);
        }
    }

    static class OneChild extends Base {}

    static class OtherChild extends Base {}

    @Test
    void anInheritedOneServesEachClassByItself() {
        Kit.pass(OneChild.class, OtherChild.class);

        assertThat(MET.stream().distinct()).hasSize(2);
    }

    static class SharedByRun {
        @RegisterExtension
        static final ProcessionExtension SHARED = ProcessionExtension.with(
                        () -> sleeper("shared-twin", "x").build())
                .sharedByRun();

        @Test
        void has() {
            meet(SHARED.process("shared-twin"));
        }
    }

    static class SharedByRunToo extends SharedByRun {}

    @Test
    void theyCanBeSharedByTheRun() {
        Kit.pass(SharedByRun.class, SharedByRunToo.class);

        assertThat(MET).hasSize(2).containsOnly(MET.get(0));
    }

    static class WithoutProgram {
        @RegisterExtension
        static final ProcessionExtension MISSING = ProcessionExtension.with(
                        () -> ProcessSpec.command("no-such-program-here").build())
                .disabledWithoutCommand();

        @Test
        void never() {
            throw new AssertionError("Expected not to be run");
        }
    }

    @Test
    void itsTestsCanBeSkippedWhereTheProgramIsMissing() {
        EngineExecutionResults results = Kit.run(WithoutProgram.class);

        assertThat(Kit.failures(results)).isEmpty();
        assertThat(results.containerEvents().skipped().count()).isEqualTo(1);
    }

    static class Misused {
        @RegisterExtension
        static final ProcessionExtension WRONG = ProcessionExtension.with(
                () -> sleeper("wrong", "x").dependsOn("wrogn").build());

        @Test
        void never() {
            throw new AssertionError("Expected not to be run");
        }
    }

    @Test
    void itsMisuseFailsBeforeAnythingStarts() {
        assertThat(Kit.startFailureOf(Misused.class))
                .isEqualTo("ProcessSpec 'wrong': 'dependsOn' holds \"wrogn\", which is no process; there is no other"
                        + " process");
    }

    static class WithoutProgramForATest {
        @RegisterExtension
        final ProcessionExtension missing = ProcessionExtension.with(
                        () -> ProcessSpec.command("no-such-program-here").build())
                .disabledWithoutCommand();

        @Test
        void never() {
            throw new AssertionError("Expected not to be run");
        }
    }

    @Test
    void alsoThatOfASingleTest() {
        EngineExecutionResults results = Kit.run(WithoutProgramForATest.class);

        assertThat(Kit.failures(results)).isEmpty();
        assertThat(results.testEvents().skipped().count()).isEqualTo(1);
    }

    @TestInstance(Lifecycle.PER_CLASS)
    static class SharedInTwoSteps {
        @RegisterExtension
        static final ProcessionExtension FIRST =
                ProcessionExtension.with(() -> sleeper("step-one", "x").build()).sharedByRun();

        @RegisterExtension
        final ProcessionExtension second =
                ProcessionExtension.with(() -> sleeper("step-two", "x").build()).sharedByRun();

        @Test
        void hasBoth(@Managed("step-one") SupervisedProcess one, @Managed("step-two") SupervisedProcess two) {
            meet(one);
            meet(two);
        }
    }

    @Test
    void whatIsDeclaredLaterIsSharedToo() {
        Kit.pass(SharedInTwoSteps.class);

        assertThat(MET).hasSize(2);
    }
}
