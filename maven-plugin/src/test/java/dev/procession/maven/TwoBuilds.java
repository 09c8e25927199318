package dev.procession.maven;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Runs Maven twice in this JVM, as a daemon does: once only up to the start of services, and once to the end. Its output
 * goes to a file of that name.
 */
final class TwoBuilds {

    private TwoBuilds() {}

    public static void main(String[] options) throws Exception {
        build(1, options, "pre-integration-test");
        try (ServerSocket listener = new ServerSocket()) {
            occupy(portOfTheFirst(), listener);
            build(2, options, "verify");
        }
    }

    private static void build(int number, String[] options, String phase) throws Exception {
        Class<?> type = Class.forName("org.apache.maven.cli.MavenCli");
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
        System.out.println("build " + number + " ended with " + result + " and left " + left);
    }

    private static int portOfTheFirst() throws IOException {
        Matcher port = Pattern.compile("'api' is ready .*, port (\\d+)").matcher(Files.readString(Path.of("output")));
        if (!port.find()) {
            throw new IllegalStateException("Expected that the build says which port its service has");
        }
        return Integer.parseInt(port.group(1));
    }

    /** A port that was given back may be given again, and is where other JVMs have the most: not if somebody listens there. */
    private static void occupy(int port, ServerSocket listener) throws IOException {
        try {
            listener.bind(new InetSocketAddress(port));
        } catch (BindException e) {
            // Somebody does already.
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
