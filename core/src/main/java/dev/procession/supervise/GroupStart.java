package dev.procession.supervise;

import dev.procession.process.ExitStatus;
import dev.procession.process.ProcessionException;
import dev.procession.process.StartFailedException;
import dev.procession.process.StopFailedException;
import dev.procession.readiness.ReadinessWait.Kind;
import dev.procession.readiness.ReadinessWait.Outcome;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/**
 * Starts several processes in one thread: each as soon as those it depends on are ready, independent ones at the same
 * time. When one fails, the rest is stopped. For one thread, once.
 */
final class GroupStart {

    private final List<SupervisedProcess> waiting;
    private final Set<String> notReady = new LinkedHashSet<>();
    private final List<Start> starting = new ArrayList<>();
    private final List<SupervisedProcess> begun = new ArrayList<>();
    private final Map<Start, Outcome> failed = new LinkedHashMap<>();
    private final List<RuntimeException> failures = new ArrayList<>();

    GroupStart(List<SupervisedProcess> processes) {
        this.waiting = new ArrayList<>(processes);
        processes.forEach(process -> notReady.add(process.name()));
    }

    /**
     * Starts them all and waits in this thread until they are ready.
     *
     * @throws StartFailedException of the first that failed, those of others attached; nothing of the group is left then
     */
    void run() {
        boolean complete = false;
        try {
            while (failures.isEmpty() && failed.isEmpty() && !notReady.isEmpty()) {
                beginWhatCan();
                look();
                if (!failed.isEmpty()) {
                    // Who has failed at the same moment, as by an interrupt, is to be told of, too.
                    look();
                }
                if (failures.isEmpty() && failed.isEmpty() && !starting.isEmpty()) {
                    long pause =
                            starting.stream().mapToLong(Start::pauseNanos).min().orElse(0);
                    LockSupport.parkNanos(this, pause);
                }
            }
            complete = failures.isEmpty() && failed.isEmpty();
        } finally {
            starting.forEach(Start::abandon);
            if (!complete) {
                stopAll();
            }
        }
        if (!complete) {
            throw firstFailure();
        }
    }

    private void beginWhatCan() {
        for (Iterator<SupervisedProcess> next = waiting.iterator(); next.hasNext() && failures.isEmpty(); ) {
            SupervisedProcess process = next.next();
            if (process.spec().dependsOn().stream().noneMatch(notReady::contains)) {
                next.remove();
                try {
                    starting.add(process.begin());
                    begun.add(process);
                } catch (ProcessionException | IllegalStateException e) {
                    failures.add(e);
                }
            }
        }
    }

    private void look() {
        for (Iterator<Start> next = starting.iterator(); next.hasNext(); ) {
            Start start = next.next();
            Optional<Outcome> outcome = start.look();
            if (outcome.isPresent()) {
                next.remove();
                if (outcome.get().kind() == Kind.READY && start.process().becomeReady(start)) {
                    notReady.remove(start.process().name());
                } else {
                    failed.put(start, outcome.get());
                }
            }
        }
    }

    /** What a failed process logs while it stops belongs into its message, so that comes after the stop. */
    private void stopAll() {
        Set<Start> cutShort = new HashSet<>();
        Map<Start, ExitStatus> endedByThemselves = new HashMap<>();
        failed.keySet().forEach(start -> {
            if (start.process().isStartCutShort()) {
                cutShort.add(start);
            } else {
                start.run().exitStatus().ifPresent(status -> endedByThemselves.put(start, status));
            }
        });
        List<StopFailedException> incomplete = new ArrayList<>();
        try {
            StopOrder.stop(begun, SupervisedProcess::beginStopAfterFailure);
        } catch (StopFailedException e) {
            incomplete.add(e);
        }
        try {
            // One that ended by itself was swept up after by its own stop scope, which may have spared others.
            StopOrder.forEach(begun, process -> process.endLeftAlone(SupervisedProcess.VERIFICATION));
        } catch (StopFailedException e) {
            incomplete.add(e);
        }
        failed.forEach((start, outcome) -> {
            start.process().startFailed();
            failures.add(start.sequence()
                    .notReady(
                            start.run(),
                            outcome,
                            endedByThemselves.get(start),
                            start.listening(),
                            cutShort.contains(start)));
        });
        if (!failures.isEmpty()) {
            incomplete.forEach(failures.get(0)::addSuppressed);
        }
    }

    private RuntimeException firstFailure() {
        RuntimeException first = failures.get(0);
        failures.stream().skip(1).forEach(first::addSuppressed);
        return first;
    }
}
