package dev.procession.cleanup;

import dev.procession.launch.CommandText;
import dev.procession.os.OperatingSystem;
import dev.procession.os.Sockets.Listener;
import dev.procession.os.backend.Backend;
import dev.procession.process.FoundProcess;
import dev.procession.process.ProcessInfo;
import dev.procession.process.Straggler;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Describes processes that were left behind, while they can still be looked at. */
public final class StragglerReport {

    private static final long MILLIS_PER_TICK = 10;

    private StragglerReport() {}

    /**
     * Of this machine's.
     *
     * @param found why each belongs where it was left
     */
    public static List<Straggler> of(Collection<FoundProcess> left, Function<FoundProcess, String> found) {
        Map<ProcessInfo, String> reasons = new LinkedHashMap<>();
        left.forEach(process -> reasons.put(process.info(), found.apply(process)));
        return of(Backend.current(), reasons.keySet(), row -> String.valueOf(reasons.get(row)));
    }

    /** @param found why each belongs where it was left */
    public static List<Straggler> of(
            OperatingSystem system, Collection<ProcessInfo> left, Function<ProcessInfo, String> found) {
        List<Listener> listeners = left.isEmpty() ? List.of() : system.sockets().listeners();
        long now = system.processes().nowTicks();
        return left.stream()
                .map(row -> new Straggler(
                        row.id(),
                        row.parentPid(),
                        CommandText.of(row, system.processes()),
                        Duration.ofMillis(Math.max(0, now - row.id().startTicks()) * MILLIS_PER_TICK),
                        ports(system, row, listeners),
                        found.apply(row)))
                .toList();
    }

    private static Set<Integer> ports(OperatingSystem system, ProcessInfo row, List<Listener> listeners) {
        Set<Long> sockets = new HashSet<>(system.processes().socketInodes(row.pid()));
        return listeners.stream()
                .filter(listener -> sockets.contains(listener.inode()))
                .map(Listener::port)
                .collect(Collectors.toSet());
    }
}
