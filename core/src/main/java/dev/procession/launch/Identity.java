package dev.procession.launch;

import dev.procession.process.TableText;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A {@link RunAs} as this machine understands it. User, umask and priority are set by small programs before the user's own:
 * each sets one thing and becomes the next. Immutable.
 */
public final class Identity {

    private static final Logger LOG = System.getLogger("dev.procession");

    private static final String TOOLS = "/usr/bin:/bin:/usr/sbin:/sbin";

    private final @Nullable User user;
    private final @Nullable String umask;
    private final int nice;

    private Identity(@Nullable User user, @Nullable String umask, int nice) {
        this.user = user;
        this.umask = umask;
        this.nice = nice;
    }

    /**
     * Looks a user up. Without root, user and a higher priority are left out, and the log says so.
     *
     * @param process the process's name, for the log
     * @throws UnusableCommandException if there is no such user or group
     */
    static Identity of(RunAs runAs, String process) throws UnusableCommandException {
        boolean root = isRoot();
        User user = null;
        if (runAs.user() != null) {
            if (root) {
                user = User.find(runAs.user(), runAs.group());
            } else {
                LOG.log(
                        Level.INFO,
                        "'" + process + "': user '" + runAs.user()
                                + "' is ignored, because this JVM does not run as root");
            }
        }
        int nice = runAs.nice();
        if (nice < 0 && !root) {
            LOG.log(
                    Level.INFO,
                    "'" + process + "': nice " + nice + " is ignored, because this JVM does not run as root");
            nice = 0;
        }
        boolean changes = user != null && (user.id() != 0 || user.group() != 0);
        return new Identity(changes ? user : null, runAs.umask(), nice);
    }

    static boolean isRoot() {
        try {
            return Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
        } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
            return "root".equals(System.getProperty("user.name"));
        }
    }

    /** The user and group that are set; empty if they are the JVM's own. */
    public Optional<Ids> ids() {
        return Optional.ofNullable(user).map(set -> new Ids(set.id(), set.group()));
    }

    /**
     * By their numbers.
     *
     * @param user the user
     * @param group his group in this process
     */
    public record Ids(long user, long group) {}

    /** Whether small programs come first. */
    public boolean isWrapped() {
        return user != null || umask != null || nice != 0;
    }

    /** The argv with the small programs before it. */
    List<String> wrap(List<String> argv) throws UnusableCommandException {
        List<String> whole = new ArrayList<>();
        if (nice != 0) {
            whole.addAll(List.of(tool("nice"), "-n", Integer.toString(nice)));
        }
        if (umask != null) {
            whole.addAll(List.of(tool("sh"), "-c", "umask " + umask + " && exec \"$@\"", "procession-umask"));
        }
        if (user != null) {
            whole.addAll(List.of(
                    tool("setpriv"),
                    "--reuid=" + user.id(),
                    "--regid=" + user.group(),
                    user.isListed() ? "--init-groups" : "--clear-groups",
                    "--"));
        }
        whole.addAll(argv);
        return whole;
    }

    private static String tool(String name) throws UnusableCommandException {
        return new CommandResolver(Path.of("/"), Optional.of(TOOLS), List.of())
                .resolve(name)
                .toString();
    }

    /**
     * Whether a process is still one of the small programs.
     *
     * @param whole the argv it was started with
     * @param now its argv now; empty while it becomes another
     */
    public boolean isOnItsWay(List<String> whole, List<String> now) {
        int own = ownStart(whole);
        for (int start = 0; start < own; start++) {
            if (now.equals(whole.subList(start, whole.size()))) {
                return true;
            }
        }
        return now.isEmpty();
    }

    private int ownStart(List<String> whole) {
        int size = (nice != 0 ? 3 : 0) + (umask != null ? 4 : 0) + (user != null ? 5 : 0);
        return Math.min(size, whole.size());
    }

    /**
     * What a small program complained of, when it has ended instead of becoming the next.
     *
     * @param stderr what it wrote; the user's own program may have written there too, and may be a shell itself
     */
    public Optional<String> complaint(String stderr) {
        List<String> forms = new ArrayList<>();
        if (nice != 0) {
            forms.add("nice: ");
        }
        if (umask != null) {
            forms.add("procession-umask: ");
        }
        if (user != null) {
            forms.add("setpriv: ");
        }
        return TableText.rows(stderr)
                .filter(line -> line.matches("(\\S*/)?(" + String.join("|", forms) + ").*"))
                .findFirst();
    }

    /**
     * Gives folders and files to the user who is to write there.
     *
     * @param made what we have made a moment ago, in folders that nobody else can write to; each folder before what is in it.
     *     They are given in the other order: until its own folder is his, nobody can put a link in the place of a file
     */
    void giveTo(List<Path> made) throws IOException {
        if (user == null) {
            return;
        }
        List<Path> insideFirst = new ArrayList<>(made);
        Collections.reverse(insideFirst);
        for (Path path : insideFirst) {
            Files.setAttribute(path, "unix:uid", (int) user.id(), LinkOption.NOFOLLOW_LINKS);
            Files.setAttribute(path, "unix:gid", (int) user.group(), LinkOption.NOFOLLOW_LINKS);
        }
    }

    /**
     * Looks that the user can get to a folder at all.
     *
     * @throws UnusableCommandException naming the folder above it that is closed to him
     */
    void requireAccess(Path folder) throws UnusableCommandException {
        if (user == null) {
            return;
        }
        for (Path ancestor = folder; ancestor != null; ancestor = ancestor.getParent()) {
            if (!user.mayEnter(ancestor)) {
                throw new UnusableCommandException(
                        "runAs",
                        "user '" + user.name() + "' cannot enter the folder " + ancestor + " on the way to its own",
                        "run 'chmod o+x " + ancestor + "', or build in a folder that everybody may enter");
            }
        }
    }

    /** A user of this machine: from the files, or any number with a group. */
    private record User(String name, long id, long group, Set<Long> groups, boolean isListed) {

        static User find(String wanted, @Nullable String group) throws UnusableCommandException {
            Map<String, String[]> users = table("/etc/passwd");
            String[] row = row(users, wanted);
            if (row == null && (!isNumber(wanted) || group == null)) {
                throw new UnusableCommandException(
                        "runAs",
                        "there is no user '" + wanted + "' in /etc/passwd",
                        Suggestion.nearest(wanted, users.keySet())
                                .map(near -> "did you mean '" + near + "'?")
                                .orElse(
                                        isNumber(wanted)
                                                ? "give a 'group' too"
                                                : "make it, as the program's package does, or name another"));
            }
            Map<String, String[]> groups = table("/etc/group");
            String[] groupRow = group == null ? null : row(groups, group);
            if (group != null && groupRow == null && !isNumber(group)) {
                throw new UnusableCommandException(
                        "runAs",
                        "there is no group '" + group + "' in /etc/group",
                        Suggestion.nearest(group, groups.keySet())
                                .map(near -> "did you mean '" + near + "'?")
                                .orElse("make it, or name another"));
            }
            String name = row == null ? wanted : row[0];
            long id = Long.parseLong(row == null ? wanted : row[2]);
            long gid = groupRow != null
                    ? Long.parseLong(groupRow[2])
                    : Long.parseLong(group != null ? group : row == null ? wanted : row[3]);
            Set<Long> all = new HashSet<>(Set.of(gid));
            for (String[] other : groups.values()) {
                if (other.length > 3 && List.of(other[3].split(",")).contains(name)) {
                    all.add(Long.parseLong(other[2]));
                }
            }
            return new User(name, id, gid, all, row != null);
        }

        private static @Nullable String[] row(Map<String, String[]> table, String wanted) {
            String[] named = table.get(wanted);
            return named != null || !isNumber(wanted)
                    ? named
                    : table.values().stream()
                            .filter(row -> row[2].equals(wanted))
                            .findFirst()
                            .orElse(null);
        }

        private static boolean isNumber(String text) {
            return text.matches("\\d{1,9}");
        }

        /** The rows of passwd or group by name. */
        private static Map<String, String[]> table(String file) throws UnusableCommandException {
            Map<String, String[]> rows = new LinkedHashMap<>();
            try {
                TableText.rows(Files.readString(Path.of(file), StandardCharsets.ISO_8859_1))
                        .map(row -> row.split(":"))
                        .filter(columns -> columns.length >= 3 && isNumber(columns[2]))
                        .forEach(columns -> rows.put(columns[0], columns));
                return rows;
            } catch (IOException e) {
                throw new UnusableCommandException(
                        "runAs", "the users of this machine cannot be read: " + e, "leave 'runAs' out");
            }
        }

        /** By owner, group and mode. A folder that only an access list opens to him counts as closed. */
        boolean mayEnter(Path folder) {
            if (id == 0) {
                return true;
            }
            try {
                Map<String, Object> attributes = Files.readAttributes(folder, "unix:uid,gid,permissions");
                Set<?> permissions = (Set<?>) attributes.get("permissions");
                long owner = ((Number) attributes.get("uid")).longValue();
                long ownGroup = ((Number) attributes.get("gid")).longValue();
                return permissions.contains(
                        owner == id
                                ? PosixFilePermission.OWNER_EXECUTE
                                : groups.contains(ownGroup)
                                        ? PosixFilePermission.GROUP_EXECUTE
                                        : PosixFilePermission.OTHERS_EXECUTE);
            } catch (IOException | UnsupportedOperationException e) {
                // Nothing is known against it; the program will say what it finds.
                return true;
            }
        }
    }
}
