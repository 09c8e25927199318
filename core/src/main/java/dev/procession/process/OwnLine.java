package dev.procession.process;

import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalLong;
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

    /**
     * Whether a process is one of them, or a part of one: what it has forked, and what has not executed anything since, such
     * as the subshell of a pipeline. Such a one has a command line that is not its own.
     *
     * @param line the {@link #pids}
     */
    public static boolean includes(Set<Long> line, FoundProcess process, ProcessSource source) {
        Set<Long> seen = new HashSet<>();
        Optional<ProcessInfo> member = Optional.of(process.info());
        while (member.isPresent() && seen.add(member.get().pid())) {
            if (line.contains(member.get().pid())) {
                return true;
            }
            ProcessInfo fork = member.get();
            member = source.find(fork.parentPid()).filter(parent -> haveOneImage(fork, parent, source));
        }
        return false;
    }

    private static boolean haveOneImage(ProcessInfo fork, ProcessInfo parent, ProcessSource source) {
        OptionalLong image = source.image(fork.pid());
        return image.isPresent() && image.equals(source.image(parent.pid()));
    }
}
