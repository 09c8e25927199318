package dev.procession.process;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProcessInfoTest {

    private static ProcessInfo row(RunState state, int threads) {
        return new ProcessInfo(new ProcessId(7, 100), "x", state, 1, 7, 7, false, threads);
    }

    @ParameterizedTest
    @CsvSource({
        "ALIVE,1,false",
        "UNINTERRUPTIBLE,1,false",
        "STOPPED,1,false",
        "ZOMBIE,0,true",
        "ZOMBIE,1,true",
        "ZOMBIE,2,false",
        "DEAD,1,true",
        "DEAD,2,true"
    })
    void deadIsWhatHasEndedInAllItsThreads(RunState state, int threads, boolean dead) {
        assertThat(row(state, threads).isDead()).isEqualTo(dead);
    }

    @Test
    void thePidIsThatOfItsIdentity() {
        assertThat(row(RunState.ALIVE, 1).pid()).isEqualTo(7);
    }
}
