package dev.procession.maven;

import dev.procession.launch.Suggestion;
import dev.procession.process.ArgumentMatch;
import dev.procession.process.Durations;
import dev.procession.process.InvalidSpecException;
import dev.procession.process.ProcessQuery;
import dev.procession.process.ProcessSelection;
import dev.procession.watch.PidFile;
import java.io.File;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugins.annotations.Parameter;
import org.jspecify.annotations.Nullable;

/** What the goals around processes that anybody may have started have in common: saying which are meant. */
abstract class ProcessesMojo extends GoalMojo {

    private static final String PREFIX = "procession.";

    /**
     * The name of a program as {@code pidof} takes it, such as {@code postgres}; or its path; or the name of a script
     * ({@code .py}, {@code .sh}). Maven itself and who has started it are never meant.
     */
    @Parameter(property = "procession.process")
    private @Nullable String process;

    /**
     * Arguments that it must have, beside {@code process}, with an {@code <arg>} for each; as a property they are separated
     * by commas.
     */
    @Parameter(property = "procession.args")
    private @Nullable List<@Nullable String> args;

    /**
     * How the arguments are compared: {@code EXACT}, each is one whole argument of the process; {@code LOOSE}, each is part
     * of one. Default: {@code EXACT}; {@code LOOSE} in {@code kill-stragglers}.
     */
    @Parameter(property = "procession.match")
    private @Nullable String match;

    /**
     * In place of {@code process}: a file that holds its pid. A path, whose last part may be a glob, and which starts at the
     * project's folder; without a slash the NAME of a file {@code ~/pids/NAME.pid}. Whoever has been given the pid after the
     * file was written is not meant.
     */
    @Parameter(property = "procession.pidFile")
    private @Nullable String pidFile;

    /** Only those of this user, by name or number; not beside {@code pidFile}. */
    @Parameter(property = "procession.user")
    private @Nullable String user;

    private final ArgumentMatch defaultMatch;

    /** @param defaultMatch how arguments are compared if nothing is said */
    ProcessesMojo(ArgumentMatch defaultMatch) {
        this.defaultMatch = defaultMatch;
    }

    /** A regular expression that is given in place of the name; null if there is none. */
    @Nullable
    String pattern() {
        return null;
    }

    @Override
    final String skipped() {
        return "Skipped";
    }

    @Override
    final void run() throws MojoFailureException {
        try {
            refuseUnknownProperties();
            run(selection());
        } catch (InvalidSpecException e) {
            throw PomWords.ofParameter(e);
        }
    }

    /** Does what the goal is for, to those that are meant. */
    abstract void run(ProcessSelection selection);

    final boolean hasPidFile() {
        return pidFile != null;
    }

    final boolean namesUser() {
        return user != null;
    }

    /**
     * Who is meant.
     *
     * @throws InvalidSpecException if the parameters do not fit together, or one cannot be meant
     */
    private ProcessSelection selection() {
        Map<String, String> given = new LinkedHashMap<>();
        put(given, "process", process);
        put(given, "pattern", pattern());
        put(given, "pidFile", pidFile);
        List<String> names = List.copyOf(given.keySet());
        if (names.isEmpty()) {
            throw nobodyIsNamed();
        }
        if (names.size() > 1) {
            throw new InvalidSpecException(
                    names.get(1),
                    "is \"" + given.get(names.get(1)) + "\" beside <" + names.get(0)
                            + ">, but each says by itself who is meant",
                    "keep one of them");
        }
        List<String> arguments = arguments();
        if (process == null && !arguments.isEmpty()) {
            throw new InvalidSpecException(
                    "args", "holds \"" + arguments.get(0) + "\" without <process>", "say whose arguments they are");
        }
        if (process == null && match != null) {
            throw new InvalidSpecException("match", "is \"" + match + "\" without <process>", "leave it out");
        }
        if (pidFile != null && user != null) {
            throw new InvalidSpecException(
                    "user", "is \"" + user + "\" beside <pidFile>, which says by itself who is meant", "leave it out");
        }
        if (pidFile != null) {
            return PidFile.of(fromProject(plain("pidFile", pidFile)));
        }
        ProcessQuery query = process != null
                ? ProcessQuery.named(plain("process", process)).args(arguments).match(match())
                : ProcessQuery.matching(given.get("pattern"));
        return OtherSearches.without(user == null ? query : query.user(user), process == null || isLoose(arguments));
    }

    /** Of an empty element Maven makes none. */
    private InvalidSpecException nobodyIsNamed() {
        boolean patterns = parameters(execution().getMojoDescriptor()).anyMatch("pattern"::equals);
        String others = (patterns ? ", <pattern>" : "") + " or <pidFile> who is meant";
        return Stream.of("process", "pattern", "pidFile")
                .filter(this::isConfigured)
                .findFirst()
                .map(name -> new InvalidSpecException(name, "is empty", "say by <process>" + others))
                .orElseGet(() -> new InvalidSpecException("process", "is not given", "say by it" + others));
    }

    /** Maven runs all modules of a build in one directory. */
    private String fromProject(String pathOrName) {
        boolean relative = pathOrName.indexOf('/') > 0;
        File folder = project().getBasedir();
        return relative && folder != null ? folder + "/" + pathOrName : pathOrName;
    }

    private static void put(Map<String, String> given, String name, @Nullable String value) {
        if (value != null) {
            given.put(name, value);
        }
    }

    private List<String> arguments() {
        List<String> arguments = args == null ? List.of() : list("args", args);
        arguments.forEach(argument -> plain("args", argument));
        return arguments;
    }

    private boolean isLoose(List<String> arguments) {
        return match() == ArgumentMatch.LOOSE && !arguments.isEmpty();
    }

    private ArgumentMatch match() {
        if (match == null) {
            return defaultMatch;
        }
        return switch (match) {
            case "EXACT" -> ArgumentMatch.EXACT;
            case "LOOSE" -> ArgumentMatch.LOOSE;
            default -> throw new InvalidSpecException("match", "is \"" + match + "\"", "write EXACT or LOOSE");
        };
    }

    /** Nothing is started here that placeholders could tell of; for everything else there are Maven's. */
    private static String plain(String name, String text) {
        if (text.contains("@{")) {
            throw new InvalidSpecException(
                    name,
                    "is \"" + text + "\", but only services have placeholders",
                    "write an expression of Maven's, such as ${env.HOME} or ${project.basedir}");
        }
        return text;
    }

    /** Its elements: Maven makes null of an empty one, and an empty list of none. */
    static List<String> list(String name, List<@Nullable String> texts) {
        return texts.stream()
                .map(text -> {
                    if (text == null || text.isBlank()) {
                        throw new InvalidSpecException(name, "holds an empty one", "give it a value, or remove it");
                    }
                    return text;
                })
                .toList();
    }

    /** Maven takes everything but true for no. */
    static boolean flag(String name, String text) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new InvalidSpecException(name, "is \"" + text + "\"", "write true or false");
        };
    }

    static Duration duration(String name, String text) {
        Duration duration = Durations.parse(name, text);
        Durations.check(name, duration);
        return duration;
    }

    /** A slip of the fingers on the command line; what resembles none of ours may be somebody else's. */
    private void refuseUnknownProperties() {
        Set<String> known = execution().getMojoDescriptor().getPluginDescriptor().getMojos().stream()
                .flatMap(GoalMojo::parameters)
                .collect(Collectors.toCollection(TreeSet::new));
        for (String property : new TreeSet<>(session().getUserProperties().stringPropertyNames())) {
            String name = property.startsWith(PREFIX) ? property.substring(PREFIX.length()) : "";
            // One with a further dot is of a service, or of the tests.
            if (!name.isEmpty() && !name.contains(".") && !known.contains(name)) {
                Suggestion.nearest(name, known).ifPresent(near -> {
                    throw new InvalidSpecException(
                            "property " + property, "is not known here", "did you mean " + PREFIX + near + "?");
                });
            }
        }
    }
}
