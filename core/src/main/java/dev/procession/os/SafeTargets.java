package dev.procession.os;

import dev.procession.process.ProcessId;
import dev.procession.process.ProcessInfo;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** What no signal of ours may ever reach, whoever asks. Immutable and thread safe. */
public final class SafeTargets {

    private final long self;
    private final Set<ProcessId> ancestors;

    private SafeTargets(long self, Set<ProcessId> ancestors) {
        this.self = self;
        this.ancestors = Set.copyOf(ancestors);
    }

    /**
     * Looks once who our ancestors are, which stays true: an orphan is given to another one of them.
     *
     * @param table where they are looked up
     */
    public static SafeTargets asSeenIn(ProcessTable table) {
        long self = ProcessHandle.current().pid();
        Set<ProcessId> ancestors = new HashSet<>();
        Optional<ProcessInfo> row = table.find(self);
        while (row.isPresent()) {
            row = parent(table, row.get()).filter(parent -> ancestors.add(parent.id()));
        }
        return new SafeTargets(self, ancestors);
    }

    private static Optional<ProcessInfo> parent(ProcessTable table, ProcessInfo child) {
        // When it has just ended, its child has been given another one.
        return findParent(table, child).or(() -> table.find(child.pid()).flatMap(again -> findParent(table, again)));
    }

    private static Optional<ProcessInfo> findParent(ProcessTable table, ProcessInfo child) {
        return child.parentPid() > 1 ? table.find(child.parentPid()) : Optional.empty();
    }

    /**
     * @throws IllegalArgumentException for init, for this JVM itself and for whoever has started it
     */
    public ProcessId check(ProcessId id) {
        if (id.pid() <= 1) {
            throw refused(id, "init");
        }
        if (id.pid() == self) {
            throw refused(id, "this JVM");
        }
        if (ancestors.contains(id)) {
            throw refused(id, "an ancestor of this JVM");
        }
        return id;
    }

    private static IllegalArgumentException refused(ProcessId id, String who) {
        return new IllegalArgumentException(
                "Expected a process other than init, this JVM and its ancestors, but was " + id + ", which is " + who);
    }
}
