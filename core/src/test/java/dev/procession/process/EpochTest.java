package dev.procession.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.testkit.Actors;
import dev.procession.testkit.Await;
import dev.procession.testkit.Backends;
import dev.procession.testkit.Processes;
import dev.procession.testkit.Trial;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EpochTest {

    @Test
    void now_whoeverIsStartedBeforeIsOldAndWhoeverIsStartedAfterIsFresh(@TempDir Path folder) throws Exception {
        int wrong = 0;
        for (int i = 0; i < 300; i++) {
            try (Trial trial = new Trial(Backends.portable(), folder)) {
                ProcessId before = trial.program("/bin/sleep", "1000").spawn().id();
                Epoch epoch = Epoch.now();
                ProcessId after = trial.program("/bin/sleep", "1000").spawn().id();
                wrong += (epoch.isFresh(before) ? 1 : 0) + (epoch.isFresh(after) ? 0 : 1);
            }
        }
        assertThat(wrong).isZero();
    }

    @Test
    void ago_andAt_countBackFromNow() {
        long before = Processes.TABLE.nowTicks();
        Epoch ago = Epoch.ago(Duration.ofSeconds(10));
        Epoch at = Epoch.at(Instant.now().minusSeconds(10));
        long after = Processes.TABLE.nowTicks();

        assertThat(ago.ticks()).isBetween(before - 1000, after - 1000);
        assertThat(at.ticks()).isBetween(before - 1002, after - 1001);
        assertThat(ago.age()).isBetween(Duration.ofSeconds(10), Duration.ofSeconds(70));
        assertThatThrownBy(() -> Epoch.ago(Duration.ofSeconds(-1)))
                .isInstanceOf(InvalidSpecException.class)
                .hasMessage("'age' is PT-1S; give a duration between 0 and a year");
    }

    @Test
    void at_whatIsStartedAtThatMomentOrLater_isFresh(@TempDir Path folder) throws Exception {
        for (int i = 0; i < 50; i++) {
            try (Trial trial = new Trial(Backends.nativeOne(), folder)) {
                Instant moment = Instant.now();
                ProcessId after = trial.program("/bin/sleep", "1000").spawn().id();

                assertThat(Epoch.at(moment).isFresh(after)).isTrue();
            }
        }
    }

    @Test
    void ofJvm_isOurStart() {
        ProcessId self = Processes.identity(ProcessHandle.current().pid());

        assertThat(Epoch.ofJvm()).isEqualTo(new Epoch(self.startTicks())).isEqualTo(Epoch.startOf(self));
        assertThat(ProcessId.ofJvm()).isEqualTo(self);
    }

    @Test
    void startTime_isThatOfTheProcess(@TempDir Path folder) throws Exception {
        try (Trial trial = new Trial(Backends.nativeOne(), folder)) {
            Instant before = Instant.now();
            ProcessId id = trial.program("/bin/sleep", "1000").spawn().id();
            Instant after = Instant.now();

            assertThat(ProcessId.startTime(id.pid()).orElseThrow())
                    .isBetween(before.minusMillis(30), after.plusMillis(30));
            assertThat(ProcessId.of(id.pid())).contains(id);
            assertThat(id.isAlive()).isTrue();
            assertThat(id.age()).isLessThan(Duration.ofMinutes(1));
        }
        assertThat(ProcessId.of(999_999_999L)).isEmpty();
        assertThat(ProcessId.startTime(999_999_999L)).isEmpty();
        assertThatThrownBy(() -> ProcessId.of(0)).hasMessage("Expected a pid above 0, but was 0");
    }

    @Test
    void startedAfter_forkOfAnOldOne_isOld(@TempDir Path folder) throws Exception {
        String word = Actors.word();
        String forkOnDemand = "trap '(echo forked $BASHPID; " + Actors.waiting() + ") & ' USR1;"
                + " trap 'exec -a " + word + "x sleep 1000' USR2; echo ready; exec 4<> <(:);"
                + " while :; do read -r -t 0.1 -u 4 x; done";
        try (Actors actors = new Actors(folder)) {
            var old = actors.child(word, forkOnDemand);
            Epoch epoch = Epoch.now();
            ProcessQuery query = ProcessQuery.named(word).startedAfter(epoch);

            Backends.nativeOne().signaller().send(old.id(), Signal.USR1);
            List<String> lines = Await.lines(actors.trial().stdout(old), 2);
            ProcessId fork = Processes.identity(lines.get(1).substring("forked ".length()));

            assertThat(fork.startTicks()).isGreaterThanOrEqualTo(epoch.ticks());
            assertThat(Actors.ids(ProcessQuery.named(word).find())).contains(fork, old.id());
            assertThat(query.find()).isEmpty();

            ProcessId started = actors.start(word);
            assertThat(Actors.ids(query.find())).containsExactly(started);
        }
    }

    @Test
    void startedAfter_startedByAnOldOneOfTheSameName_isFresh(@TempDir Path folder) throws Exception {
        String word = Actors.word();
        String startOnDemand = "trap 'bash -c \"exec -a " + word + " sleep 1000\" & echo started $!' USR1;"
                + " echo ready; exec 4<> <(:); while :; do read -r -t 0.1 -u 4 x; done";
        try (Actors actors = new Actors(folder)) {
            var old = actors.child(word, startOnDemand);
            Epoch epoch = Epoch.now();

            Backends.nativeOne().signaller().send(old.id(), Signal.USR1);
            List<String> lines = Await.lines(actors.trial().stdout(old), 2);
            ProcessId started = Processes.identity(lines.get(1).substring("started ".length()));
            Await.until(
                    "it is another program",
                    () -> Processes.TABLE.commandLine(started.pid()).contains("1000"));

            assertThat(Actors.ids(ProcessQuery.named(word).startedAfter(epoch).find()))
                    .containsExactly(started);
        }
    }

    @Test
    void startTicks_platformThatDoesNotTellOfExecs_anyOlderRelativeCounts() {
        List<FoundProcess> family = new ArrayList<>();
        family.add(found(100, 1, 10));
        family.add(found(300, 200, 30));
        ProcessSource source = TableByHand.of(found(200, 100, 20), family.get(0), family.get(1));

        assertThat(new Forks(source, family).startTicks(family.get(1))).isEqualTo(10);
        assertThat(new Forks(source, family.subList(1, 2)).startTicks(family.get(1)))
                .isEqualTo(30);
    }

    private static FoundProcess found(long pid, long parent, long ticks) {
        return new FoundProcess(
                new ProcessInfo(new ProcessId(pid, ticks), "x", RunState.ALIVE, parent, pid, pid, false, 1), List.of());
    }

    @Test
    void at_momentThatCannotBeCounted_isRefused() {
        for (Instant moment : List.of(Instant.MIN, Instant.MAX, Instant.ofEpochSecond(99_999_999_999L))) {
            assertThatThrownBy(() -> Epoch.at(moment))
                    .isExactlyInstanceOf(InvalidSpecException.class)
                    .hasMessageStartingWith("'moment' is " + moment + ", when now it is ")
                    .hasMessageEndingWith("; give one of the last hundred years, or of the next day");
        }
    }
}
