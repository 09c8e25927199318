package dev.procession.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.process.InvalidSpecException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RunAsTest {

    private static void assertRefused(ThrowingCallable call, String message) {
        assertThatThrownBy(call).isExactlyInstanceOf(InvalidSpecException.class).hasMessage(message);
    }

    @Test
    void whatIsSaidIsKept() {
        assertThat(RunAs.UNCHANGED.user("postgres").group("daemon").umask("027").nice(5))
                .isEqualTo(new RunAs("postgres", "daemon", "027", 5));
        assertThat(RunAs.UNCHANGED).isEqualTo(new RunAs(null, null, null, 0));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "-x", "a:b", "a\n"})
    void whatIsNoNameIsRefused(String name) {
        assertRefused(
                () -> RunAs.UNCHANGED.user(name), "'user' is \"" + name + "\"; give the name or number of a user");
        assertRefused(
                () -> RunAs.UNCHANGED.user("x").group(name),
                "'group' is \"" + name + "\"; give the name or number of a group");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "22", "028", "1022", "00022", "u=rwx"})
    void whatIsNoUmaskIsRefused(String umask) {
        assertRefused(
                () -> RunAs.UNCHANGED.umask(umask),
                "'umask' is \"" + umask + "\"; write three octal digits, such as \"027\"");
    }

    @Test
    void aGroupNeedsAUser() {
        assertRefused(() -> RunAs.UNCHANGED.group("daemon"), "'group' is \"daemon\" without 'user'; say which user");
    }

    @Test
    void aPriorityHasItsLimits() {
        assertThat(RunAs.UNCHANGED.nice(-20).nice()).isEqualTo(-20);
        assertThat(RunAs.UNCHANGED.nice(19).nice()).isEqualTo(19);
        assertRefused(() -> RunAs.UNCHANGED.nice(-21), "'nice' is -21; give a number from -20 (first) to 19 (last)");
        assertRefused(() -> RunAs.UNCHANGED.nice(20), "'nice' is 20; give a number from -20 (first) to 19 (last)");
    }
}
