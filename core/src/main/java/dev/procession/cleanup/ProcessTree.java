package dev.procession.cleanup;

import dev.procession.cleanup.Census.Scan;
import dev.procession.os.Child;
import dev.procession.os.OperatingSystem;
import dev.procession.os.ProcessTable;
import dev.procession.os.Sockets.Listener;
import dev.procession.process.ProcessId;
import dev.procession.process.ProcessInfo;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Everything that a child of ours has started and that still lives, known by any {@link Sign}. What was once seen to belong
 * to it stays its own, also when the process between them has died. Thread safe.
 *
 * <p>A server that goes into the background can shed all of its ancestry: its parent ends, it makes a session of its own,
 * and it writes its title over the environment that holds the cookie. Such an orphan is still known by where it works, writes
 * its output and listens. Not caught is what sheds that too, or runs as another user by then; and what has a terminal, since somebody is
 * using it.
 */
public final class ProcessTree {

    /** On a machine where others start short processes all the time a scan without one may never come. */
    static final int MOST_SCANS = 20;

    private static final long JUST_STARTED_TICKS = 2;

    /** The parent of all threads of the kernel; where these cannot be seen, as in a container, its pid is anybody's. */
    private static final long KERNEL_THREADS = 2;

    private static final String KERNEL_THREADS_NAME = "kthreadd";

    /** As what carries output is named; of these and of shells alone the environment is read. */
    private static final String RELAY = "cat";

    private final OperatingSystem system;
    private final ProcessTable table;
    private final Child root;
    private final TreeMarks marks;
    private final Consumer<ProcessId> stray;
    private final Map<ProcessId, Sign> known = new HashMap<>();
    private final Set<ProcessId> beside = new HashSet<>();
    private OptionalLong user = OptionalLong.empty();
    private boolean undecided;
    private long lastScan = System.nanoTime();

    /**
     * @param stray told of members that no session, group or cookie shows, so that nobody would know them when who has started
     *     them has gone; at each look that finds them
     */
    public ProcessTree(OperatingSystem system, Child root, TreeMarks marks, Consumer<ProcessId> stray) {
        this.system = system;
        this.table = system.processes();
        this.root = root;
        this.marks = marks;
        this.stray = stray;
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
        Census census = new Census(table);
        List<ProcessInfo> members = List.of();
        undecided = true;
        for (int scans = 0; members.isEmpty() && undecided && scans < MOST_SCANS; scans++) {
            members = members(census, System.nanoTime());
        }
        return members;
    }

    /**
     * The same by one scan, perhaps shared with other trees, that was begun after a moment; {@link #isUndecided} tells
     * whether none are left for certain.
     */
    synchronized List<ProcessInfo> members(Census census, long moment) {
        // Never one before that of another thread: what is known by now would be forgotten.
        Scan scan = census.since(Math.max(moment, lastScan - 1));
        undecided = false;
        List<ProcessInfo> members = members(scan);
        lastScan = scan.begun();
        return members;
    }

    /** Whether the last scan has shown somebody of whom it could not be told whose it was. */
    synchronized boolean isUndecided() {
        return undecided;
    }

    /** Takes in another child of ours, which need not carry any other sign, until it is {@linkplain #release released}. */
    public synchronized void adopt(ProcessId child) {
        beside.add(child);
    }

    /** It has ended, or is nobody's any more but by what it carries. */
    public synchronized void release(ProcessId child) {
        beside.remove(child);
    }

    /** Why a process that {@link #members} has given is one of them. */
    public synchronized Sign sign(ProcessId member) {
        return member.equals(root.id()) ? Sign.ROOT : known.getOrDefault(member, Sign.DESCENT);
    }

    /** They outlive the root: once that is reaped, its session and group are no sign of theirs, so each is told of by itself. */
    void remember(List<ProcessInfo> members) {
        members.forEach(row -> stray.accept(row.id()));
    }

    private List<ProcessInfo> members(Scan scan) {
        List<ProcessInfo> rows = scan.rows();
        beside.forEach(child -> known.putIfAbsent(child, Sign.BESIDE));
        Map<ProcessId, Sign> found = new HashMap<>();
        List<ProcessInfo> members = new ArrayList<>();
        List<ProcessInfo> others = new ArrayList<>();
        learnUser();
        boolean idsAreOurs = root.leadsSession() && areIdsPinned(rows);
        for (ProcessInfo row : rows) {
            Optional<Sign> sign = row.id().equals(root.id())
                    ? Optional.of(Sign.ROOT)
                    : idsAreOurs ? signOfIds(row) : Optional.empty();
            sign.ifPresent(kind -> found.put(row.id(), kind));
            (sign.isPresent() ? members : others).add(row);
        }
        // The cookie costs a file for each process, so only those are asked that can have been started by the root.
        List<ProcessInfo> unmarked = new ArrayList<>();
        for (ProcessInfo row : others) {
            if (row.id().startTicks() >= root.id().startTicks() && !row.isDead() && !known.containsKey(row.id())) {
                Set<String> cookies = cookies(row, scan);
                if (cookies.contains(marks.cookie().element())) {
                    found.put(row.id(), Sign.COOKIE);
                    members.add(row);
                } else if (cookies.isEmpty()) {
                    unmarked.add(row);
                }
            }
        }
        addDescendants(members, found, scan);
        Set<ProcessId> astray = addAstray(members, found, others, unmarked, scan);
        addDescendants(members, found, scan);
        members.removeIf(row -> row.isDead() || row.id().equals(root.id()) || isSelf(row) || isHelper(row));
        removeLeftAlone(members);
        Map<ProcessId, Sign> before = Map.copyOf(known);
        known.clear();
        members.forEach(row -> known.put(row.id(), before.getOrDefault(row.id(), found.get(row.id()))));
        members.stream()
                .map(ProcessInfo::id)
                .filter(id -> astray.contains(id) || found.get(id) == Sign.DESCENT)
                .forEach(stray);
        return members;
    }

    /** What others may use as well, and what it has started. In the root's own session or group it would be hit anyway. */
    private void removeLeftAlone(List<ProcessInfo> members) {
        Set<Long> left = new HashSet<>();
        boolean more = !marks.stop().leave().isEmpty();
        while (more) {
            more = members.removeIf(row -> {
                boolean isLeft = left.contains(row.parentPid())
                        || (marks.stop().leaves(row) && signOfIds(row).isEmpty());
                return isLeft && left.add(row.pid());
            });
        }
    }

    private Optional<Sign> signOfIds(ProcessInfo row) {
        long pid = root.id().pid();
        return row.session() == pid
                ? Optional.of(Sign.SESSION)
                : row.group() == pid ? Optional.of(Sign.GROUP) : Optional.empty();
    }

    private Set<String> cookies(ProcessInfo row, Scan scan) {
        Set<String> cookies = scan.cookies(row);
        // Its own may be empty; but it is so for a moment during an exec too, and of whoever has gone meanwhile.
        undecided |= cookies == null
                && (!table.isAlive(row.id())
                        || table.nowTicks() - row.id().startTicks() <= JUST_STARTED_TICKS
                        || isInTheMidstOfAnExec(row));
        return cookies == null ? Set.of() : cookies;
    }

    /** Which lasts as long as the scheduler likes. A thread of the kernel has no command line either, ever. */
    private boolean isInTheMidstOfAnExec(ProcessInfo row) {
        return table.commandLine(row.pid()).isEmpty() && !isThreadOfTheKernel(row);
    }

    private boolean isThreadOfTheKernel(ProcessInfo row) {
        return row.parentPid() == KERNEL_THREADS
                && table.find(KERNEL_THREADS)
                        .filter(parent -> parent.name().equals(KERNEL_THREADS_NAME))
                        .isPresent();
    }

    private static void addDescendants(List<ProcessInfo> members, Map<ProcessId, Sign> found, Scan scan) {
        Map<Long, List<ProcessInfo>> children = scan.children();
        for (int i = 0; i < members.size(); i++) {
            for (ProcessInfo child : children.getOrDefault(members.get(i).pid(), List.of())) {
                // One that is older than its parent has had another, whose pid this one was given.
                boolean isOwn = child.id().startTicks() >= members.get(i).id().startTicks();
                if (isOwn && found.putIfAbsent(child.id(), Sign.DESCENT) == null) {
                    members.add(child);
                }
            }
        }
    }

    /**
     * Adds those whose ancestry shows nothing: what is remembered, and orphans that work, write or listen where only this
     * tree does.
     */
    private Set<ProcessId> addAstray(
            List<ProcessInfo> members,
            Map<ProcessId, Sign> found,
            List<ProcessInfo> others,
            List<ProcessInfo> unmarked,
            Scan scan) {
        Map<ProcessInfo, Sign> astray = new LinkedHashMap<>();
        for (ProcessInfo row : others) {
            if (known.containsKey(row.id()) && !found.containsKey(row.id())) {
                astray.put(row, known.get(row.id()));
            }
        }
        Set<Long> adopters = scan.adopters();
        List<ProcessInfo> orphans = unmarked.stream()
                .filter(row -> !found.containsKey(row.id()) && adopters.contains(row.parentPid()) && !row.hasTerminal())
                .toList();
        if (!orphans.isEmpty()) {
            Path folder = realFolder();
            Set<Long> listeners = listeners();
            for (ProcessInfo row : orphans) {
                signOfPlace(row, folder, listeners).ifPresent(sign -> astray.put(row, sign));
            }
        }
        found.putAll(astray.entrySet().stream()
                .collect(Collectors.toMap(entry -> entry.getKey().id(), Map.Entry::getValue)));
        members.addAll(astray.keySet());
        return astray.keySet().stream().map(ProcessInfo::id).collect(Collectors.toSet());
    }

    private Optional<Sign> signOfPlace(ProcessInfo orphan, Path folder, Set<Long> listeners) {
        Sign sign = null;
        if (table.workingDirectory(orphan.pid())
                .filter(directory -> directory.startsWith(folder))
                .isPresent()) {
            sign = Sign.DIRECTORY;
        } else if (table.outputs(orphan.pid()).stream().anyMatch(output -> output.startsWith(folder))) {
            sign = Sign.OUTPUT;
        } else if (!listeners.isEmpty()
                && table.socketInodes(orphan.pid()).stream().anyMatch(listeners::contains)) {
            sign = Sign.PORT;
        }
        return Optional.ofNullable(sign).filter(any -> isOfOurUser(orphan));
    }

    private Set<Long> listeners() {
        return marks.ports().stream()
                .flatMap(port -> system.sockets().listeners(port).stream())
                .map(Listener::inode)
                .collect(Collectors.toSet());
    }

    private Path realFolder() {
        try {
            return marks.folder().toRealPath();
        } catch (IOException e) {
            // Removed; who works there still says so.
            return marks.folder();
        }
    }

    /** It changes when a wrapper has set another, and cannot be learnt when the root is gone. */
    private void learnUser() {
        OptionalLong present = root().isPresent() ? table.userId(root.id().pid()) : OptionalLong.empty();
        user = present.isPresent() ? present : user;
    }

    private boolean isOfOurUser(ProcessInfo orphan) {
        return user.isPresent() && table.userId(orphan.pid()).equals(user);
    }

    /**
     * Whether the ids of the root's session and group are still its own. When it has been reaped they are as long as a
     * known member has them; with the last one they become free, and then a newcomer's.
     */
    private boolean areIdsPinned(List<ProcessInfo> rows) {
        return rows.stream()
                .anyMatch(row -> row.id().equals(root.id())
                        || (known.containsKey(row.id()) && signOfIds(row).isPresent()));
    }

    /** A watchdog or relay, perhaps of an inner run: the end of what it reads ends it, when it has done its work. */
    private boolean isHelper(ProcessInfo row) {
        boolean isNamedSo = Shell.NAMES.contains(row.name()) || row.name().equals(RELAY);
        return isNamedSo && table.environment(row.pid()).contains(Watchdog.MARK);
    }

    private static boolean isSelf(ProcessInfo row) {
        return row.pid() == ProcessHandle.current().pid();
    }
}
