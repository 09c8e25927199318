package dev.procession.supervise;

import static dev.procession.supervise.Steps.exited;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.launch.Backoff;
import dev.procession.launch.RestartPolicy;
import dev.procession.process.ExitStatus.Code;
import dev.procession.supervise.StateMachine.Rules;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What every event does in every state, to be held against supervisord's documentation of its process states. The rules:
 * ready and alive for 1 s is running; it comes back until it exits with 55, after a pause if it has lived for less than a
 * minute; a failed start is retried once. The left column is
 * what an event does a tenth of a second after what came before it, the right one a minute later, where that differs.
 * What is to be done has an exclamation mark.
 */
class StateMachineTest {

    private static final Rules RULES = new Rules(
            RestartPolicy.untilExit(55).startRetries(1).backoff(Backoff.linear().threshold(Duration.ofMinutes(1))),
            Duration.ofSeconds(1),
            true,
            Set.of(),
            Set.of(0, 55));

    private static final Map<String, Event> EVENTS = new LinkedHashMap<>();

    static {
        EVENTS.put("Start", new Event.Start());
        EVENTS.put("SpawnFailed", new Event.SpawnFailed("no such file"));
        EVENTS.put("Ready", new Event.Ready());
        EVENTS.put("NotReady", new Event.NotReady("not ready in time"));
        EVENTS.put("Exited 1", new Event.Exited(new Code(1)));
        EVENTS.put("Exited 55", new Event.Exited(new Code(55)));
        EVENTS.put("Gone", new Event.Gone());
        EVENTS.put("Stuck", new Event.Stuck("it is in the kernel"));
        EVENTS.put("Stop", new Event.Stop());
        EVENTS.put("Due", new Event.Due());
        EVENTS.put("Close", new Event.Close());
        EVENTS.put("GiveUp", new Event.GiveUp("the test waits no more"));
    }

    private static Steps stopped() {
        return Steps.under(RULES);
    }

    private static Steps starting() {
        return stopped().at(0, new Event.Start());
    }

    private static Steps running() {
        return starting().at(0.5, new Event.Ready()).at(10, new Event.Due());
    }

    private static Steps backoff() {
        return starting().at(10, exited(1));
    }

    private static Steps exitedForGood() {
        return running().at(10, exited(55));
    }

    private static Steps exitedAndComesBack() {
        return running().at(10, exited(1));
    }

    private static Steps fatal() {
        return starting()
                .at(1, exited(1), new Event.Gone())
                .at(2, new Event.Due())
                .at(10, exited(1));
    }

    private static Steps unknown() {
        return running().at(10, new Event.Stop(), new Event.Stuck("it is in the kernel"));
    }

    private static String table(Steps steps) {
        StringBuilder table = new StringBuilder();
        EVENTS.forEach((name, event) -> {
            String soon = steps.lookAhead(10.1, event);
            String late = steps.lookAhead(70, event);
            table.append(String.format("%-11s %-19s %s", name, soon, late.equals(soon) ? "" : late)
                            .stripTrailing())
                    .append('\n');
        });
        return table.toString();
    }

    @Test
    void inStopped() {
        assertThat(table(stopped())).isEqualTo("""
                        Start       STARTING !SPAWN
                        SpawnFailed -
                        Ready       -
                        NotReady    -
                        Exited 1    -
                        Exited 55   -
                        Gone        -
                        Stuck       -
                        Stop        -
                        Due         -
                        Close       -
                        GiveUp      FATAL
                        """);
    }

    @Test
    void inStoppedWhileSomethingIsLeftOfItsLastRun() {
        assertThat(table(backoff().at(10, new Event.Stop()))).isEqualTo("""
                        Start       -
                        SpawnFailed -
                        Ready       -
                        NotReady    -
                        Exited 1    -
                        Exited 55   -
                        Gone        -
                        Stuck       UNKNOWN
                        Stop        -
                        Due         -
                        Close       -
                        GiveUp      FATAL
                        """);
    }

    @Test
    void inStartingAndNotReady() {
        assertThat(table(starting())).isEqualTo("""
                        Start       refused
                        SpawnFailed BACKOFF
                        Ready       RUNNING
                        NotReady    !END
                        Exited 1    BACKOFF
                        Exited 55   BACKOFF
                        Gone        -
                        Stuck       UNKNOWN
                        Stop        STOPPING !END
                        Due         -
                        Close       -
                        GiveUp      -
                        """);
    }

    @Test
    void inStartingAndReadyAlready() {
        assertThat(table(stopped().at(10, new Event.Start(), new Event.Ready())))
                .isEqualTo("""
                        Start       refused
                        SpawnFailed BACKOFF
                        Ready       -                   RUNNING
                        NotReady    !END
                        Exited 1    BACKOFF             RUNNING EXITED
                        Exited 55   BACKOFF             RUNNING EXITED
                        Gone        -
                        Stuck       UNKNOWN
                        Stop        STOPPING !END
                        Due         -                   RUNNING
                        Close       -
                        GiveUp      -
                        """);
    }

    @Test
    void inStartingButBeingEndedSinceItIsNotReady() {
        assertThat(table(starting().at(10, new Event.NotReady("not ready in time"))))
                .isEqualTo("""
                        Start       refused
                        SpawnFailed BACKOFF
                        Ready       -
                        NotReady    -
                        Exited 1    BACKOFF
                        Exited 55   BACKOFF
                        Gone        -
                        Stuck       UNKNOWN
                        Stop        STOPPING
                        Due         -
                        Close       -
                        GiveUp      -
                        """);
    }

    @Test
    void inRunning() {
        assertThat(table(running())).isEqualTo("""
                        Start       refused
                        SpawnFailed -
                        Ready       -
                        NotReady    -
                        Exited 1    EXITED
                        Exited 55   EXITED
                        Gone        -
                        Stuck       UNKNOWN
                        Stop        STOPPING !END
                        Due         -
                        Close       -
                        GiveUp      -
                        """);
    }

    @Test
    void inBackoff() {
        assertThat(table(backoff().at(10, new Event.Gone()))).isEqualTo("""
                        Start       refused
                        SpawnFailed -
                        Ready       -
                        NotReady    -
                        Exited 1    -
                        Exited 55   -
                        Gone        -                   STARTING !SPAWN
                        Stuck       -
                        Stop        STOPPED
                        Due         -                   STARTING !SPAWN
                        Close       FATAL
                        GiveUp      FATAL
                        """);
    }

    @Test
    void inBackoffWhileSomethingIsLeftOfItsLastRun() {
        assertThat(table(backoff())).isEqualTo("""
                        Start       refused
                        SpawnFailed -
                        Ready       -
                        NotReady    -
                        Exited 1    -
                        Exited 55   -
                        Gone        -                   STARTING !SPAWN
                        Stuck       UNKNOWN
                        Stop        STOPPED
                        Due         -
                        Close       FATAL
                        GiveUp      FATAL
                        """);
    }

    @Test
    void inExitedForGood() {
        assertThat(table(exitedForGood().at(10, new Event.Gone()))).isEqualTo("""
                        Start       STARTING !SPAWN
                        SpawnFailed -
                        Ready       -
                        NotReady    -
                        Exited 1    -
                        Exited 55   -
                        Gone        -
                        Stuck       -
                        Stop        -
                        Due         -
                        Close       -
                        GiveUp      FATAL
                        """);
    }

    @Test
    void inExitedForGoodWhileSomethingIsLeftOfItsLastRun() {
        assertThat(table(exitedForGood())).isEqualTo("""
                        Start       -
                        SpawnFailed -
                        Ready       -
                        NotReady    -
                        Exited 1    -
                        Exited 55   -
                        Gone        -
                        Stuck       UNKNOWN
                        Stop        -
                        Due         -
                        Close       -
                        GiveUp      FATAL
                        """);
    }

    @Test
    void inExitedAndComesBack() {
        assertThat(table(exitedAndComesBack().at(10, new Event.Gone()))).isEqualTo("""
                        Start       STARTING !SPAWN
                        SpawnFailed -
                        Ready       -
                        NotReady    -
                        Exited 1    -
                        Exited 55   -
                        Gone        -                   STARTING !SPAWN
                        Stuck       -
                        Stop        STOPPED
                        Due         -                   STARTING !SPAWN
                        Close       -
                        GiveUp      FATAL
                        """);
    }

    @Test
    void inExitedAndComesBackWhileSomethingIsLeftOfItsLastRun() {
        assertThat(table(exitedAndComesBack())).isEqualTo("""
                        Start       -
                        SpawnFailed -
                        Ready       -
                        NotReady    -
                        Exited 1    -
                        Exited 55   -
                        Gone        -                   STARTING !SPAWN
                        Stuck       UNKNOWN
                        Stop        STOPPED
                        Due         -
                        Close       -
                        GiveUp      FATAL
                        """);
    }

    @Test
    void inStopping() {
        assertThat(table(running().at(10, new Event.Stop()))).isEqualTo("""
                        Start       refused
                        SpawnFailed STOPPED
                        Ready       -
                        NotReady    -
                        Exited 1    -
                        Exited 55   -
                        Gone        STOPPED
                        Stuck       UNKNOWN
                        Stop        -
                        Due         -
                        Close       -
                        GiveUp      -
                        """);
    }

    @Test
    void inFatal() {
        assertThat(table(fatal().at(10, new Event.Gone()))).isEqualTo("""
                        Start       STARTING !SPAWN
                        SpawnFailed -
                        Ready       -
                        NotReady    -
                        Exited 1    -
                        Exited 55   -
                        Gone        -
                        Stuck       -
                        Stop        -
                        Due         -
                        Close       -
                        GiveUp      -
                        """);
    }

    @Test
    void inFatalWhileSomethingIsLeftOfItsLastRun() {
        assertThat(table(fatal())).isEqualTo("""
                        Start       -
                        SpawnFailed -
                        Ready       -
                        NotReady    -
                        Exited 1    -
                        Exited 55   -
                        Gone        -
                        Stuck       UNKNOWN
                        Stop        -
                        Due         -
                        Close       -
                        GiveUp      -
                        """);
    }

    @Test
    void inUnknown() {
        assertThat(table(unknown())).isEqualTo("""
                        Start       refused
                        SpawnFailed -
                        Ready       -
                        NotReady    -
                        Exited 1    -
                        Exited 55   -
                        Gone        -
                        Stuck       -
                        Stop        -
                        Due         -
                        Close       -
                        GiveUp      -
                        """);
    }

    @Test
    void inStoppedAndClosed() {
        assertThat(table(stopped().at(10, new Event.Close()))).isEqualTo("""
                        Start       refused
                        SpawnFailed -
                        Ready       -
                        NotReady    -
                        Exited 1    -
                        Exited 55   -
                        Gone        -
                        Stuck       -
                        Stop        -
                        Due         -
                        Close       -
                        GiveUp      FATAL
                        """);
    }

    @Test
    void inStartingAndClosed() {
        assertThat(table(stopped().at(10, new Event.Start(), new Event.Ready(), new Event.Close())))
                .isEqualTo("""
                        Start       refused
                        SpawnFailed BACKOFF FATAL
                        Ready       -                   RUNNING
                        NotReady    !END
                        Exited 1    BACKOFF FATAL       RUNNING EXITED
                        Exited 55   BACKOFF FATAL       RUNNING EXITED
                        Gone        -
                        Stuck       UNKNOWN
                        Stop        STOPPING !END
                        Due         -                   RUNNING
                        Close       -
                        GiveUp      -
                        """);
    }

    @Test
    void inRunningAndClosed() {
        assertThat(table(running().at(10, new Event.Close()))).isEqualTo("""
                        Start       refused
                        SpawnFailed -
                        Ready       -
                        NotReady    -
                        Exited 1    EXITED
                        Exited 55   EXITED
                        Gone        -
                        Stuck       UNKNOWN
                        Stop        STOPPING !END
                        Due         -
                        Close       -
                        GiveUp      -
                        """);
    }

    @Test
    void inExitedAndClosedBeforeItCameBack() {
        assertThat(table(exitedAndComesBack().at(10, new Event.Gone(), new Event.Close())))
                .isEqualTo("""
                        Start       refused
                        SpawnFailed -
                        Ready       -
                        NotReady    -
                        Exited 1    -
                        Exited 55   -
                        Gone        -
                        Stuck       -
                        Stop        -
                        Due         -
                        Close       -
                        GiveUp      FATAL
                        """);
    }

    @Test
    void inStoppingAndClosed() {
        assertThat(table(running().at(10, new Event.Stop(), new Event.Close()))).isEqualTo("""
                        Start       refused
                        SpawnFailed STOPPED
                        Ready       -
                        NotReady    -
                        Exited 1    -
                        Exited 55   -
                        Gone        STOPPED
                        Stuck       UNKNOWN
                        Stop        -
                        Due         -
                        Close       -
                        GiveUp      -
                        """);
    }

    @Test
    void inFatalAndClosed() {
        assertThat(table(backoff().at(10, new Event.Gone(), new Event.Close()))).isEqualTo("""
                        Start       refused
                        SpawnFailed -
                        Ready       -
                        NotReady    -
                        Exited 1    -
                        Exited 55   -
                        Gone        -
                        Stuck       -
                        Stop        -
                        Due         -
                        Close       -
                        GiveUp      -
                        """);
    }

    @ParameterizedTest
    @EnumSource(
            value = ProcessState.class,
            names = {"STARTING", "RUNNING", "BACKOFF", "STOPPING"})
    void whatIsUpIsNotStarted(ProcessState state) {
        Steps steps = switch (state) {
            case STARTING -> starting();
            case RUNNING -> running();
            case BACKOFF -> backoff();
            default -> running().at(10, new Event.Stop());
        };

        assertThat(steps.state()).isEqualTo(state);
        assertThatThrownBy(() -> steps.at(10, new Event.Start()))
                .isExactlyInstanceOf(IllegalStateException.class)
                .hasMessage(
                        "Expected a process that is STOPPED, EXITED or FATAL, but was " + state + "; stop it first");
    }

    @Test
    void whatCouldNotBeEndedIsNotStarted() {
        assertThatThrownBy(() -> unknown().at(10, new Event.Start()))
                .isExactlyInstanceOf(IllegalStateException.class)
                .hasMessage("Expected a process that is STOPPED, EXITED or FATAL, but was UNKNOWN:"
                        + " it is in the kernel");
    }

    @Test
    void nothingIsStartedAfterClose() {
        assertThatThrownBy(() -> stopped().at(10, new Event.Close(), new Event.Start()))
                .isExactlyInstanceOf(IllegalStateException.class)
                .hasMessage("Expected a supervisor that starts processes, but from here on it only stops them");
        assertThatThrownBy(() -> running().at(10, new Event.Close(), new Event.Start()))
                .isExactlyInstanceOf(IllegalStateException.class)
                .hasMessage("Expected a supervisor that starts processes, but from here on it only stops them");
    }
}
