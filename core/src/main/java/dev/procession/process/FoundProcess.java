package dev.procession.process;

import java.util.List;

/**
 * A living process as it was when it was found. Immutable and thread safe.
 *
 * @param info its row of the process table
 * @param commandLine its arguments, argv[0] first, secrets included; empty where the platform does not tell
 */
public record FoundProcess(ProcessInfo info, List<String> commandLine) {

    public FoundProcess {
        commandLine = List.copyOf(commandLine);
    }

    /** Who it is. */
    public ProcessId id() {
        return info.id();
    }

    /** The pid alone, for messages. */
    public long pid() {
        return info.pid();
    }

    /** In one line, as messages show it, without secrets: {@code pid 5123 (python apps/SomeApp.py)}. */
    @Override
    public String toString() {
        return "pid " + pid() + " (" + (commandLine.isEmpty() ? "[" + info.name() + "]" : CommandLine.text(commandLine))
                + ")";
    }
}
