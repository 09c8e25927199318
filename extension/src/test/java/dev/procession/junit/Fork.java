package dev.procession.junit;

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

/** Another JVM that works in a folder, and the processes that work in there because of it. */
final class Fork implements AutoCloseable {

    /** For machines under load; nothing is concluded from the time itself. */
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private static final ProcessTable TABLE = Backend.current().processes();

    private final Path folder;
    private final Process process;

    private Fork(Path folder, Process process) {
        this.folder = folder;
        this.process = process;
    }

    /** Starts a command, which carries our mark, as whatever it starts does. */
    static Fork start(Path folder, List<String> command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectInput(new File("/dev/null"))
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("output").toFile());
        ProcessId self = TABLE.self();
        builder.environment().put("PROCESSION_RUN", self.pid() + "-" + self.startTicks());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        return new Fork(folder, builder.start());
    }

    /** Starts a main class of the tests. */
    static Fork startJava(Path folder, Class<?> main, String... options) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED"));
        command.addAll(List.of(options));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        return start(folder, command);
    }

    /** Waits for its end. */
    int exitCode() throws InterruptedException {
        if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("Expected it to end within " + PATIENCE + ", but it has said only: " + output());
        }
        return process.exitValue();
    }

    boolean hasEnded() {
        return !process.isAlive();
    }

    String output() {
        return read("output");
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

    /** The living processes that work in the folder. */
    Set<ProcessId> working() {
        return TABLE.scan().stream()
                .filter(row -> !row.isDead() && worksHere(row))
                .map(ProcessInfo::id)
                .collect(Collectors.toSet());
    }

    private boolean worksHere(ProcessInfo row) {
        return TABLE.workingDirectory(row.pid())
                .filter(path -> path.startsWith(folder))
                .isPresent();
    }

    static void awaitDeath(Set<ProcessId> processes) {
        until("these are dead: " + processes, () -> processes.stream().noneMatch(TABLE::isAlive));
    }

    static void until(String expectation, BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("Expected within " + PATIENCE + ": " + expectation);
            }
            try {
                TimeUnit.MILLISECONDS.sleep(2);
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
            Set<ProcessId> left = working();
            left.forEach(id -> Backend.current().signaller().send(id, Signal.KILL));
            return left.isEmpty();
        });
    }
}
