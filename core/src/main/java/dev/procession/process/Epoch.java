package dev.procession.process;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The moment from which on a process counts as fresh, in clock ticks of 10 ms since boot: setting the wall clock changes
 * nothing. Immutable and thread safe.
 *
 * @param ticks the first tick that is fresh, on the scale of {@link ProcessId#startTicks()}
 */
public record Epoch(long ticks) {

    private static final long NANOS_PER_TICK = TimeUnit.MILLISECONDS.toNanos(10);
    private static final long PAUSE_NANOS = TimeUnit.MICROSECONDS.toNanos(500);

    /** A clock that stands still that long is none. */
    private static final long LONGEST_TICK_NANOS = TimeUnit.SECONDS.toNanos(5);

    private static final Duration LONGEST_AGO = Duration.ofDays(36_525);
    private static final Duration FARTHEST_AHEAD = Duration.ofDays(1);

    /**
     * Now, and exactly: whoever has been started before the call is old, whoever will be started after it is fresh. For
     * that it waits for the next tick, 5 ms on average.
     */
    public static Epoch now() {
        ProcessSource source = ProcessSource.ofMachine();
        long before = source.nowTicks();
        long deadline = System.nanoTime() + LONGEST_TICK_NANOS;
        boolean interrupted = Thread.interrupted();
        try {
            long now = source.nowTicks();
            while (now == before) {
                if (System.nanoTime() > deadline) {
                    throw new ProcessionException("The clock of this machine stands still at tick " + now);
                }
                LockSupport.parkNanos(PAUSE_NANOS);
                interrupted |= Thread.interrupted();
                now = source.nowTicks();
            }
            return new Epoch(now);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /**
     * Some time ago: a process that is not older than that is fresh, up to a tick of 10 ms.
     *
     * @throws InvalidSpecException if it is negative or longer than a year
     */
    public static Epoch ago(Duration age) {
        Durations.check("age", age);
        return new Epoch(ProcessSource.ofMachine().nowTicks() - ticks(age));
    }

    /**
     * A moment by the wall clock. Whoever was started at that moment or later is fresh; whoever was started up to 20 ms
     * earlier may be, too. If the wall clock has been set since, it is another moment.
     *
     * @throws InvalidSpecException if it is more than a hundred years ago, or a day ahead
     */
    public static Epoch at(Instant moment) {
        ProcessSource source = ProcessSource.ofMachine();
        Instant now = source.now();
        if (moment.isAfter(now.plus(FARTHEST_AHEAD)) || moment.isBefore(now.minus(LONGEST_AGO))) {
            throw new InvalidSpecException(
                    "moment",
                    "is " + moment + ", when now it is " + now,
                    "give one of the last hundred years, or of the next day");
        }
        // One more, since the wall clock may run at another pace than that of the ticks.
        return new Epoch(source.nowTicks() - ticks(Duration.between(moment, now)) - 1);
    }

    /** When a process was started: whoever was started before it is old. */
    public static Epoch startOf(ProcessId id) {
        return new Epoch(id.startTicks());
    }

    /** When this JVM was started. */
    public static Epoch ofJvm() {
        return startOf(ProcessId.ofJvm());
    }

    /** Rounded away from now. */
    private static long ticks(Duration before) {
        return -Math.floorDiv(-before.toNanos(), NANOS_PER_TICK);
    }

    /** Whether a process was started at this moment or later; what it may have been forked from is not asked. */
    public boolean isFresh(ProcessId id) {
        return id.startTicks() >= ticks;
    }

    /** How long ago it is. */
    public Duration age() {
        return Duration.ofNanos(Math.max(0, ProcessSource.ofMachine().nowTicks() - ticks) * NANOS_PER_TICK);
    }

    @Override
    public String toString() {
        return "tick " + ticks;
    }
}
