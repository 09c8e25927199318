package dev.procession.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.procession.process.ProcessId;
import dev.procession.process.RunState;
import dev.procession.process.Signal;
import dev.procession.testkit.Await;
import dev.procession.testkit.Processes;
import dev.procession.testkit.Trial;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What every way to send a signal promises. */
public interface SignalContract {

    /** Says when it is ready, then writes a line for each TERM and ends at the second. */
    String COUNTS_TERMS =
            "n=0; trap 'n=$((n+1)); echo TERM $n' TERM; echo ready; while [ $n -lt 2 ]; do sleep 0.01; done";

    OperatingSystem system();

    @ParameterizedTest
    @EnumSource(names = {"HUP", "INT", "USR1", "USR2", "TERM", "WINCH"})
    default void send_signalWithAHandler_runsIt(Signal signal, @TempDir Path folder) throws Exception {
        assumeFalse(Processes.isIgnoredBy(system(), signal), signal + " is ignored by this JVM and its children");
        try (Trial trial = new Trial(system(), folder)) {
            Child child = trial.script(
                            "trap 'echo got; exit 0' " + signal + "; echo ready; while :; do sleep 0.01; done")
                    .spawn();
            Await.lines(trial.stdout(child), 1);

            assertThat(system().signaller().send(child.id(), signal)).isTrue();

            assertThat(trial.output(child)).isEqualTo("ready\ngot\n");
        }
    }

    @Test
    default void send_stopAndContinue_pauseAndResume(@TempDir Path folder) throws Exception {
        try (Trial trial = new Trial(system(), folder)) {
            Child child = trial.program("/bin/sleep", "1000").spawn();

            assertThat(system().signaller().send(child.id(), Signal.STOP)).isTrue();
            Await.until("it is paused", () -> state(child) == RunState.STOPPED);
            assertThat(Processes.isAlive(child.id())).isTrue();
            assertThat(system().signaller().send(child.id(), Signal.CONT)).isTrue();
            Await.until("it goes on", () -> state(child) == RunState.ALIVE);
        }
    }

    private static RunState state(Child child) {
        return Processes.TABLE.find(child.id().pid()).orElseThrow().state();
    }

    @Test
    default void send_toAPausedProcess_killEndsIt(@TempDir Path folder) throws Exception {
        try (Trial trial = new Trial(system(), folder)) {
            Child child = trial.program("/bin/sleep", "1000").spawn();
            system().signaller().send(child.id(), Signal.STOP);

            assertThat(system().signaller().send(child.id(), Signal.KILL)).isTrue();

            assertThat(Await.result(child.exit()).shellCode()).hasValue(137);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"TERM", "KILL", "USR1"})
    default void send_pidWithAnotherStartTime_isFalseAndHitsNobody(Signal signal, @TempDir Path folder)
            throws Exception {
        try (Trial trial = new Trial(system(), folder)) {
            Child child = trial.script(COUNTS_TERMS).spawn();
            Await.lines(trial.stdout(child), 1);
            ProcessId earlier = new ProcessId(child.id().pid(), child.id().startTicks() - 1);
            ProcessId later = new ProcessId(child.id().pid(), child.id().startTicks() + 1);

            assertThat(system().signaller().send(earlier, signal)).isFalse();
            assertThat(system().signaller().send(later, signal)).isFalse();

            // Had one of them arrived, it would be dead or this would be the second line.
            system().signaller().send(child.id(), Signal.TERM);
            assertThat(Await.lines(trial.stdout(child), 2)).containsExactly("ready", "TERM 1");
        }
    }

    @Test
    default void send_toTheDead_isFalse(@TempDir Path folder) throws Exception {
        try (Trial trial = new Trial(system(), folder)) {
            Child child = trial.script("exit 0").spawn();
            Await.result(child.exit());

            assertThat(system().signaller().send(child.id(), Signal.TERM)).isFalse();
            child.reap();
            assertThat(system().signaller().send(child.id(), Signal.TERM)).isFalse();
            assertThat(system().signaller().send(child.id(), Signal.KILL)).isFalse();
        }
    }

    @Test
    default void send_toAZombieThatItsParentNeverReaps_isFalse(@TempDir Path folder) throws Exception {
        try (Trial trial = new Trial(system(), folder)) {
            ProcessId zombie = zombie(trial);

            assertThat(system().signaller().send(zombie, Signal.KILL)).isFalse();
            assertThat(system().processes().isAlive(zombie)).isFalse();
            assertThat(system().processes().find(zombie.pid()).orElseThrow().state())
                    .isEqualTo(RunState.ZOMBIE);
        }
    }

    /** A dead process that stays, because its parent is a program that waits for no child. */
    static ProcessId zombie(Trial trial) throws SpawnException {
        Child parent = trial.script("sleep 1000 & echo $!; exec sleep 1000").spawn();
        ProcessId id = Processes.identity(Await.lines(trial.stdout(parent), 1).get(0));
        Await.until(
                "the parent is a program that reaps nobody",
                () -> Processes.TABLE.commandLine(parent.id().pid()).equals(List.of("sleep", "1000")));
        ProcessHandle.of(id.pid()).orElseThrow().destroyForcibly();
        Processes.awaitDeath(id);
        return id;
    }

    @Test
    default void send_toInitOrToThisJvm_isRefused() {
        assertRefused(new ProcessId(1, 0), "init");
        assertRefused(Processes.identity(ProcessHandle.current().pid()), "this JVM");
    }

    @Test
    default void send_toAnAncestor_isRefused() {
        List<ProcessId> ancestors = ancestors();
        assertThat(ancestors).isNotEmpty();

        ancestors.forEach(ancestor -> assertRefused(ancestor, "an ancestor of this JVM"));
    }

    /** It would be of no harm to whoever got it. */
    private void assertRefused(ProcessId id, String who) {
        assertThatThrownBy(() -> system().signaller().send(id, Signal.CONT))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("Expected a process other than init, this JVM and its ancestors, but was " + id
                        + ", which is " + who);
    }

    @Test
    default void send_toWhoOnceHadThePidOfAnAncestor_isFalse() {
        for (ProcessId ancestor : ancestors()) {
            ProcessId earlier = new ProcessId(ancestor.pid(), ancestor.startTicks() - 1);

            assertThat(system().signaller().send(earlier, Signal.CONT)).isFalse();
        }
    }

    private static List<ProcessId> ancestors() {
        List<ProcessId> ancestors = new ArrayList<>();
        Optional<ProcessHandle> next = ProcessHandle.current().parent();
        while (next.filter(handle -> handle.pid() > 1).isPresent()) {
            ancestors.add(Processes.identity(next.get().pid()));
            next = next.get().parent();
        }
        return ancestors;
    }
}
