package dev.procession.launch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.os.FileWatch;
import dev.procession.os.backend.Backend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(600)
class LineMatcherTest {

    @TempDir
    private Path folder;

    private Path stdout;
    private Path stderr;

    @BeforeEach
    void makeFiles() throws IOException {
        stdout = Files.createFile(folder.resolve("stdout.log"));
        stderr = Files.createFile(folder.resolve("stderr.log"));
    }

    private LineMatcher matcher(FileWatch watch, Runnable wakeUp) {
        ProcessLog log = new ProcessLog("api", List.of(stdout, stderr), watch, new CompletableFuture<>(), Secrets.NONE);
        return new LineMatcher(log, Pattern.compile("up"), wakeUp);
    }

    private static void append(Path file, String text) throws IOException {
        Files.writeString(file, text, StandardOpenOption.APPEND);
    }

    @Test
    void matchingLinesOfBothStreamsAreCounted() throws IOException {
        append(stdout, "up 1\nother\nup 2\n");
        append(stderr, "up 3\n");

        try (LineMatcher matcher = matcher(Backend.current().files(), () -> {})) {
            assertThat(matcher.count(false)).isEqualTo(3);
            assertThat(matcher.count(false)).isEqualTo(3);
            assertThat(matcher.first().line()).isEqualTo("up 1");
        }
    }

    @Test
    void theLastCompleteLineIsKnown() throws IOException {
        try (LineMatcher matcher = matcher(Backend.current().files(), () -> {})) {
            matcher.count(false);
            assertThat(matcher.lastLine()).isEmpty();

            append(stdout, "one\ntwo\nthr");
            matcher.count(true);

            assertThat(matcher.lastLine()).isEqualTo("two");
        }
    }

    @Test
    void anUnterminatedLineCountsAtOnceWhenNothingMoreWillCome() throws IOException {
        append(stdout, "half up");

        try (LineMatcher matcher = matcher(Backend.current().files(), () -> {})) {
            assertThat(matcher.count(true)).isEqualTo(1);
            assertThat(matcher.first().line()).isEqualTo("half up");
        }
    }

    @Test
    void whenNothingMoreWillComeNoNoticeOfAWriteIsWaitedFor() throws IOException {
        FileWatch silent = (file, callback) -> () -> {};
        try (LineMatcher matcher = matcher(silent, () -> {})) {
            assertThat(matcher.count(false)).isZero();
            append(stdout, "up\n");
            assertThat(matcher.count(false)).isZero();

            assertThat(matcher.count(true)).isEqualTo(1);
        }
    }

    @Test
    void anUnterminatedLineIsCountedOnceWhenItIsCompleted() throws IOException {
        append(stdout, "up");

        try (LineMatcher matcher = matcher(Backend.current().files(), () -> {})) {
            assertThat(matcher.count(true)).isEqualTo(1);
            append(stdout, " and running\n");
            assertThat(matcher.count(true)).isEqualTo(1);
            assertThat(matcher.first().line()).isEqualTo("up and running");
        }
    }

    @ParameterizedTest
    @MethodSource("dev.procession.launch.Watches#all")
    void aWriteWakesTheWaiter(FileWatch watch) throws Exception {
        CountDownLatch woken = new CountDownLatch(1);
        try (LineMatcher matcher = matcher(watch, woken::countDown)) {
            assertThat(matcher.count(false)).isZero();

            append(stderr, "up\n");

            assertThat(woken.await(60, TimeUnit.SECONDS)).isTrue();
            assertThat(matcher.count(false)).isEqualTo(1);
        }
    }
}
