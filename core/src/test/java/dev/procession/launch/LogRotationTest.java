package dev.procession.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.procession.os.Child;
import dev.procession.os.FileCut;
import dev.procession.os.OperatingSystem;
import dev.procession.process.ExitStatus;
import dev.procession.testkit.Await;
import dev.procession.testkit.Backends;
import dev.procession.testkit.CapturedLog;
import dev.procession.testkit.Trial;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
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
class LogRotationTest {

    @TempDir
    private Path folder;

    private Path file;
    private LogFile log;

    @BeforeEach
    void makeFile() throws IOException {
        file = Files.createFile(folder.resolve("stdout.log"));
        log = new LogFile(file);
    }

    private LogRotation rotation(long maxBytes, int backups) {
        return rotation(maxBytes, backups, FileCut.NONE);
    }

    private LogRotation rotation(long maxBytes, int backups, FileCut cut) {
        OutputPolicy policy = OutputPolicy.DEFAULT.maxBytes(maxBytes).backups(backups);
        return new LogRotation("api", List.of(log), policy, cut);
    }

    private void append(String text) throws IOException {
        Files.writeString(file, text, StandardOpenOption.APPEND);
    }

    private Path backup(int number) {
        return folder.resolve("stdout.log." + number);
    }

    private ProcessLog view() {
        return new ProcessLog(
                "api",
                (watched, listener) -> () -> {},
                CompletableFuture.completedFuture(new ExitStatus.Code(0)),
                Secrets.NONE,
                List.of(new LogPart(log, 0)));
    }

    private static List<String> read(LineCursor cursor) {
        List<String> lines = new ArrayList<>();
        cursor.readLines(lines::add);
        return lines;
    }

    @Test
    void whatIsBelowTheLimitStaysAsItIs() throws IOException {
        append("123456789");

        assertThat(rotation(10, 2).rotateIfDue()).isFalse();
        assertThat(file).hasContent("123456789");

        append("0");

        assertThat(rotation(10, 2).rotateIfDue()).isTrue();
        assertThat(file).isEmptyFile();
        assertThat(backup(1)).hasContent("1234567890");
    }

    @Test
    void withoutALimitNothingIsRotated() throws IOException {
        append("1234567890");

        assertThat(rotation(0, 2).rotateIfDue()).isFalse();
        assertThat(file).hasContent("1234567890");
    }

    @Test
    void soManyBackupsAreKept() throws IOException {
        LogRotation rotation = rotation(1, 2);
        for (String text : List.of("first", "second", "third")) {
            append(text);
            assertThat(rotation.rotateIfDue()).isTrue();
        }
        append("fourth");

        assertThat(folder.toFile().list()).containsExactlyInAnyOrder("stdout.log", "stdout.log.1", "stdout.log.2");
        assertThat(file).hasContent("fourth");
        assertThat(backup(1)).hasContent("third");
        assertThat(backup(2)).hasContent("second");
        assertThat(view().text()).isEqualTo("secondthirdfourth");
    }

    /** A writer that is faster than the copy: each look at the file finds more. */
    @Test
    void whoeverNeverStopsWritingIsNotWaitedFor() throws Exception {
        append("x".repeat(1 << 20));
        AtomicBoolean over = new AtomicBoolean();
        List<Thread> writers = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            Thread writer = new Thread(
                    () -> {
                        byte[] bytes = new byte[1 << 18];
                        try (var out = Files.newOutputStream(file, StandardOpenOption.APPEND)) {
                            while (!over.get()) {
                                out.write(bytes);
                            }
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    },
                    "test-writer");
            writers.add(writer);
            writer.start();
        }
        try {
            assertThat(rotation(1 << 20, 1).rotateIfDue()).isTrue();
        } finally {
            over.set(true);
            for (Thread writer : writers) {
                writer.join();
            }
        }
        assertThat(backup(1)).exists();
    }

    @Test
    void withoutBackupsTheFileIsEmptied() throws IOException {
        append("first\n");

        assertThat(rotation(1, 0).rotateIfDue()).isTrue();
        append("second\n");

        assertThat(folder.toFile().list()).containsExactly("stdout.log");
        assertThat(view().lines()).containsExactly("second");
    }

    @Test
    void aReaderThatIsBehindFindsTheRestInTheBackups() throws IOException {
        LineCursor cursor = new LineCursor(log, 0);
        LogRotation rotation = rotation(1, 3);
        append("1\n2 be");
        assertThat(read(cursor)).containsExactly("1");
        append("gins\n3\n");
        rotation.rotateIfDue();
        append("4\n5 is cut");
        rotation.rotateIfDue();
        append(" in the middle\n6\n");

        assertThat(read(cursor)).containsExactly("2 begins", "3", "4", "5 is cut in the middle", "6");
        assertThat(cursor.lost()).isZero();
        assertThat(read(cursor)).isEmpty();
    }

    @Test
    void whatIsGoneIsToldAndNoLineIsMadeOfTwo() throws IOException {
        LineCursor cursor = new LineCursor(log, 0);
        LogRotation rotation = rotation(1, 1);
        append("1\n2 be");
        assertThat(read(cursor)).containsExactly("1");
        append("gins\n");
        rotation.rotateIfDue();
        append("3\n");
        rotation.rotateIfDue();
        append("4\n");

        assertThat(read(cursor)).containsExactly("2 be", "3", "4");
        assertThat(cursor.lost()).isEqualTo("gins\n".length());
    }

    @Test
    void viewsAndTailsReadOnOverBackups() throws IOException {
        List<String> lines =
                IntStream.range(0, 10_000).mapToObj(i -> "line " + i).toList();
        LogRotation rotation = rotation(1, 10);
        for (int i = 0; i < 10; i++) {
            append(String.join("\n", lines.subList(i * 1_000, (i + 1) * 1_000)) + "\n");
            if (i < 9) {
                assertThat(rotation.rotateIfDue()).isTrue();
            }
        }

        assertThat(view().lines()).isEqualTo(lines);
        assertThat(view().tail(5_500)).isEqualTo(lines.subList(4_500, 10_000));
        ProcessLog later = view().fromHere();
        rotation.rotateIfDue();
        append("later\n");
        assertThat(later.lines()).containsExactly("later");
        assertThat(later.allRuns().lines()).hasSize(10_001).startsWith("line 0").endsWith("later");
    }

    @Test
    void runsStayApartInBackups() throws IOException {
        LogRotation rotation = rotation(1, 2);
        append("one");
        log.mark();
        append("two");
        rotation.rotateIfDue();
        append("still two");
        log.mark();
        rotation.rotateIfDue();
        append("three");

        assertThat(view().lines()).containsExactly("one", "twostill two", "three");
        assertThat(view().tail(2)).containsExactly("twostill two", "three");
    }

    @Test
    void aFileThatSomebodyElseHasEmptiedIsReadAnew() throws IOException {
        LineCursor cursor = new LineCursor(log, 0);
        append("1\nhalf");
        read(cursor);
        rotation(1, 2).rotateIfDue();
        append("2\n3\n");
        read(cursor);
        Files.writeString(file, "4\n", StandardOpenOption.TRUNCATE_EXISTING);
        rotation(1, 2).rotateIfDue();
        append("5\n");

        assertThat(read(cursor)).containsExactly("4", "5");
        assertThat(view().lines()).containsExactly("1", "half", "4", "5");
    }

    @Test
    void anInterruptedThreadRotatesAllTheSame() throws IOException {
        append("1");
        Thread.currentThread().interrupt();
        boolean rotated;
        try {
            rotated = rotation(1, 2).rotateIfDue();
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }

        assertThat(rotated).isTrue();
        assertThat(backup(1)).hasContent("1");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void nothingIsWrittenOrEmptiedThroughALink() throws IOException {
        Path precious = Files.writeString(folder.resolve("precious"), "precious");
        for (String link : List.of("stdout.log.1", "stdout.log.2", "stdout.log.rotating")) {
            Files.createSymbolicLink(folder.resolve(link), precious);
        }
        append("1");

        assertThat(rotation(1, 2).rotateIfDue()).isTrue();
        assertThat(precious).hasContent("precious");
        assertThat(backup(1)).hasContent("1").matches(path -> !Files.isSymbolicLink(path));

        Files.delete(file);
        Files.createSymbolicLink(file, precious);
        assertThat(rotation(1, 2).rotateIfDue()).isFalse();
        assertThat(precious).hasContent("precious");
    }

    @Test
    void aFailureIsLoggedOnceAndLosesNothing() throws IOException {
        append("1");
        Path obstacle = Files.createDirectories(folder.resolve("stdout.log.rotating/x"));
        LogRotation rotation = rotation(1, 2);
        try (CapturedLog captured = new CapturedLog("dev.procession")) {
            assertThat(rotation.rotateIfDue()).isFalse();
            assertThat(rotation.rotateIfDue()).isFalse();

            assertThat(captured.naming(obstacle.getParent().toString()))
                    .containsExactly("WARNING 'api': its output cannot be rotated:"
                            + " java.nio.file.DirectoryNotEmptyException: " + obstacle.getParent());
        }
        assertThat(file).hasContent("1");
        assertThat(view().text()).isEqualTo("1");

        Files.delete(obstacle);
        assertThat(rotation.rotateIfDue()).isTrue();
        assertThat(backup(1)).hasContent("1");
        assertThat(view().text()).isEqualTo("1");
    }

    /** The process holds the file open all the time, and writes only when it is told to: so nothing may be missing. */
    @ParameterizedTest
    @MethodSource("dev.procession.launch.ProcessLogRunsTest#systems")
    @EnabledOnOs(OS.LINUX)
    void aProcessGoesOnWritingIntoTheEmptiedFile(OperatingSystem system) throws Exception {
        LogRotation rotation = rotation(1, 3);
        LineCursor cursor = new LineCursor(log, 0);
        List<String> seen = new ArrayList<>();
        List<String> expected = new ArrayList<>();
        Path go = folder.resolve("go");
        try (Trial trial = new Trial(system, folder)) {
            Child child = trial.script(
                            "for i in 1 2 3 4 5; do while [ ! -e go$i ]; do sleep 0.01; done;" + " echo line $i; done")
                    .stdout(file)
                    .spawn();
            for (int i = 1; i <= 5; i++) {
                int number = i;
                Files.createFile(folder.resolve(go.getFileName() + "" + number));
                Await.until("line " + number, () -> view().lines().contains("line " + number));
                expected.add("line " + number);
                assertThat(rotation.rotateIfDue()).isTrue();
                seen.addAll(read(cursor));
                assertThat(file).isEmptyFile();
            }
            assertThat(Await.result(child.exit())).isEqualTo(new ExitStatus.Code(0));
        }

        assertThat(seen).isEqualTo(expected);
        assertThat(view().lines()).containsExactly("line 3", "line 4", "line 5");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void whatIsCutOffIsInTheBackupAndTheRestStays() throws IOException {
        assumeTrue(canCut(), "the file system of " + folder + " cannot cut files");
        LogRotation rotation = rotation(10_000, 2, Backends.nativeOne().cut());
        LineCursor cursor = new LineCursor(log, 0);
        String first = "a".repeat(9_000) + "\n";
        String second = "b".repeat(9_000) + "\n";
        append(first);
        read(cursor);
        append(second);

        assertThat(rotation.rotateIfDue()).isTrue();
        assertThat(rotation.rotateIfDue()).isFalse();

        assertThat(backup(1)).hasContent((first + second).substring(0, 4 * FileCut.UNIT));
        assertThat(file).content().isEqualTo((first + second).substring(4 * FileCut.UNIT));
        assertThat(view().text()).isEqualTo(first + second);
        assertThat(read(cursor)).containsExactly(second.strip());
        append(first);
        assertThat(rotation.rotateIfDue()).isTrue();
        assertThat(view().text()).isEqualTo(first + second + first);
        assertThat(view().tail(1)).containsExactly(first.strip());
    }

    private boolean canCut() throws IOException {
        Path probe = Files.write(folder.resolve("probe"), new byte[2 * FileCut.UNIT]);
        boolean can = Backends.nativeOne().cut().cut(probe, FileCut.UNIT);
        assertThat(probe).hasSize(can ? FileCut.UNIT : 2L * FileCut.UNIT);
        Files.delete(probe);
        return can;
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void whereFilesAreCutNothingIsLost() throws Exception {
        assumeTrue(canCut(), "the file system of " + folder + " cannot cut files");

        assertThat(underRotation(
                        Backends.nativeOne(),
                        rotation(10_000, 50, Backends.nativeOne().cut())))
                .isEqualTo(IntStream.range(100_000, 140_000)
                        .mapToObj(String::valueOf)
                        .toList());
    }

    /** A moment's output may be lost, and a line be torn in it; but nothing comes twice or out of order. */
    @ParameterizedTest
    @MethodSource("dev.procession.launch.ProcessLogRunsTest#systems")
    @EnabledOnOs(OS.LINUX)
    void underRotationEverythingComesOnceAndInOrder(OperatingSystem system) throws Exception {
        List<String> whole = underRotation(system, rotation(10_000, 5)).stream()
                .filter(line -> line.matches("1[0-3]\\d{4}"))
                .toList();

        assertThat(whole).isNotEmpty().isSorted().doesNotHaveDuplicates();
    }

    /** What a reader gets of 40,000 numbers that are written without a pause, but for the one until the first rotation. */
    private List<String> underRotation(OperatingSystem system, LogRotation rotation) throws Exception {
        LineCursor cursor = new LineCursor(log, 0);
        List<String> seen = new ArrayList<>();
        int rotations = 0;
        try (Trial trial = new Trial(system, folder)) {
            Child child = trial.script("i=100000; while [ $i -lt 140000 ]; do echo $i; i=$((i+1));"
                            + " while [ $i = 120000 ] && [ ! -e rotated ]; do sleep 0.01; done; done")
                    .stdout(file)
                    .spawn();
            while (!child.exit().isDone()) {
                if (rotation.rotateIfDue() && rotations++ == 0) {
                    Files.createFile(folder.resolve("rotated"));
                }
                seen.addAll(read(cursor));
            }
            seen.addAll(read(cursor));
        }
        assertThat(rotations).isPositive();
        assertThat(cursor.lost()).isZero();
        return seen;
    }
}
