package dev.procession.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.process.ExitStatus.Code;
import dev.procession.process.ExitStatus.Signalled;
import dev.procession.process.ExitStatus.Unknown;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class ExitStatusTest {

    @Test
    void aCodeIsItselfInAShell() {
        assertThat(new Code(3)).hasToString("exit code 3");
        assertThat(new Code(3).shellCode()).hasValue(3);
    }

    @Test
    void aSignalIs128MoreInAShell() {
        assertThat(new Signalled(15, false)).hasToString("killed by TERM");
        assertThat(new Signalled(15, false).shellCode()).hasValue(143);
    }

    @Test
    void aCoreDumpIsMentioned() {
        assertThat(new Signalled(11, true)).hasToString("killed by SEGV (core dumped)");
    }

    @Test
    void aSignalWithoutANameIsGivenByNumber() {
        assertThat(new Signalled(34, false)).hasToString("killed by signal 34");
        assertThat(new Signalled(34, false).shellCode()).hasValue(162);
    }

    @Test
    void aSignalIsComparedByNumber() {
        assertThat(new Signalled(9, false).by(Signal.KILL)).isTrue();
        assertThat(new Signalled(9, false).by(Signal.TERM)).isFalse();
    }

    @Test
    void theUnknownSaysWhy() {
        Unknown unknown = new Unknown(OptionalInt.of(137), "137 may be a code or a signal");

        assertThat(unknown).hasToString("exit status unknown: 137 may be a code or a signal");
        assertThat(unknown.shellCode()).hasValue(137);
    }

    @Test
    void onlyCodeZeroIsSuccess() {
        assertThat(new Code(0).isSuccess()).isTrue();
        assertThat(new Code(1).isSuccess()).isFalse();
        assertThat(new Signalled(0, false).isSuccess()).isFalse();
        assertThat(new Unknown(OptionalInt.of(0), "lost").isSuccess()).isFalse();
    }
}
