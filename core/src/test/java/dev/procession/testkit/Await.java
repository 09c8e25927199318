package dev.procession.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.assertj.core.api.Assertions;

/** Waits for what must come. The patience is for machines under load; nothing is concluded from the time itself. */
public final class Await {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private Await() {}

    public static void until(String expectation, BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                Assertions.fail("Expected within " + PATIENCE + ": " + expectation);
            }
            pause();
        }
    }

    private static void pause() {
        try {
            Thread.sleep(2);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("Interrupted while waiting", e);
        }
    }

    /** Does something in a thread of its own: one that blocks must not hold up the others of a shared pool. */
    public static <T> Future<T> async(Callable<T> action) {
        FutureTask<T> task = new FutureTask<>(action);
        Thread thread = new Thread(task, "test-async");
        thread.setDaemon(true);
        thread.start();
        return task;
    }

    public static <T> T result(Future<T> future) {
        try {
            return future.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError("Expected a result, but it was " + e, e);
        }
    }

    /** The complete lines of a file, once there are at least so many. */
    public static List<String> lines(Path file, int count) {
        until(count + " lines in " + file, () -> completeLines(file).size() >= count);
        return completeLines(file);
    }

    public static void exists(Path file) {
        until(file + " is there", () -> Files.exists(file));
    }

    private static List<String> completeLines(Path file) {
        try {
            String text = Files.exists(file) ? Files.readString(file) : "";
            return text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
