package dev.procession.os.linux;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.process.Signal;
import dev.procession.testkit.Processes;
import org.junit.jupiter.api.Test;

class LibcTest {

    /** To kill(2), 1 would be everybody and 0 our own group. The signal would be of no harm. */
    @Test
    void killGroup_ownGroupOrNone_isRefused() {
        long own = Processes.TABLE
                .find(ProcessHandle.current().pid())
                .orElseThrow()
                .group();

        for (long group : new long[] {own, 1, 0, -1}) {
            assertThatThrownBy(() -> Libc.killGroup(group, Signal.CONT.number()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("Expected the group of a child, but was " + group);
        }
    }
}
