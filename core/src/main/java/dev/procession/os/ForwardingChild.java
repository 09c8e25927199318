package dev.procession.os;

import dev.procession.process.ExitStatus;
import dev.procession.process.ProcessId;
import dev.procession.process.Signal;
import java.util.concurrent.CompletableFuture;

/** A child by way of another: what it does differently is overridden. As thread safe as that one. */
public abstract class ForwardingChild implements Child {

    private final Child child;

    protected ForwardingChild(Child child) {
        this.child = child;
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
        child.reap();
    }
}
