package dev.procession.maven;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** Runs Maven twice in this JVM, as a daemon does: once to the end, and once only up to the start of services. */
final class TwoBuilds {

    private TwoBuilds() {}

    public static void main(String[] options) throws Exception {
        Class<?> type = Class.forName("org.apache.maven.cli.MavenCli");
        int number = 0;
        for (String phase : List.of("pre-integration-test", "verify")) {
            String[] arguments = Arrays.copyOf(options, options.length + 1);
            arguments[options.length] = phase;
            Object result = type.getMethod("doMain", String[].class, String.class, PrintStream.class, PrintStream.class)
                    .invoke(
                            type.getConstructor().newInstance(),
                            arguments,
                            Path.of("").toAbsolutePath().toString(),
                            System.out,
                            System.out);
            List<String> left = ProcessHandle.current()
                    .descendants()
                    .filter(process -> !isWatchdog(process))
                    .map(Object::toString)
                    .toList();
            System.out.println("build " + ++number + " ended with " + result + " and left " + left);
        }
    }

    private static boolean isWatchdog(ProcessHandle process) {
        try {
            byte[] environment = Files.readAllBytes(Path.of("/proc", Long.toString(process.pid()), "environ"));
            return new String(environment, StandardCharsets.UTF_8).contains("PROCESSION_WATCHDOG=1\0");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
