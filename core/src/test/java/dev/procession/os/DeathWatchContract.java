package dev.procession.os;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.process.ProcessId;
import dev.procession.process.Signal;
import dev.procession.testkit.Await;
import dev.procession.testkit.OnPurpose;
import dev.procession.testkit.Processes;
import dev.procession.testkit.Trial;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every way to notice a death promises. */
public interface DeathWatchContract {

    OperatingSystem system();

    @Test
    default void death_ofAChild_isNoticed(@TempDir Path folder) throws Exception {
        try (Trial trial = new Trial(system(), folder)) {
            Child child = trial.program("/bin/sleep", "1000").spawn();
            CompletableFuture<Void> death = system().deaths().death(child.id());
            assertThat(death).isNotDone();

            system().signaller().send(child.id(), Signal.KILL);

            Await.result(death);
            assertThat(Processes.isAlive(child.id())).isFalse();
        }
    }

    @Test
    default void death_ofAProcessThatIsNoChild_isNoticed(@TempDir Path folder) throws Exception {
        try (Trial trial = new Trial(system(), folder)) {
            Child parent = trial.script("sleep 1000 & echo $!; wait; echo reaped; exec sleep 1000")
                    .spawn();
            ProcessId id =
                    Processes.identity(Await.lines(trial.stdout(parent), 1).get(0));
            CompletableFuture<Void> death = system().deaths().death(id);
            assertThat(death).isNotDone();

            system().signaller().send(id, Signal.TERM);

            Await.result(death);
            Await.lines(trial.stdout(parent), 2);
        }
    }

    @Test
    default void death_ofAZombieThatItsParentNeverReaps_isNoticed(@TempDir Path folder) throws Exception {
        try (Trial trial = new Trial(system(), folder)) {
            Child parent = trial.script("sleep 1000 & echo $!; exec sleep 1000").spawn();
            ProcessId id =
                    Processes.identity(Await.lines(trial.stdout(parent), 1).get(0));
            CompletableFuture<Void> death = system().deaths().death(id);
            assertThat(death).isNotDone();

            system().signaller().send(id, Signal.KILL);

            Await.result(death);
            assertThat(Processes.isAlive(parent.id())).isTrue();
        }
    }

    @Test
    default void death_alreadyDead_isDoneAtOnce(@TempDir Path folder) throws Exception {
        try (Trial trial = new Trial(system(), folder)) {
            ProcessId zombie = SignalContract.zombie(trial);
            Child child = trial.script("exit 0").spawn();
            Await.result(child.exit());

            assertThat(system().deaths().death(zombie)).isCompleted();
            assertThat(system().deaths().death(child.id())).isCompleted();
            child.reap();
            assertThat(system().deaths().death(child.id())).isCompleted();
        }
    }

    @Test
    default void death_pidWithAnotherStartTime_isDoneAtOnce(@TempDir Path folder) throws Exception {
        try (Trial trial = new Trial(system(), folder)) {
            Child child = trial.program("/bin/sleep", "1000").spawn();
            ProcessId earlier = new ProcessId(child.id().pid(), child.id().startTicks() - 1);

            assertThat(system().deaths().death(earlier)).isCompleted();
            assertThat(system().deaths().death(child.id())).isNotDone();
        }
    }

    @Test
    default void death_watchedTwice_cancellingOneLeavesTheOther(@TempDir Path folder) throws Exception {
        try (Trial trial = new Trial(system(), folder)) {
            Child child = trial.program("/bin/sleep", "1000").spawn();
            CompletableFuture<Void> cancelled = system().deaths().death(child.id());
            CompletableFuture<Void> kept = system().deaths().death(child.id());

            assertThat(cancelled.cancel(false)).isTrue();
            system().signaller().send(child.id(), Signal.KILL);

            Await.result(kept);
            assertThat(cancelled).isCancelled();
        }
    }

    @Test
    default void death_dependentThatFails_doesNotHarmOtherWatches(@TempDir Path folder) throws Exception {
        try (Trial trial = new Trial(system(), folder)) {
            Child first = trial.program("/bin/sleep", "1000").spawn();
            Child second = trial.program("/bin/sleep", "1000").spawn();
            CompletableFuture<Void> failing = system().deaths()
                    .death(first.id())
                    .thenRun(() -> {
                        throw new OnPurpose();
                    });
            CompletableFuture<Void> other = system().deaths().death(second.id());

            system().signaller().send(first.id(), Signal.KILL);
            system().signaller().send(second.id(), Signal.KILL);

            Await.result(other);
            Await.until("the failing one has run", failing::isCompletedExceptionally);
        }
    }

    @Test
    default void death_ofManyAtOnce_isNoticedForEach(@TempDir Path folder) throws Exception {
        try (Trial trial = new Trial(system(), folder)) {
            Child parent = trial.script(
                            "i=0; while [ $i -lt 40 ]; do sleep 1000 & echo $!; i=$((i+1)); done; echo ready; wait")
                    .spawn();
            List<ProcessId> all = Await.lines(trial.stdout(parent), 41).stream()
                    .limit(40)
                    .map(Processes::identity)
                    .toList();
            List<CompletableFuture<Void>> deaths =
                    all.stream().map(system().deaths()::death).toList();

            all.forEach(id -> system().signaller().send(id, Signal.KILL));

            deaths.forEach(Await::result);
        }
    }
}
