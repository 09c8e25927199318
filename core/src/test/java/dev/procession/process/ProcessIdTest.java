package dev.procession.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProcessIdTest {

    @Test
    void aUsedAgainPidIsAnotherProcess() {
        assertThat(new ProcessId(5123, 8931))
                .isEqualTo(new ProcessId(5123, 8931))
                .isNotEqualTo(new ProcessId(5123, 8932));
    }

    @Test
    void itsTextNamesPidAndStart() {
        assertThat(new ProcessId(5123, 8931)).hasToString("pid 5123 (started at tick 8931)");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MIN_VALUE})
    void aPidIsAboveZero(long pid) {
        assertThatThrownBy(() -> new ProcessId(pid, 1))
                .isExactlyInstanceOf(IllegalArgumentException.class)
                .hasMessage("Expected a pid above 0, but was " + pid);
    }
}
