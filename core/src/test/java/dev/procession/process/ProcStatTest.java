package dev.procession.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProcStatTest {

    /** What follows the name of a shell in a terminal. */
    private static final String SHELL = " S 1210 1234 1233 34816 1234 4194304 1016 4243 0 3 1 2 3 4 20 0 1 0 8931"
            + " 7438336 998 18446744073709551615 94 95 96 0 0 0 65536 3686404 1266761467 1 0 0 17 3 0 0 0 0 0 97 98 99"
            + " 100 101 102 103 0\n";

    private static ProcessInfo parse(String line) {
        byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
        return ProcStat.parse(bytes, bytes.length);
    }

    @Test
    void everyFieldComesFromItsPlace() {
        assertThat(parse("1234 (bash)" + SHELL))
                .isEqualTo(
                        new ProcessInfo(new ProcessId(1234, 8931), "bash", RunState.ALIVE, 1210, 1234, 1233, true, 1));
    }

    @Test
    void stackStart_comesFromItsPlace() {
        byte[] bytes = ("1234 (a) (b)" + SHELL).getBytes(StandardCharsets.UTF_8);

        assertThat(ProcStat.stackStart(bytes, bytes.length)).isEqualTo(96);
        assertThatThrownBy(() -> ProcStat.stackStart(bytes, 60))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("Expected a line of /proc/PID/stat, but was \""
                        + new String(bytes, 0, 60, StandardCharsets.UTF_8) + "\"");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tmux: server",
                "a (b) c",
                ") S 1 2 3",
                "((",
                "))",
                "line\nbreak",
                "1 (init) S 0 1 1",
                "tab\there",
                "größe",
                "",
                " "
            })
    void aNameMayHoldAnything(String name) {
        ProcessInfo info = parse("77 (" + name + ")" + SHELL);

        assertThat(info.name()).isEqualTo(name);
        assertThat(info.id()).isEqualTo(new ProcessId(77, 8931));
        assertThat(info.parentPid()).isEqualTo(1210);
    }

    @Test
    void aNameCutInTheMiddleOfACharacterIsStillRead() {
        byte[] bytes = ("5 (abc?)" + SHELL).getBytes(StandardCharsets.ISO_8859_1);
        bytes[6] = (byte) 0xc3;

        assertThat(ProcStat.parse(bytes, bytes.length).name()).isEqualTo("abc\ufffd");
    }

    @Test
    void aZombieIsDead() {
        ProcessInfo info = parse("2719 (sleep) Z 2718 2718 2700 0 -1 4228108 93 0 0 0 0 0 0 0 20 0 1 0 560312 0 0"
                + " 18446744073709551615 0 0 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n");

        assertThat(info.state()).isEqualTo(RunState.ZOMBIE);
        assertThat(info.hasTerminal()).isFalse();
        assertThat(info.isDead()).isTrue();
    }

    @Test
    void aKernelThreadHasNeitherParentNorGroupNorSession() {
        assertThat(parse(
                        "2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 0 0 0 20 0 1 0 3 0 0 18446744073709551615 0 0 0 0 0 0 0"
                                + " 2147483647 0 0 0 0 0 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n"))
                .isEqualTo(new ProcessInfo(new ProcessId(2, 3), "kthreadd", RunState.ALIVE, 0, 0, 0, false, 1));
    }

    @Test
    void startTicksMayBeHuge() {
        assertThat(parse("9 (x) R 1 9 9 0 -1 0 0 0 0 0 0 0 0 0 20 0 214 0 9223372036854775807 0")
                        .id()
                        .startTicks())
                .isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void startTicksMayEndTheLine() {
        ProcessInfo info = parse("9 (x) R 1 9 9 0 -1 0 0 0 0 0 0 0 0 0 20 0 214 0 4711");

        assertThat(info.id().startTicks()).isEqualTo(4711);
        assertThat(info.threads()).isEqualTo(214);
    }

    @Test
    void onlyTheGivenLengthCounts() {
        byte[] bytes = ("1234 (bash)" + SHELL + "9 (later)").getBytes(StandardCharsets.UTF_8);

        assertThat(ProcStat.parse(bytes, bytes.length - "9 (later)".length()).name())
                .isEqualTo("bash");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "garbage",
                "1234",
                "1234 (bash",
                "1234 (bash)",
                "1234 (bash) ",
                "1234 (bash) S",
                "1234 (bash) S 1210 1234",
                "1234 (bash) S 1210 1234 1233 34816 1234 4194304 1016 4243 0 3 1 2 3 4 20 0 1 0",
                "1234 (bash) S 1210 1234 1233 34816 1234 4194304 1016 4243 0 3 1 2 3 4 20 0 1 0 ",
                "1234 )bash( S 1 2 3",
                "(bash) S 1 2 3 4",
                "x (bash) S 1210 1234 1233 34816 1234 4194304 1016 4243 0 3 1 2 3 4 20 0 1 0 8931",
                "1234 (bash) S one 1234 1233 34816 1234 4194304 1016 4243 0 3 1 2 3 4 20 0 1 0 8931",
                "1234 (bash) S - 1234 1233 34816 1234 4194304 1016 4243 0 3 1 2 3 4 20 0 1 0 8931"
            })
    void whatIsNoStatLineIsQuoted(String line) {
        assertThatThrownBy(() -> parse(line))
                .isExactlyInstanceOf(IllegalArgumentException.class)
                .hasMessage("Expected a line of /proc/PID/stat, but was \"" + line + "\"");
    }

    @Test
    void longGarbageIsQuotedInPart() {
        assertThatThrownBy(() -> parse("x".repeat(300)))
                .isExactlyInstanceOf(IllegalArgumentException.class)
                .hasMessage("Expected a line of /proc/PID/stat, but was \"" + "x".repeat(200) + "\"");
    }

    @ParameterizedTest
    @CsvSource({"Z,1,true", "Z,2,false", "X,1,true", "X,3,true", "x,1,true", "S,1,false", "D,1,false", "T,1,false"})
    void aZombieWithMoreThreadsLives(char state, int threads, boolean dead) {
        assertThat(parse("9 (x) " + state + " 1 9 9 0 -1 0 0 0 0 0 0 0 0 0 20 0 " + threads + " 0 4711")
                        .isDead())
                .isEqualTo(dead);
    }
}
