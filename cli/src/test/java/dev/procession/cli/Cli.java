package dev.procession.cli;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** The built jar, run as users run it. */
final class Cli {

    static final Path JAR = Path.of(System.getProperty("procession.jar"));
    static final Path LAUNCHER = JAR.resolveSibling("procession");
    static final String USAGE_OF_PIDS =
            "Usage: procession pids [--help] [--loose] NAME [EXTRA...]\n" + "Try 'procession pids --help'.\n";

    private static final long PATIENCE_SECONDS = 120;

    private final Path folder;

    /** @param folder where it runs, and where its output goes */
    Cli(Path folder) {
        this.folder = folder;
    }

    /** How it ended and what it wrote. */
    record Result(int exitCode, String stdout, String stderr) {

        static Result of(int exitCode) {
            return new Result(exitCode, "", "");
        }

        static Result stdout(String text) {
            return new Result(0, text, "");
        }

        /** Without what differs from run to run. */
        Result timeless() {
            return new Result(exitCode, stdout, stderr.replaceAll("[0-9.]+ (ms|s|m)(?=[\n, ])", "TIME"));
        }
    }

    static List<String> java(String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-jar",
                JAR.toString()));
        command.addAll(Arrays.asList(arguments));
        return command;
    }

    Result run(String... arguments) {
        return start(arguments).await();
    }

    Running start(String... arguments) {
        return start(Map.of(), java(arguments));
    }

    Running start(Map<String, String> environment, List<String> command) {
        try {
            Path out = Files.createTempFile(folder, "out", "");
            Path err = Files.createTempFile(folder, "err", "");
            // Where a build runs in the background, its shell has made it ignore INT, and so would all that it starts.
            List<String> heeding = new ArrayList<>(List.of("env", "--default-signal=INT,HUP"));
            heeding.addAll(command);
            ProcessBuilder builder = new ProcessBuilder(heeding)
                    .directory(folder.toFile())
                    .redirectInput(new File("/dev/null"))
                    .redirectOutput(out.toFile())
                    .redirectError(err.toFile());
            builder.environment().putAll(environment);
            return new Running(builder.start(), out, err);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** One that runs. */
    record Running(Process process, Path out, Path err) implements AutoCloseable {

        String stdout() {
            try {
                return Files.readString(out);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }

        /** Waits until it has written so many lines. */
        List<String> lines(int count) {
            until(
                    count + " lines of output",
                    () -> stdout().chars().filter(c -> c == '\n').count() >= count);
            return stdout().lines().toList();
        }

        Result await() {
            try {
                if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                    throw new AssertionError("Expected an end within " + PATIENCE_SECONDS + " s; so far it wrote "
                            + stdout() + Files.readString(err));
                }
                return new Result(process.exitValue(), stdout(), Files.readString(err));
            } catch (IOException | InterruptedException e) {
                throw new AssertionError(e);
            } finally {
                destroy();
            }
        }

        /** A shell around a command of ours would leave that behind. */
        private void destroy() {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }

        @Override
        public void close() {
            destroy();
            until("its end", () -> !process.isAlive());
        }
    }

    static void until(String expectation, BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("Expected within " + PATIENCE_SECONDS + " s: " + expectation);
            }
            try {
                Thread.sleep(5);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }
}
