package dev.procession.cleanup;

import dev.procession.os.Child;
import dev.procession.process.ExitStatus;
import dev.procession.process.ProcessId;
import dev.procession.process.Signal;
import java.util.concurrent.CompletableFuture;

/** A child whose group the watchdog knows: it is told before the group's number becomes anybody's. */
final class GuardedChild implements Child {

    private final Child child;
    private final Watchdog watchdog;

    GuardedChild(Child child, Watchdog watchdog) {
        this.child = child;
        this.watchdog = watchdog;
    }

    @Override
    public ProcessId id() {
        return child.id();
    }

    @Override
    public boolean leadsSession() {
        return child.leadsSession();
    }

    @Override
    public CompletableFuture<ExitStatus> exit() {
        return child.exit();
    }

    @Override
    public boolean signal(Signal signal) {
        return child.signal(signal);
    }

    @Override
    public boolean signalGroup(Signal signal) {
        return child.signalGroup(signal);
    }

    @Override
    public boolean isDrained() {
        return child.isDrained();
    }

    @Override
    public void reap() {
        if (child.exit().isDone()) {
            watchdog.forget(child.id());
        }
        child.reap();
    }
}
