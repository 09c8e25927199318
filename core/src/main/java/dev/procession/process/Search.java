package dev.procession.process;

import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** One look for what a query means. For one thread. */
final class Search {

    private static final long KERNEL_THREADS = 2;
    private static final String WATCHDOG = "procession-watchdog";
    private static final Pattern PYTHON = Pattern.compile("python[0-9.]*");
    private static final Set<String> SHELLS = Set.of("bash", "sh");

    /** How many thousand steps looking for a pattern in all command lines together may take. */
    private static final int MOST_QUESTIONS = 500_000;

    private int questions;
    private final ProcessQuery query;
    private final @Nullable PatternSearch pattern;
    private final ProcessSource source;
    private final List<byte[]> arguments;

    Search(ProcessQuery query, ProcessSource source) {
        this.query = query;
        this.pattern = query.pattern() == null ? null : new PatternSearch(query.pattern());
        this.source = source;
        this.arguments = utf8(query.arguments());
    }

    private static List<byte[]> utf8(List<String> texts) {
        return texts.stream()
                .filter(text -> !text.isEmpty())
                .map(text -> text.getBytes(StandardCharsets.UTF_8))
                .toList();
    }

    List<FoundProcess> run() {
        String user = query.user();
        if (user != null) {
            // An unknown one is an error even where nobody else is left to be asked about.
            source.isOf(ProcessHandle.current().pid(), user);
        }
        String name = query.name();
        List<FoundProcess> found;
        if (name == null) {
            found = withoutOwnLine(source.scan(this::hasArguments));
        } else if (isScript(name)) {
            found = found(name, (bytes, length) -> true);
            found = found.isEmpty()
                    ? interpreters(name)
                    : found.stream().filter(this::hasArguments).toList();
        } else {
            found = found(name, this::hasArguments);
        }
        return narrowed(found);
    }

    private List<FoundProcess> found(String name, CommandLineTest test) {
        if (name.indexOf('/') >= 0) {
            byte[] literally = name.getBytes(StandardCharsets.UTF_8);
            Path program = path(name);
            return source.scan(test).stream()
                    .filter(process ->
                            isFirst(process, literally) || (program != null && source.runs(process.pid(), program)))
                    .toList();
        }
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        return source.scan((line, length) -> mayBeNamed(line, length, bytes) && test.test(line, length)).stream()
                .filter(process -> isNamed(process, name))
                .toList();
    }

    private static @Nullable Path path(String name) {
        try {
            Path program = Path.of(name);
            return program.isAbsolute() ? program : BaseDirectory.ofJvm().resolve(program);
        } catch (InvalidPathException e) {
            // Then no program can have it.
            return null;
        }
    }

    private static boolean isFirst(FoundProcess process, byte[] literally) {
        return !process.commandLine().isEmpty()
                && process.commandLine().get(0).equals(new String(literally, StandardCharsets.UTF_8));
    }

    /** Whether argv[0] is this name, or one that says nothing: empty, or a title of several words. */
    static boolean mayBeNamed(byte[] line, int length, byte[] name) {
        int end = 0;
        int base = length > 0 && line[0] == '-' ? 1 : 0;
        boolean title = false;
        while (end < length && line[end] != 0) {
            if (line[end] == '/') {
                base = end + 1;
            } else if (line[end] == ' ') {
                title = true;
            }
            end++;
        }
        return length > 0 && (title || end == 0 || (end - base == name.length && startsWith(line, base, end, name)));
    }

    private static boolean isNamed(FoundProcess process, String name) {
        List<String> line = process.commandLine();
        if (line.isEmpty()) {
            return false;
        }
        String first = line.get(0);
        String base = first.substring(Math.max(first.startsWith("-") ? 1 : 0, first.lastIndexOf('/') + 1));
        return base.equals(name) || ((first.isEmpty() || first.indexOf(' ') >= 0) && isKernelName(process, name));
    }

    /** The kernel keeps 15 bytes. */
    private static boolean isKernelName(FoundProcess process, String name) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        String kept = bytes.length <= 15 ? name : new String(bytes, 0, 15, StandardCharsets.UTF_8);
        return process.info().name().equals(kept);
    }

    private static boolean isScript(String name) {
        return name.contains(".py") || name.contains(".sh");
    }

    /** The script's name need not be the whole argument when the arguments need not either. */
    private List<FoundProcess> interpreters(String script) {
        Predicate<String> isInterpreter =
                script.contains(".py") ? name -> PYTHON.matcher(name).matches() : SHELLS::contains;
        byte[] name = script.getBytes(StandardCharsets.UTF_8);
        List<FoundProcess> all =
                source.scan((line, length) -> hasArgument(line, length, name) && hasArguments(line, length));
        return withoutOwnLine(all).stream()
                .filter(process -> !process.commandLine().isEmpty() && isInterpreter.test(baseName(process)))
                .toList();
    }

    private static String baseName(FoundProcess process) {
        String first = process.commandLine().get(0);
        return first.substring(Math.max(first.startsWith("-") ? 1 : 0, first.lastIndexOf('/') + 1));
    }

    private boolean hasArguments(FoundProcess process) {
        byte[] line = bytes(process.commandLine());
        return hasArguments(line, line.length);
    }

    private static byte[] bytes(List<String> line) {
        return line.isEmpty() ? new byte[0] : (String.join("\0", line) + "\0").getBytes(StandardCharsets.UTF_8);
    }

    private boolean hasArguments(byte[] line, int length) {
        for (byte[] argument : arguments) {
            if (!hasArgument(line, length, argument)) {
                return false;
            }
        }
        return pattern == null || (length > 0 && isFound(pattern, joined(line, length)));
    }

    /** To take whoever it cannot be told of for somebody else could mean that he has gone. */
    private boolean isFound(PatternSearch pattern, String line) {
        PatternSearch.Result result = pattern.find(line, () -> ++questions > MOST_QUESTIONS);
        if (result instanceof PatternSearch.GivenUp givenUp) {
            throw new InvalidSpecException(
                    "pattern",
                    "is \"" + query.pattern() + "\", and whether a command line of " + line.length()
                            + " characters matches cannot be told: "
                            + (questions > MOST_QUESTIONS
                                    ? "with those before it, it took more than 500 million steps"
                                    : givenUp.why()),
                    PatternSearch.FIX);
        }
        return result instanceof PatternSearch.Found;
    }

    private static String joined(byte[] line, int length) {
        int end = line[length - 1] == 0 ? length - 1 : length;
        return new String(line, 0, end, StandardCharsets.UTF_8).replace('\0', ' ');
    }

    private boolean hasArgument(byte[] line, int length, byte[] argument) {
        return query.match() == ArgumentMatch.EXACT
                ? hasWhole(line, length, argument)
                : hasPart(line, length, argument);
    }

    static boolean hasWhole(byte[] line, int length, byte[] argument) {
        int start = 0;
        for (int i = 0; i <= length; i++) {
            if (i == length || line[i] == 0) {
                if (i - start == argument.length && startsWith(line, start, i, argument)) {
                    return true;
                }
                start = i + 1;
            }
        }
        return false;
    }

    /** What is sought holds no NUL, and so lies within one argument. */
    static boolean hasPart(byte[] line, int length, byte[] argument) {
        int last = length - argument.length;
        for (int i = 0; i <= last; i++) {
            if (line[i] == argument[0] && startsWith(line, i, length, argument)) {
                return true;
            }
        }
        return false;
    }

    private static boolean startsWith(byte[] line, int from, int to, byte[] prefix) {
        if (to - from < prefix.length) {
            return false;
        }
        for (int i = 0; i < prefix.length; i++) {
            if (line[from + i] != prefix[i]) {
                return false;
            }
        }
        return true;
    }

    private List<FoundProcess> narrowed(List<FoundProcess> named) {
        long self = ProcessHandle.current().pid();
        List<FoundProcess> found = named.stream()
                .filter(process -> process.pid() != self
                        && !isBeingStartedBy(self, process)
                        && !isWatchdog(process)
                        && !process.info().isDead()
                        && !isKernelThread(process)
                        && (query.user() == null || source.isOf(process.pid(), query.user())))
                .toList();
        if (query.port() != 0) {
            Set<Long> listeners = source.listeners(
                    query.port(), found.stream().map(FoundProcess::pid).toList());
            found = found.stream()
                    .filter(process -> listeners.contains(process.pid()))
                    .toList();
        }
        Epoch epoch = query.epoch();
        if (epoch != null) {
            Forks forks = new Forks(source, found);
            found = found.stream()
                    .filter(process -> epoch.isFresh(process.id()) && forks.startTicks(process) >= epoch.ticks())
                    .toList();
        }
        return found.stream()
                .filter(process -> !query.ignores(process.id()) && source.isThere(process))
                .sorted(ProcessSelection.NEWEST_FIRST)
                .toList();
    }

    /** Until a child calls exec it has our command line, and whatever we have open: it is not yet anybody else. */
    private boolean isBeingStartedBy(long self, FoundProcess process) {
        if (process.info().parentPid() != self || !process.commandLine().equals(source.commandLine(self))) {
            return false;
        }
        OptionalLong image = source.image(process.pid());
        return (image.isPresent() && image.equals(source.image(self)))
                || !process.commandLine().equals(source.commandLine(process.pid()));
    }

    /** Of whatever run: it ends with that, and its command line is a whole script, in which any word may stand. */
    private static boolean isWatchdog(FoundProcess process) {
        List<String> line = process.commandLine();
        return line.size() > 3 && line.get(1).equals("-c") && line.get(3).equals(WATCHDOG);
    }

    private static boolean isKernelThread(FoundProcess process) {
        return process.commandLine().isEmpty()
                && process.info().group() == 0
                && (process.pid() == KERNEL_THREADS || process.info().parentPid() == KERNEL_THREADS);
    }

    private List<FoundProcess> withoutOwnLine(List<FoundProcess> found) {
        Set<Long> line = OwnLine.pids(source);
        return found.stream()
                .filter(process -> !OwnLine.includes(line, process, source))
                .toList();
    }
}
