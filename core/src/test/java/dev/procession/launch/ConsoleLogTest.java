package dev.procession.launch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.os.backend.Backend;
import dev.procession.process.ExitStatus;
import dev.procession.testkit.Await;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/** Takes the console of the whole JVM. */
@Isolated
class ConsoleLogTest {

    private final PrintStream console = System.out;
    private final ByteArrayOutputStream shown = new ByteArrayOutputStream();
    private final CompletableFuture<ExitStatus> exit = new CompletableFuture<>();

    @TempDir
    private Path folder;

    private Path stdout;
    private Path stderr;
    private ProcessLog log;

    @BeforeEach
    void takeTheConsole() throws IOException {
        stdout = Files.createFile(folder.resolve("stdout.log"));
        stderr = Files.createFile(folder.resolve("stderr.log"));
        log = new ProcessLog("api", List.of(stdout, stderr), (file, listener) -> () -> {}, exit, Secrets.NONE);
        System.setOut(new PrintStream(shown, true, StandardCharsets.UTF_8));
    }

    @AfterEach
    void giveItBack() {
        System.setOut(console);
    }

    private static void append(Path file, String text) throws IOException {
        Files.writeString(file, text, StandardOpenOption.APPEND);
    }

    private String shown() {
        return shown.toString(StandardCharsets.UTF_8);
    }

    @Test
    void everyLineOfBothStreamsIsShownWithTheName() throws IOException {
        append(stdout, "one\ntwo\n");
        append(stderr, "größe\n");

        ConsoleLog.follow("api", log, Secrets.NONE, exit, Runnable::run);

        assertThat(shown()).isEqualTo("[api] one\n[api] two\n[api] größe\n");
    }

    @Test
    void whatIsUnfinishedIsShownAtTheEnd() throws IOException {
        append(stdout, "one\nhal");
        ConsoleLog.follow("api", log, Secrets.NONE, exit, Runnable::run);
        assertThat(shown()).isEqualTo("[api] one\n");

        append(stdout, "f\nlast words");
        exit.complete(new ExitStatus.Code(0));

        assertThat(shown()).isEqualTo("[api] one\n[api] half\n[api] last words\n");
    }

    @Test
    void itGoesOnWithTheNextRun() throws IOException {
        ConsoleLog followed = ConsoleLog.follow("api", log, Secrets.NONE, exit, Runnable::run);
        append(stdout, "first run");
        exit.complete(new ExitStatus.Code(1));
        append(stdout, "second run");
        followed.ended();
        append(stdout, "third run");

        followed.close();
        append(stdout, "\nafter the close\n");
        followed.ended();

        assertThat(shown()).isEqualTo("[api] first run\n[api] second run\n[api] third run\n");
    }

    @Test
    void itEndsOnce() throws IOException {
        append(stdout, "unfinished");
        ConsoleLog followed = ConsoleLog.follow("api", log, Secrets.NONE, exit, Runnable::run);

        followed.close();
        exit.complete(new ExitStatus.Code(0));
        followed.close();

        assertThat(shown()).isEqualTo("[api] unfinished\n");
    }

    @Test
    void secretsAreNotShown() throws IOException {
        append(stdout, "password is s3cr3t-s3cr3t\nunfinished s3cr3t-s3cr3t");
        exit.complete(new ExitStatus.Code(0));

        ConsoleLog.follow(
                "api", log, Secrets.of(List.of(), Map.of("DB_PASSWORD", "s3cr3t-s3cr3t")), exit, Runnable::run);

        assertThat(shown()).isEqualTo("[api] password is ***\n[api] unfinished ***\n");
    }

    @Test
    void aConsoleThatBlocksHoldsUpNobodyElse() throws IOException {
        List<Runnable> later = new ArrayList<>();
        append(stdout, "one\n");

        ConsoleLog.follow("api", log, Secrets.NONE, exit, later::add);
        exit.complete(new ExitStatus.Code(0));

        assertThat(shown()).isEmpty();
        later.forEach(Runnable::run);
        assertThat(shown()).isEqualTo("[api] one\n");
    }

    @Test
    void afterTheCloseOfItsSupervisorNothingIsShown() throws IOException {
        Executor closed = task -> {
            throw new RejectedExecutionException();
        };
        append(stdout, "one\n");

        ConsoleLog.follow("api", log, Secrets.NONE, exit, closed).close();
        exit.complete(new ExitStatus.Code(0));

        assertThat(shown()).isEmpty();
    }

    @Test
    void whatIsWrittenLaterIsShownWhenItIsThere() throws IOException {
        ProcessLog watched =
                new ProcessLog("api", List.of(stdout), Backend.current().files(), exit, Secrets.NONE);
        ConsoleLog followed = ConsoleLog.follow("api", watched, Secrets.NONE, exit, Runnable::run);
        try {
            append(stdout, "one\n");
            Await.until("it is shown", () -> shown().equals("[api] one\n"));
            append(stdout, "two\n");
            Await.until("it is shown too", () -> shown().equals("[api] one\n[api] two\n"));
        } finally {
            followed.close();
        }
    }

    @Test
    void whoeverClosesItSecondFindsTheLastWordsOrdered() throws Exception {
        append(stdout, "last words");
        CountDownLatch closing = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        ProcessLog slow = new ProcessLog(
                "api",
                List.of(stdout, stderr),
                (file, listener) -> () -> {
                    closing.countDown();
                    Await.until("the other has come", () -> goOn.getCount() == 0);
                },
                exit,
                Secrets.NONE);
        List<Runnable> ordered = new CopyOnWriteArrayList<>();
        ConsoleLog followed = ConsoleLog.follow("api", slow, Secrets.NONE, exit, ordered::add);
        ordered.forEach(Runnable::run);
        int before = ordered.size();
        Thread first = new Thread(followed::close);
        first.start();
        Await.until("the first is closing it", () -> closing.getCount() == 0);

        AtomicInteger orderedWhenSecondReturned = new AtomicInteger();
        Thread second = new Thread(() -> {
            followed.close();
            orderedWhenSecondReturned.set(ordered.size());
        });
        second.start();
        Await.until(
                "the second waits, or has returned",
                () -> second.getState() == Thread.State.BLOCKED || second.getState() == Thread.State.TERMINATED);
        goOn.countDown();
        second.join();
        first.join();

        assertThat(orderedWhenSecondReturned).hasValue(before + 1);
        assertThat(ordered).hasSize(before + 1);
    }
}
