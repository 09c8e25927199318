package dev.procession.process;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** This JVM and those who have started it. */
public final class OwnLine {

    private OwnLine() {}

    /** Their pids. A process can only be one's ancestor as long as it lives: no pid is used twice meanwhile. */
    public static Set<Long> pids(ProcessSource source) {
        Set<Long> pids = new HashSet<>();
        long pid = ProcessHandle.current().pid();
        while (pid > 0 && pids.add(pid)) {
            Optional<ProcessInfo> row = source.find(pid);
            pid = row.map(ProcessInfo::parentPid).orElse(0L);
        }
        return pids;
    }
}
