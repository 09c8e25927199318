package dev.procession.launch;

import dev.procession.process.Durations;
import dev.procession.process.InvalidSpecException;
import dev.procession.process.ProcessInfo;
import dev.procession.process.Signal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/**
 * How a process is stopped: the stop signal, the grace period, then KILL, then a look that it has really gone. As
 * supervisord's {@code stopsignal} and {@code stopwaitsecs}, but for the whole tree.
 *
 * <p>Immutable and thread safe: each method returns a changed copy.
 *
 * @param signal the stop signal; default TERM
 * @param gracePeriod how long it may take before KILL; default 10 s
 * @param scope who is made to end; default {@link StopScope#TREE}
 * @param retries how often signal and grace period are repeated before KILL, at most 1,000 times; default 0
 * @param leave names of programs that are left alone, with what they have started, as far as they have sessions of their
 *     own; default none. For helpers that the first of several services starts for all of them, as Erlang's {@code epmd}:
 *     they end with the JVM. The kernel knows a program by the first 15 bytes of its file's name
 */
public record StopPolicy(Signal signal, Duration gracePeriod, StopScope scope, int retries, Set<String> leave) {

    private static final int MOST_RETRIES = 1_000;

    /** Nobody waits longer, and what is counted in nanoseconds must not overflow. */
    private static final Duration LONGEST = Duration.ofDays(365);

    private static final int LONGEST_NAME = 15;

    /** TERM, 10 s, TREE, no retries, nobody is left alone. */
    public static final StopPolicy DEFAULT = new StopPolicy(Signal.TERM, Duration.ofSeconds(10), StopScope.TREE, 0);

    /** One that leaves nobody alone. */
    public StopPolicy(Signal signal, Duration gracePeriod, StopScope scope, int retries) {
        this(signal, gracePeriod, scope, retries, Set.of());
    }

    /** As Twisted's procmon: TERM, and KILL after 5 s. */
    public static StopPolicy procmon() {
        return DEFAULT.gracePeriod(Duration.ofSeconds(5));
    }

    /** As Perl's Supervisor means it: TERM five times, with 10 s each, and then KILL. */
    public static StopPolicy perl() {
        return DEFAULT.retries(4);
    }

    public StopPolicy {
        Durations.check("gracePeriod", gracePeriod);
        if (retries < 0) {
            throw new InvalidSpecException("retries", "is " + retries, "give 0 or more");
        }
        if (retries > MOST_RETRIES) {
            throw new InvalidSpecException("retries", "is " + retries, "give " + MOST_RETRIES + " or fewer");
        }
        if (gracePeriod.multipliedBy(retries + 1L).compareTo(LONGEST) > 0) {
            throw new InvalidSpecException(
                    "retries",
                    "is " + retries + ", with a grace period of " + Durations.describe(gracePeriod)
                            + " each, which is more than a year",
                    "give fewer, or a shorter 'gracePeriod'");
        }
        for (String name : leave) {
            if (name.isBlank() || name.indexOf('/') >= 0) {
                throw new InvalidSpecException(
                        "leave",
                        "has \"" + name + "\", which is no name of a program",
                        "give the name of its file without folders, such as epmd");
            }
        }
        leave = Set.copyOf(leave);
    }

    public StopPolicy signal(Signal stopSignal) {
        return new StopPolicy(stopSignal, gracePeriod, scope, retries, leave);
    }

    public StopPolicy gracePeriod(Duration duration) {
        return new StopPolicy(signal, duration, scope, retries, leave);
    }

    public StopPolicy scope(StopScope stopScope) {
        return new StopPolicy(signal, gracePeriod, stopScope, retries, leave);
    }

    public StopPolicy retries(int count) {
        return new StopPolicy(signal, gracePeriod, scope, count, leave);
    }

    /** These names in place of those that were given before. */
    public StopPolicy leave(String... names) {
        return new StopPolicy(signal, gracePeriod, scope, retries, new HashSet<>(Arrays.asList(names)));
    }

    /** Whether a process is left alone, by its name. */
    public boolean leaves(ProcessInfo process) {
        return leave.stream().anyMatch(name -> process.name().equals(kept(name)));
    }

    private static String kept(String name) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        return bytes.length <= LONGEST_NAME ? name : new String(bytes, 0, LONGEST_NAME, StandardCharsets.UTF_8);
    }

    /** The longest time before KILL. */
    public Duration longest() {
        return gracePeriod.multipliedBy(retries + 1L);
    }
}
