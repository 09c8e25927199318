package dev.procession.benchmarks;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;

/** What live children cost this JVM, which was started for nothing else. Prints two lines: threads and descriptors. */
final class Footprint {

    private Footprint() {}

    public static void main(String[] arguments) throws Exception {
        Starter starter = Starter.valueOf(arguments[0]);
        int children = Integer.parseInt(arguments[1]);
        // The first brings whatever is shared by all.
        Crowd.around(() -> measure(starter, children), starter, 1);
        System.exit(0);
    }

    private static void measure(Starter starter, int children) throws Exception {
        int threads = threads();
        int descriptors = descriptors();
        Crowd.Body print = () -> {
            System.out.println((threads() - threads) / (double) children);
            System.out.println((descriptors() - descriptors) / (double) children);
        };
        Crowd.around(print, starter, children);
    }

    private static int threads() throws Exception {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("Threads:"))
                .mapToInt(line -> Integer.parseInt(line.substring(8).strip()))
                .sum();
    }

    private static int descriptors() {
        String[] names = new File("/proc/self/fd").list();
        return names == null ? 0 : names.length;
    }
}
