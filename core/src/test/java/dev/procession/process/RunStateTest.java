package dev.procession.process;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RunStateTest {

    @ParameterizedTest
    @CsvSource({
        "R,ALIVE",
        "S,ALIVE",
        "I,ALIVE",
        "K,ALIVE",
        "W,ALIVE",
        "P,ALIVE",
        "?,ALIVE",
        "D,UNINTERRUPTIBLE",
        "T,STOPPED",
        "t,STOPPED",
        "Z,ZOMBIE",
        "X,DEAD",
        "x,DEAD"
    })
    void everyLetterHasAState(char letter, RunState state) {
        assertThat(RunState.of(letter)).isEqualTo(state);
    }
}
