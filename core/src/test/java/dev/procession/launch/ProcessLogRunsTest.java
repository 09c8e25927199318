package dev.procession.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.os.OperatingSystem;
import dev.procession.process.ExitStatus;
import dev.procession.process.ProcessId;
import dev.procession.process.WaitTimeoutException;
import dev.procession.testkit.Await;
import dev.procession.testkit.Backends;
import dev.procession.testkit.Trial;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** One log that several runs have written. */
@Timeout(600)
@EnabledOnOs(OS.LINUX)
class ProcessLogRunsTest {

    private static final RunCookie COOKIE = RunCookie.of(new ProcessId(4711, 8931), "runs", 1);

    @TempDir
    private Path folder;

    private Path stdout;
    private Path stderr;
    private ProcessLog log;

    static Stream<Named<OperatingSystem>> systems() {
        return Stream.of(Named.of("native", Backends.nativeOne()), Named.of("portable", Backends.portable()));
    }

    @BeforeEach
    void makeFiles() throws IOException {
        stdout = Files.createFile(folder.resolve("stdout.log"));
        stderr = Files.createFile(folder.resolve("stderr.log"));
        log = new ProcessLog(
                "api",
                List.of(stdout, stderr),
                (file, listener) -> () -> {},
                CompletableFuture.completedFuture(new ExitStatus.Code(0)),
                Secrets.NONE);
    }

    private static void append(Path file, String text) throws IOException {
        Files.writeString(file, text, StandardOpenOption.APPEND);
    }

    @Test
    void fromHereOnlyWhatComesLaterCounts() throws IOException {
        append(stdout, "up 1\n");
        append(stderr, "failed 1\nmore\n");
        ProcessLog later = log.fromHere();

        assertThat(later.text()).isEmpty();
        assertThat(later.lines()).isEmpty();
        assertThat(later.tail(10)).isEmpty();
        assertThat(later.find(Pattern.compile("up"))).isEmpty();
        assertThatThrownBy(() -> later.await("up", Duration.ZERO))
                .isExactlyInstanceOf(WaitTimeoutException.class)
                .hasMessage("'api' ended (exit code 0) without a line matching /up/\n  last lines of " + stdout
                        + "\n  last lines of " + stderr);
        try (LineMatcher matcher = new LineMatcher(later, Pattern.compile("up|failed"), () -> {})) {
            assertThat(matcher.count(true)).isZero();
        }

        append(stdout, "up 2\n");
        append(stderr, "failed 2\nrest");

        assertThat(later.text()).isEqualTo("up 2\nfailed 2\nrest");
        assertThat(later.lines()).containsExactly("up 2", "failed 2", "rest");
        assertThat(later.tail(1)).containsExactly("up 2", "rest");
        assertThat(later.tail(100)).containsExactly("up 2", "failed 2", "rest");
        assertThat(later.stdout().lines()).containsExactly("up 2");
        assertThat(later.stderr().lines()).containsExactly("failed 2", "rest");
        assertThat(later.streams()).extracting(ProcessLog::text).containsExactly("up 2\n", "failed 2\nrest");
        assertThat(later.find(Pattern.compile("failed")))
                .hasValueSatisfying(match -> assertThat(match.line()).isEqualTo("failed 2"));
        assertThat(later.await("up", Duration.ZERO).line()).isEqualTo("up 2");
        assertThat(later.allRuns().lines()).containsExactly("up 1", "up 2", "failed 1", "more", "failed 2", "rest");
        assertThat(later.files()).containsExactly(stdout, stderr);
    }

    @Test
    void aViewThatBeganBeforeTheFileWasEmptiedShowsWhatIsNew() throws IOException {
        append(stdout, "before\n");
        ProcessLog later = log.stdout().fromHere();

        Files.writeString(stdout, "new\n", StandardOpenOption.TRUNCATE_EXISTING);

        assertThat(later.text()).isEqualTo("new\n");
        assertThat(later.lines()).containsExactly("new");
        assertThat(later.tail(5)).containsExactly("new");
    }

    @Test
    void aFileThatWasWrittenAnewIsKnownByItsBeginningHoweverLongItIs() throws IOException {
        append(stdout, "before\n");
        assertThat(log.loss()).isEmpty();
        assertThat(log.stdout().lines()).containsExactly("before");
        ProcessLog later = log.stdout().fromHere();

        Files.writeString(stdout, "a new beginning\n", StandardOpenOption.TRUNCATE_EXISTING);
        append(stdout, "more\n");

        assertThat(later.lines()).containsExactly("a new beginning", "more");
        assertThat(log.loss())
                .hasValue(stdout + " was emptied and written anew, and what stood there is lost: append to it");
    }

    @ParameterizedTest
    @MethodSource("systems")
    void aRestartGoesOnWithTheSameLog(OperatingSystem system) throws Exception {
        ProcessSpec spec = ProcessSpec.command(
                        "/bin/sh", "-c", "echo run $(wc -l < count); echo x >> count; printf 'half'; echo e >&2")
                .name("x")
                .file(Files.createFile(folder.resolve("template")).toString(), "count")
                .build();
        try (Launch launch = new Launch(
                        Allocation.of(spec, folder, folder.resolve("target"), system), COOKIE, java.util.Map.of());
                Trial trial = new Trial(system, folder)) {
            ProcessLog first = run(system, launch, trial);
            assertThat(first.lines()).containsExactly("run 0", "half", "e");

            ProcessLog second = run(system, launch, trial);

            assertThat(second.text()).isEqualTo("run 1\nhalfe\n");
            assertThat(second.lines()).containsExactly("run 1", "half", "e");
            assertThat(second.await("run", Duration.ZERO).line()).isEqualTo("run 1");
            assertThat(second.allRuns().lines())
                    .as("no line is made of the words of two runs")
                    .containsExactly("run 0", "half", "run 1", "half", "e", "e");
            assertThat(second.allRuns().tail(3)).containsExactly("half", "run 1", "half", "e", "e");
            assertThat(second.allRuns().text()).isEqualTo("run 0\nhalfrun 1\nhalfe\ne\n");
        }
    }

    private static ProcessLog run(OperatingSystem system, Launch launch, Trial trial) throws Exception {
        var child = trial.spawn(launch.prepare(system.processes()).request());
        Await.result(child.exit());
        return launch.log(system.files(), child.exit());
    }

    @ParameterizedTest
    @MethodSource("systems")
    void mergedOutputKeepsItsOrder(OperatingSystem system) throws Exception {
        ProcessSpec spec = ProcessSpec.command(
                        "/bin/sh", "-c", "echo 1; echo 2 >&2; echo 3; echo 4 >&2; echo 5 >&2; echo 6")
                .name("x")
                .output(OutputPolicy.DEFAULT.merged(true))
                .build();
        try (Launch launch = new Launch(
                        Allocation.of(spec, folder, folder.resolve("target"), system), COOKIE, java.util.Map.of());
                Trial trial = new Trial(system, folder)) {
            ProcessLog merged = run(system, launch, trial);

            assertThat(merged.lines()).containsExactly("1", "2", "3", "4", "5", "6");
            assertThat(merged.stdout().text()).isEqualTo("1\n2\n3\n4\n5\n6\n");
            assertThat(merged.stderr().text()).isEqualTo(merged.stdout().text());
            assertThat(merged.streams()).hasSize(1);
            assertThat(folder.resolve("target").toFile().list())
                    .containsExactlyInAnyOrder(".procession", "work", "stdout.log");
        }
    }
}
