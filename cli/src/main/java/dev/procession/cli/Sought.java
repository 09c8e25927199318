package dev.procession.cli;

import dev.procession.os.backend.Backend;
import dev.procession.process.ArgumentMatch;
import dev.procession.process.BaseDirectory;
import dev.procession.process.FoundProcess;
import dev.procession.process.InvalidSpecException;
import dev.procession.process.OwnLine;
import dev.procession.process.PatternSearch;
import dev.procession.process.ProcessQuery;
import dev.procession.process.ProcessSelection;
import dev.procession.process.ProcessSource;
import dev.procession.watch.ProcessWatch;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * A query as a command line puts it, less those who are found only because they repeat it: a shell that was called with a
 * command line of ours as its script, its subshells, and other commands of ours, whose arguments are not their own.
 */
final class Sought implements ProcessSelection {

    /** Of a JVM that was started with -jar, its jar. */
    private static final String OWN_JAR = baseName(System.getProperty("java.class.path", ""));

    private final ProcessQuery query;
    private final Predicate<List<String>> test;
    private final Set<Long> callers;

    private Sought(ProcessQuery query, Predicate<List<String>> test, Set<Long> callers) {
        this.query = query;
        this.test = test;
        this.callers = callers;
    }

    /** By name and arguments. */
    static Sought named(String name, List<String> arguments, ArgumentMatch match) {
        if (name.startsWith("-")) {
            throw new InvalidSpecException(
                    "process",
                    "is \"" + name + "\", which is neither an option of this command nor the name of a program",
                    "look at --help");
        }
        return new Sought(
                ProcessQuery.named(name).args(arguments).match(match),
                line -> arguments.stream()
                        .allMatch(argument -> line.stream()
                                .anyMatch(other -> match == ArgumentMatch.EXACT && !argument.isEmpty()
                                        ? other.equals(argument)
                                        : other.contains(argument))),
                // By its plain name our own shell is meant like any other.
                arguments.stream().allMatch(String::isEmpty) ? Set.of() : callers());
    }

    /** By a regular expression. */
    static Sought matching(String regex) {
        ProcessQuery query = ProcessQuery.matching(regex);
        PatternSearch pattern = new PatternSearch(Pattern.compile(regex));
        // In doubt he is meant: the query has looked already.
        return new Sought(
                query,
                line -> !(pattern.find(String.join(" ", line), () -> false) instanceof PatternSearch.Absent),
                callers());
    }

    private static Set<Long> callers() {
        return OwnLine.pids(ProcessSource.ofMachine());
    }

    /** Without who has called us: to wait for him would be to wait for oneself. */
    Sought withoutCallers() {
        BaseDirectory.ofJvm();
        return new Sought(query, test, callers());
    }

    /**
     * Waits until nobody is there, and gives who still is. Deaths are looked for every 5 ms: to be told of them takes native
     * code, which would load longer than most waits take, and which the JVM gives 300 ms to come to an end.
     */
    List<FoundProcess> awaitDeath(Duration timeout) {
        if (System.getProperty(Backend.PROPERTY) == null) {
            System.setProperty(Backend.PROPERTY, "portable");
        }
        return ProcessWatch.ofJvm().awaitDeath(withoutCallers(), timeout);
    }

    /** Only those of a user. */
    Sought user(String user) {
        return new Sought(query.user(user), test, callers);
    }

    @Override
    public List<FoundProcess> find() {
        ProcessSource source = ProcessSource.ofMachine();
        return query.find().stream()
                .filter(process -> !OwnLine.includes(callers, process, source) && isMeant(process.commandLine()))
                .toList();
    }

    private boolean isMeant(List<String> line) {
        int jar = line.indexOf("-jar") + 1;
        boolean isOurs = jar > 0 && jar < line.size() && baseName(line.get(jar)).equals(OWN_JAR);
        // With the name of the command.
        return !isOurs || test.test(line.subList(0, Math.min(line.size(), jar + 2)));
    }

    private static String baseName(String path) {
        Path name =
                path.isEmpty() || path.indexOf('\0') >= 0 ? null : Path.of(path).getFileName();
        return name == null ? path : name.toString();
    }

    @Override
    public void checkNarrow() {
        query.checkNarrow();
    }

    @Override
    public String toString() {
        return query.toString();
    }
}
