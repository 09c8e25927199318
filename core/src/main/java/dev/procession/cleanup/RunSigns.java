package dev.procession.cleanup;

import dev.procession.process.ProcessId;
import java.nio.file.Path;
import java.util.Set;

/**
 * By what the processes of a run that lives are known, as far as its JVM has told. Immutable.
 *
 * @param processes those that it has started, and those that it knows to be its own besides
 * @param folders where nobody else's work or have their output, without links
 * @param ports where nobody else's listen
 */
record RunSigns(Set<ProcessId> processes, Set<Path> folders, Set<Integer> ports) {

    static final RunSigns NONE = new RunSigns(Set.of(), Set.of(), Set.of());

    RunSigns {
        processes = Set.copyOf(processes);
        folders = Set.copyOf(folders);
        ports = Set.copyOf(ports);
    }

    /** Whether a folder or a file is, or lies in, one of the folders. */
    boolean owns(Path path) {
        return folders.stream().anyMatch(path::startsWith);
    }
}
