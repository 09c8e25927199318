package dev.procession.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.os.Child;
import dev.procession.os.FileCut;
import dev.procession.os.FileWatch;
import dev.procession.os.OperatingSystem;
import dev.procession.process.ExitStatus;
import dev.procession.testkit.Await;
import dev.procession.testkit.Trial;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The output as a stream of bytes. */
@Timeout(600)
class ProcessLogStreamTest {

    private static final ExitStatus GOOD = new ExitStatus.Code(0);

    @TempDir
    private Path folder;

    private final CompletableFuture<ExitStatus> exit = new CompletableFuture<>();
    private Path file;
    private LogFile log;

    @BeforeEach
    void makeFile() throws IOException {
        file = Files.createFile(folder.resolve("stdout.log"));
        log = new LogFile(file);
    }

    private ProcessLog view(FileWatch watch) {
        return new ProcessLog("api", watch, exit, Secrets.NONE, List.of(new LogPart(log, 0)));
    }

    private ProcessLog silentView() {
        return view((watched, listener) -> () -> {});
    }

    private void append(String text) throws IOException {
        Files.writeString(file, text, StandardOpenOption.APPEND);
    }

    private static String next(InputStream stream) throws IOException {
        byte[] bytes = new byte[100];
        int length = stream.read(bytes);
        return length < 0 ? "the end" : new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    /** Reads in a thread of its own, and gives that thread once it waits. */
    private static Thread waiting(InputStream stream, AtomicReference<Throwable> outcome) {
        Thread reader = new Thread(
                () -> {
                    try {
                        outcome.set(new AssertionError("Expected no byte, but was " + stream.read()));
                    } catch (IOException e) {
                        outcome.set(e);
                    }
                },
                "test-reader");
        reader.setDaemon(true);
        reader.start();
        Await.until("it waits", () -> reader.getState() == Thread.State.TIMED_WAITING);
        return reader;
    }

    @ParameterizedTest
    @MethodSource("dev.procession.launch.Watches#all")
    void whatIsWrittenIsReadUntilTheEnd(FileWatch watch) throws IOException {
        append("one");
        try (InputStream stream = view(watch).stream()) {
            assertThat(next(stream)).isEqualTo("one");
            Future<String> later = Await.async(() -> next(stream));
            append("two");
            assertThat(Await.result(later)).isEqualTo("two");

            Future<String> last = Await.async(() -> next(stream));
            exit.complete(GOOD);
            assertThat(Await.result(last)).isEqualTo("the end");
            assertThat(next(stream)).isEqualTo("the end");
        }
    }

    @Test
    void singleBytesAreNotNegative() throws IOException {
        Files.write(file, new byte[] {0, 'a', (byte) 0xff});
        exit.complete(GOOD);
        try (InputStream stream = silentView().stream()) {
            assertThat(stream.available()).isEqualTo(3);
            assertThat(stream.read()).isZero();
            assertThat(stream.read()).isEqualTo('a');
            assertThat(stream.read()).isEqualTo(255);
            assertThat(stream.available()).isZero();
            assertThat(stream.read()).isEqualTo(-1);
            assertThat(stream.read(new byte[0])).isZero();
        }
    }

    @Test
    void itBeginsWhereItsLogDoes() throws IOException {
        append("before");
        ProcessLog later = silentView().fromHere();
        append("after");
        exit.complete(GOOD);

        try (InputStream stream = later.stream()) {
            assertThat(stream.readAllBytes()).asString().isEqualTo("after");
        }
        try (InputStream stream = later.allRuns().stream()) {
            assertThat(stream.readAllBytes()).asString().isEqualTo("beforeafter");
        }
    }

    @Test
    void anInterruptEndsTheWait() throws Exception {
        try (InputStream stream = silentView().stream()) {
            AtomicReference<Throwable> outcome = new AtomicReference<>();
            Thread reader = waiting(stream, outcome);

            reader.interrupt();
            reader.join();

            assertThat(outcome.get())
                    .isExactlyInstanceOf(InterruptedIOException.class)
                    .hasMessage("Interrupted while waiting for output of 'api'");
        }
    }

    @Test
    void closingItEndsTheWaitAndTheWatch() throws Exception {
        AtomicInteger watches = new AtomicInteger();
        InputStream stream = view((watched, listener) -> {
                    watches.incrementAndGet();
                    return watches::decrementAndGet;
                })
                .stream();
        assertThat(watches).hasValue(1);
        AtomicReference<Throwable> outcome = new AtomicReference<>();
        Thread reader = waiting(stream, outcome);

        stream.close();
        reader.join();
        stream.close();

        assertThat(watches).hasValue(0);
        assertThat(outcome.get())
                .isExactlyInstanceOf(IOException.class)
                .hasMessage("The stream of the output of 'api' is closed");
        assertThatThrownBy(stream::read).hasMessage("The stream of the output of 'api' is closed");
        assertThatThrownBy(stream::available).hasMessage("The stream of the output of 'api' is closed");
    }

    @Test
    void theEndGivesTheWatchBackToo() throws IOException {
        AtomicInteger watches = new AtomicInteger();
        exit.complete(GOOD);
        InputStream stream = view((watched, listener) -> {
                    watches.incrementAndGet();
                    return watches::decrementAndGet;
                })
                .stream();

        assertThat(next(stream)).isEqualTo("the end");
        assertThat(watches).hasValue(0);
    }

    /** A change that nobody tells of is found all the same. */
    @Test
    void aLostWakeUpIsNoLostOutput() throws IOException {
        try (InputStream stream = silentView().stream()) {
            Future<String> later = Await.async(() -> next(stream));
            append("one");

            assertThat(Await.result(later)).isEqualTo("one");
        }
    }

    @Test
    void rotationsAreNotNoticed() throws IOException {
        try (InputStream stream = silentView().stream()) {
            append("12");
            log.rotate(3, FileCut.NONE);
            append("34");
            assertThat(next(stream)).isEqualTo("12");
            log.rotate(3, FileCut.NONE);
            append("5");
            exit.complete(GOOD);

            assertThat(stream.readAllBytes()).asString().isEqualTo("345");
        }
    }

    @Test
    void whatIsGoneIsAnErrorOnce() throws IOException {
        try (InputStream stream = silentView().stream()) {
            append("12");
            log.rotate(0, FileCut.NONE);
            append("34");
            exit.complete(GOOD);

            assertThatThrownBy(() -> next(stream))
                    .isExactlyInstanceOf(IOException.class)
                    .hasMessage("Of the output of 'api' 2 bytes were rotated away before they were read: read faster,"
                            + " or keep more backups");
            assertThat(stream.readAllBytes()).asString().isEqualTo("34");
        }
    }

    @Test
    void whatWasGoneBeforeItWasOpenedIsLeftOut() throws IOException {
        append("12");
        log.rotate(0, FileCut.NONE);
        append("34");
        exit.complete(GOOD);

        try (InputStream stream = silentView().stream()) {
            assertThat(stream.readAllBytes()).asString().isEqualTo("34");
        }
    }

    @Test
    void aFileThatIsGoneIsAnError() throws IOException {
        try (InputStream stream = silentView().stream()) {
            Files.delete(file);

            assertThatThrownBy(stream::read)
                    .isExactlyInstanceOf(IOException.class)
                    .hasMessage("Cannot read the log " + file + ": it is not there");
        }
    }

    @Test
    void itIsOneOfOneStream() throws IOException {
        ProcessLog both = new ProcessLog(
                "api",
                List.of(file, Files.createFile(folder.resolve("stderr.log"))),
                (watched, listener) -> () -> {},
                exit,
                Secrets.NONE);

        assertThatThrownBy(both::stream)
                .isExactlyInstanceOf(IllegalStateException.class)
                .hasMessage("Expected 'stream' on one stream, but the log of 'api' has two: call stdout().stream or"
                        + " stderr().stream");
    }

    private static ProcessLog log(OperatingSystem system, Trial trial, Child child) {
        return new ProcessLog("api", List.of(trial.stdout(child)), system.files(), child.exit(), Secrets.NONE);
    }

    @ParameterizedTest
    @MethodSource("dev.procession.launch.ProcessLogRunsTest#systems")
    @EnabledOnOs(OS.LINUX)
    void everyByteComesExactlyAsItWasWritten(OperatingSystem system) throws Exception {
        byte[] random = new byte[1 << 20];
        new Random(42).nextBytes(random);
        Path source = Files.write(folder.resolve("random"), random);
        try (Trial trial = new Trial(system, folder)) {
            Child child = trial.program("/bin/cat", source.toString()).spawn();
            try (InputStream stream = log(system, trial, child).stream()) {
                assertThat(Arrays.equals(stream.readAllBytes(), random)).isTrue();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("dev.procession.launch.ProcessLogRunsTest#systems")
    @EnabledOnOs(OS.LINUX)
    void whatTheFastestProcessHasWrittenIsThere(OperatingSystem system) throws Exception {
        for (int i = 0; i < 250; i++) {
            try (Trial trial = new Trial(system, folder)) {
                Child child = trial.program("/bin/echo", "hello").spawn();
                ProcessLog log = log(system, trial, child);
                try (InputStream stream = log.stream()) {
                    assertThat(stream.readAllBytes()).asString().isEqualTo("hello\n");
                }
                assertThat(log.text()).isEqualTo("hello\n");
            }
        }
    }
}
