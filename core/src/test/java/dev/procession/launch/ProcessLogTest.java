package dev.procession.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.os.FileWatch;
import dev.procession.os.backend.Backend;
import dev.procession.process.ExitStatus;
import dev.procession.process.ProcessionException;
import dev.procession.process.WaitTimeoutException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(600)
class ProcessLogTest {

    private static final Duration LONG = Duration.ofSeconds(60);

    @TempDir
    private Path folder;

    private final CompletableFuture<ExitStatus> exit = new CompletableFuture<>();
    private Path stdout;
    private Path stderr;

    @BeforeEach
    void makeFiles() throws IOException {
        stdout = Files.createFile(folder.resolve("stdout.log"));
        stderr = Files.createFile(folder.resolve("stderr.log"));
    }

    private ProcessLog log() {
        return log(Backend.current().files());
    }

    private ProcessLog log(FileWatch watch) {
        return new ProcessLog("api", List.of(stdout, stderr), watch, exit, Secrets.NONE);
    }

    private ProcessLog log(Secrets secrets) {
        return new ProcessLog("api", List.of(stdout, stderr), Backend.current().files(), exit, secrets);
    }

    private static void append(Path file, String text) throws IOException {
        Files.writeString(file, text, StandardOpenOption.APPEND);
    }

    /** Awaits in a thread of its own, and returns when that thread waits. */
    private CompletableFuture<LogMatch> awaiting(ProcessLog log, String regex) {
        CompletableFuture<LogMatch> result = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                result.complete(log.await(regex, LONG));
            } catch (RuntimeException e) {
                result.completeExceptionally(e);
            }
        });
        thread.setDaemon(true);
        thread.start();
        while (thread.getState() != Thread.State.TIMED_WAITING && !result.isDone()) {
            Thread.onSpinWait();
        }
        return result;
    }

    @Test
    void theTextIsThatOfBothStreams() throws IOException {
        append(stdout, "out 1\nout ä");
        append(stderr, "err 1\n");

        assertThat(log().text()).isEqualTo("out 1\nout äerr 1\n");
        assertThat(log().stdout().text()).isEqualTo("out 1\nout ä");
        assertThat(log().stderr().text()).isEqualTo("err 1\n");
    }

    @Test
    void theLinesAreThoseOfBothStreams() throws IOException {
        append(stdout, "out 1\r\n\nout 2");
        append(stderr, "err 1\n");

        assertThat(log().lines()).containsExactly("out 1", "", "out 2", "err 1");
        assertThat(log().stdout().lines()).containsExactly("out 1", "", "out 2");
        assertThat(log().stderr().lines()).containsExactly("err 1");
    }

    @Test
    void theFilesAreThoseOfItsStreams() {
        assertThat(log().files()).containsExactly(stdout, stderr);
        assertThat(log().stdout().files()).containsExactly(stdout);
        assertThat(log().stderr().files()).containsExactly(stderr);
        assertThat(log().stderr().stderr().files()).containsExactly(stderr);
    }

    @Test
    void anEmptyLogHasNoLines() {
        assertThat(log().text()).isEmpty();
        assertThat(log().lines()).isEmpty();
        assertThat(log().tail(10)).isEmpty();
    }

    @Test
    void theTailIsTheEndOfEachStream() throws IOException {
        append(stdout, "out 1\nout 2\nout 3\n");
        append(stderr, "err 1\nerr 2\nhalf");

        assertThat(log().tail(2)).containsExactly("out 2", "out 3", "err 2", "half");
        assertThat(log().tail(0)).isEmpty();
        assertThat(log().stdout().tail(10)).containsExactly("out 1", "out 2", "out 3");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 10, 500, 5_000, 9_999, 10_000, 20_000})
    void theTailOfALongFileIsWhole(int count) throws IOException {
        List<String> lines = IntStream.rangeClosed(1, 10_000)
                .mapToObj(i -> "line " + i + " äöü")
                .toList();
        append(stdout, String.join("\n", lines) + "\n");

        assertThat(log().stdout().tail(count)).isEqualTo(lines.subList(Math.max(0, 10_000 - count), 10_000));
    }

    @ParameterizedTest
    @ValueSource(ints = {8 * 1024 - 1, 8 * 1024, 8 * 1024 + 1, 32 * 1024})
    void theTailLosesNoBeginningAtTheEdgesOfItsBlocks(int size) throws IOException {
        append(stdout, "x".repeat(size - 6) + "\nlast\n");

        assertThat(log().stdout().tail(1)).containsExactly("last");
        assertThat(log().stdout().tail(2)).containsExactly("x".repeat(size - 6), "last");
    }

    @Test
    void theTailOfEndlessOutputWithoutLineEndsIsCut() throws IOException {
        append(stdout, "x".repeat(5 * LineCursor.LONGEST_LINE));

        assertThat(log().stdout().tail(1))
                .singleElement()
                .satisfies(line ->
                        assertThat(line.length()).isBetween(LineCursor.LONGEST_LINE, 2 * LineCursor.LONGEST_LINE));
    }

    @Test
    void theTailShowsNoLineThatHasLostItsBeginning() throws IOException {
        append(stdout, "x".repeat(5 * LineCursor.LONGEST_LINE) + "\nlast\n");

        assertThat(log().stdout().tail(10)).containsExactly("last");
    }

    @Test
    void bytesThatAreNoUtf8BecomeTheReplacementCharacter() throws IOException {
        Files.write(stdout, new byte[] {'a', (byte) 0xff, 'b', '\n'});

        assertThat(log().stdout().text()).isEqualTo("a\ufffdb\n");
        assertThat(log().stdout().tail(1)).containsExactly("a\ufffdb");
    }

    @Test
    void anInterruptedThreadReadsAllTheSame() throws IOException {
        append(stdout, "a\n");
        Thread.currentThread().interrupt();
        try {
            assertThat(log().text()).isEqualTo("a\n");
            assertThat(log().lines()).containsExactly("a");
            assertThat(log().tail(1)).containsExactly("a");
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.procession.launch.Watches#all")
    void aLineFromBeforeTheCallCounts(FileWatch watch) throws IOException {
        append(stderr, "starting\nlistening on port 8080\nlistening on port 9090\n");

        LogMatch match = log(watch).await("port (?<port>\\d+)", LONG);

        assertThat(match.line()).isEqualTo("listening on port 8080");
        assertThat(match.group("port")).isEqualTo("8080");
    }

    @ParameterizedTest
    @MethodSource("dev.procession.launch.Watches#all")
    void aLineThatComesLaterEndsTheWait(FileWatch watch) throws Exception {
        append(stdout, "starting\n");
        CompletableFuture<LogMatch> match = awaiting(log(watch), "^up$");

        append(stdout, "not yet up\n");
        append(stdout, "u");
        append(stdout, "p\nmore\n");

        assertThat(match.get(60, TimeUnit.SECONDS).line()).isEqualTo("up");
    }

    @ParameterizedTest
    @MethodSource("dev.procession.launch.Watches#all")
    void bothStreamsAreWatched(FileWatch watch) throws Exception {
        CompletableFuture<LogMatch> match = awaiting(log(watch), "up");

        append(stderr, "up\n");

        assertThat(match.get(60, TimeUnit.SECONDS).line()).isEqualTo("up");
    }

    @ParameterizedTest
    @MethodSource("dev.procession.launch.Watches#all")
    void aPromptNeedsNoLineEnd(FileWatch watch) throws Exception {
        append(stdout, "welcome\nlogin: ");

        assertThat(log(watch).await("^login: $", LONG).line()).isEqualTo("login: ");
    }

    @ParameterizedTest
    @MethodSource("dev.procession.launch.Watches#all")
    void aPromptMayComeLater(FileWatch watch) throws Exception {
        CompletableFuture<LogMatch> match = awaiting(log(watch), "^login: $");

        append(stdout, "login: ");

        assertThat(match.get(60, TimeUnit.SECONDS).line()).isEqualTo("login: ");
    }

    @Test
    void theOtherStreamDoesNotCount() throws IOException {
        append(stderr, "up\n");

        assertThatThrownBy(() -> log().stdout().await("up", Duration.ZERO))
                .isExactlyInstanceOf(WaitTimeoutException.class)
                .hasMessage("'api' wrote no line matching /up/ within 0 ms\n  last lines of " + stdout);
    }

    @Test
    void aTimeoutOfZeroIsOneLook() throws IOException {
        append(stdout, "up\n");

        assertThat(log().await("up", Duration.ZERO).line()).isEqualTo("up");
    }

    @Test
    void aTimeoutShowsTheEndOfBothStreams() throws IOException {
        append(
                stdout,
                IntStream.rangeClosed(1, 12).mapToObj(i -> "out " + i + "\n").collect(Collectors.joining()));
        append(stderr, "half");

        assertThatThrownBy(() -> log().await("^up", Duration.ofMillis(10)))
                .isExactlyInstanceOf(WaitTimeoutException.class)
                .hasMessage("'api' wrote no line matching /^up/ within 10 ms\n  last lines of " + stdout
                        + "\n    out 3\n    out 4\n    out 5\n    out 6\n    out 7\n    out 8\n    out 9"
                        + "\n    out 10\n    out 11\n    out 12\n  last lines of " + stderr + "\n    half");
    }

    @Test
    void aMessageShowsNoSecretsAndWhatIsReturnedDoes() throws IOException {
        append(stdout, "connecting with s3cr3t-Value\n");
        append(stderr, "s3cr3t-Value?");
        ProcessLog log = log(Secrets.of(List.of(), Map.of("API_TOKEN", "s3cr3t-Value")));

        assertThatThrownBy(() -> log.await("accepted s3cr3t-Value", Duration.ZERO))
                .isExactlyInstanceOf(WaitTimeoutException.class)
                .hasMessage("'api' wrote no line matching /accepted ***/ within 0 ms\n  last lines of " + stdout
                        + "\n    connecting with ***\n  last lines of " + stderr + "\n    ***?");
        assertThatThrownBy(() -> log.stderr().await("up", Duration.ZERO))
                .hasMessage("'api' wrote no line matching /up/ within 0 ms\n  last lines of " + stderr + "\n    ***?");
        assertThat(log.text()).isEqualTo("connecting with s3cr3t-Value\ns3cr3t-Value?");
        assertThat(log.lines()).containsExactly("connecting with s3cr3t-Value", "s3cr3t-Value?");
        assertThat(log.tail(1)).containsExactly("connecting with s3cr3t-Value", "s3cr3t-Value?");
    }

    @Test
    void whoHasEndedWithoutAMatchIsNotAwaited() throws IOException {
        append(stdout, "out of luck\n");
        exit.complete(new ExitStatus.Code(3));

        assertThatThrownBy(() -> log().await("up", LONG))
                .isExactlyInstanceOf(WaitTimeoutException.class)
                .hasMessage("'api' ended (exit code 3) without a line matching /up/\n  last lines of " + stdout
                        + "\n    out of luck\n  last lines of " + stderr);
    }

    @Test
    void anEndWithoutAMatchEndsTheWait() {
        CompletableFuture<LogMatch> match = awaiting(log(), "up");

        exit.complete(new ExitStatus.Signalled(15, false));

        assertThatThrownBy(() -> match.get(60, TimeUnit.SECONDS))
                .hasCauseExactlyInstanceOf(WaitTimeoutException.class)
                .cause()
                .hasMessage("'api' ended (killed by TERM) without a line matching /up/\n  last lines of " + stdout
                        + "\n  last lines of " + stderr);
    }

    @Test
    void theLastWordsOfTheDyingCount() throws IOException {
        append(stdout, "bye");
        exit.complete(new ExitStatus.Code(0));

        assertThat(log().await("^bye$", Duration.ZERO).line()).isEqualTo("bye");
    }

    @Test
    void anInterruptEndsTheWait() {
        Thread.currentThread().interrupt();
        try {
            assertThatThrownBy(() -> log().await("up", LONG))
                    .isExactlyInstanceOf(ProcessionException.class)
                    .hasMessage("Interrupted while waiting for /up/ in the log of 'api'");
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void severalMayWaitAtOnce() throws Exception {
        ProcessLog log = log();
        List<CompletableFuture<LogMatch>> matches = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            matches.add(awaiting(log, "^up " + i + "$"));
        }

        append(stdout, "up 4\nup 3\nup 2\nup 1\nup 0\n");

        for (int i = 0; i < 5; i++) {
            assertThat(matches.get(i).get(60, TimeUnit.SECONDS).line()).isEqualTo("up " + i);
        }
    }

    @Test
    void aMissingFileIsAnError() throws IOException {
        Files.delete(stdout);

        assertThatThrownBy(() -> log().text()).hasMessage("Cannot read the log " + stdout + ": it is not there");
    }

    @Test
    void theTextOfManyBytesIsWhole() throws IOException {
        byte[] bytes = new byte[300_000];
        java.util.Arrays.fill(bytes, (byte) 'x');
        Files.write(stdout, bytes);

        assertThat(log().stdout().text()).isEqualTo(new String(bytes, StandardCharsets.US_ASCII));
    }
}
