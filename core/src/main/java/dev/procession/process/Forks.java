package dev.procession.process;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Knows since when the program runs that a process is of: the fork of an old server is a new process, but not a freshly
 * started server. For one look, and one thread.
 */
public final class Forks {

    private final ProcessSource source;
    private final Map<Long, FoundProcess> family = new HashMap<>();
    private final Map<Long, ProcessInfo> rows = new HashMap<>();
    private final Map<Long, OptionalLong> images = new HashMap<>();
    private final Set<Long> outsiders;

    /** @param family those of whom one may be a fork of another */
    public Forks(ProcessSource source, Collection<FoundProcess> family) {
        this.source = source;
        family.forEach(process -> this.family.put(process.pid(), process));
        // What this JVM starts is no fork of it, or of who started it, even if that is a JVM as well.
        this.outsiders = OwnLine.pids(source);
    }

    /**
     * The start of the oldest ancestor in the family that the process is a fork of, or else its own. Where the platform
     * does not tell whether there was an exec between the two, any ancestor in the family counts.
     */
    public long startTicks(FoundProcess process) {
        long oldest = process.id().startTicks();
        ProcessInfo child = process.info();
        while (child.parentPid() > 1 && !outsiders.contains(child.parentPid())) {
            ProcessInfo parent = row(child.parentPid());
            // A younger one has got the pid of the parent, which has gone meanwhile.
            if (parent == null || parent.id().startTicks() > child.id().startTicks()) {
                break;
            }
            OptionalLong ofChild = image(child.pid());
            OptionalLong ofParent = image(parent.pid());
            if (ofChild.isPresent() && ofParent.isPresent() && ofChild.getAsLong() != ofParent.getAsLong()) {
                break;
            }
            FoundProcess relative = family.get(parent.pid());
            if (relative != null && relative.id().equals(parent.id())) {
                oldest = parent.id().startTicks();
            }
            child = parent;
        }
        return oldest;
    }

    private @Nullable ProcessInfo row(long pid) {
        return rows.computeIfAbsent(pid, key -> source.find(key).orElse(null));
    }

    private OptionalLong image(long pid) {
        return images.computeIfAbsent(pid, source::image);
    }
}
