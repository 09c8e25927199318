package dev.procession.junit;

import static dev.procession.assertj.ProcessAssertions.assertThat;
import static dev.procession.awaitility.ProcessConditions.isDead;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.procession.awaitility.ProcessionAwait;
import dev.procession.process.ProcessDiedException;
import dev.procession.process.Signal;
import dev.procession.supervise.SupervisedProcess;
import java.time.Duration;
import org.awaitility.core.TerminalFailureException;
import org.junit.jupiter.api.Test;

/** Which assertions and conditions make a death one that was asked for. */
class AssertedDeathTest {

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private static final String DIED = """
            'sleeper' died, and nobody had asked it to: killed by KILL
              process     pid PID, was up for TIME
              command     sh -c 'echo port PORT; exec sleep 600'      in target/procession/AssertedDeathTest.%1$s/sleeper/work
              last lines of target/procession/AssertedDeathTest.%1$s/sleeper/stdout.log
                port PORT
              try         find out what ended it; if the test means to end it, it calls stop(), kill() or expectExit()""";

    /** Kills it behind the library's back. */
    private static void murder(SupervisedProcess process) {
        assertThat(ProcessHandle.of(process.pid()).orElseThrow().destroyForcibly())
                .isTrue();
    }

    @Sleeper
    static class IsAssertedToDie {
        @Test
        void a(SupervisedProcess sleeper) {
            murder(sleeper);
            assertThat(sleeper).diesWithin(PATIENCE).wasKilledBy(Signal.KILL);
        }
    }

    @Sleeper
    static class IsAssertedToBeDead {
        @Test
        void a(SupervisedProcess sleeper) {
            murder(sleeper);
            sleeper.exit().join();
            assertThat(sleeper).hasExited();
        }
    }

    @Sleeper
    static class IsAwaitedDead {
        @Test
        void a(SupervisedProcess sleeper) {
            murder(sleeper);
            await().atMost(PATIENCE).until(isDead(sleeper));
        }
    }

    @Test
    void assertedDeathsPass() {
        Kit.pass(IsAssertedToDie.class);
        Kit.pass(IsAssertedToBeDead.class);
        Kit.pass(IsAwaitedDead.class);
    }

    @Sleeper
    static class OtherAssertions {
        @Test
        void a(SupervisedProcess sleeper) {
            murder(sleeper);
            sleeper.exit().join();
            assertThat(sleeper).hasLogged("port").hasNoDescendants();
        }
    }

    @Test
    void otherAssertionsAskForNothing() {
        assertThat(Kit.failureOf(OtherAssertions.class)).isEqualTo(DIED.formatted("OtherAssertions"));
    }

    @Sleeper
    static class DiesBeforeItLogs {
        @Test
        void a(SupervisedProcess sleeper) {
            murder(sleeper);
            assertThat(sleeper).logsWithin("done", PATIENCE);
        }
    }

    @Test
    void failedAssertionIsAttachedToTheDeath() {
        Throwable failure = Kit.failure(Kit.run(DiesBeforeItLogs.class));

        assertThat(failure).isExactlyInstanceOf(ProcessDiedException.class);
        assertThat(Kit.normalised(failure.getMessage())).isEqualTo(DIED.formatted("DiesBeforeItLogs"));
        assertThat(failure.getSuppressed())
                .singleElement()
                .satisfies(own -> assertThat(own)
                        .isInstanceOf(AssertionError.class)
                        .hasMessageStartingWith("Expected 'sleeper' to log a line matching /done/ within 60 s,"
                                + " but ended without one: killed by KILL\n"));
    }

    @Sleeper
    static class DiesWhileTheApplicationIsAwaited {
        @Test
        void a(SupervisedProcess sleeper) {
            murder(sleeper);
            ProcessionAwait.await(sleeper).atMost(PATIENCE).until(() -> false);
        }
    }

    @Test
    void awaitThatFailedFastIsAttachedToTheDeath() {
        Throwable failure = Kit.failure(Kit.run(DiesWhileTheApplicationIsAwaited.class));

        assertThat(Kit.normalised(failure.getMessage())).isEqualTo(DIED.formatted("DiesWhileTheApplicationIsAwaited"));
        assertThat(failure.getSuppressed()).singleElement().satisfies(own -> {
            assertThat(own).isExactlyInstanceOf(TerminalFailureException.class);
            assertThat(Kit.normalised(own.getMessage())).isEqualTo(DIED.formatted("DiesWhileTheApplicationIsAwaited"));
        });
    }

    @Sleeper
    static class IsOtherwiseThanAsserted {
        @Test
        void a(SupervisedProcess sleeper) {
            murder(sleeper);
            sleeper.exit().join();
            assertThat(sleeper).hasExitCode(0);
        }
    }

    @Test
    void assertionAboutTheEndIsTheOnlyFailure() {
        Throwable failure = Kit.failure(Kit.run(IsOtherwiseThanAsserted.class));

        assertThat(failure).isInstanceOf(AssertionError.class).hasNoSuppressedExceptions();
        assertThat(Kit.normalised(failure.getMessage())).isEqualTo("""
                        Expected 'sleeper' to have ended with exit code 0, but was killed by KILL
                          process     pid PID, EXITED, killed by KILL, was up for TIME
                          command     sh -c 'echo port PORT; exec sleep 600'      in target/procession/AssertedDeathTest.IsOtherwiseThanAsserted/sleeper/work
                          last lines of target/procession/AssertedDeathTest.IsOtherwiseThanAsserted/sleeper/stdout.log
                            port PORT
                          try         look at what it logged""");
    }
}
