package dev.procession.cleanup;

import dev.procession.launch.RunCookie;
import dev.procession.os.Child;
import dev.procession.os.ProcessTable;
import dev.procession.process.ProcessId;
import dev.procession.process.ProcessInfo;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Everything that a child of ours has started and that still lives: what is in its session or group, what descends from
 * it, and what carries its cookie. What was once seen to belong to it stays its own, also when the process between them
 * has died. Thread safe.
 */
public final class ProcessTree {

    /** On a machine where others start short processes all the time a scan without one may never come. */
    private static final int MOST_SCANS = 20;

    private static final long JUST_STARTED_TICKS = 2;

    /** The parent of all threads of the kernel. */
    private static final long KERNEL_THREADS = 2;

    private final ProcessTable table;
    private final Child root;
    private final RunCookie cookie;
    private final Set<ProcessId> known = new HashSet<>();
    private boolean undecided;

    public ProcessTree(ProcessTable table, Child root, RunCookie cookie) {
        this.table = table;
        this.root = root;
        this.cookie = cookie;
    }

    /** The root's row, zombies included; empty once it was reaped. */
    Optional<ProcessInfo> root() {
        return table.find(root.id().pid()).filter(row -> row.id().equals(root.id()));
    }

    /**
     * The living members by a fresh scan, without the root. What starts a successor and ends at once can slip through a
     * scan; so while somebody was seen too short to tell whose it was, none are left only when a further scan says so.
     */
    public synchronized List<ProcessInfo> members() {
        List<ProcessInfo> members = List.of();
        undecided = true;
        for (int scans = 0; members.isEmpty() && undecided && scans < MOST_SCANS; scans++) {
            undecided = false;
            members = members(table.scan());
        }
        return members;
    }

    private List<ProcessInfo> members(List<ProcessInfo> rows) {
        boolean idsAreOurs = root.leadsSession() && !isPidReused(rows);
        long rootPid = root.id().pid();
        Map<Long, List<ProcessInfo>> children = new HashMap<>();
        Set<ProcessId> found = new HashSet<>();
        List<ProcessInfo> members = new ArrayList<>();
        List<ProcessInfo> others = new ArrayList<>();
        for (ProcessInfo row : rows) {
            children.computeIfAbsent(row.parentPid(), pid -> new ArrayList<>()).add(row);
            boolean inGroup = idsAreOurs && (row.session() == rootPid || row.group() == rootPid);
            if (row.id().equals(root.id())) {
                found.add(row.id());
                members.add(row);
            } else if (inGroup || known.contains(row.id())) {
                found.add(row.id());
                members.add(row);
            } else {
                others.add(row);
            }
        }
        // The cookie costs a file for each process, so only those are asked that can have been started by the root.
        for (ProcessInfo row : others) {
            if (row.id().startTicks() >= root.id().startTicks()
                    && !row.isDead()
                    && !found.contains(row.id())
                    && carriesCookie(row)) {
                found.add(row.id());
                members.add(row);
            }
        }
        for (int i = 0; i < members.size(); i++) {
            for (ProcessInfo child : children.getOrDefault(members.get(i).pid(), List.of())) {
                // One that is older than its parent has had another, whose pid this one was given.
                boolean isOwn = child.id().startTicks() >= members.get(i).id().startTicks();
                if (isOwn && found.add(child.id())) {
                    members.add(child);
                }
            }
        }
        members.removeIf(row -> row.isDead() || row.id().equals(root.id()) || isSelf(row) || isWatchdog(row));
        known.clear();
        members.forEach(row -> known.add(row.id()));
        return members;
    }

    private boolean carriesCookie(ProcessInfo row) {
        List<String> environment = table.environment(row.pid());
        // Its own may be empty; but it is so for a moment during an exec too, and of whoever has gone meanwhile.
        undecided |= environment.isEmpty()
                && (!table.isAlive(row.id())
                        || table.nowTicks() - row.id().startTicks() <= JUST_STARTED_TICKS
                        || isInTheMidstOfAnExec(row));
        return cookie.isIn(environment);
    }

    /** Which lasts as long as the scheduler likes. A thread of the kernel has no command line either, ever. */
    private boolean isInTheMidstOfAnExec(ProcessInfo row) {
        return row.parentPid() != KERNEL_THREADS && table.commandLine(row.pid()).isEmpty();
    }

    /** A reaped leader's pid can be given to a newcomer; the ids of the session and group are then the newcomer's. */
    private boolean isPidReused(List<ProcessInfo> rows) {
        return rows.stream()
                .anyMatch(row -> row.pid() == root.id().pid() && !row.id().equals(root.id()));
    }

    /** That of an inner run is ended by the end of its JVM, after it has done its work. */
    private boolean isWatchdog(ProcessInfo row) {
        return row.name().equals("sh") && table.environment(row.pid()).contains(Watchdog.MARK);
    }

    private static boolean isSelf(ProcessInfo row) {
        return row.pid() == ProcessHandle.current().pid();
    }
}
