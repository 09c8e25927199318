package dev.procession.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class NulSeparatedTest {

    private static List<String> split(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return NulSeparated.split(bytes, bytes.length);
    }

    @Test
    void everyElementEndsInANul() {
        assertThat(split("sleep\u000060\u0000")).containsExactly("sleep", "60");
    }

    @Test
    void elementsMayBeEmpty() {
        assertThat(split("redis\0--save\0\0\0")).containsExactly("redis", "--save", "", "");
        assertThat(split("\0")).containsExactly("");
        assertThat(split("\0x\0")).containsExactly("", "x");
    }

    @Test
    void theLastNulMayBeMissing() {
        assertThat(split("nginx: master process")).containsExactly("nginx: master process");
        assertThat(split("a\0b")).containsExactly("a", "b");
    }

    @Test
    void nothingHasNoElements() {
        assertThat(split("")).isEmpty();
    }

    @Test
    void elementsMayHoldSpacesAndLineEnds() {
        assertThat(split("sh\0-c\0echo a\necho ä\0")).containsExactly("sh", "-c", "echo a\necho ä");
    }

    @Test
    void bytesThatAreNoUtf8BecomeTheReplacementCharacter() {
        byte[] bytes = {'a', (byte) 0xff, 'b', 0, (byte) 0xc3, 0};

        assertThat(NulSeparated.split(bytes, bytes.length)).containsExactly("a\ufffdb", "\ufffd");
    }

    @Test
    void onlyTheGivenLengthCounts() {
        assertThat(NulSeparated.split(new byte[] {'a', 0, 'b', 0, 'c'}, 3)).containsExactly("a", "b");
    }

    @Test
    void theResultCannotBeChanged() {
        List<String> elements = split("a\0");

        assertThatThrownBy(() -> elements.add("b")).isInstanceOf(UnsupportedOperationException.class);
    }
}
