package dev.procession.maven;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.os.ProcessTable;
import dev.procession.os.backend.Backend;
import dev.procession.process.ProcessId;
import dev.procession.process.ProcessInfo;
import dev.procession.process.Signal;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

/** A build by a real Maven in a JVM, a session and a process group of its own, and all that works in its folder. */
final class Build implements AutoCloseable {

    /** For machines under load; nothing is concluded from the time itself. */
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private static final ProcessTable TABLE = Backend.current().processes();

    private final Path folder;
    private final Process process;

    private Build(Path folder, Process process) {
        this.folder = folder;
        this.process = process;
    }

    /** The oldest Maven that is supported. */
    static Path oldest() {
        return home("oldest");
    }

    static Path newest() {
        return home("newest");
    }

    /** The one to come. */
    static Path next() {
        return home("next");
    }

    private static Path home(String which) {
        return Path.of(
                System.getProperty("build.mavens"), "apache-maven-" + System.getProperty("build.maven." + which));
    }

    /** Starts the newest Maven in a folder. */
    static Build start(Path folder, String... arguments) throws IOException {
        return start(newest(), folder, arguments);
    }

    static Build start(Path maven, Path folder, String... arguments) throws IOException {
        List<String> command =
                new ArrayList<>(List.of("sh", maven.resolve("bin/mvn").toString()));
        command.addAll(options());
        command.addAll(List.of(arguments));
        return launch(folder, command, new File("/dev/null"));
    }

    /** What all builds of tests have in common. */
    static List<String> options() {
        return List.of(
                "-B",
                "-ntp",
                "-Dstyle.color=never",
                "-gs",
                System.getProperty("build.settings"),
                "-Dmaven.repo.local=" + LocalRepository.ofTests());
    }

    /** Starts any command; in an own session, with SIGINT as it is in a terminal, and with our mark. */
    static Build launch(Path folder, List<String> command, File stdin) throws IOException {
        List<String> all = new ArrayList<>(List.of("setsid", "env", "--default-signal=INT"));
        all.addAll(command);
        ProcessBuilder builder = new ProcessBuilder(all)
                .directory(folder.toFile())
                .redirectInput(stdin)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("output").toFile());
        ProcessId self = TABLE.self();
        builder.environment().put("PROCESSION_RUN", self.pid() + "-" + self.startTicks());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        // A Maven that is killed leaves the native code of its console behind: in our folder, not in everybody's.
        builder.environment().put("MAVEN_OPTS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Djansi.tmpdir=.");
        return new Build(folder, builder.start());
    }

    /** Starts, waits for the end, and sees that nothing is left. */
    static Build run(Path folder, String... arguments) throws Exception {
        return run(newest(), folder, arguments);
    }

    static Build run(Path maven, Path folder, String... arguments) throws Exception {
        try (Build build = start(maven, folder, arguments)) {
            build.await();
            build.assertNothingLeft();
            return build;
        }
    }

    Build await() throws InterruptedException {
        if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("Expected it to end within " + PATIENCE + ", but it has said only: " + output());
        }
        return this;
    }

    void assertSucceeded() {
        assertThat(process.exitValue()).as(this::output).isZero();
    }

    void assertFailed() {
        assertThat(process.exitValue()).as(this::output).isEqualTo(1);
    }

    int exitCode() {
        return process.exitValue();
    }

    boolean hasEnded() {
        return !process.isAlive();
    }

    /** Whoever leads the session: Maven's JVM, since its script replaces itself by it. */
    ProcessId id() {
        return TABLE.find(process.pid()).orElseThrow().id();
    }

    /** To Maven's group, as a terminal does it. */
    void interrupt() {
        List<ProcessId> group = TABLE.scan().stream()
                .filter(row -> row.group() == process.pid() && !row.isDead())
                .map(ProcessInfo::id)
                .toList();
        group.forEach(id -> Backend.current().signaller().send(id, Signal.INT));
    }

    void kill() {
        Backend.current().signaller().send(id(), Signal.KILL);
    }

    String output() {
        return read("output");
    }

    /** The lines of its output that contain a text, without what Maven puts before them. */
    List<String> lines(String text) {
        return output().lines()
                .filter(line -> line.contains(text))
                .map(line -> line.replaceFirst("^\\[[A-Z]+] (\\[[a-z]+] )?", ""))
                .toList();
    }

    String read(String file) {
        try {
            return Files.readString(folder.resolve(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    boolean has(String file) {
        return Files.exists(folder.resolve(file));
    }

    /** Waits until it has said something. */
    void awaitOutput(String text) {
        until("'" + text + "' in the output of a living build", () -> output().contains(text) || hasEnded());
        assertThat(output()).contains(text);
    }

    /** The living processes that work below the folder, Maven among them. */
    Set<ProcessInfo> working() {
        return TABLE.scan().stream()
                .filter(row -> !row.isDead() && worksHere(row))
                .collect(Collectors.toSet());
    }

    private boolean worksHere(ProcessInfo row) {
        return TABLE.workingDirectory(row.pid())
                .filter(path -> path.startsWith(folder))
                .isPresent();
    }

    /** What carries the mark of these tests, which everything that a build starts inherits, wherever it works. */
    static List<ProcessInfo> marked() {
        ProcessId self = TABLE.self();
        String run = self.pid() + "-" + self.startTicks();
        return TABLE.scan().stream()
                .filter(row -> !row.isDead() && row.pid() != self.pid())
                .filter(row -> TABLE.environment(row.pid()).stream()
                        .anyMatch(variable -> variable.startsWith("PROCESSION_RUN=" + run)))
                .toList();
    }

    /** For a build that has ended in an orderly way: not later, but now. Only its watchdog needs a moment more. */
    void assertNothingLeft() {
        assertThat(working().stream().filter(row -> !isWatchdog(row)).toList())
                .as(() -> "what outlived the build: " + output())
                .isEmpty();
        until("nothing with our mark is left", () -> marked().isEmpty());
    }

    /** For a build that was killed: its watchdog is at work. */
    void awaitNothingLeft() {
        until("nothing is left in " + folder, () -> working().isEmpty() && marked().isEmpty());
    }

    static boolean isWatchdog(ProcessInfo row) {
        return TABLE.environment(row.pid()).contains("PROCESSION_WATCHDOG=1");
    }

    static void until(String expectation, BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("Expected within " + PATIENCE + ": " + expectation);
            }
            try {
                TimeUnit.MILLISECONDS.sleep(5);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError("Interrupted while waiting", e);
            }
        }
    }

    /** What a failure has left. */
    @Override
    public void close() {
        process.destroyForcibly();
        until("it has ended", this::hasEnded);
        until("nothing works in " + folder, () -> {
            Set<ProcessInfo> left = working();
            left.forEach(row -> Backend.current().signaller().send(row.id(), Signal.KILL));
            return left.isEmpty();
        });
    }
}
