package dev.procession.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SignalTest {

    @ParameterizedTest
    @CsvSource({
        "TERM,TERM",
        "term,TERM",
        "SIGTERM,TERM",
        "sigTerm,TERM",
        "' TERM ',TERM",
        "15,TERM",
        "9,KILL",
        "1,HUP",
        "usr1,USR1",
        "SIGUSR2,USR2",
        "31,SYS"
    })
    void aSignalIsReadInEveryUsualForm(String text, Signal signal) {
        assertThat(Signal.parse(text)).isEqualTo(signal);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "SIG", "TERMINATE", "0", "32", "64", "999", "1000", "-9", "SIGSIGTERM", "SIG15", "١٥"})
    void whatIsNoSignalIsQuotedBesideTheKnownOnes(String text) {
        assertThatThrownBy(() -> Signal.parse(text))
                .isExactlyInstanceOf(IllegalArgumentException.class)
                .hasMessage("'" + text + "' is no signal; known are HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV"
                        + " USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH"
                        + " IO PWR SYS");
    }

    @ParameterizedTest
    @EnumSource
    void aNumberLeadsBackToItsSignal(Signal signal) {
        assertThat(Signal.ofNumber(signal.number())).contains(signal);
    }

    @Test
    void everyNumberFromOneTo31HasAName() {
        assertThat(Signal.values())
                .extracting(Signal::number)
                .doesNotHaveDuplicates()
                .hasSize(31);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 32, 34, 64})
    void otherNumbersHaveNone(int number) {
        assertThat(Signal.ofNumber(number)).isEmpty();
    }
}
