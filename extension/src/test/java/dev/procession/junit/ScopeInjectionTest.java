package dev.procession.junit;

import static dev.procession.launch.Backoff.Kind.FIXED;
import static dev.procession.launch.RestartMode.ALWAYS;
import static dev.procession.supervise.ProcessState.EXITED;
import static dev.procession.supervise.ProcessState.RUNNING;
import static dev.procession.supervise.ProcessState.STARTING;
import static dev.procession.supervise.ProcessState.STOPPED;
import static dev.procession.supervise.ProcessState.STOPPING;
import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.launch.ProcessSpec;
import dev.procession.launch.Readiness;
import dev.procession.supervise.ProcessState;
import dev.procession.supervise.RecordedEvents;
import dev.procession.supervise.SupervisedProcess;
import dev.procession.supervise.SupervisionEvent.StateChanged;
import dev.procession.supervise.Supervisor;
import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who gets which supervisor, and which events. */
class ScopeInjectionTest {

    private static final Duration LONG = Duration.ofSeconds(60);

    private static ProcessSpec extra(String name) {
        return ProcessSpec.command("sleep", "600")
                .name(name)
                .ready(Readiness.DEFAULT.aliveFor(Duration.ZERO))
                .build();
    }

    // --- supervisors

    @Sleeper
    @TestMethodOrder(MethodOrderer.MethodName.class)
    static class OfTheClass {
        @Managed
        static Supervisor ofClass;

        @Managed
        Supervisor mine;

        private static SupervisedProcess extra;

        @BeforeAll
        static void before(Supervisor supervisor) {
            assertThat(supervisor).isSameAs(ofClass);
        }

        @Test
        void a(Supervisor supervisor, SupervisedProcess sleeper) {
            assertThat(supervisor).isSameAs(ofClass).isSameAs(mine);
            assertThat(supervisor.process("sleeper")).containsSame(sleeper);
            extra = supervisor.start(extra("extra"));
        }

        @Test
        void b(@Managed("extra") SupervisedProcess found) {
            assertThat(found).isSameAs(extra);
            // Not what the class has declared: no test relies on it.
            extra.stop();
        }

        @Test
        void c(Supervisor supervisor) {
            assertThat(supervisor).isSameAs(mine);
        }
    }

    @Sleeper
    static class OfTheTest {
        private static SupervisedProcess extra;

        @Managed
        static Supervisor ofClass;

        @Managed
        Supervisor mine;

        @Test
        @ManagedProcess(
                name = "own",
                command = {"sleep", "600"},
                ready = @Ready(aliveFor = "0s"))
        void a(Supervisor supervisor, @Managed("own") SupervisedProcess own) {
            assertThat(supervisor).isSameAs(mine).isNotSameAs(ofClass);
            assertThat(supervisor.processes()).containsExactly(own);
            extra = supervisor.start(extra("extra"));
        }
    }

    @ManagedProcess(
            name = "run",
            command = {"sleep", "600"},
            ready = @Ready(aliveFor = "0s"),
            scope = Scope.RUN)
    static class OfTheRun {
        @Test
        void a(Supervisor supervisor, RecordedEvents events) {
            assertThat(supervisor.processes())
                    .extracting(SupervisedProcess::name)
                    .containsExactly("run");
            events.await(ScopeInjectionTest::isRunning, LONG);
            assertThat(events.states("run")).containsExactly(STARTING, RUNNING);
        }
    }

    @Sleeper
    static class OfTheOuterClass {
        @Managed
        static Supervisor ofOuter;

        @Nested
        class Inner {
            @Test
            void a(Supervisor supervisor) {
                assertThat(supervisor).isSameAs(ofOuter);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(classes = {OfTheClass.class, OfTheTest.class, OfTheRun.class, OfTheOuterClass.class})
    void supervisorIsThatOfTheInnermostScopeWithProcesses(Class<?> testClass) {
        Kit.pass(testClass);
    }

    @Test
    void whatItStarts_endsWithItsScope() {
        Kit.pass(OfTheTest.class);
        assertThat(OfTheTest.extra.state()).isEqualTo(STOPPED);
    }

    // --- events

    private static boolean isRunning(Object event) {
        return event instanceof StateChanged changed && changed.to() == RUNNING;
    }

    private static boolean isRestart(Object event) {
        return event instanceof StateChanged changed
                && changed.from() == STARTING
                && changed.to() == RUNNING
                && changed.serial() > 3;
    }

    @ManagedProcess(
            name = "worker",
            command = {"sh", "-c", "echo up; exec sleep 600"},
            ready = @Ready(log = "up"),
            restart = @Restart(value = ALWAYS, backoff = @Backoff(value = FIXED, shortest = "10ms")))
    static class Recorded {
        @Managed
        static RecordedEvents ofClass;

        @Test
        void a(SupervisedProcess worker, RecordedEvents events) {
            assertThat(events).isSameAs(ofClass);
            worker.crash();
            worker.awaitReady(LONG);
            events.await(ScopeInjectionTest::isRestart, LONG);
            assertThat(events.states("worker")).containsExactly(STARTING, RUNNING, EXITED, STARTING, RUNNING);
        }
    }

    @Sleeper
    static class RecordedInATest {
        @Managed
        RecordedEvents mine;

        @Test
        @ManagedProcess(
                name = "own",
                command = {"sleep", "600"},
                ready = @Ready(aliveFor = "0s"))
        void a(
                @Managed("sleeper") SupervisedProcess sleeper,
                @Managed("own") SupervisedProcess own,
                RecordedEvents events) {
            assertThat(events).isSameAs(mine);
            own.stop();
            sleeper.restart();
            for (String process : new String[] {"own", "sleeper"}) {
                ProcessState last = process.equals("own") ? STOPPED : RUNNING;
                events.await(
                        event -> event instanceof StateChanged changed
                                && changed.process().equals(process)
                                && changed.to() == last,
                        LONG);
            }
            assertThat(events.states("own")).containsExactly(STARTING, RUNNING, STOPPING, STOPPED);
            // What lives longer, since this test began.
            events.await(event -> events.states("sleeper").size() == 4, LONG);
            assertThat(events.states("sleeper")).containsExactly(STOPPING, STOPPED, STARTING, RUNNING);
        }
    }

    @Sleeper
    static class WantedByANestedClass {
        @Nested
        class Inner {
            @Test
            void a(RecordedEvents events) {
                events.await(ScopeInjectionTest::isRunning, LONG);
                assertThat(events.states("sleeper")).containsExactly(STARTING, RUNNING);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(classes = {Recorded.class, RecordedInATest.class, WantedByANestedClass.class})
    void eventsBeginBeforeTheFirstStart(Class<?> testClass) {
        Kit.pass(testClass);
    }

    // --- misuse

    static class WithoutProcesses {
        @Test
        @NoStragglers
        void a(Supervisor supervisor) {}
    }

    @Sleeper
    static class Named {
        @Managed("sleeper")
        Supervisor supervisor;

        @Test
        void a() {}
    }

    static class OnlyOfTests {
        @Managed
        static Supervisor supervisor;

        @ManagedProcess(
                command = {"sleep", "600"},
                ready = @Ready(aliveFor = "0s"))
        SupervisedProcess sleeper;

        @Test
        void a() {}
    }

    private static final String REMEDY =
            ", but no @ManagedProcess is visible from there; put one on the class, or make a"
                    + " supervisor of your own by Supervisor.create()";

    @Test
    void nothingVisible() {
        assertThat(Kit.failureOf(WithoutProcesses.class))
                .endsWith(
                        "parameter 'supervisor' of ScopeInjectionTest.WithoutProcesses.a wants a Supervisor" + REMEDY);
        assertThat(Kit.startFailureOf(OnlyOfTests.class))
                .isEqualTo("field 'supervisor' of ScopeInjectionTest.OnlyOfTests wants a Supervisor" + REMEDY);
    }

    @Test
    void aNameForWhatHasNone() {
        assertThat(Kit.startFailureOf(Named.class))
                .isEqualTo(
                        "@Managed(\"sleeper\") on field 'supervisor' of ScopeInjectionTest.Named: its type is Supervisor,"
                                + " which is not that of one process; leave the name out");
    }
}
