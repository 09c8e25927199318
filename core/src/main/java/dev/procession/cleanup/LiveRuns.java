package dev.procession.cleanup;

import dev.procession.launch.RunCookie;
import dev.procession.os.OperatingSystem;
import dev.procession.os.ProcessTable;
import dev.procession.os.Sockets;
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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
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
    private final Sockets sockets;
    private final List<Path> records;
    private final Map<ProcessId, Set<Long>> adopters = new HashMap<>();
    private @Nullable List<ProcessInfo> watchdogs;
    private @Nullable Map<Long, ProcessId> startedBy;
    private @Nullable List<ProcessInfo> rows;

    /** As it is now. */
    LiveRuns(OperatingSystem system) {
        this.table = system.processes();
        this.sockets = system.sockets();
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

    /** The JVM of one that a process is, or has started; the end of either is often that of the other. */
    Optional<ProcessId> jvmBelow(ProcessInfo process) {
        if (startedBy == null) {
            startedBy = startedBy();
        }
        return Optional.ofNullable(startedBy.get(process.pid()));
    }

    /** The JVMs, by their own pids and those of their ancestors. */
    private Map<Long, ProcessId> startedBy() {
        Set<ProcessInfo> jvms = new LinkedHashSet<>();
        for (Path file : records) {
            jvmOf(file)
                    .flatMap(jvm -> table.find(jvm.pid()).filter(row -> row.id().equals(jvm) && !row.isDead()))
                    .ifPresent(jvms::add);
        }
        for (ProcessInfo watchdog : watchdogs()) {
            table.find(watchdog.parentPid())
                    .filter(parent -> watchdog.id().startTicks() >= parent.id().startTicks())
                    .ifPresent(jvms::add);
        }
        Map<Long, ProcessId> below = new HashMap<>();
        jvms.forEach(jvm -> below.put(jvm.pid(), jvm.id()));
        for (ProcessInfo jvm : jvms) {
            Optional<ProcessInfo> above = table.find(jvm.parentPid());
            while (above.isPresent() && below.putIfAbsent(above.get().pid(), jvm.id()) == null) {
                above = table.find(above.get().parentPid());
            }
        }
        return below;
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
     * @return its JVM; empty if no record tells of the process, its session, or who has started it, nor of the place where
     *     one of these works, writes or listens
     */
    Optional<ProcessId> managerOf(ProcessInfo process, Set<Long> ownLine) {
        List<ProcessInfo> line = line(process, ownLine);
        for (Path file : records) {
            Optional<ProcessId> jvm = jvmOf(file).filter(table::isAlive);
            if (jvm.isPresent()) {
                RunSigns signs = signs(jvm.get(), file);
                boolean manages = signs.processes().stream()
                                .filter(id -> !ownLine.contains(id.pid()))
                                .anyMatch(id -> isInSessionOf(process, id)
                                        || line.stream()
                                                .anyMatch(member -> member.id().equals(id)))
                        || line.stream().anyMatch(member -> isOfPlace(member, jvm.get(), signs));
                if (manages) {
                    return jvm;
                }
            }
        }
        return Optional.empty();
    }

    /** A run may not have heard yet that one of its processes has ended, and that the number is somebody else's by now. */
    private boolean isInSessionOf(ProcessInfo process, ProcessId leader) {
        return process.session() == leader.pid()
                && table.find(leader.pid())
                        .map(present -> present.id().equals(leader))
                        .orElseGet(() -> process.id().startTicks() >= leader.startTicks());
    }

    private static Optional<ProcessId> jvmOf(Path file) {
        try {
            return Optional.of(FormerRun.jvmOf(String.valueOf(file.getFileName())));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** As the watchdog of the run would know it, were the JVM to vanish now. */
    private boolean isOfPlace(ProcessInfo process, ProcessId jvm, RunSigns signs) {
        return process.id().startTicks() >= jvm.startTicks()
                && !process.hasTerminal()
                && adopters.computeIfAbsent(jvm, key -> Adopters.of(key.pid(), rows()))
                        .contains(process.parentPid())
                && isAtPlace(process.pid(), signs)
                && RunCookie.runsIn(table.environment(process.pid())).isEmpty();
    }

    private boolean isAtPlace(long pid, RunSigns signs) {
        return table.workingDirectory(pid).filter(signs::owns).isPresent()
                || table.outputs(pid).stream().anyMatch(signs::owns)
                || listensOnAny(pid, signs.ports());
    }

    private boolean listensOnAny(long pid, Set<Integer> ports) {
        Set<Long> inodes = ports.isEmpty() ? Set.of() : new HashSet<>(table.socketInodes(pid));
        return !inodes.isEmpty()
                && sockets.listeners().stream()
                        .anyMatch(listener -> ports.contains(listener.port()) && inodes.contains(listener.inode()));
    }

    private List<ProcessInfo> rows() {
        if (rows == null) {
            rows = table.scan();
        }
        return rows;
    }

    /** Of our own run the record must not even be opened: closing it would drop its lock. */
    private RunSigns signs(ProcessId jvm, Path file) {
        if (jvm.equals(table.self())) {
            return Watchdog.ofJvm().signs();
        }
        try {
            return FormerRun.parse(Files.readString(file)).signs();
        } catch (IOException | UncheckedIOException | IllegalArgumentException e) {
            // It has ended meanwhile, or is no record.
            return RunSigns.NONE;
        }
    }

    /** Itself and those who have started it, up to who has started us. */
    private List<ProcessInfo> line(ProcessInfo process, Set<Long> ownLine) {
        List<ProcessInfo> line = new ArrayList<>();
        Set<Long> met = new HashSet<>(ownLine);
        Optional<ProcessInfo> next = Optional.of(process);
        while (next.isPresent() && met.add(next.get().pid())) {
            line.add(next.get());
            next = table.find(next.get().parentPid());
        }
        return line;
    }
}
