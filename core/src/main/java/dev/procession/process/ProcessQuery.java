package dev.procession.process;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which processes are meant, whoever started them. All that is given must hold. Immutable and thread safe; each method
 * that narrows it gives a new one. {@code toString} is fit for messages.
 *
 * <pre>{@code
 * List<FoundProcess> workers = ProcessQuery.named("python").args("apps/SomeApp.py").find();
 * int told = ProcessQuery.named("postgres").listeningOn(5432).kill();
 * }</pre>
 *
 * <p>A name is compared as {@code pidof} does it: with the base name of argv[0], without the dash of a login shell. A
 * process that shows a title of several words there, such as nginx, is known by the name that the kernel keeps of it. A
 * name with a slash is a path: it means whoever executes this very file, under whatever name, or one that had this path when
 * it was started and has been replaced since; or who has exactly this argv[0]. If the path is a link to a file whose name has
 * nothing in common with its own, as {@code /bin/sleep} to {@code busybox}, whoever says by his command line that he was
 * started as something else is not meant: {@code tail}, or {@code busybox tail}. Of the several names that hard links give to
 * one file, each means all of them.
 *
 * <p>If nobody has the name, and it contains {@code .py} or {@code .sh}, it may be that of a script: then a Python
 * ({@code python}, {@code python3}, {@code python3.12} and the like), or else a {@code bash} or {@code sh}, is meant that
 * has the name among its arguments.
 *
 * <p>Never found are this JVM itself, zombies, and the kernel's threads. Whoever has started this JVM, with its
 * subshells, is found only by its name: the command line of a build may well contain the pattern it looks for.
 *
 * @see ArgumentMatch
 */
public final class ProcessQuery implements ProcessSelection {

    private static final String PART_OF_A_LINE = "give a part of the command line";

    /** Nobody writes this by accident. */
    private static final String EVERYBODY = ".*";

    private final @Nullable String name;
    private final List<String> arguments;
    private final ArgumentMatch match;
    private final @Nullable Pattern pattern;
    private final @Nullable String user;
    private final @Nullable Epoch epoch;
    private final int port;
    private final Set<Long> ignoredPids;
    private final Set<ProcessId> ignoredIds;

    private ProcessQuery(Parts parts) {
        this.name = parts.name;
        this.arguments = List.copyOf(parts.arguments);
        this.match = parts.match;
        this.pattern = parts.pattern;
        this.user = parts.user;
        this.epoch = parts.epoch;
        this.port = parts.port;
        this.ignoredPids = Set.copyOf(parts.ignoredPids);
        this.ignoredIds = Set.copyOf(parts.ignoredIds);
    }

    /** A copy that may still be changed. */
    private static final class Parts {
        private @Nullable String name;
        private List<String> arguments = List.of();
        private ArgumentMatch match = ArgumentMatch.EXACT;
        private @Nullable Pattern pattern;
        private @Nullable String user;
        private @Nullable Epoch epoch;
        private int port;
        private Set<Long> ignoredPids = Set.of();
        private Set<ProcessId> ignoredIds = Set.of();
    }

    private Parts parts() {
        Parts parts = new Parts();
        parts.name = name;
        parts.arguments = arguments;
        parts.match = match;
        parts.pattern = pattern;
        parts.user = user;
        parts.epoch = epoch;
        parts.port = port;
        parts.ignoredPids = ignoredPids;
        parts.ignoredIds = ignoredIds;
        return parts;
    }

    /**
     * By name, or by the path of the program.
     *
     * @throws InvalidSpecException if it is empty
     */
    public static ProcessQuery named(String name) {
        if (name.isBlank()) {
            throw new InvalidSpecException(
                    "process", "is empty", "give the name of a program as pidof takes it, such as postgres");
        }
        checkNul("process", name);
        Parts parts = new Parts();
        parts.name = name;
        return new ProcessQuery(parts);
    }

    /**
     * By a regular expression that is found anywhere in the command line, its arguments joined by blanks.
     *
     * @throws InvalidSpecException if it is empty, blank or no regular expression
     */
    public static ProcessQuery matching(String regex) {
        return new ProcessQuery(new Parts()).pattern(regex);
    }

    /** Any that this JVM can see, to be narrowed. */
    public static ProcessQuery any() {
        return new ProcessQuery(new Parts());
    }

    /** Further arguments that it must have, beside those that were given before. */
    public ProcessQuery args(String... arguments) {
        return args(Arrays.asList(arguments));
    }

    /**
     * Further arguments that it must have, beside those that were given before. An empty one asks for nothing.
     *
     * @throws InvalidSpecException if one holds a NUL, which no argument can
     */
    public ProcessQuery args(List<String> arguments) {
        arguments.forEach(argument -> checkNul("args", argument));
        Parts parts = parts();
        parts.arguments = new ArrayList<>(this.arguments);
        parts.arguments.addAll(arguments);
        return new ProcessQuery(parts);
    }

    private static void checkNul(String attribute, String text) {
        if (text.indexOf('\0') >= 0) {
            throw new InvalidSpecException(
                    attribute,
                    "is \"" + text.replace("\0", "\\0") + "\", which holds a NUL",
                    "no argument can; take it out");
        }
    }

    /** How the arguments are compared; EXACT unless this was called. */
    public ProcessQuery match(ArgumentMatch match) {
        Parts parts = parts();
        parts.match = match;
        return new ProcessQuery(parts);
    }

    /** The arguments need only be contained in those of the process. */
    public ProcessQuery loose() {
        return match(ArgumentMatch.LOOSE);
    }

    /**
     * A regular expression that must be found anywhere in the command line, its arguments joined by blanks. Replaces one
     * that was given before.
     *
     * @throws InvalidSpecException if it is empty, blank or no regular expression
     */
    public ProcessQuery pattern(String regex) {
        if (regex.isEmpty()) {
            throw new InvalidSpecException(
                    "pattern", "is empty", "an empty one would match every process; " + PART_OF_A_LINE);
        }
        if (regex.isBlank()) {
            throw new InvalidSpecException(
                    "pattern", "is \"" + regex + "\", which nearly every process matches", PART_OF_A_LINE);
        }
        Parts parts = parts();
        try {
            parts.pattern = Pattern.compile(regex);
        } catch (PatternSyntaxException e) {
            throw new InvalidSpecException(
                    "pattern",
                    "is \"" + regex + "\", which is no regular expression: " + e.getDescription(),
                    "put a backslash before each sign that is meant as it is");
        }
        return new ProcessQuery(parts);
    }

    /**
     * Whoever runs as this user, by his effective id.
     *
     * @param user a name or a number; looked up by {@link #find}, which throws InvalidSpecException for an unknown one
     * @throws InvalidSpecException if it is empty
     */
    public ProcessQuery user(String user) {
        if (user.isBlank()) {
            throw new InvalidSpecException("user", "is empty", "give a user's name or number");
        }
        Parts parts = parts();
        parts.user = user.strip();
        return new ProcessQuery(parts);
    }

    /** Whoever was started at this moment or later, and is no fork of somebody older whom the rest of the query means. */
    public ProcessQuery startedAfter(Epoch epoch) {
        Parts parts = parts();
        parts.epoch = epoch;
        return new ProcessQuery(parts);
    }

    /**
     * Whoever listens on a TCP port of this machine, on any address.
     *
     * @throws InvalidSpecException if it is not from 1 to 65535
     */
    public ProcessQuery listeningOn(int port) {
        if (port < 1 || port > 65535) {
            throw new InvalidSpecException("port", "is " + port, "give a number from 1 to 65535");
        }
        Parts parts = parts();
        parts.port = port;
        return new ProcessQuery(parts);
    }

    /**
     * Not those with these pids, beside those that were given before.
     *
     * @throws InvalidSpecException for a pid of 0 or less
     */
    public ProcessQuery ignoring(long... pids) {
        Parts parts = parts();
        parts.ignoredPids = new HashSet<>(ignoredPids);
        for (long pid : pids) {
            parts.ignoredPids.add(checkedPid("ignore", pid));
        }
        return new ProcessQuery(parts);
    }

    /** Not these processes, beside those that were given before. */
    public ProcessQuery ignoring(Collection<ProcessId> ids) {
        Parts parts = parts();
        parts.ignoredIds = new HashSet<>(ignoredIds);
        parts.ignoredIds.addAll(ids);
        return new ProcessQuery(parts);
    }

    static long checkedPid(String attribute, long pid) {
        if (pid <= 0) {
            throw new InvalidSpecException(attribute, "is " + pid, "a pid is a number above 0");
        }
        return pid;
    }

    @Nullable
    String name() {
        return name;
    }

    List<String> arguments() {
        return arguments;
    }

    ArgumentMatch match() {
        return match;
    }

    @Nullable
    Pattern pattern() {
        return pattern;
    }

    @Nullable
    String user() {
        return user;
    }

    @Nullable
    Epoch epoch() {
        return epoch;
    }

    /** 0 if none is asked for. */
    int port() {
        return port;
    }

    boolean ignores(ProcessId id) {
        return ignoredPids.contains(id.pid()) || ignoredIds.contains(id);
    }

    /**
     * Whether it says by name, argument, pattern, user or port who is meant. One that does not would, asked to kill, end
     * whatever this JVM may signal. A pattern that matches the empty text, as {@code nginx|} does, does not; but {@code .*}
     * says that everybody is meant.
     */
    public boolean isNarrow() {
        return name != null
                || arguments.stream().anyMatch(argument -> !argument.isEmpty())
                || (pattern != null && !matchesAll(pattern))
                || user != null
                || port != 0;
    }

    private static boolean matchesAll(Pattern pattern) {
        return !pattern.pattern().equals(EVERYBODY) && pattern.matcher("").find();
    }

    /**
     * {@inheritDoc}
     *
     * @throws InvalidSpecException if it is not narrow, or the user is unknown to this machine
     */
    @Override
    public int kill(Signal signal) {
        checkNarrow();
        return ProcessSelection.super.kill(signal);
    }

    /**
     * {@inheritDoc}
     *
     * @throws InvalidSpecException if it is not narrow
     */
    @Override
    public void checkNarrow() {
        if (!isNarrow() && pattern != null) {
            throw new InvalidSpecException(
                    "pattern",
                    "is \"" + pattern + "\", which every process matches, since it matches the empty text",
                    PART_OF_A_LINE + "; who really means everybody writes " + EVERYBODY);
        }
        if (!isNarrow()) {
            throw new InvalidSpecException(
                    "process",
                    "is not given, so that " + this + " would be killed",
                    "say by name, argument, pattern, user or port who is meant");
        }
    }

    /** Whether a certain user's processes are meant. */
    public boolean namesUser() {
        return user != null;
    }

    /**
     * {@inheritDoc}
     *
     * @throws InvalidSpecException if the user is unknown to this machine
     */
    @Override
    public List<FoundProcess> find() {
        return findIn(ProcessSource.ofMachine());
    }

    List<FoundProcess> findIn(ProcessSource source) {
        return new Search(this, source).run();
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(name == null ? "any process" : "'" + name + "'");
        if (!arguments.isEmpty()) {
            text.append(match == ArgumentMatch.EXACT ? " with the arguments " : " with arguments that contain ");
            text.append(CommandLine.text(arguments));
        }
        if (pattern != null) {
            text.append(" with a command line that matches /").append(pattern).append('/');
        }
        if (user != null) {
            text.append(" of the user ").append(user);
        }
        if (port != 0) {
            text.append(" that listens on port ").append(port);
        }
        if (epoch != null) {
            text.append(" started at ").append(epoch).append(" or later");
        }
        Set<Long> ignored = new TreeSet<>(ignoredPids);
        ignoredIds.forEach(id -> ignored.add(id.pid()));
        if (!ignored.isEmpty()) {
            text.append(" other than pid ")
                    .append(ignored.stream().map(String::valueOf).collect(Collectors.joining(", ")));
        }
        return text.toString();
    }
}
