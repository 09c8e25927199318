package dev.procession.supervise;

import dev.procession.cleanup.PortOwners;
import dev.procession.cleanup.ProcessTree;
import dev.procession.cleanup.StopSequence;
import dev.procession.cleanup.StopSequence.Limit;
import dev.procession.cleanup.StragglerReport;
import dev.procession.cleanup.TreeMarks;
import dev.procession.cleanup.Watchdog;
import dev.procession.launch.Launch;
import dev.procession.launch.Launch.Prepared;
import dev.procession.launch.OutputRelay;
import dev.procession.launch.ProcessLog;
import dev.procession.launch.StopPolicy;
import dev.procession.os.Child;
import dev.procession.os.FedChild;
import dev.procession.os.Feed;
import dev.procession.os.OperatingSystem;
import dev.procession.os.SpawnException;
import dev.procession.os.SpawnRequest;
import dev.procession.process.Durations;
import dev.procession.process.ExitStatus;
import dev.procession.process.ProcessInfo;
import dev.procession.process.ProcessionException;
import dev.procession.process.Signal;
import dev.procession.process.StopFailedException;
import dev.procession.process.Straggler;
import dev.procession.process.WaitTimeoutException;
import dev.procession.readiness.PortOwnership;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One operating-system process of a supervised process, from its spawn until it is reaped and its tree is gone. Thread
 * safe. Whoever claims its end first, a stop or its own exit, ends it; the others wait for that.
 */
final class Run {

    /** How long setting user, umask and priority may take: three small programs. */
    private static final long WRAPPER_NANOS = TimeUnit.SECONDS.toNanos(10);

    private static final long WRAPPER_POLL_NANOS = TimeUnit.MICROSECONDS.toNanos(200);

    private static final int LONGEST_COMPLAINT = 64 * 1024;

    private static final long SEND_POLL_NANOS = TimeUnit.MICROSECONDS.toNanos(500);

    private final OperatingSystem system;
    private final String name;
    private final Child child;
    private final @Nullable Feed feed;
    private final ProcessTree tree;

    /** What claims its end is not to miss what is just being started beside it. */
    private final Object beside = new Object();

    /** One for the whole run: what it takes for ours unproved is then logged once. */
    private final PortOwnership ownership;

    private final ProcessLog log;
    private final Instant startedAt;
    private final CompletableFuture<Instant> exitedAt;
    private final CompletableFuture<ExitStatus> ended = new CompletableFuture<>();
    private final AtomicReference<@Nullable String> failure = new AtomicReference<>();
    private final AtomicReference<StopSequence> ending = new AtomicReference<>();
    private volatile @Nullable ExitStatus lost;

    private Run(OperatingSystem system, Launch launch, Child child, @Nullable Feed feed, Instant startedAt) {
        this.system = system;
        this.name = launch.spec().name();
        this.child = child;
        this.feed = feed;
        this.tree = new ProcessTree(system, child, TreeMarks.of(launch), Watchdog.ofJvm()::alsoWatch);
        this.ownership = new PortOwners(system).ownership(name, tree);
        this.log = launch.log(system.files(), child.exit());
        this.startedAt = startedAt;
        this.exitedAt = child.exit().thenApply(status -> Instant.now());
    }

    static Run spawn(OperatingSystem system, Launch launch, Prepared prepared) throws SpawnException {
        Watchdog watchdog = Watchdog.ofJvm();
        watchdog.start();
        watchdog.know(TreeMarks.of(launch));
        prepared.identity().ids().ifPresent(ids -> watchdog.user(ids.user(), ids.group()));
        launch.guardOutput(system.cut());
        Instant startedAt = Instant.now();
        Run run;
        try (OutputRelay relay = OutputRelay.begin(system, launch.spec(), prepared.request())) {
            SpawnRequest request = relay.request();
            if (launch.isFed()) {
                FedChild fed = system.spawner().spawnFed(request);
                Child child = relay.carried(watchdog.guard(fed.child()));
                run = new Run(system, launch, child, fed.feed(), startedAt);
            } else {
                Child child = relay.carried(watchdog.guard(system.spawner().spawn(request)));
                run = new Run(system, launch, child, null, startedAt);
            }
        }
        if (prepared.identity().isWrapped()) {
            boolean itself = false;
            try {
                run.awaitItself(prepared);
                itself = true;
            } finally {
                if (!itself) {
                    // Nobody else knows of it yet: what it has started already goes with it.
                    run.closeStdin();
                    StopSequence.runAll(List.of(run.sweep(Lifecycle.VERIFICATION)));
                }
            }
        }
        return run;
    }

    /**
     * Starts another program beside it. That belongs to its tree, so it is ended with it, until it is {@linkplain
     * #leave left}.
     *
     * @throws IllegalStateException if it has ended, or is being ended: nobody would end that program
     */
    Child spawnBeside(Launch launch, SpawnRequest request) throws SpawnException {
        synchronized (beside) {
            if (isBeingEnded() || hasExited()) {
                throw new IllegalStateException(
                        "Expected '" + name + "' to be running, but it has ended or is being ended");
            }
            try (OutputRelay relay = OutputRelay.begin(system, launch.spec(), request)) {
                Child program = Watchdog.ofJvm().guard(system.spawner().spawn(relay.request()));
                tree.adopt(program.id());
                return relay.carried(program);
            }
        }
    }

    /** Ends what was started beside it, unless it has ended. */
    void leave(Child program) {
        if (program.exit().isDone()) {
            program.reap();
        } else {
            program.discard();
        }
        tree.release(program.id());
    }

    /**
     * Waits until the small programs that set user, umask and priority have become the user's own program: what they
     * complain of is a failure of the spawn, not of that.
     */
    private void awaitItself(Prepared prepared) throws SpawnException {
        List<String> whole = prepared.request().arguments();
        long deadline = System.nanoTime() + WRAPPER_NANOS;
        boolean seen = false;
        while (!seen && !child.exit().isDone() && System.nanoTime() < deadline) {
            seen = !prepared.identity()
                    .isOnItsWay(whole, system.processes().commandLine(child.id().pid()));
            if (!seen) {
                LockSupport.parkNanos(this, WRAPPER_POLL_NANOS);
            }
        }
        if (!seen && child.exit().isDone() && !child.exit().join().isSuccess()) {
            // They complain first, and in a line or two.
            Optional<String> complaint = prepared.identity()
                    .complaint(log.stderr().read(0, LONGEST_COMPLAINT).text());
            if (complaint.isPresent()) {
                throw new SpawnException("user, umask or priority could not be set: " + complaint.get());
            }
        }
    }

    /**
     * Writes all of it, in pieces as large as the pipe takes.
     *
     * @param patience how long the reader may leave a full pipe full
     */
    void send(byte[] bytes, Duration patience) {
        if (feed == null) {
            throw new IllegalStateException(
                    "Expected '" + name + "' to have a pipe as standard input, but it has none");
        }
        long deadline = System.nanoTime() + patience.toNanos();
        for (int sent = 0; sent < bytes.length; ) {
            int taken = feed.write(bytes, sent);
            if (taken < 0) {
                throw new IllegalStateException(
                        "Expected '" + name + "' to read its standard input, but that is closed");
            }
            sent += taken;
            if (taken > 0) {
                deadline = System.nanoTime() + patience.toNanos();
                continue;
            }
            if (System.nanoTime() > deadline) {
                throw new WaitTimeoutException("'" + name + "' has not read its standard input for "
                        + Durations.describe(patience) + ": " + sent + " of " + bytes.length
                        + " bytes were written");
            }
            if (Thread.currentThread().isInterrupted()) {
                throw new ProcessionException("Interrupted while writing to '" + name + "': " + sent + " of "
                        + bytes.length + " bytes were written");
            }
            LockSupport.parkNanos(this, SEND_POLL_NANOS);
        }
    }

    /** It gets to the end of its input. Idempotent. */
    void closeStdin() {
        if (feed != null) {
            feed.close();
        }
    }

    /** To itself and its tree; the group it leads gets it at once. False if nobody was there. */
    boolean signalAll(Signal signal) {
        boolean sent = child.signalGroup(signal) || child.signal(signal);
        for (ProcessInfo row : tree.members()) {
            if (row.group() != child.id().pid() || !child.leadsSession()) {
                system.signaller().send(row.id(), signal);
            }
        }
        return sent;
    }

    Child child() {
        return child;
    }

    ProcessTree tree() {
        return tree;
    }

    /** The ports on which its tree listens; none where that cannot be told. */
    Set<Integer> listeningPorts() {
        return new PortOwners(system).portsOf(tree);
    }

    /** Whether its tree listens there, for certain or as far as anybody can tell. */
    boolean isListeningOn(int port) {
        return listeningPorts().contains(port) || (!hasExited() && new PortOwners(system).isPerhaps(ownership, port));
    }

    ProcessLog log() {
        return log;
    }

    Instant startedAt() {
        return startedAt;
    }

    Optional<Instant> exitedAt() {
        return Optional.ofNullable(exitedAt.getNow(null));
    }

    boolean hasExited() {
        return lost != null || child.exit().isDone();
    }

    Optional<ExitStatus> exitStatus() {
        return Optional.ofNullable(child.exit().getNow(lost));
    }

    /** It is gone, and there will be no news of that. */
    void lose() {
        lost = new ExitStatus.Unknown(OptionalInt.empty(), "it is gone, and nobody knows how it ended");
    }

    /** Completes when nothing of it is left, as far as that can be had. */
    CompletableFuture<ExitStatus> ended() {
        return ended;
    }

    /**
     * Claims the end.
     *
     * @param verification how long KILL may take to have its effect
     * @return what the caller must run, and then report to {@link #finish}; empty if somebody else has claimed it
     */
    Optional<StopSequence> claimEnd(StopPolicy policy, Duration verification) {
        StopSequence sequence = new StopSequence(name, system, child, tree, policy, verification);
        return claimEnd(sequence) ? Optional.of(sequence) : Optional.empty();
    }

    /** The same, for a sequence that is there already. */
    boolean claimEnd(StopSequence sequence) {
        synchronized (beside) {
            return ending.compareAndSet(null, sequence);
        }
    }

    /**
     * Waits until somebody has brought the end about. An interrupt ends all grace periods, and is kept.
     *
     * @throws StopFailedException if that takes longer than it may
     */
    void awaitEnd(Duration longest) {
        boolean interrupted = false;
        long deadline = System.nanoTime() + longest.toNanos();
        try {
            while (true) {
                try {
                    ended.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
                    return;
                } catch (InterruptedException e) {
                    interrupted = true;
                    hurry();
                } catch (TimeoutException | ExecutionException e) {
                    throw new StopFailedException("'" + name + "' is still being ended by another thread after "
                            + Durations.describe(longest));
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** How it ended; the kernel's news of a death may lag behind the process table by so much. */
    ExitStatus awaitStatus(Duration lag) {
        return awaitStatus(child, lag);
    }

    /** The same of any child. */
    static ExitStatus awaitStatus(Child child, Duration lag) {
        try {
            return child.exit().copy().get(lag.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException | ExecutionException e) {
            return new ExitStatus.Unknown(OptionalInt.empty(), "no news of its end after " + Durations.describe(lag));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new ExitStatus.Unknown(OptionalInt.empty(), "interrupted while asking");
        }
    }

    /** Whether somebody has claimed its end. */
    boolean isBeingEnded() {
        return ending.get() != null;
    }

    /** Ends the grace period of whoever is ending it. */
    void hurry() {
        StopSequence sequence = ending.get();
        if (sequence != null) {
            sequence.hurry();
        }
    }

    /** Shortens its end, whoever is bringing that about. */
    void limitEnd(Limit limit) {
        StopSequence sequence = ending.get();
        if (sequence != null) {
            sequence.limit(limit);
        }
    }

    /** What still lives of what it has started, for messages. */
    List<Straggler> leftAlone() {
        return StragglerReport.of(
                system, tree.members(), row -> tree.sign(row.id()).describe("'" + name + "'"));
    }

    /** What even KILL did not end, told once. */
    Optional<String> takeFailure() {
        return Optional.ofNullable(failure.getAndSet(null));
    }

    /** A sequence that kills, without asking first, whatever is left. */
    StopSequence sweep(Duration verification) {
        StopSequence sweep = new StopSequence(name, system, child, tree, StopPolicy.DEFAULT, verification);
        sweep.hurry();
        return sweep;
    }

    /** The end has been brought about, or has failed. */
    void finish(StopSequence sequence) {
        closeStdin();
        failure.set(sequence.failure().orElse(null));
        ended.complete(exitStatus()
                .orElseGet(() -> new ExitStatus.Unknown(
                        OptionalInt.empty(), sequence.failure().orElse("it has not ended"))));
    }
}
