package dev.procession.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.os.FileCut;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Reading by position, as the clients of supervisord do. */
class ProcessLogPositionsTest {

    @TempDir
    private Path folder;

    private Path file;
    private LogFile rotated;
    private ProcessLog log;

    @BeforeEach
    void writeTenBytes() throws IOException {
        file = Files.writeString(folder.resolve("stdout.log"), "0123456789");
        rotated = new LogFile(file);
        log = new ProcessLog(
                "api",
                (watched, listener) -> () -> {},
                new CompletableFuture<>(),
                Secrets.NONE,
                List.of(new LogPart(rotated, 0)));
    }

    private void append(String text) throws IOException {
        Files.writeString(file, text, StandardOpenOption.APPEND);
    }

    private static void assertSlice(LogSlice slice, String text, long next, boolean overflow) {
        assertThat(slice.text()).isEqualTo(text);
        assertThat(slice.bytes()).isEqualTo(text.getBytes(StandardCharsets.UTF_8));
        assertThat(slice.next()).isEqualTo(next);
        assertThat(slice.overflow()).isEqualTo(overflow);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0, 0123456789, 10",
        "4, 0, 456789, 10",
        "4, 3, 456, 7",
        "4, 100, 456789, 10",
        "10, 0, '', 10",
        "10, 5, '', 10",
        "12, 5, '', 12",
        "-3, 0, 789, 10",
        "-100, 0, 0123456789, 10",
        "-9223372036854775808, 0, 0123456789, 10",
        "9223372036854775807, 9223372036854775807, '', 9223372036854775807",
        "1, 9223372036854775807, 123456789, 10"
    })
    void readGivesWhatWasAskedFor(long offset, long length, String text, long next) {
        assertSlice(log.read(offset, length), text, next, false);
    }

    @ParameterizedTest
    @CsvSource({"-1, 1", "0, -1", "-1, -1"})
    void readRefusesWhatMeansNothing(long offset, long length) {
        assertThatThrownBy(() -> log.read(offset, length))
                .isExactlyInstanceOf(IllegalArgumentException.class)
                .hasMessage("Expected a length of 0 or more, and 0 with an offset below 0; but was offset " + offset
                        + ", length " + length);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 10, 0123456789, false",
        "0, 100, 0123456789, false",
        "15, 100, '', false",
        "10, 0, '', false",
        "0, 5, 56789, true",
        "4, 5, 56789, true",
        "5, 5, 56789, false",
        "7, 5, 789, false",
        "0, 0, '', true",
        "9223372036854775807, 9223372036854775807, '', false"
    })
    void tailGivesWhatHasComeSinceOrTheEndOfIt(long offset, long length, String text, boolean overflow) {
        assertSlice(log.tail(offset, length), text, 10, overflow);
    }

    @ParameterizedTest
    @CsvSource({"-1, 1", "0, -1"})
    void tailRefusesWhatMeansNothing(long offset, long length) {
        assertThatThrownBy(() -> log.tail(offset, length))
                .isExactlyInstanceOf(IllegalArgumentException.class)
                .hasMessage("Expected an offset and a length of 0 or more, but was offset " + offset + ", length "
                        + length);
    }

    @Test
    void positionsOfAViewCountFromItsBeginning() throws IOException {
        ProcessLog later = log.fromHere();
        append("abc");

        assertSlice(later.read(0, 0), "abc", 3, false);
        assertSlice(later.read(1, 1), "b", 2, false);
        assertSlice(later.read(-100, 0), "abc", 3, false);
        assertSlice(later.tail(0, 2), "bc", 3, true);
        assertSlice(later.tail(3, 2), "", 3, false);
    }

    @Test
    void positionsMeanTheSameAfterARotation() throws IOException {
        rotated.rotate(2, FileCut.NONE);
        append("abcde");

        assertThat(file).hasContent("abcde");
        assertSlice(log.read(0, 0), "0123456789abcde", 15, false);
        assertSlice(log.read(8, 4), "89ab", 12, false);
        assertSlice(log.read(-7, 0), "89abcde", 15, false);
        assertSlice(log.tail(10, 100), "abcde", 15, false);
        assertSlice(log.tail(0, 7), "89abcde", 15, true);
    }

    @Test
    void aPositionWhoseByteIsGoneMeansTheOldestThatIsLeft() throws IOException {
        rotated.rotate(1, FileCut.NONE);
        append("abcde");
        rotated.rotate(1, FileCut.NONE);
        append("xyz");

        assertSlice(log.read(3, 0), "abcdexyz", 18, true);
        assertSlice(log.read(3, 2), "ab", 12, true);
        assertSlice(log.read(11, 3), "bcd", 14, false);
        assertSlice(log.read(-100, 0), "abcdexyz", 18, false);
        assertSlice(log.tail(2, 100), "abcdexyz", 18, true);
        assertSlice(log.tail(10, 100), "abcdexyz", 18, false);
    }

    @Test
    void aBackupThatSomebodyHasRemovedIsLeftOut() throws IOException {
        rotated.rotate(1, FileCut.NONE);
        append("abcde");
        Files.delete(folder.resolve("stdout.log.1"));

        assertSlice(log.read(0, 0), "abcde", 15, true);
    }

    @Test
    void aPositionIsOneOfOneStream() throws IOException {
        Path stderr = Files.createFile(folder.resolve("stderr.log"));
        ProcessLog both = new ProcessLog(
                "api", List.of(file, stderr), (watched, listener) -> () -> {}, new CompletableFuture<>(), Secrets.NONE);

        assertSlice(both.stdout().read(-2, 0), "89", 10, false);
        assertThatThrownBy(() -> both.read(0, 0))
                .isExactlyInstanceOf(IllegalStateException.class)
                .hasMessage("Expected 'read' on one stream, but the log of 'api' has two: call stdout().read or"
                        + " stderr().read");
        assertThatThrownBy(() -> both.tail(0, 0))
                .isExactlyInstanceOf(IllegalStateException.class)
                .hasMessage("Expected 'tail' on one stream, but the log of 'api' has two: call stdout().tail or"
                        + " stderr().tail");
    }
}
