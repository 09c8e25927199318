package dev.procession.supervise;

import dev.procession.cleanup.OfThisJvm;
import dev.procession.cleanup.StragglerReport;
import dev.procession.cleanup.Sweep;
import dev.procession.os.OperatingSystem;
import dev.procession.os.backend.Backend;
import dev.procession.process.ProcessId;
import dev.procession.process.ProcessInfo;
import dev.procession.process.StopFailedException;
import dev.procession.process.Straggler;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/**
 * Finds what this JVM has started since a certain moment, directly or not, under supervision or not, and what is still
 * there. For one thread; nothing else may start processes in this JVM meanwhile.
 *
 * <p>What belongs to a process that an open {@link Supervisor} has under its care is no straggler.
 */
public final class StragglerSearch {

    /** Whoever was told to end, and is about to, gets this long. */
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private static final Duration POLL = Duration.ofMillis(10);

    private final OperatingSystem system;
    private final Set<ProcessId> before;

    private StragglerSearch(OperatingSystem system) {
        this.system = system;
        this.before = system.processes().scan().stream().map(ProcessInfo::id).collect(Collectors.toSet());
    }

    /** Whoever is there now is no straggler. */
    public static StragglerSearch begin() {
        return new StragglerSearch(Backend.current());
    }

    /**
     * Finds them, and kills those that are certainly ours.
     *
     * @return each as it was before, those included that were not ended, which say so
     * @throws StopFailedException if one survives KILL
     */
    public List<Straggler> end() {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        Map<ProcessInfo, OfThisJvm.Sign> left = left();
        while (!left.isEmpty()
                && System.nanoTime() < deadline
                && !Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos(this, POLL.toNanos());
            left = left();
        }
        Map<ProcessInfo, OfThisJvm.Sign> found = left;
        List<Straggler> stragglers =
                StragglerReport.of(system, found.keySet(), row -> found.get(row).text());
        List<ProcessInfo> survivors = new Sweep(system.signaller(), this::certain).run(Lifecycle.VERIFICATION);
        if (!survivors.isEmpty()) {
            throw new StopFailedException("KILL had no effect within " + Lifecycle.VERIFICATION.toSeconds()
                    + " s on "
                    + StragglerReport.of(system, survivors, row -> "it is " + row.state()));
        }
        return stragglers;
    }

    private List<ProcessInfo> certain() {
        return left().entrySet().stream()
                .filter(entry -> entry.getValue().isCertain())
                .map(Map.Entry::getKey)
                .toList();
    }

    private Map<ProcessInfo, OfThisJvm.Sign> left() {
        Map<ProcessInfo, OfThisJvm.Sign> all = OfThisJvm.in(system.processes());
        all.keySet().removeIf(row -> before.contains(row.id()));
        if (!all.isEmpty()) {
            // After the look for all: what a process in care has started meanwhile is not among those, nor the other
            // way.
            Set<ProcessId> inCare = inCare();
            all.keySet()
                    .removeIf(row -> inCare.contains(row.id())
                            || isLeftAlone(row)
                            || !system.processes().isAlive(row.id()));
        }
        return all;
    }

    private static boolean isLeftAlone(ProcessInfo row) {
        return OpenSupervisors.ofJvm().open().stream()
                .flatMap(supervisor -> supervisor.processes().stream())
                .anyMatch(process -> process.spec().stop().leaves(row));
    }

    private static Set<ProcessId> inCare() {
        Set<ProcessId> inCare = new HashSet<>();
        for (Supervisor supervisor : OpenSupervisors.ofJvm().open()) {
            supervisor.processes().stream()
                    .filter(SupervisedProcess::wasStarted)
                    .forEach(process -> process.tree().forEach(row -> inCare.add(row.id())));
        }
        return inCare;
    }
}
