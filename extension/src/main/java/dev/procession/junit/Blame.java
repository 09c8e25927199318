package dev.procession.junit;

import dev.procession.process.ProcessDiedException;
import dev.procession.supervise.SupervisedProcess;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Remembers who left which process unusable, and which deaths some test has reported. Of a whole test run; thread safe. */
final class Blame {

    /** Which test left a process dead or paused. */
    private final Map<SupervisedProcess, String> culprits = new ConcurrentHashMap<>();

    /** Whose unexpected death some test has reported. */
    private final Set<SupervisedProcess> reported = ConcurrentHashMap.newKeySet();

    /**
     * Looks that everything is as a test may expect it.
     *
     * @param test the test that is about to begin
     * @throws ProcessDiedException naming what is dead or paused, and the test that left it so
     */
    void requireUsable(List<SupervisedProcess> visible, String test, String sharedBy) {
        for (SupervisedProcess process : visible) {
            String culprit = culprits.get(process);
            String since = culprit == null ? "" : "\n  since       " + culprit;
            Optional<ProcessDiedException> unexpected = process.unexpectedDeath();
            if (unexpected.isPresent() || !isUsable(process)) {
                // Whoever only finds it so is not to blame for it.
                culprits.putIfAbsent(process, "before " + test);
            }
            unexpected.ifPresent(death -> {
                reported.add(process);
                throw new ProcessDiedException(death.getMessage() + since);
            });
            if (!isUsable(process)) {
                throw new ProcessDiedException("'" + process.name() + "' is shared by " + sharedBy + ", and is "
                        + (process.isPaused() ? "paused" : process.state()) + " before this one begins" + since
                        + "\n  try         leave it as it was found, or give the test that ends it a class of its own");
            }
        }
    }

    private static boolean isUsable(SupervisedProcess process) {
        return process.isReady() && !process.isPaused();
    }

    /** The first death that nobody asked for; it counts as reported from now on. */
    Optional<ProcessDiedException> unexpectedDeath(List<SupervisedProcess> visible) {
        for (SupervisedProcess process : visible) {
            Optional<ProcessDiedException> death = process.unexpectedDeath();
            if (death.isPresent()) {
                reported.add(process);
                return death;
            }
        }
        return Optional.empty();
    }

    /** A death that no test has reported: one before the first test or after the last. */
    Optional<ProcessDiedException> unreportedDeath(List<SupervisedProcess> own) {
        return own.stream()
                .filter(process -> !reported.contains(process))
                .flatMap(process -> process.unexpectedDeath().stream())
                .findFirst();
    }

    /** Remembers that a test has just ended, for what it left unusable. */
    void testEnded(List<SupervisedProcess> visible, String test) {
        for (SupervisedProcess process : visible) {
            if (!isUsable(process)) {
                culprits.putIfAbsent(process, test);
            }
        }
    }
}
