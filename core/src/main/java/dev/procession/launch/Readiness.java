package dev.procession.launch;

import dev.procession.process.Durations;
import dev.procession.process.InvalidSpecException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * When a process counts as ready. All conditions that are given must hold; any of them replaces the default, which is: the
 * process listens on every port that was given to it; without ports, it has lived for one second.
 *
 * <p>Immutable and thread safe: each method returns a changed copy.
 *
 * @param tcp what must accept connections: {@code port} for the main port, the name of another, a number,
 *     {@code host:port}. At each address of this machine, be it loopback or one in a network, that has to be the process, or
 *     what it has started. Who accepts them on another machine nobody can tell from here.
 * @param http what must answer a GET: a path on the main port, {@code :name/path} on another, or an {@code http://} URL
 * @param status the statuses that count as an answer; default 200..399
 * @param log a regular expression found in a line of either stream of this run, or null
 * @param times how many lines must match {@code log}; default 1
 * @param failOnLog a line that matches this regular expression fails the start at once, or null
 * @param file files that this run must have made or changed; relative ones lie in the working directory
 * @param unixSocket sockets in the file system on which the process, or what it has started, must accept
 *     connections; relative ones lie in the working directory
 * @param command a program and its arguments that must exit with code 0, asked again and again; empty for none
 * @param exit the process itself must end with one of these codes: a one-shot such as initdb; empty for none
 * @param aliveFor how long it must have lived, or null
 * @param timeout the startup timeout; default 60 s
 */
public record Readiness(
        List<String> tcp,
        List<String> http,
        StatusRange status,
        @Nullable String log,
        int times,
        @Nullable String failOnLog,
        List<String> file,
        List<String> unixSocket,
        List<String> command,
        Set<Integer> exit,
        @Nullable Duration aliveFor,
        Duration timeout) {

    /** The default conditions and the default timeout of 60 s. */
    public static final Readiness DEFAULT = new Draft().finished();

    /** How long a process without ports must live by default. */
    public static final Duration DEFAULT_ALIVE_FOR = Duration.ofSeconds(1);

    public Readiness {
        tcp = List.copyOf(tcp);
        http = List.copyOf(http);
        file = List.copyOf(file);
        unixSocket = List.copyOf(unixSocket);
        command = List.copyOf(command);
        exit = Set.copyOf(exit);
        if (times < 1) {
            throw new InvalidSpecException("times", "is " + times, "give the number of matching lines, at least 1");
        }
        if (!command.isEmpty() && command.get(0).isEmpty()) {
            throw new InvalidSpecException(
                    "ready.command", "starts with an empty string", "give the program and its arguments");
        }
        for (int code : exit) {
            if (code < 0 || code > 255) {
                throw new InvalidSpecException("exit", "holds " + code, "exit codes are from 0 to 255");
            }
        }
        compile("log", log);
        compile("failOnLog", failOnLog);
        Durations.check("timeout", timeout);
        if (aliveFor != null) {
            Durations.check("aliveFor", aliveFor);
        }
    }

    /**
     * Looks whether the parts fit together. Not while they are being collected: their order is free.
     *
     * @throws InvalidSpecException naming the part that does not
     */
    void check() {
        if (times > 1 && log == null) {
            throw new InvalidSpecException("times", "is " + times + " without 'log'", "say which line is counted");
        }
        if (aliveFor != null && aliveFor.compareTo(timeout) >= 0) {
            throw new InvalidSpecException(
                    "aliveFor", "is " + aliveFor + ", not below the timeout of " + timeout, "raise 'timeout'");
        }
        if (isOneShot() && !others().isEmpty()) {
            throw new InvalidSpecException(
                    "exit",
                    "stands beside " + String.join(", ", others())
                            + ", but a process that has ended can do nothing else",
                    "keep either 'exit', for a one-shot, or the others");
        }
    }

    /** The conditions that are given, {@code exit} apart, as messages call them. */
    private List<String> others() {
        Map<String, Boolean> given = new LinkedHashMap<>();
        given.put("'tcp'", !tcp.isEmpty());
        given.put("'http'", !http.isEmpty());
        given.put("'log'", log != null);
        given.put("'file'", !file.isEmpty());
        given.put("'unixSocket'", !unixSocket.isEmpty());
        given.put("'ready.command'", !command.isEmpty());
        given.put("'aliveFor'", aliveFor != null);
        return given.entrySet().stream()
                .filter(Map.Entry::getValue)
                .map(Map.Entry::getKey)
                .toList();
    }

    /**
     * Also requires that this accepts connections, and if it is on this machine, that it is this process which does, or what
     * it has started.
     */
    public Readiness tcp(String endpoint) {
        return with(draft -> draft.tcp.add(endpoint));
    }

    /** Also requires that this answers a GET; whose answer that has to be, as with {@link #tcp(String)}. */
    public Readiness http(String pathOrUrl) {
        return with(draft -> draft.http.add(pathOrUrl));
    }

    /**
     * Which statuses count as an answer.
     *
     * @param range such as {@code 200..399} or {@code 200,204}
     */
    public Readiness status(String range) {
        return with(draft -> draft.status = StatusRange.parse(range));
    }

    /** Also requires a line that contains a match. Its groups are to be had when the process is ready. */
    public Readiness log(String regex) {
        return with(draft -> draft.log = regex);
    }

    /** How many lines must match {@code log}. */
    public Readiness times(int count) {
        return with(draft -> draft.times = count);
    }

    /** Fails the start at once when a line contains a match. */
    public Readiness failOnLog(String regex) {
        return with(draft -> draft.failOnLog = regex);
    }

    /**
     * Also requires that this run has made or changed a file. What somebody else has open for writing, and nobody of this
     * run, does not count. Who has changed a file and closed it at once, or only touched it, no system tells; that is taken
     * for this run. Below {@code ${directory}}, which is fresh and nobody else's, there is no such doubt.
     */
    public Readiness file(String path) {
        return with(draft -> draft.file.add(path));
    }

    /**
     * Also requires that it, or what it has started, accepts connections on a socket in the file system. One of datagrams
     * accepts none: wait for that with {@link #file(String)}.
     */
    public Readiness unixSocket(String path) {
        return with(draft -> draft.unixSocket.add(path));
    }

    /** Also requires that this command exits with code 0. It is run again and again until it does. */
    public Readiness command(String... argv) {
        return with(draft -> draft.command = List.of(argv));
    }

    /** Requires that the process itself ends with one of these codes: a one-shot. */
    public Readiness exit(Integer... codes) {
        return with(draft -> draft.exit = new TreeSet<>(List.of(codes)));
    }

    /** Also requires that it has lived this long. */
    public Readiness aliveFor(Duration duration) {
        return with(draft -> draft.aliveFor = duration);
    }

    /** The startup timeout. */
    public Readiness timeout(Duration duration) {
        return with(draft -> draft.timeout = duration);
    }

    /** Whether nothing but the default conditions apply. */
    public boolean isDefault() {
        return others().isEmpty() && !isOneShot();
    }

    /** Whether the process is ready when it has ended. */
    public boolean isOneShot() {
        return !exit.isEmpty();
    }

    /** {@code log}, compiled. */
    public Optional<Pattern> logPattern() {
        return Optional.ofNullable(log).map(Pattern::compile);
    }

    /** {@code failOnLog}, compiled. */
    public Optional<Pattern> failurePattern() {
        return Optional.ofNullable(failOnLog).map(Pattern::compile);
    }

    private static void compile(String attribute, @Nullable String regex) {
        try {
            if (regex != null) {
                Pattern.compile(regex);
            }
        } catch (PatternSyntaxException e) {
            throw new InvalidSpecException(
                    attribute,
                    "is \"" + regex + "\", which is no regular expression: " + e.getDescription() + " at index "
                            + e.getIndex(),
                    "escape characters that are meant literally with a backslash");
        }
    }

    private Readiness with(Consumer<Draft> change) {
        Draft draft = new Draft();
        draft.tcp.addAll(tcp);
        draft.http.addAll(http);
        draft.status = status;
        draft.log = log;
        draft.times = times;
        draft.failOnLog = failOnLog;
        draft.file.addAll(file);
        draft.unixSocket.addAll(unixSocket);
        draft.command = command;
        draft.exit = exit;
        draft.aliveFor = aliveFor;
        draft.timeout = timeout;
        change.accept(draft);
        return draft.finished();
    }

    /** The parts while one of them changes. */
    private static final class Draft {
        private final List<String> tcp = new ArrayList<>();
        private final List<String> http = new ArrayList<>();
        private StatusRange status = StatusRange.DEFAULT;
        private @Nullable String log;
        private int times = 1;
        private @Nullable String failOnLog;
        private final List<String> file = new ArrayList<>();
        private final List<String> unixSocket = new ArrayList<>();
        private List<String> command = List.of();
        private Set<Integer> exit = Set.of();
        private @Nullable Duration aliveFor;
        private Duration timeout = Duration.ofSeconds(60);

        Readiness finished() {
            return new Readiness(
                    tcp, http, status, log, times, failOnLog, file, unixSocket, command, exit, aliveFor, timeout);
        }
    }
}
