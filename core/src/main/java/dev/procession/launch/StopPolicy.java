package dev.procession.launch;

import dev.procession.process.Durations;
import dev.procession.process.InvalidSpecException;
import dev.procession.process.Signal;
import java.time.Duration;

/**
 * How a process is stopped: the stop signal, the grace period, then KILL, then a look that it has really gone. As
 * supervisord's {@code stopsignal} and {@code stopwaitsecs}, but for the whole tree.
 *
 * <p>Immutable and thread safe: each method returns a changed copy.
 *
 * @param signal the stop signal; default TERM
 * @param gracePeriod how long it may take before KILL; default 10 s
 * @param scope who is made to end; default {@link StopScope#TREE}
 * @param retries how often signal and grace period are repeated before KILL; default 0
 */
public record StopPolicy(Signal signal, Duration gracePeriod, StopScope scope, int retries) {

    /** TERM, 10 s, TREE, no retries. */
    public static final StopPolicy DEFAULT = new StopPolicy(Signal.TERM, Duration.ofSeconds(10), StopScope.TREE, 0);

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
    }

    public StopPolicy signal(Signal stopSignal) {
        return new StopPolicy(stopSignal, gracePeriod, scope, retries);
    }

    public StopPolicy gracePeriod(Duration duration) {
        return new StopPolicy(signal, duration, scope, retries);
    }

    public StopPolicy scope(StopScope stopScope) {
        return new StopPolicy(signal, gracePeriod, stopScope, retries);
    }

    public StopPolicy retries(int count) {
        return new StopPolicy(signal, gracePeriod, scope, count);
    }

    /** The longest time before KILL. */
    public Duration longest() {
        return gracePeriod.multipliedBy(retries + 1L);
    }
}
