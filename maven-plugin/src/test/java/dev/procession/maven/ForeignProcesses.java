package dev.procession.maven;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Processes that no build has started, each with an argument that no other process has. For one thread. */
final class ForeignProcesses implements AutoCloseable {

    private final List<Process> all = new ArrayList<>();

    /** A time for sleep, or an option, that nobody else has. */
    static String unique(String prefix) {
        return prefix + ProcessHandle.current().pid() + Long.toString(System.nanoTime());
    }

    /** Sleeps. */
    Process sleep(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("sleep"));
        command.addAll(Arrays.asList(arguments));
        return start(command.toArray(String[]::new));
    }

    Process start(String... command) throws IOException {
        Process process = new ProcessBuilder(command).start();
        all.add(process);
        return process;
    }

    @Override
    public void close() {
        all.forEach(Process::destroyForcibly);
        all.forEach(process -> Build.until(process + " has ended", () -> !process.isAlive()));
    }
}
