package dev.procession.cleanup;

import dev.procession.os.Child;
import dev.procession.os.ForwardingChild;

/** A child whose group the watchdog knows: it is told before the group's number becomes anybody's. */
final class GuardedChild extends ForwardingChild {

    private final Watchdog watchdog;

    GuardedChild(Child child, Watchdog watchdog) {
        super(child);
        this.watchdog = watchdog;
    }

    @Override
    public void reap() {
        if (exit().isDone()) {
            watchdog.forget(id());
        }
        super.reap();
    }
}
