package dev.procession.process;

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

    @Override
    public String toString() {
        return "pid " + pid + " (started at tick " + startTicks + ")";
    }
}
