package dev.procession.cleanup;

import dev.procession.process.ProcessInfo;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Who can be the parent of an orphan of ours: init, or a process around this JVM that has asked the kernel for orphans, as a
 * service manager does. That one is in another session. Whoever is around us in our own, a build or a shell, has children
 * that are no orphans.
 */
final class Adopters {

    private static final long INIT = 1;

    private Adopters() {}

    /** Their pids. */
    static Set<Long> in(List<ProcessInfo> rows) {
        return of(ProcessHandle.current().pid(), rows);
    }

    /** Those of the orphans of another JVM. */
    static Set<Long> of(long jvm, List<ProcessInfo> rows) {
        Map<Long, ProcessInfo> byPid =
                rows.stream().collect(Collectors.toMap(ProcessInfo::pid, row -> row, (one, other) -> one));
        Set<Long> adopters = new HashSet<>(Set.of(INIT));
        Set<Long> seen = new HashSet<>();
        ProcessInfo self = byPid.get(jvm);
        ProcessInfo above = self == null ? null : byPid.get(self.parentPid());
        while (above != null && seen.add(above.pid())) {
            if (above.session() != self.session()) {
                adopters.add(above.pid());
            }
            above = byPid.get(above.parentPid());
        }
        return adopters;
    }
}
