package dev.procession.junit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.launch.ProcessLog;
import dev.procession.supervise.ProcessState;
import dev.procession.supervise.SupervisedProcess;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ParameterResolutionException;

/** Who gets which process, log and port. */
class InjectionTest {

    @Sleeper
    @ManagedProcess(
            name = "other",
            command = {"sh", "-c", "echo other at ${port}; exec sleep 600"},
            ready = @Ready(log = "other at"))
    @ManagedProcess(
            name = "portless",
            command = {"sh", "-c", "echo portless; exec sleep 600"},
            ready = @Ready(log = "portless"))
    static class Three {}

    static class Parameters extends Three {
        @Test
        void byTheirOwnNames(SupervisedProcess sleeper, ProcessLog other) {
            assertThat(sleeper.name()).isEqualTo("sleeper");
            assertThat(other.lines()).first().asString().startsWith("other at");
        }

        @Test
        void byAnnotation(@Managed("other") SupervisedProcess sleeper, @Managed("portless") ProcessLog log) {
            assertThat(sleeper.name()).isEqualTo("other");
            assertThat(log.lines()).containsExactly("portless");
        }

        @Test
        void annotatedWithoutAName(@Managed SupervisedProcess other) {
            assertThat(other.name()).isEqualTo("other");
        }

        @Test
        void ports(
                @Port(process = "sleeper") int sleeperPort,
                @Port(process = "other") Integer otherPort,
                ProcessLog sleeper,
                ProcessLog other) {
            assertThat(sleeper.lines()).containsExactly("port " + sleeperPort);
            assertThat(other.lines()).containsExactly("other at " + otherPort);
            assertThat(sleeperPort).isNotEqualTo(otherPort);
        }
    }

    @Test
    void parameters() {
        Kit.pass(Parameters.class);
    }

    @Sleeper
    @ManagedProcess(
            name = "portless",
            command = {"sh", "-c", "echo portless; exec sleep 600"},
            ready = @Ready(log = "portless"))
    static class OnlyOneHasAPort {
        @Test
        void port(@Port int port, SupervisedProcess sleeper) {
            assertThat(port).isEqualTo(sleeper.port());
        }
    }

    @Test
    void onlyProcessWithAPort() {
        Kit.pass(OnlyOneHasAPort.class);
    }

    @Sleeper
    static class OnlyOne {
        @Test
        void whateverTheParameterIsCalled(SupervisedProcess p, ProcessLog q, @Port int r) {
            assertThat(p.name()).isEqualTo("sleeper");
            assertThat(q.lines()).containsExactly("port " + r);
        }
    }

    @Test
    void onlyProcess() {
        Kit.pass(OnlyOne.class);
    }

    // --- everywhere

    @Sleeper
    static class Everywhere {
        static SupervisedProcess seen;

        @Managed
        private static SupervisedProcess sleeper;

        @Port
        private static int staticPort;

        @Managed
        private ProcessLog log;

        @Port
        private Integer port;

        Everywhere(SupervisedProcess process, @Port int port) {
            assertThat(process).isSameAs(sleeper);
            assertThat(process.port()).isEqualTo(port);
        }

        @BeforeAll
        static void beforeAll(SupervisedProcess process, @Port int port) {
            assertThat(process.state()).isEqualTo(ProcessState.RUNNING);
            assertThat(process).isSameAs(sleeper);
            assertThat(port).isEqualTo(staticPort).isEqualTo(process.port());
            seen = process;
        }

        @BeforeEach
        void beforeEach(SupervisedProcess process) {
            assertThat(process).isSameAs(seen);
            assertThat(port).isEqualTo(staticPort);
        }

        @Test
        void fields() {
            assertThat(log.lines()).containsExactly("port " + port);
        }

        @AfterEach
        void afterEach(SupervisedProcess process) {
            assertThat(process).isSameAs(seen);
        }

        @AfterAll
        static void afterAll(ProcessLog log, SupervisedProcess process) {
            assertThat(log.lines()).containsExactly("port " + staticPort);
            assertThat(process.state()).isEqualTo(ProcessState.RUNNING);
        }
    }

    @Test
    void constructorLifecycleMethodsAndFields() {
        Kit.pass(Everywhere.class);

        assertThat(Everywhere.seen.state()).isEqualTo(ProcessState.STOPPED);
    }

    static class Subclass extends Everywhere {
        @Managed("sleeper")
        protected SupervisedProcess own;

        Subclass(SupervisedProcess process, @Port int port) {
            super(process, port);
        }

        @Test
        void inheritedFieldsAreInjectedToo() {
            assertThat(own).isSameAs(seen);
            fields();
        }
    }

    @Test
    void inheritedFields() {
        Kit.pass(Subclass.class);
    }

    @Sleeper
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    static class PerClass {
        private final SupervisedProcess fromConstructor;

        @Managed
        private SupervisedProcess sleeper;

        @Managed
        private static SupervisedProcess process;

        PerClass(SupervisedProcess process) {
            fromConstructor = process;
        }

        @BeforeAll
        void beforeAll(@Port int port) {
            assertThat(fromConstructor).isSameAs(sleeper).isSameAs(process);
            assertThat(sleeper.port()).isEqualTo(port);
        }

        @Test
        void one() {
            assertThat(sleeper.state()).isEqualTo(ProcessState.RUNNING);
        }

        @Test
        void two() {
            assertThat(sleeper).isSameAs(fromConstructor);
        }
    }

    @Test
    void instancePerClass() {
        Kit.pass(PerClass.class);
    }

    @Sleeper
    static class WithNested {
        @Managed
        SupervisedProcess theOnlyOneHere;

        @Nested
        @ManagedProcess(
                name = "inner",
                command = {"sh", "-c", "echo up; exec sleep 600"},
                ready = @Ready(log = "up"))
        class Inner {
            @Managed
            SupervisedProcess inner;

            @Managed("sleeper")
            SupervisedProcess outer;

            @Test
            void innerProcessDoesNotConfuseTheOuterField() {
                assertThat(inner.name()).isEqualTo("inner");
                assertThat(theOnlyOneHere).isSameAs(outer);
            }
        }
    }

    @Test
    void fieldOfAnEnclosingClassMeansWhatItMeantThere() {
        Kit.pass(WithNested.class);
    }

    // --- unclear

    static class UnclearParameters extends Three {
        @Test
        void process(SupervisedProcess process) {}

        @Test
        void log(ProcessLog log) {}

        @Test
        void port(@Port int port) {}

        @Test
        void unknown(@Managed("redis") ProcessLog log) {}

        @Test
        void unknownPort(@Port(process = "redis") int port) {}

        @Test
        void noPort(@Port(process = "portless") int port) {}

        @Test
        void text(@Port(process = "other") String port) {}

        @Test
        void number(@Managed("other") int process) {}
    }

    @Test
    void unclearParametersFailTheirTestOnly() {
        assertThat(Kit.failures(Kit.run(UnclearParameters.class)))
                .allSatisfy(failure -> assertThat(failure).isInstanceOf(ParameterResolutionException.class))
                .extracting(InjectionTest::reason)
                .containsExactlyInAnyOrder(
                        "parameter 'process' of InjectionTest.UnclearParameters.process could mean any of the processes there are: 'sleeper', 'other', 'portless'; say which, such as @Managed(\"sleeper\")",
                        "parameter 'log' of InjectionTest.UnclearParameters.log could mean any of the processes there are: 'sleeper', 'other', 'portless'; say which, such as @Managed(\"sleeper\")",
                        "parameter 'port' of InjectionTest.UnclearParameters.port could mean any of the processes that have a port: 'sleeper', 'other'; say which, such as @Port(process = \"sleeper\")",
                        "parameter 'log' of InjectionTest.UnclearParameters.unknown wants 'redis', but the processes are: 'sleeper', 'other', 'portless'; correct the name",
                        "parameter 'port' of InjectionTest.UnclearParameters.unknownPort wants 'redis', but the processes are: 'sleeper', 'other', 'portless'; correct the name",
                        "@Port on parameter 'port' of InjectionTest.UnclearParameters.noPort: 'portless' has no port, because nothing refers to it; put ${port} into 'command' of @ManagedProcess(name = \"portless\") on InjectionTest.UnclearParameters",
                        "@Port on parameter 'port' of InjectionTest.UnclearParameters.text: its type is String, but a port is an int; make it an int",
                        "@Managed on parameter 'process' of InjectionTest.UnclearParameters.number: its type is int; make it a SupervisedProcess or a ProcessLog");
    }

    private static String reason(Throwable failure) {
        Throwable reason = failure instanceof ExtensionConfigurationException ? failure : failure.getCause();
        return reason == null ? failure.getMessage() : reason.getMessage();
    }

    @ManagedProcess(
            command = {"sh", "-c", "echo up; exec sleep 600"},
            ready = @Ready(log = "up"))
    static class NobodyHasAPort {
        NobodyHasAPort(@Port int port) {}

        @Test
        void never() {}
    }

    @Test
    void constructorWantsAPortThatNobodyHas() {
        assertThat(reason(Kit.failure(Kit.run(NobodyHasAPort.class))))
                .isEqualTo(
                        "@Port on parameter 'port' of InjectionTest.NobodyHasAPort's constructor: no process has a port,"
                                + " because nothing refers to one; put ${port} into a 'command' of @ManagedProcess");
    }

    @ExtendWith(ProcessionExtension.class)
    static class NoProcess {
        @Test
        void parameter(SupervisedProcess redis) {}
    }

    @Test
    void parameterWantsAProcessWhereThereIsNone() {
        assertThat(reason(Kit.failure(Kit.run(NoProcess.class))))
                .isEqualTo(
                        "parameter 'redis' of InjectionTest.NoProcess.parameter wants a process, but no @ManagedProcess"
                                + " is visible from there; put one on the class");
    }

    @ExtendWith(ProcessionExtension.class)
    static class NoProcessForAField {
        @Managed
        ProcessLog log;

        @Test
        void never() {}
    }

    @Test
    void fieldWantsAProcessWhereThereIsNone() {
        assertThat(Kit.startFailureOf(NoProcessForAField.class))
                .isEqualTo("field 'log' of InjectionTest.NoProcessForAField wants a process, but no @ManagedProcess is"
                        + " visible from there; put one on the class");
    }

    @Sleeper
    static class ForeignParameters {
        @Test
        void notOurs(List<String> list) {}
    }

    @Test
    void otherParametersAreLeftToOthers() {
        assertThat(Kit.failure(Kit.run(ForeignParameters.class)).getMessage())
                .startsWith("No ParameterResolver registered for parameter [java.util.List<java.lang.String> list]");
    }
}
