package dev.procession.supervise;

import dev.procession.process.Durations;
import dev.procession.process.ExitStatus;
import dev.procession.process.ProcessionException;
import dev.procession.process.StartFailedException;
import dev.procession.process.StopFailedException;
import dev.procession.readiness.ReadinessWait.Kind;
import dev.procession.readiness.ReadinessWait.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Starts several processes in one thread: each as soon as those it depends on are ready, independent ones at the same
 * time. When one fails, the rest is stopped. For one thread, once.
 */
final class GroupStart {

    /** Whoever is awaited wakes us; but news can be late. */
    private static final long LONGEST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final List<SupervisedProcess> waiting;
    private final Set<String> notReady = new LinkedHashSet<>();
    private final List<Start> starting = new ArrayList<>();
    private final List<SupervisedProcess> begun = new ArrayList<>();

    /** Until when those are awaited whose start the supervisor goes on with by itself. */
    private final Map<SupervisedProcess, Long> retried = new LinkedHashMap<>();

    private final Map<Start, Outcome> failed = new LinkedHashMap<>();
    private final List<SupervisedProcess> givenUp = new ArrayList<>();
    private final Set<SupervisedProcess> interrupted = new HashSet<>();
    private final List<RuntimeException> failures = new ArrayList<>();

    GroupStart(List<SupervisedProcess> processes) {
        this.waiting = new ArrayList<>(processes);
        waiting.sort(Comparator.comparing(SupervisedProcess::place));
        processes.forEach(process -> notReady.add(process.name()));
    }

    /**
     * Starts them all and waits in this thread until they are ready.
     *
     * @throws StartFailedException of the first that failed, those of others attached; nothing of the group is left then
     */
    void run() {
        boolean complete = false;
        List<SupervisedProcess> all = List.copyOf(waiting);
        all.forEach(process -> process.lifecycle().watch());
        try {
            while (isGood() && !notReady.isEmpty()) {
                beginWhatCan();
                look();
                if (!failed.isEmpty()) {
                    // Who has failed at the same moment, as by an interrupt, is to be told of, too.
                    look();
                }
                if (isGood() && !(starting.isEmpty() && retried.isEmpty())) {
                    long pause =
                            starting.stream().mapToLong(Start::pauseNanos).min().orElse(LONGEST_PAUSE_NANOS);
                    LockSupport.parkNanos(this, pause);
                }
            }
            complete = isGood();
        } finally {
            all.forEach(process -> process.lifecycle().unwatch());
            starting.forEach(Start::abandon);
            if (!complete) {
                stopAll();
            }
        }
        if (!complete) {
            throw firstFailure();
        }
    }

    private boolean isGood() {
        return failures.isEmpty() && failed.isEmpty() && givenUp.isEmpty();
    }

    private void beginWhatCan() {
        for (Iterator<SupervisedProcess> next = waiting.iterator(); next.hasNext() && failures.isEmpty(); ) {
            SupervisedProcess process = next.next();
            if (process.spec().dependsOn().stream().noneMatch(notReady::contains)) {
                next.remove();
                begin(process);
            }
        }
    }

    private void begin(SupervisedProcess process) {
        try {
            begun.add(process);
            Start start = process.starter().begin(this);
            if (process.lifecycle().awaitsReadiness()) {
                starting.add(start);
            } else {
                start.abandon();
                leaveToSupervisor(process);
            }
        } catch (StartFailedException e) {
            if (process.starter().triesAgain()) {
                leaveToSupervisor(process);
            } else {
                failures.add(e);
            }
        } catch (ProcessionException | IllegalStateException e) {
            failures.add(e);
        }
    }

    /** It goes on without us; how long we wait for that is what a start may take. */
    private void leaveToSupervisor(SupervisedProcess process) {
        retried.computeIfAbsent(process, any -> System.nanoTime() + Durations.nanos(longest(process)));
    }

    /** Being ready and having lived long enough may come one after the other. */
    private static Duration longest(SupervisedProcess process) {
        Duration startSeconds = process.lifecycle().policy().startSeconds();
        Duration timeout = process.spec().ready().timeout();
        return startSeconds == null ? timeout : timeout.plus(startSeconds);
    }

    private void look() {
        for (Iterator<Start> next = starting.iterator(); next.hasNext(); ) {
            Start start = next.next();
            Optional<Outcome> outcome = start.look();
            if (outcome.isPresent()) {
                next.remove();
                settle(start, outcome.get());
            }
        }
        for (Iterator<Map.Entry<SupervisedProcess, Long>> next =
                        retried.entrySet().iterator();
                next.hasNext(); ) {
            Map.Entry<SupervisedProcess, Long> entry = next.next();
            SupervisedProcess process = entry.getKey();
            ProcessState state = process.state();
            if (process.lifecycle().cameUp()) {
                if (process.lifecycle().isComplete()) {
                    next.remove();
                    becomeReady(process);
                }
            } else if (state == ProcessState.FATAL
                    || state == ProcessState.STOPPED
                    || state == ProcessState.STOPPING
                    || state == ProcessState.UNKNOWN
                    || System.nanoTime() >= entry.getValue()) {
                next.remove();
                givenUp.add(process);
            } else if (Thread.currentThread().isInterrupted()) {
                next.remove();
                givenUp.add(process);
                interrupted.add(process);
            }
        }
    }

    private void settle(Start start, Outcome outcome) {
        Lifecycle lifecycle = start.process().lifecycle();
        if (outcome.kind() != Kind.READY) {
            if (start.process().starter().comesBackAfter(start, outcome, this)) {
                leaveToSupervisor(start.process());
            } else {
                failed.put(start, outcome);
            }
        } else if (!lifecycle.becomeReady(start)) {
            if (start.process().starter().comesBackAfter(start, start.exited(), this)) {
                leaveToSupervisor(start.process());
            } else {
                boolean died = start.run().hasExited()
                        && !start.process().spec().ready().isOneShot();
                failed.put(start, died ? start.exited() : outcome);
            }
        } else if (lifecycle.cameUp() || start.process().spec().ready().isOneShot()) {
            becomeReady(start.process());
        } else {
            // Ready, but it has not lived long enough yet.
            leaveToSupervisor(start.process());
        }
    }

    private void becomeReady(SupervisedProcess process) {
        notReady.remove(process.name());
        process.lifecycle().tellReady();
    }

    /** What a failed process logs while it stops belongs into its message, so that comes after the stop. */
    private void stopAll() {
        Set<Start> cutShort = new HashSet<>();
        Map<Start, ExitStatus> endedByThemselves = new HashMap<>();
        failed.keySet().forEach(start -> {
            if (start.process().lifecycle().isStartCutShort(this)) {
                cutShort.add(start);
            } else {
                start.run().exitStatus().ifPresent(status -> endedByThemselves.put(start, status));
            }
        });
        Map<SupervisedProcess, Standing> gaveUp = new LinkedHashMap<>();
        givenUp.forEach(process -> gaveUp.put(process, process.lifecycle().standing()));
        List<StopFailedException> incomplete = new ArrayList<>();
        // What somebody else has started, before us or since, is not ours to stop.
        begun.removeIf(process -> !process.lifecycle().isStartOf(this));
        try {
            StopOrder.stop(begun, process -> process.ender().beginStopAfterFailure(this));
        } catch (StopFailedException e) {
            incomplete.add(e);
        }
        try {
            // One that ended by itself was swept up after by its own stop scope, which may have spared others.
            StopOrder.forEach(begun, process -> process.ender().endLeftAlone(Lifecycle.VERIFICATION, Optional.empty()));
        } catch (StopFailedException e) {
            incomplete.add(e);
        }
        failed.forEach((start, outcome) -> {
            if (!cutShort.contains(start)) {
                start.process().lifecycle().giveUp(start.describe(outcome), this);
            }
            failures.add(start.sequence()
                    .notReady(
                            start.run(),
                            outcome,
                            endedByThemselves.get(start),
                            start.listening(),
                            cutShort.contains(start)));
        });
        gaveUp.forEach((process, standing) -> failures.add(givenUp(process, standing)));
        if (!failures.isEmpty()) {
            incomplete.forEach(failures.get(0)::addSuppressed);
        }
    }

    private StartFailedException givenUp(SupervisedProcess process, Standing standing) {
        String start = "'" + process.name() + "' ";
        String timeout = Durations.describe(longest(process));
        int tries = process.lifecycle().tries();
        String remedy = "look at what it logged, and at " + process.spec().declarationOf("restart");
        boolean stopped = standing.state() == ProcessState.STOPPED
                || standing.state() == ProcessState.STOPPING
                || standing.state() == ProcessState.UNKNOWN;
        String headline;
        if (standing.state() == ProcessState.FATAL) {
            headline = start + "was given up after " + tries + (tries == 1 ? " start: " : " starts: ")
                    + standing.spawnError();
        } else if (stopped) {
            headline = start + "was stopped before it was ready";
            remedy = "stop it only when its start has returned";
        } else if (interrupted.contains(process)) {
            headline = start + "was not ready when its start was interrupted: " + standing.describe();
            remedy = "start it again; an interrupt comes from a test's timeout or a cancelled build";
        } else {
            headline = start + "did not come up within " + timeout + ", nor was it given up: " + standing.describe();
        }
        if (!stopped) {
            process.lifecycle().giveUp(headline, this);
        }
        return new StartFailedException(
                process.name(),
                process.failureMessage(headline, remedy),
                process.exitStatus().orElse(null),
                process.wasStarted() ? process.log().files() : List.of());
    }

    private RuntimeException firstFailure() {
        RuntimeException first = failures.get(0);
        failures.stream().skip(1).forEach(first::addSuppressed);
        return first;
    }
}
