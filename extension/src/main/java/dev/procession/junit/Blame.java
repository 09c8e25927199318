package dev.procession.junit;

import dev.procession.launch.RestartMode;
import dev.procession.process.ProcessDiedException;
import dev.procession.process.WaitTimeoutException;
import dev.procession.supervise.ProcessState;
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
     * Looks that everything is as a test may expect it, and waits for what its restart policy is bringing back.
     *
     * @param test the test that is about to begin
     * @throws ProcessDiedException naming what is dead, paused or does not come back in time, and the test that left it so
     */
    void requireUsable(List<SupervisedProcess> visible, String test, String sharedBy) {
        for (SupervisedProcess process : visible) {
            Optional<WaitTimeoutException> timeout = awaitReturn(process);
            Optional<ProcessDiedException> unexpected = process.unexpectedDeath();
            if (unexpected.isEmpty() && isUsable(process)) {
                forget(process);
                continue;
            }
            String culprit = culprits.get(process);
            String since = culprit == null ? "" : "\n  since       " + culprit;
            // Whoever only finds it so is not to blame for it.
            culprits.putIfAbsent(process, "before " + test);
            unexpected.ifPresent(death -> {
                reported.add(process);
                throw new ProcessDiedException(death.getMessage() + since);
            });
            timeout.ifPresent(late -> {
                throw new ProcessDiedException(late.getMessage() + since);
            });
            throw new ProcessDiedException("'" + process.name() + "' is shared by " + sharedBy + ", and is "
                    + describe(process) + " before this one begins" + since + "\n  try         " + remedy(process));
        }
    }

    /**
     * Waits until what comes back is ready, for as long as its start may take.
     *
     * @return why it was waited for in vain; empty if it is back, was never away, or does not come back
     */
    static Optional<WaitTimeoutException> awaitReturn(SupervisedProcess process) {
        if (!process.wasStarted() || isUsable(process) || !isOnItsWay(process)) {
            return Optional.empty();
        }
        try {
            process.awaitReady(process.spec().ready().timeout());
            return Optional.empty();
        } catch (WaitTimeoutException e) {
            // Otherwise it has gone down for good meanwhile, which is told as such.
            return isOnItsWay(process) ? Optional.of(e) : Optional.empty();
        }
    }

    /** The news of a death can be late, so that one that is dead already still counts as running. */
    private static boolean isOnItsWay(SupervisedProcess process) {
        return !process.isDown();
    }

    private static String describe(SupervisedProcess process) {
        if (process.wasStarted() && process.isPaused()) {
            return "paused";
        }
        if (process.state() != ProcessState.EXITED || !hasPolicy(process)) {
            return process.state().toString();
        }
        return "EXITED"
                + process.exitStatus().map(status -> " (" + status + ")").orElse("")
                + ", after which its restart policy, "
                + process.spec().restart().orElseThrow()
                + ", leaves it down,";
    }

    private static String remedy(SupervisedProcess process) {
        return process.state() == ProcessState.EXITED && hasPolicy(process)
                ? "let a test in which it ends start() it again, or give that test a class of its own; or look at "
                        + process.spec().declarationOf("restart")
                : "leave it as it was found, or give the test that ends it a class of its own";
    }

    private static boolean hasPolicy(SupervisedProcess process) {
        return process.spec()
                .restart()
                .filter(policy -> policy.mode() != RestartMode.NEVER)
                .isPresent();
    }

    /** Whether a test can work with it. */
    static boolean isUsable(SupervisedProcess process) {
        boolean isThere = process.state() != ProcessState.RUNNING || process.isAlive();
        return process.isReady() && isThere && !process.isPaused();
    }

    /** It is as it should be again: whatever happens next is another's fault, and news. */
    private void forget(SupervisedProcess process) {
        culprits.remove(process);
        reported.remove(process);
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
            if (isUsable(process)) {
                forget(process);
            } else {
                culprits.putIfAbsent(process, test);
            }
        }
    }
}
