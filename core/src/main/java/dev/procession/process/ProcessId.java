package dev.procession.process;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * The identity of one run of a program: its pid and the moment it was started.
 *
 * <p>A pid alone names whoever has that number now; pids are used again. Together with the start time it names one
 * process for as long as the machine is up, and setting the wall clock does not change it.
 *
 * <p>Immutable and thread safe.
 *
 * @param pid the process id, above 0
 * @param startTicks the start in clock ticks of 10 ms since boot (field 22 of {@code /proc/PID/stat}); where there is no
 *     {@code /proc}, the start in hundredths of a second since 1970
 */
public record ProcessId(long pid, long startTicks) {

    public ProcessId {
        if (pid <= 0) {
            throw new IllegalArgumentException("Expected a pid above 0, but was " + pid);
        }
    }

    /**
     * Whoever has this pid now.
     *
     * @return empty if nobody has, or only a process that has ended
     * @throws IllegalArgumentException for a pid of 0 or less
     */
    public static Optional<ProcessId> of(long pid) {
        if (pid <= 0) {
            throw new IllegalArgumentException("Expected a pid above 0, but was " + pid);
        }
        return ProcessSource.ofMachine().find(pid).filter(row -> !row.isDead()).map(ProcessInfo::id);
    }

    /** This JVM. */
    public static ProcessId ofJvm() {
        long pid = ProcessHandle.current().pid();
        return of(pid).orElseGet(() -> new ProcessId(pid, 0));
    }

    /**
     * When whoever has this pid now was started.
     *
     * @return empty if nobody has, or only a process that has ended; see {@link #startedAt()}
     * @throws IllegalArgumentException for a pid of 0 or less
     */
    public static Optional<Instant> startTime(long pid) {
        return of(pid).map(ProcessId::startedAt);
    }

    /**
     * When it was started, by what the wall clock shows now, to some 20 ms. To compare two moments use the ticks: they
     * do not change when the clock is set.
     */
    public Instant startedAt() {
        ProcessSource source = ProcessSource.ofMachine();
        return source.now().minusMillis((source.nowTicks() - startTicks) * 10);
    }

    /** How long it has been up, or is up since then if it has ended. */
    public Duration age() {
        return Duration.ofMillis(Math.max(0, ProcessSource.ofMachine().nowTicks() - startTicks) * 10);
    }

    /** Whether exactly this process is there and has not ended. A zombie has. */
    public boolean isAlive() {
        return ProcessSource.ofMachine()
                .find(pid)
                .filter(row -> row.id().equals(this) && !row.isDead())
                .isPresent();
    }

    @Override
    public String toString() {
        return "pid " + pid + " (started at tick " + startTicks + ")";
    }
}
