package dev.procession.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

/** What must be gone when the JVM ends, however it ends. */
final class Leftovers {

    private static final Set<Runnable> ENDS = ConcurrentHashMap.newKeySet();
    private static final AtomicBoolean OVER = new AtomicBoolean();
    private static final Path FOLDER = newFolder();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(Leftovers::end, "leftovers"));
    }

    private Leftovers() {}

    /** A folder of this JVM alone. */
    static Path folder() {
        return FOLDER;
    }

    static void add(Runnable end) {
        ENDS.add(end);
        requireTime();
    }

    /** What is started when the JVM ends already nobody would end. */
    static void requireTime() {
        if (OVER.get()) {
            throw new IllegalStateException("this JVM ends");
        }
    }

    static void remove(Runnable end) {
        ENDS.remove(end);
    }

    private static Path newFolder() {
        try {
            return Files.createTempDirectory("procession-benchmarks-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void end() {
        OVER.set(true);
        for (Runnable end : ENDS) {
            try {
                end.run();
            } catch (RuntimeException e) {
                System.err.println("left behind: " + e);
            }
        }
        try (Stream<Path> files = Files.walk(FOLDER)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            System.err.println("left behind: " + FOLDER + ": " + e);
        }
    }
}
