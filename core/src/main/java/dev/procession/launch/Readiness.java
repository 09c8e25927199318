package dev.procession.launch;

import dev.procession.process.Durations;
import dev.procession.process.InvalidSpecException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * When a process counts as ready. All conditions that are given must hold; any of {@code tcp}, {@code http}, {@code log}
 * and {@code aliveFor} replaces the default, which is: the process listens on every port that was given to it; without
 * ports, it has lived for one second.
 *
 * <p>Immutable and thread safe: each method returns a changed copy.
 *
 * @param tcp what must accept connections: {@code port} for the main port, a number, {@code host:port}
 * @param http what must answer a GET: a path on the main port, or an {@code http://} URL
 * @param status the statuses that count as an answer; default 200..399
 * @param log a regular expression found in a line of either stream of this run, or null
 * @param times how many lines must match {@code log}; default 1
 * @param failOnLog a line that matches this fails the start at once, or null
 * @param aliveFor how long it must have lived, or null
 * @param timeout the startup timeout; default 60 s
 */
public record Readiness(
        List<String> tcp,
        List<String> http,
        StatusRange status,
        @Nullable Pattern log,
        int times,
        @Nullable Pattern failOnLog,
        @Nullable Duration aliveFor,
        Duration timeout) {

    /** The default conditions and the default timeout of 60 s. */
    public static final Readiness DEFAULT =
            new Readiness(List.of(), List.of(), StatusRange.DEFAULT, null, 1, null, null, Duration.ofSeconds(60));

    /** How long a process without ports must live by default. */
    public static final Duration DEFAULT_ALIVE_FOR = Duration.ofSeconds(1);

    public Readiness {
        tcp = List.copyOf(tcp);
        http = List.copyOf(http);
        if (times < 1) {
            throw new InvalidSpecException("times", "is " + times, "give the number of matching lines, at least 1");
        }
        Durations.check("timeout", timeout);
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
    }

    /** Also requires that this accepts connections. */
    public Readiness tcp(String endpoint) {
        return new Readiness(plus(tcp, endpoint), http, status, log, times, failOnLog, aliveFor, timeout);
    }

    /** Also requires that this answers a GET. */
    public Readiness http(String pathOrUrl) {
        return new Readiness(tcp, plus(http, pathOrUrl), status, log, times, failOnLog, aliveFor, timeout);
    }

    /**
     * Which statuses count as an answer.
     *
     * @param range such as {@code 200..399} or {@code 200,204}
     */
    public Readiness status(String range) {
        return new Readiness(tcp, http, StatusRange.parse(range), log, times, failOnLog, aliveFor, timeout);
    }

    /** Also requires a line that contains a match. */
    public Readiness log(String regex) {
        return new Readiness(tcp, http, status, compile("log", regex), times, failOnLog, aliveFor, timeout);
    }

    /** How many lines must match {@code log}. */
    public Readiness times(int count) {
        return new Readiness(tcp, http, status, log, count, failOnLog, aliveFor, timeout);
    }

    /** Fails the start at once when a line contains a match. */
    public Readiness failOnLog(String regex) {
        return new Readiness(tcp, http, status, log, times, compile("failOnLog", regex), aliveFor, timeout);
    }

    /** Also requires that it has lived this long. */
    public Readiness aliveFor(Duration duration) {
        return new Readiness(tcp, http, status, log, times, failOnLog, duration, timeout);
    }

    /** The startup timeout. */
    public Readiness timeout(Duration duration) {
        return new Readiness(tcp, http, status, log, times, failOnLog, aliveFor, duration);
    }

    /** Whether nothing but the default conditions apply. */
    public boolean isDefault() {
        return tcp.isEmpty() && http.isEmpty() && log == null && aliveFor == null;
    }

    private static List<String> plus(List<String> list, String element) {
        List<String> longer = new ArrayList<>(list);
        longer.add(element);
        return longer;
    }

    private static Pattern compile(String attribute, String regex) {
        try {
            return Pattern.compile(regex);
        } catch (PatternSyntaxException e) {
            throw new InvalidSpecException(
                    attribute,
                    "is \"" + regex + "\", which is no regular expression: " + e.getDescription() + " at index "
                            + e.getIndex(),
                    "escape characters that are meant literally with a backslash");
        }
    }
}
