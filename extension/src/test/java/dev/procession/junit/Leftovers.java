package dev.procession.junit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Finds the living processes that this JVM has started, directly or not. Asks the kernel itself, not the library. */
final class Leftovers {

    private static final Path PROC = Path.of("/proc");
    private static final long SELF = ProcessHandle.current().pid();

    private Leftovers() {}

    /**
     * Children of this JVM, and whatever carries its run id wherever it hangs now; each as {@code pid: command}. The
     * watchdog lives as long as the JVM and does not count.
     */
    static List<String> now() {
        Set<ProcessHandle> left = new LinkedHashSet<>();
        ProcessHandle.current().children().filter(ProcessHandle::isAlive).forEach(left::add);
        if (Files.isDirectory(PROC)) {
            carriersOfOurRun().forEach(left::add);
        }
        return left.stream()
                .map(Leftovers::describe)
                .filter(text -> !text.contains("watchdog"))
                .toList();
    }

    private static Stream<ProcessHandle> carriersOfOurRun() {
        String run = SELF + "-" + startTicks();
        return ProcessHandle.allProcesses()
                .filter(handle -> handle.pid() != SELF)
                .filter(handle -> environment(handle.pid())
                        .filter(variable -> variable.startsWith("PROCESSION_RUN="))
                        .anyMatch(variable -> (variable.replace('=', '/') + "/").contains("/" + run + "/")));
    }

    private static String startTicks() {
        try {
            String stat = Files.readString(PROC.resolve(SELF + "/stat"));
            return stat.substring(stat.lastIndexOf(')') + 2).split(" ")[19];
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Stream<String> environment(long pid) {
        try {
            byte[] environment = Files.readAllBytes(PROC.resolve(pid + "/environ"));
            return Stream.of(new String(environment, StandardCharsets.UTF_8).split("\0"));
        } catch (IOException e) {
            // Ended meanwhile, or another user's.
            return Stream.empty();
        }
    }

    private static String describe(ProcessHandle handle) {
        return handle.pid() + ": "
                + handle.info().commandLine().orElse(handle.info().command().orElse("?"));
    }
}
