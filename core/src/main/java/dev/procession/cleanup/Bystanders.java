package dev.procession.cleanup;

import dev.procession.os.ProcessTable;
import dev.procession.process.ProcessInfo;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Who works together with this JVM or with those who have started it, at one moment: the other members of their pipelines,
 * and the leaders of their sessions, with whom a terminal would go. Immutable.
 */
final class Bystanders {

    private final Set<Long> pipeline;
    private final Set<Long> sessions;

    private Bystanders(Set<Long> pipeline, Set<Long> sessions) {
        this.pipeline = pipeline;
        this.sessions = sessions;
    }

    /** @param ownLine this JVM and who has started it */
    static Bystanders of(Set<Long> ownLine, ProcessTable table) {
        List<ProcessInfo> rows = table.scan();
        Map<Long, Set<Long>> readers = new HashMap<>();
        Map<Long, Set<Long>> writers = new HashMap<>();
        Map<Long, Set<Long>> reads = new HashMap<>();
        Map<Long, Set<Long>> writes = new HashMap<>();
        Set<Long> sessions = new HashSet<>();
        for (ProcessInfo row : rows) {
            long pid = row.pid();
            connect(pid, table.pipe(pid, 0), reads, readers);
            connect(pid, table.pipe(pid, 1), writes, writers);
            connect(pid, table.pipe(pid, 2), writes, writers);
            if (ownLine.contains(pid)) {
                sessions.add(row.session());
            }
        }
        Set<Long> pipeline = closure(ownLine, writes, readers);
        pipeline.addAll(closure(ownLine, reads, writers));
        return new Bystanders(pipeline, sessions);
    }

    private static void connect(long pid, OptionalLong pipe, Map<Long, Set<Long>> ends, Map<Long, Set<Long>> users) {
        pipe.ifPresent(inode -> {
            ends.computeIfAbsent(pid, key -> new HashSet<>()).add(inode);
            users.computeIfAbsent(inode, key -> new HashSet<>()).add(pid);
        });
    }

    /** Down the pipes, or up. Who shares an end is not met: what a script starts writes where the script does. */
    private static Set<Long> closure(Set<Long> from, Map<Long, Set<Long>> ends, Map<Long, Set<Long>> others) {
        Set<Long> met = new HashSet<>();
        Deque<Long> next = new ArrayDeque<>(from);
        while (!next.isEmpty()) {
            for (long pipe : ends.getOrDefault(next.pop(), Set.of())) {
                for (long pid : others.getOrDefault(pipe, Set.of())) {
                    if (met.add(pid)) {
                        next.add(pid);
                    }
                }
            }
        }
        return met;
    }

    /** Why a process is one of them, a sentence without its end; empty if it is none. */
    Optional<String> reason(ProcessInfo process) {
        if (pipeline.contains(process.pid())) {
            return Optional.of("it is in the pipeline of this JVM or of who has started it");
        }
        return sessions.contains(process.pid())
                ? Optional.of("it leads the session of this JVM or of who has started it")
                : Optional.empty();
    }
}
