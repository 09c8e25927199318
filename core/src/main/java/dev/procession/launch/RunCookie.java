package dev.procession.launch;

import dev.procession.process.ProcessId;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The marker variables that every child carries, and that its own children inherit.
 *
 * <p>Both are paths, outermost first: a test that starts a build that starts tests of its own stays recognisable to each
 * of them.
 */
public final class RunCookie {

    /** Names the runs: JVMs that started processes. */
    public static final String RUN = "PROCESSION_RUN";

    /** Names the supervised processes. */
    public static final String PROCESS = "PROCESSION_PROCESS";

    /** As {@link #of} composes it; 18 digits fit into a long. */
    private static final Pattern ELEMENT =
            Pattern.compile("(?<name>[^/@]+)@(?<pid>[1-9]\\d{0,17})-(?<ticks>\\d{1,18})\\.[^/@]+");

    /** As {@link #runOf} composes it. */
    private static final Pattern RUN_ID = Pattern.compile("([1-9]\\d{0,17})-(\\d{1,18})");

    private final String element;
    private final Map<String, String> variables;

    private RunCookie(String element, Map<String, String> variables) {
        this.element = element;
        this.variables = variables;
    }

    /**
     * A cookie for one process.
     *
     * @param jvm this JVM
     * @param name the process's name
     * @param number distinguishes processes of the same name in one JVM, whichever supervisor started them
     */
    public static RunCookie of(ProcessId jvm, String name, long number) {
        String run = runOf(jvm);
        String element = name + "@" + run + "." + number;
        Map<String, String> variables = new LinkedHashMap<>();
        variables.put(RUN, path(RUN, run));
        variables.put(PROCESS, path(PROCESS, element));
        return new RunCookie(element, variables);
    }

    /** The id of the run that a JVM is: digits and a dash. */
    public static String runOf(ProcessId jvm) {
        return jvm.pid() + "-" + jvm.startTicks();
    }

    /**
     * The JVM that a run is.
     *
     * @return empty if the id was not composed here
     */
    public static Optional<ProcessId> jvmOf(String run) {
        Matcher matcher = RUN_ID.matcher(run);
        return matcher.matches()
                ? Optional.of(new ProcessId(Long.parseLong(matcher.group(1)), Long.parseLong(matcher.group(2))))
                : Optional.empty();
    }

    /**
     * The runs that a process belongs to, outermost first.
     *
     * @param environment {@code KEY=value} each
     */
    public static List<String> runsIn(Iterable<String> environment) {
        for (String variable : environment) {
            if (variable.startsWith(RUN + "=")) {
                return Stream.of(variable.substring(RUN.length() + 1).split("/"))
                        .filter(run -> !run.isEmpty())
                        .toList();
            }
        }
        return List.of();
    }

    private static String path(String variable, String element) {
        return Optional.ofNullable(System.getenv(variable))
                .filter(outer -> !outer.isEmpty())
                .map(outer -> outer + "/" + element)
                .orElse(element);
    }

    /** The process, as no other is called. */
    public String element() {
        return element;
    }

    /** What the child's environment gets. */
    public Map<String, String> variables() {
        return Map.copyOf(variables);
    }

    /**
     * Whether an environment belongs to this process or to something it started.
     *
     * @param environment {@code KEY=value} each
     */
    public boolean isIn(Iterable<String> environment) {
        for (String variable : environment) {
            if (variable.startsWith(PROCESS + "=")) {
                return ("/" + variable.substring(PROCESS.length() + 1) + "/").contains("/" + element + "/");
            }
        }
        return false;
    }

    /**
     * The {@link #element}s of all those through whom the process of an environment was started.
     *
     * @param environment {@code KEY=value} each
     * @return none if it carries no cookie
     */
    public static Set<String> elementsIn(Iterable<String> environment) {
        for (String variable : environment) {
            if (variable.startsWith(PROCESS + "=")) {
                return Set.copyOf(
                        Arrays.asList(variable.substring(PROCESS.length() + 1).split("/")));
            }
        }
        return Set.of();
    }

    /**
     * Whether an environment has a cookie, whoever's: then no other sign is needed to know whose its process is.
     *
     * @param environment {@code KEY=value} each
     */
    public static boolean isAnyIn(Iterable<String> environment) {
        for (String variable : environment) {
            if (variable.startsWith(PROCESS + "=")) {
                return true;
            }
        }
        return false;
    }

    /**
     * Who started the process that an environment belongs to: the last element of the path, which is the innermost.
     *
     * @param environment {@code KEY=value} each
     * @return empty if it carries no cookie, or one that was not composed here
     */
    public static Optional<Origin> originIn(Iterable<String> environment) {
        for (String variable : environment) {
            if (variable.startsWith(PROCESS + "=")) {
                return origin(variable.substring(Math.max(PROCESS.length(), variable.lastIndexOf('/')) + 1));
            }
        }
        return Optional.empty();
    }

    /**
     * All those through whom the process of an environment was started, outermost first.
     *
     * @param environment {@code KEY=value} each
     * @return without what was not composed here
     */
    public static List<Origin> originsIn(Iterable<String> environment) {
        for (String variable : environment) {
            if (variable.startsWith(PROCESS + "=")) {
                return Stream.of(variable.substring(PROCESS.length() + 1).split("/"))
                        .map(RunCookie::origin)
                        .flatMap(Optional::stream)
                        .toList();
            }
        }
        return List.of();
    }

    private static Optional<Origin> origin(String element) {
        Matcher matcher = ELEMENT.matcher(element);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        ProcessId jvm = new ProcessId(Long.parseLong(matcher.group("pid")), Long.parseLong(matcher.group("ticks")));
        return Optional.of(new Origin(matcher.group("name"), jvm));
    }

    /**
     * What an element tells.
     *
     * @param name the supervised process
     * @param jvm whose run it belongs to
     */
    public record Origin(String name, ProcessId jvm) {}
}
