package dev.procession.cleanup;

import dev.procession.os.ProcessTable;
import dev.procession.process.ProcessId;
import dev.procession.process.ProcessInfo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The runs that live at one moment, and what they answer for: by the records of this user's, and by their watchdogs, which
 * are children of their JVMs. For one thread.
 *
 * <p>A pid and a start mean something else in another pid or time namespace, as a container has: who cannot be found here by
 * these may live there. The lock of a record holds everywhere, and a watchdog is in the namespaces of its JVM.
 */
final class LiveRuns {

    private final ProcessTable table;
    private final List<Path> records;
    private @Nullable List<ProcessInfo> watchdogs;

    /** As it is now. */
    LiveRuns(ProcessTable table) {
        this.table = table;
        this.records = RunRecords.ofUser().files();
    }

    /** Asked for by those alone who need them: for that all command lines are read. */
    private List<ProcessInfo> watchdogs() {
        if (watchdogs == null) {
            watchdogs = Watchdog.all(table);
        }
        return watchdogs;
    }

    /** Whether the JVM of a run lives, be it where its pid is another one. */
    boolean isAlive(ProcessId jvm) {
        return table.isAlive(jvm)
                || records.stream()
                        .anyMatch(file -> jvmOf(file).filter(jvm::equals).isPresent() && isHeld(file));
    }

    /** Never asked of our own run: to close the record would drop its lock. */
    private static boolean isHeld(Path file) {
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
            return channel.tryLock(0, Long.MAX_VALUE, true) == null;
        } catch (OverlappingFileLockException e) {
            return true;
        } catch (IOException e) {
            // Its run has ended.
            return false;
        }
    }

    /** Whether a process is the JVM of one. */
    boolean isJvm(ProcessInfo process) {
        return watchdogs().stream()
                        .anyMatch(watchdog -> watchdog.parentPid() == process.pid()
                                && watchdog.id().startTicks() >= process.id().startTicks())
                || records.stream()
                        .anyMatch(
                                file -> jvmOf(file).filter(process.id()::equals).isPresent());
    }

    /**
     * Whether a process is in other namespaces than we are, and one of these runs is there: of what it manages nothing more
     * can be told from here.
     */
    boolean isWhereAnotherLives(ProcessInfo process) {
        Optional<String> there = table.namespaces(process.pid());
        return there.isPresent()
                && !there.equals(table.namespaces(table.self().pid()))
                && watchdogs().stream()
                        .anyMatch(watchdog -> table.namespaces(watchdog.pid()).equals(there));
    }

    /**
     * Which of them manages a process, by its record.
     *
     * @param ownLine this JVM and who has started it: what descends from these may be of this JVM's own making
     * @return its JVM; empty if no record tells of the process, its session, or who has started it
     */
    Optional<ProcessId> managerOf(ProcessInfo process, Set<Long> ownLine) {
        Set<ProcessId> line = line(process, ownLine);
        for (Path file : records) {
            Optional<ProcessId> jvm = jvmOf(file).filter(table::isAlive);
            if (jvm.isPresent() && manages(managed(jvm.get(), file), process, line, ownLine)) {
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
    private Set<ProcessId> managed(ProcessId jvm, Path file) {
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
    private Set<ProcessId> line(ProcessInfo process, Set<Long> ownLine) {
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
