package dev.procession.cleanup;

import dev.procession.os.ProcessTable;
import dev.procession.process.ProcessId;
import dev.procession.process.ProcessInfo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** Which run that is still alive manages a process, by the records of this user's runs. */
final class LiveRuns {

    private LiveRuns() {}

    /**
     * @param ownLine this JVM and who has started it: what descends from these may be of this JVM's own making
     * @return its JVM; empty if no record tells of the process, its session, or who has started it
     */
    static Optional<ProcessId> managerOf(ProcessInfo process, ProcessTable table, Set<Long> ownLine) {
        Set<ProcessId> line = line(process, table, ownLine);
        for (Path file : RunRecords.ofUser().files()) {
            Optional<ProcessId> jvm = jvmOf(file).filter(table::isAlive);
            if (jvm.isPresent() && manages(managed(jvm.get(), file, table), process, line, ownLine)) {
                return jvm;
            }
        }
        return Optional.empty();
    }

    private static Optional<ProcessId> jvmOf(Path file) {
        try {
            return Optional.of(FormerRun.jvmOf(String.valueOf(file.getFileName())));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static boolean manages(
            Set<ProcessId> managed, ProcessInfo process, Set<ProcessId> line, Set<Long> ownLine) {
        return managed.stream()
                .filter(id -> !ownLine.contains(id.pid()))
                .anyMatch(id -> line.contains(id) || process.session() == id.pid());
    }

    /** Of our own run the record must not even be opened: closing it would drop its lock. */
    private static Set<ProcessId> managed(ProcessId jvm, Path file, ProcessTable table) {
        if (jvm.equals(table.self())) {
            return Watchdog.ofJvm().watched();
        }
        try {
            FormerRun run = FormerRun.parse(Files.readString(file));
            Set<ProcessId> managed = new HashSet<>(run.leaders());
            managed.addAll(run.others());
            return managed;
        } catch (IOException | UncheckedIOException | IllegalArgumentException e) {
            // It has ended meanwhile, or is no record.
            return Set.of();
        }
    }

    /** Itself and those who have started it, up to who has started us. */
    private static Set<ProcessId> line(ProcessInfo process, ProcessTable table, Set<Long> ownLine) {
        Set<ProcessId> line = new HashSet<>();
        Optional<ProcessInfo> next = Optional.of(process);
        while (next.isPresent()
                && !ownLine.contains(next.get().pid())
                && line.add(next.get().id())) {
            next = table.find(next.get().parentPid());
        }
        return line;
    }
}
