package dev.procession.supervise;

import dev.procession.process.Durations;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** What one listener is still to be told. At most one thread at a time tells it. Thread safe. */
final class EventQueue implements Subscription {

    private static final Logger LOG = System.getLogger("dev.procession");
    private static final Duration LONG_CALL = Duration.ofSeconds(10);

    private final String name;
    private final Consumer<? super SupervisionEvent> listener;
    private final int capacity;
    private final Executor threads;
    private final LongSupplier nanos;
    private final Consumer<EventQueue> forget;

    // All guarded by this. Nothing is logged and nobody is called while it is held.
    private final Deque<SupervisionEvent> waiting = new ArrayDeque<>();
    private long lost;
    private boolean served;
    private boolean closed;
    private @Nullable Thread server;
    private @Nullable SupervisionEvent current;
    private long currentSince;
    private boolean named;

    EventQueue(
            String name,
            Consumer<? super SupervisionEvent> listener,
            int capacity,
            Executor threads,
            LongSupplier nanos,
            Consumer<EventQueue> forget) {
        this.name = name;
        this.listener = listener;
        this.capacity = capacity;
        this.threads = threads;
        this.nanos = nanos;
        this.forget = forget;
    }

    @Override
    public String name() {
        return name;
    }

    /** Appends an event, and sees that somebody brings it. Does not block. */
    synchronized void add(SupervisionEvent event) {
        if (closed) {
            return;
        }
        if (waiting.size() == capacity) {
            waiting.remove();
            lost++;
        }
        waiting.add(event);
        if (!served) {
            served = begin(this::serve);
        } else if (current != null && !named && nanos.getAsLong() - currentSince > LONG_CALL.toNanos()) {
            String complaint = "Listener '" + name + "' has been busy for "
                    + Durations.describe(Duration.ofNanos(nanos.getAsLong() - currentSince)) + " with " + current + "; "
                    + waiting.size() + (waiting.size() == 1 ? " event waits" : " events wait")
                    + " for it. Let it return soon, or do its work in a thread of its own";
            // Whoever publishes may hold locks that a log wants.
            named = begin(() -> LOG.log(Level.WARNING, complaint));
        }
    }

    /** Whether it could be handed to a thread; otherwise the next event tries again. */
    private boolean begin(Runnable task) {
        try {
            threads.execute(task);
            return true;
        } catch (RejectedExecutionException | OutOfMemoryError e) {
            return false;
        }
    }

    private void serve() {
        try {
            for (SupervisionEvent event = next(); event != null; event = next()) {
                tell(event);
            }
        } finally {
            giveUp();
        }
    }

    private void tell(SupervisionEvent event) {
        Throwable thrown = null;
        try {
            listener.accept(event);
        } catch (Throwable e) {
            thrown = e;
        }
        // The thread serves others after this one, and the log may write by what an interrupt closes.
        Thread.interrupted();
        if (thrown != null) {
            LOG.log(Level.WARNING, "Listener '" + name + "' has thrown at " + event, thrown);
        }
    }

    /** If the log itself throws, another thread goes on. */
    private synchronized void giveUp() {
        if (server == Thread.currentThread()) {
            current = null;
            end();
            served = !waiting.isEmpty() && begin(this::serve);
        }
    }

    /** What to tell next; null when there is nothing, and this thread does not serve this queue any more. */
    private @Nullable SupervisionEvent next() {
        long unsaid;
        synchronized (this) {
            server = Thread.currentThread();
            current = waiting.poll();
            if (current != null) {
                currentSince = nanos.getAsLong();
                named = false;
                return current;
            }
            unsaid = lost;
            lost = 0;
            if (unsaid == 0) {
                end();
                return null;
            }
        }
        // Said once, when it has caught up: only then is it known how many.
        sayLost(unsaid);
        return next();
    }

    private void end() {
        served = false;
        server = null;
        notifyAll();
    }

    private void sayLost(long count) {
        LOG.log(
                Level.WARNING,
                "Listener '" + name + "' was too slow: it was not told of " + count
                        + (count == 1 ? " event" : " events") + ", since more than " + capacity
                        + " waited for it, and the oldest were dropped. Let it return sooner, or do its work in a thread"
                        + " of its own");
    }

    @Override
    public void close() {
        cutOff();
        forget.accept(this);
    }

    /** How many events it will not be told of. */
    private int cutOff() {
        long unsaid;
        int untold;
        synchronized (this) {
            closed = true;
            untold = waiting.size();
            waiting.clear();
            unsaid = lost;
            lost = 0;
        }
        if (unsaid > 0) {
            sayLost(unsaid);
        }
        return untold;
    }

    /**
     * Waits until the listener has been told everything, and tells it nothing more after that.
     *
     * @param deadline in the time of {@link System#nanoTime}
     * @return whether this thread was interrupted meanwhile
     */
    boolean finish(long deadline) {
        boolean interrupted = false;
        SupervisionEvent hanging;
        synchronized (this) {
            if (server == Thread.currentThread()) {
                // It cannot return before this does.
                return false;
            }
            for (long left = deadline - System.nanoTime(); served && left > 0; left = deadline - System.nanoTime()) {
                try {
                    TimeUnit.NANOSECONDS.timedWait(this, Math.max(left, TimeUnit.MILLISECONDS.toNanos(1)));
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            hanging = current;
        }
        int untold = cutOff();
        if (hanging != null || untold > 0) {
            LOG.log(
                    Level.WARNING,
                    "Listener '" + name + "' " + (hanging == null ? "" : "is still busy with " + hanging + ", and ")
                            + "was not told of " + untold + (untold == 1 ? " event" : " events")
                            + " when its supervisor was closed");
        }
        return interrupted;
    }
}
