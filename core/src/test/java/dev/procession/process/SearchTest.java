package dev.procession.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Moments of a start that last too briefly to be met. */
class SearchTest {

    private static final long SELF = ProcessHandle.current().pid();
    private static final long CHILD = SELF + 1;
    private static final List<String> OURS = List.of("java", "Main");

    /** @param now the command line of the child when it is looked at again */
    private static List<FoundProcess> found(long parent, List<String> now, Map<Long, Long> images) {
        FoundProcess child = new FoundProcess(
                new ProcessInfo(new ProcessId(CHILD, 20), "java", RunState.ALIVE, parent, CHILD, CHILD, false, 1),
                OURS);
        ProcessSource source = new TableByHand(List.of(child), Map.of(SELF, OURS, CHILD, now), images);
        return new Search(ProcessQuery.named("java"), source).run();
    }

    @Test
    void run_childThatHasNotCalledExec_isNobodyElse() {
        assertThat(found(SELF, OURS, Map.of(SELF, 7L, CHILD, 7L))).isEmpty();
    }

    @Test
    void run_childThatHasCalledExecMeanwhile_isNotWhatItWas() {
        assertThat(found(SELF, List.of("sleep", "1000"), Map.of(SELF, 7L, CHILD, 8L)))
                .isEmpty();
    }

    @Test
    void run_childWithTheSameCommandLine_isFound() {
        assertThat(found(SELF, OURS, Map.of(SELF, 7L, CHILD, 8L))).hasSize(1);
        assertThat(found(SELF, OURS, Map.of())).hasSize(1);
    }

    @Test
    void run_forkOfSomebodyElse_isFound() {
        assertThat(found(SELF + 2, OURS, Map.of(SELF, 7L, CHILD, 7L))).hasSize(1);
    }

    @Test
    void run_watchdog_isNobody() {
        FoundProcess watchdog = new FoundProcess(
                new ProcessInfo(new ProcessId(CHILD, 20), "sh", RunState.ALIVE, SELF, CHILD, CHILD, false, 1),
                List.of("/bin/sh", "-c", "sleep and look", "procession-watchdog", "1-2"));

        assertThat(new Search(ProcessQuery.named("sh"), TableByHand.of(watchdog)).run())
                .isEmpty();
    }

    /** Its pid belongs to somebody else by the time that its command line is read. */
    @Test
    void run_pidWasUsedAgainDuringTheLook_nobodyIsFound() {
        FoundProcess mixed = new FoundProcess(
                new ProcessInfo(new ProcessId(CHILD, 20), "a", RunState.ALIVE, 1, CHILD, CHILD, false, 1),
                List.of("wanted"));
        ProcessInfo newcomer =
                new ProcessInfo(new ProcessId(CHILD, 30), "b", RunState.ALIVE, 1, CHILD, CHILD, false, 1);
        TableByHand source = TableByHand.of(mixed);

        assertThat(new Search(ProcessQuery.named("wanted"), source).run()).containsExactly(mixed);
        assertThat(new Search(ProcessQuery.named("wanted"), source.afterTheScan(newcomer)).run())
                .isEmpty();
    }

    @Test
    void isThere_pidWasUsedAgain_isNot() {
        ProcessInfo before = new ProcessInfo(new ProcessId(CHILD, 20), "a", RunState.ALIVE, 1, CHILD, CHILD, false, 1);
        TableByHand table = TableByHand.of(new FoundProcess(before, List.of()));

        assertThat(table.look(CHILD).map(FoundProcess::id)).contains(before.id());
        assertThat(table.isThere(new FoundProcess(before, List.of()))).isTrue();
        assertThat(table.afterTheScan(new ProcessInfo(
                                new ProcessId(CHILD, 30), "b", RunState.ALIVE, 1, CHILD, CHILD, false, 1))
                        .isThere(new FoundProcess(before, List.of())))
                .isFalse();
    }
}
