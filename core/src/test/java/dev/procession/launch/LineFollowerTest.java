package dev.procession.launch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.os.Child;
import dev.procession.os.FileCut;
import dev.procession.os.OperatingSystem;
import dev.procession.process.ExitStatus;
import dev.procession.testkit.Await;
import dev.procession.testkit.CapturedLog;
import dev.procession.testkit.Trial;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(600)
class LineFollowerTest {

    @TempDir
    private Path folder;

    private final List<LogLine> given = new CopyOnWriteArrayList<>();
    private final List<Runnable> changed = new CopyOnWriteArrayList<>();
    private Path stdout;
    private Path stderr;
    private LogFile out;
    private ProcessLog log;

    @BeforeEach
    void makeFiles() throws IOException {
        stdout = Files.createFile(folder.resolve("stdout.log"));
        stderr = Files.createFile(folder.resolve("stderr.log"));
        out = new LogFile(stdout);
        log = new ProcessLog(
                "api",
                (file, listener) -> {
                    changed.add(listener);
                    return () -> changed.remove(listener);
                },
                new CompletableFuture<>(),
                Secrets.of(List.of(), Map.of("DB_PASSWORD", "s3cr3t-s3cr3t")),
                List.of(new LogPart(out, 0), new LogPart(new LogFile(stderr), 0)));
    }

    private static void append(Path file, String text) throws IOException {
        Files.writeString(file, text, StandardOpenOption.APPEND);
    }

    private void change() {
        changed.forEach(Runnable::run);
    }

    private List<String> texts() {
        return given.stream().map(LogLine::text).toList();
    }

    @Test
    void everyLineIsGivenOnceWithItsStream() throws IOException {
        append(stdout, "one\ntwo\nha");
        append(stderr, "s3cr3t-s3cr3t\n");

        log.follow(given::add, Runnable::run);
        append(stdout, "lf\r\n");
        change();
        change();

        assertThat(given)
                .containsExactly(
                        new LogLine("api", LogStream.STDOUT, "one"),
                        new LogLine("api", LogStream.STDOUT, "two"),
                        new LogLine("api", LogStream.STDERR, "s3cr3t-s3cr3t"),
                        new LogLine("api", LogStream.STDOUT, "half"));
        assertThat(given).element(3).hasToString("[api] half");
    }

    /** For each line of standard output another follows. */
    @Test
    void whatIsWrittenWithoutEndKeepsNeitherTheOtherStreamWaitingNorTheClose() throws Exception {
        append(stdout, "out\n");
        append(stderr, "err\n");
        CountDownLatch other = new CountDownLatch(1);
        CompletableFuture<Boolean> over = new CompletableFuture<>();
        LineListener endless = line -> {
            if (line.stream() == LogStream.STDERR) {
                other.countDown();
            } else {
                writeMore();
            }
        };
        LineFollower follower = log.follow(
                endless,
                task -> Await.async(() -> {
                    task.run();
                    return over.complete(true);
                }));

        assertThat(other.await(60, TimeUnit.SECONDS))
                .as("the other stream had its turn")
                .isTrue();
        follower.close();

        assertThat(over).succeedsWithin(Duration.ofSeconds(60));
    }

    private void writeMore() {
        try {
            append(stdout, "out\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void bytesThatAreNoUtf8DoNotHurt() throws IOException {
        Files.write(stdout, new byte[] {'a', (byte) 0xff, '\n', (byte) 0xc3, '\n'});
        append(stdout, "größe\n");

        log.follow(given::add, Runnable::run);

        assertThat(texts()).containsExactly("a\ufffd", "\ufffd", "größe");
    }

    @Test
    void theLineOfAnEndedProcessIsGivenAsItIs() throws IOException {
        List<Runnable> later = new ArrayList<>();
        LineFollower follower = log.follow(given::add, later::add);
        append(stdout, "half");
        append(stderr, "whole\n");
        follower.ended();
        append(stdout, "of the next run\n");
        follower.ended();
        follower.ended();

        later.forEach(Runnable::run);

        assertThat(texts()).containsExactly("half", "of the next run", "whole");
    }

    @Test
    void nothingUnfinishedIsGivenBeforeTheEnd() throws IOException {
        append(stdout, "half");

        LineFollower follower = log.follow(given::add, Runnable::run);
        change();
        assertThat(given).isEmpty();

        follower.ended();
        change();
        assertThat(texts()).containsExactly("half");
    }

    @Test
    void afterTheCloseNothingIsGiven() throws IOException {
        append(stdout, "half");
        LineFollower follower = log.follow(given::add, Runnable::run);

        follower.close();
        follower.close();
        append(stdout, "\nmore\n");
        follower.ended();

        assertThat(texts()).containsExactly("half");
        assertThat(changed).isEmpty();
    }

    @Test
    void oneThatThrowsIsNamedInTheLogAndGoesOn() throws IOException {
        append(stdout, "one\ntwo\nthree\n");
        LineListener listener = new Failing();

        try (CapturedLog captured = new CapturedLog("dev.procession")) {
            log.follow(listener, Runnable::run);

            assertThat(captured.naming(Failing.class.getName()))
                    .containsExactly(
                            "WARNING 'api': the listener " + Failing.class.getName()
                                    + " failed at a line of STDOUT, and goes on with the next",
                            "WARNING 'api': the listener " + Failing.class.getName()
                                    + " failed at a line of STDOUT, and goes on with the next");
        }
        assertThat(texts()).containsExactly("one", "two", "three");
    }

    private final class Failing implements LineListener {
        @Override
        public void onLine(LogLine line) {
            given.add(line);
            if (line.text().equals("one")) {
                throw new IllegalStateException("on purpose");
            }
            if (line.text().equals("two")) {
                throw new AssertionError("on purpose");
            }
        }
    }

    @Test
    void oneThatBlocksTakesOneThreadAndHoldsUpNobodyElse() throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        List<Thread> threads = new CopyOnWriteArrayList<>();
        Executor work = task -> {
            Thread thread = new Thread(task, "test-listener");
            thread.setDaemon(true);
            threads.add(thread);
            thread.start();
        };
        append(stdout, "one\n");
        List<String> slow = new CopyOnWriteArrayList<>();
        LineFollower blocked = log.follow(
                line -> {
                    slow.add(line.text());
                    Await.until("it may go on", () -> goOn.getCount() == 0);
                },
                work);
        Await.until("it blocks", () -> slow.size() == 1);
        log.follow(given::add, Runnable::run);

        IntStream.range(0, 10).forEach(i -> change());
        append(stdout, "two\n");
        change();
        blocked.ended();
        blocked.close();
        out.rotate(1, FileCut.NONE);

        assertThat(texts()).containsExactly("one", "two");
        assertThat(threads).hasSize(1);
        goOn.countDown();
        Await.until("it has got the rest", () -> slow.equals(List.of("one", "two")));
        for (Thread thread : threads) {
            thread.join();
        }
    }

    @Test
    void anExecutorThatRefusesIsAskedAgain() throws IOException {
        AtomicBoolean refusing = new AtomicBoolean(true);
        append(stdout, "one\n");
        log.follow(given::add, task -> {
            if (refusing.get()) {
                throw new RejectedExecutionException();
            }
            task.run();
        });
        assertThat(given).isEmpty();

        refusing.set(false);
        change();

        assertThat(texts()).containsExactly("one");
    }

    @Test
    void whatIsRotatedAwayIsFollowedIntoItsBackupsOrTold() throws IOException {
        List<Runnable> later = new CopyOnWriteArrayList<>();
        LineListener listener = new Failing();
        log.follow(listener, later::add);
        append(stdout, "1\n");
        out.rotate(1, FileCut.NONE);
        append(stdout, "22\n");
        out.rotate(1, FileCut.NONE);
        append(stdout, "333\n");

        try (CapturedLog captured = new CapturedLog("dev.procession")) {
            later.forEach(Runnable::run);

            assertThat(captured.naming(stdout.toString()))
                    .containsExactly("WARNING 'api': 2 bytes of " + stdout + " were rotated away before the listener "
                            + Failing.class.getName() + " could be given them; keep more backups");
        }
        assertThat(texts()).containsExactly("22", "333");
    }

    @Test
    void aFileThatIsGoneIsToldOnce() throws IOException {
        LineFollower follower = log.follow(given::add, Runnable::run);
        Files.delete(stdout);
        append(stderr, "one\n");

        try (CapturedLog captured = new CapturedLog("dev.procession")) {
            change();
            follower.ended();
            follower.close();

            assertThat(captured.naming(stdout.toString()))
                    .containsExactly("WARNING 'api': a listener cannot follow its output: Cannot read the log " + stdout
                            + ": it is not there");
        }
        assertThat(texts()).containsExactly("one");
    }

    @ParameterizedTest
    @MethodSource("dev.procession.launch.ProcessLogRunsTest#systems")
    @EnabledOnOs(OS.LINUX)
    void theLinesOfSeveralRunsComeAsTheyAreWritten(OperatingSystem system) throws Exception {
        Path log = Files.createFile(folder.resolve("merged.log"));
        ProcessLog followed =
                new ProcessLog("api", List.of(log, log), system.files(), new CompletableFuture<>(), Secrets.NONE);
        List<String> expected = new ArrayList<>();
        try (Trial trial = new Trial(system, folder);
                LineFollower follower = followed.follow(given::add, Runnable::run)) {
            for (int run = 1; run <= 3; run++) {
                Path go = folder.resolve("go" + run);
                Child child = trial.script(
                                "echo begin $1; while [ ! -e $2 ]; do sleep 0.01; done; printf 'end %s' $1 >&2",
                                Integer.toString(run), go.toString())
                        .stdout(log)
                        .stderr(log)
                        .spawn();
                expected.add("[api] begin " + run);
                Await.until("its first line is given", () -> given.size() == expected.size());
                Files.createFile(go);
                assertThat(Await.result(child.exit())).isEqualTo(new ExitStatus.Code(0));
                follower.ended();
                expected.add("[api] end " + run);
            }
            Await.until("its last line is given", () -> given.size() == expected.size());
        }

        assertThat(given).extracting(LogLine::toString).isEqualTo(expected);
        assertThat(given).extracting(LogLine::stream).containsOnly(LogStream.STDOUT);
        assertThat(Files.readString(log, StandardCharsets.UTF_8))
                .isEqualTo("begin 1\nend 1begin 2\nend 2begin 3\nend 3");
    }
}
