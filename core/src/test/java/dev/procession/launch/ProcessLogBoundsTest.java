package dev.procession.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.os.backend.Backend;
import dev.procession.process.ExitStatus;
import dev.procession.process.ProcessionException;
import dev.procession.process.WaitTimeoutException;
import dev.procession.testkit.Await;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Looks at logs on which expressions take forever or more stack than there is, and of which there is no end. */
@Timeout(600)
class ProcessLogBoundsTest {

    private static final Duration LONG = Duration.ofSeconds(60);
    private static final String DEEP = "^(a|b)*c";
    private static final String DEEP_LINE = "a".repeat(100_000) + "\n";
    private static final String FIX =
            "simplify the expression: without .* at its beginning, and without a repetition of"
                    + " alternatives or within a repetition";

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
        return log(Secrets.NONE);
    }

    private ProcessLog log(Secrets secrets) {
        return new ProcessLog("api", List.of(stdout, stderr), Backend.current().files(), exit, secrets);
    }

    private static void append(Path file, String text) throws IOException {
        Files.writeString(file, text, StandardOpenOption.APPEND);
    }

    @Test
    void await_aLineForWhichThereIsNoStack_isPassedOver() throws IOException {
        append(stdout, DEEP_LINE + "ababc\n");

        assertThat(log().await(DEEP, LONG).line()).isEqualTo("ababc");
    }

    @Test
    void await_aLineThatTakesForever_keepsTheTimeoutAndTells() throws IOException {
        append(stdout, "Server ".repeat(3_000) + "\n");

        assertThatThrownBy(() -> log().await(".*Server.*ready.*", Duration.ofSeconds(5)))
                .isExactlyInstanceOf(WaitTimeoutException.class)
                .message()
                .satisfies(message -> assertThat(message.lines().findFirst().orElseThrow())
                        .startsWith("'api' wrote no line matching /.*Server.*ready.*/ within 5 s"));
    }

    @Test
    void await_tenSuchLines_failAtOnceAndNameTheExpression() throws IOException {
        append(stdout, DEEP_LINE.repeat(10));

        assertThatThrownBy(() -> log().await(DEEP, LONG))
                .isExactlyInstanceOf(ProcessionException.class)
                .hasMessage(
                        "Nobody can tell whether the log of 'api' has a line matching /^(a|b)*c/: matching was given up on"
                                + " 10 lines, the first one of 100000 characters, since it took more stack than there is; "
                                + FIX);
    }

    /** Ten such lines would be too many. */
    @Test
    void await_aPromptForWhichThereIsNoStack_isAskedOnce() throws IOException {
        append(stdout, DEEP_LINE.strip());

        assertThatThrownBy(() -> log().await(DEEP, Duration.ofSeconds(3)))
                .isExactlyInstanceOf(WaitTimeoutException.class)
                .hasMessageStartingWith(
                        "'api' wrote no line matching /^(a|b)*c/ within 3 s; matching was given up on a line,"
                                + " one of 100000 characters, since it took more stack than there is\n");
    }

    @Test
    void await_whoWritesWithoutEnd_keepsTheTimeout() throws Exception {
        Process yes = new ProcessBuilder("timeout", "20", "yes", "INFO an ordinary line")
                .redirectOutput(stdout.toFile())
                .start();
        try {
            assertThatThrownBy(() -> log().await("never", Duration.ofSeconds(2)))
                    .isExactlyInstanceOf(WaitTimeoutException.class)
                    .message()
                    .satisfies(message -> assertThat(message.lines()
                                    .findFirst()
                                    .orElseThrow()
                                    .replaceAll("; \\d+ bytes of its log were still to be read", ""))
                            .isEqualTo("'api' wrote no line matching /never/ within 2 s"));
            assertThat(yes.isAlive()).as("it writes").isTrue();
        } finally {
            yes.children().forEach(ProcessHandle::destroy);
            yes.destroy();
            yes.waitFor();
        }
    }

    /** Of a line without an end a heap could hold more than one copy. */
    @Test
    void await_endlessOutputWithoutLineEnds_isReadInPieces() throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(stdout.toFile(), "rw")) {
            file.setLength(30_000_000);
        }
        append(stdout, "ready\n");

        assertThat(log().await("ready$", LONG).line()).endsWith("\0ready").hasSizeLessThan(1_100_000);
    }

    @Test
    void find_aLineForWhichThereIsNoStack_isPassedOver() throws IOException {
        append(stdout, DEEP_LINE);
        append(stderr, "ababc");

        assertThat(log().find(Pattern.compile(DEEP)).orElseThrow().line()).isEqualTo("ababc");
        assertThat(log().stdout().find(Pattern.compile(DEEP))).isEmpty();
    }

    @Test
    void findForCertain_aLineForWhichThereIsNoStack_isAnError() throws IOException {
        append(stdout, "ready\n" + DEEP_LINE);

        assertThat(log().findForCertain(Pattern.compile("ready"))).isPresent();
        assertThat(log().findForCertain(Pattern.compile("ERROR"))).isEmpty();
        assertThatThrownBy(() -> log().findForCertain(Pattern.compile(DEEP)))
                .isExactlyInstanceOf(ProcessionException.class)
                .hasMessage(
                        "Nobody can tell whether the log of 'api' has a line matching /^(a|b)*c/: matching was given up on"
                                + " a line, one of 100000 characters, since it took more stack than there is; " + FIX);
    }

    @Test
    void find_tenSuchLines_areAnError() throws IOException {
        append(stdout, DEEP_LINE.repeat(10));

        assertThatThrownBy(() -> log().find(Pattern.compile(DEEP)))
                .isExactlyInstanceOf(ProcessionException.class)
                .hasMessageContaining("/^(a|b)*c/: matching was given up on 10 lines");
    }

    @Test
    void find_theFirstLineOfStdoutComesFirst() throws IOException {
        append(stderr, "up 1\n");
        append(stdout, "a line\n".repeat(500_000) + "up 2\n");

        assertThat(log().find(Pattern.compile("up")).orElseThrow().line()).isEqualTo("up 2");
    }

    @Test
    void find_interrupted_looksAllTheSame() throws IOException {
        append(stdout, "up\n");
        Thread.currentThread().interrupt();
        try {
            assertThat(log().find(Pattern.compile("up"))).isPresent();
            assertThat(log().find(Pattern.compile("down"))).isEmpty();
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void aMessageShowsOnlyTheBeginningOfALongLineAndNoSecretOfIt() throws IOException {
        String secret = "s3cr3t-Value";
        append(stdout, "x".repeat(1_995) + secret + "y".repeat(10_000) + "\n");
        ProcessLog log = log(Secrets.of(List.of(), Map.of("API_TOKEN", secret)));

        assertThatThrownBy(() -> log.stdout().await("never", Duration.ZERO))
                .hasMessage("'api' wrote no line matching /never/ within 0 ms\n  last lines of " + stdout + "\n    "
                        + "x".repeat(1_995) + "***yy… (cut, of 11998 characters)");
    }

    @Test
    void noThreadIsLeft() throws IOException {
        append(stdout, DEEP_LINE + "up\n");

        log().await("up", LONG);

        Await.until(
                "the thread of the search has ended",
                () -> Thread.getAllStackTraces().keySet().stream()
                        .noneMatch(thread -> thread.getName().equals("procession-log-api")));
    }
}
