package dev.procession.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LineCursorTest {

    private static final int BUFFER = 64 * 1024;

    @TempDir
    private Path folder;

    private Path file;
    private LineCursor cursor;

    @BeforeEach
    void makeFile() throws IOException {
        file = Files.createFile(folder.resolve("stdout.log"));
        cursor = new LineCursor(file, 0);
    }

    private void append(String text) throws IOException {
        append(text.getBytes(StandardCharsets.UTF_8));
    }

    private void append(byte[] bytes) throws IOException {
        Files.write(file, bytes, StandardOpenOption.APPEND);
    }

    private List<String> read() {
        List<String> lines = new ArrayList<>();
        cursor.readLines(lines::add);
        return lines;
    }

    @Test
    void everyCompleteLineIsGivenOnce() throws IOException {
        append("a\nb\n\nc\n");

        assertThat(read()).containsExactly("a", "b", "", "c");
        assertThat(read()).isEmpty();
    }

    @Test
    void aLineIsGivenWhenItIsComplete() throws IOException {
        append("a\nhalf");
        assertThat(read()).containsExactly("a");
        assertThat(cursor.unterminated()).isEqualTo("half");

        append(" done");
        assertThat(read()).isEmpty();
        assertThat(cursor.unterminated()).isEqualTo("half done");

        append("\n");
        assertThat(read()).containsExactly("half done");
        assertThat(cursor.unterminated()).isEmpty();
    }

    @Test
    void itTellsWhetherTheFileHasGrown() throws IOException {
        assertThat(cursor.readLines(line -> {})).isFalse();

        append("x");

        assertThat(cursor.readLines(line -> {})).isTrue();
        assertThat(cursor.readLines(line -> {})).isFalse();
    }

    @Test
    void carriageReturnsBeforeLineEndsDoNotCount() throws IOException {
        append("a\r\nb\rc\r\n\r\n");

        assertThat(read()).containsExactly("a", "b\rc", "");
    }

    @Test
    void aLineEndMayComeInTwoPieces() throws IOException {
        append("a\r");
        assertThat(read()).isEmpty();
        assertThat(cursor.unterminated()).isEqualTo("a");

        append("\nb\n");

        assertThat(read()).containsExactly("a", "b");
    }

    @Test
    void aCharacterMayComeInTwoPieces() throws IOException {
        byte[] bytes = "größe\n".getBytes(StandardCharsets.UTF_8);
        append(java.util.Arrays.copyOf(bytes, 3));
        assertThat(read()).isEmpty();

        append(java.util.Arrays.copyOfRange(bytes, 3, bytes.length));

        assertThat(read()).containsExactly("größe");
    }

    @Test
    void bytesThatAreNoUtf8BecomeTheReplacementCharacterOfTheirLineOnly() throws IOException {
        append(new byte[] {'a', (byte) 0xff, 'b', '\n', (byte) 0xc3, '\n', (byte) 0xc3, (byte) 0xa4, '\n'});

        assertThat(read()).containsExactly("a\ufffdb", "\ufffd", "ä");
    }

    @Test
    void linesMaySpanTheBuffer() throws IOException {
        String longer = "ä".repeat(BUFFER);
        String exact = "x".repeat(BUFFER - 1);
        append(exact + "\n" + longer + "\r\n" + exact + "\n" + longer);

        assertThat(read()).containsExactly(exact, longer, exact);
        assertThat(cursor.unterminated()).isEqualTo(longer);
    }

    @Test
    void anOverlongLineIsGivenInPieces() throws IOException {
        append("x".repeat(2 * LineCursor.LONGEST_LINE) + "end\nnext\n");

        assertThat(read())
                .containsExactly(
                        "x".repeat(LineCursor.LONGEST_LINE), "x".repeat(LineCursor.LONGEST_LINE), "end", "next");
    }

    @Test
    void aLineOfTheGreatestLengthStaysWhole() throws IOException {
        String line = "x".repeat(LineCursor.LONGEST_LINE);
        append(line + "\nnext\n");

        assertThat(read()).containsExactly(line, "next");
    }

    @Test
    void anOverlongLineIsGivenBeforeItEnds() throws IOException {
        append("x".repeat(LineCursor.LONGEST_LINE + 1));

        assertThat(read()).containsExactly("x".repeat(LineCursor.LONGEST_LINE));
        assertThat(cursor.unterminated()).isEqualTo("x");
    }

    @Test
    void afterTruncationTheFileIsReadFromItsBeginning() throws IOException {
        append("old line\nold half");
        read();

        Files.write(file, "new\n".getBytes(StandardCharsets.UTF_8), StandardOpenOption.TRUNCATE_EXISTING);

        assertThat(read()).as("what has lost its end, and what is new").containsExactly("old half", "new");
        assertThat(cursor.unterminated()).isEmpty();
    }

    @Test
    void whatStandsBeforeItsFirstByteDoesNotCount() throws IOException {
        append("earlier\nnow\n");
        cursor = new LineCursor(file, "earlier\n".length());

        assertThat(read()).containsExactly("now");
    }

    @Test
    void anInterruptedThreadReadsAllTheSame() throws IOException {
        append("a\n");
        Thread.currentThread().interrupt();
        List<String> lines;
        try {
            lines = read();
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }

        assertThat(lines).containsExactly("a");
    }

    @Test
    void aMissingFileIsAnError() throws IOException {
        Files.delete(file);

        assertThatThrownBy(this::read)
                .isExactlyInstanceOf(UncheckedIOException.class)
                .hasMessage("Cannot read the log " + file + ": it is not there");
    }
}
