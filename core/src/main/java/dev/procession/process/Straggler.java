package dev.procession.process;

import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * A process that outlived what it belonged to, as it was when it was found. Immutable and thread safe.
 *
 * @param id who it is
 * @param parentPid its parent then; an orphan's is 1, or the pid of whoever around us collects orphans
 * @param command its command line, without secrets
 * @param age how long it had been up
 * @param ports the TCP ports it listened on; none where this platform does not tell
 * @param found why it is known to belong there: {@code it is in the session of 'web'}
 */
public record Straggler(ProcessId id, long parentPid, String command, Duration age, Set<Integer> ports, String found) {

    public Straggler {
        ports = Set.copyOf(ports);
    }

    /** The pid alone, for messages. */
    public long pid() {
        return id.pid();
    }

    /** In one line, as messages show it. */
    @Override
    public String toString() {
        String listening = ports.isEmpty()
                ? ""
                : ", listens on "
                        + new TreeSet<>(ports).stream().map(String::valueOf).collect(Collectors.joining(", "));
        return "pid " + pid() + " (" + command + "), parent " + parentPid + ", up for " + Durations.describe(age)
                + listening + "; " + found;
    }
}
