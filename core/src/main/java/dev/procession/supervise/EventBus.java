package dev.procession.supervise;

import dev.procession.process.Durations;
import dev.procession.process.InvalidSpecException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Numbers the events of one supervisor and brings them to its listeners, to each in the order of the numbers. Every listener
 * has a queue and, while that holds something, a thread of its own: one that blocks or throws hurts nobody else. Thread safe.
 */
final class EventBus {

    /** Makes an event of what only the bus knows. Called with the bus's lock held: it must do nothing else. */
    @FunctionalInterface
    interface Maker {
        SupervisionEvent make(long serial, Instant at);
    }

    /** Far more than happens while a listener that works is busy; one that hangs must not eat the memory. */
    private static final int CAPACITY = 10_000;

    private final InstantSource clock;
    private final LongSupplier nanos;
    private final int capacity;
    private final ThreadPoolExecutor threads;

    /** Guards what follows, and makes the order of serials that of all queues. */
    private final Object lock = new Object();

    private final List<EventQueue> queues = new ArrayList<>();
    private long lastSerial;
    private boolean closed;

    EventBus() {
        this(InstantSource.system(), System::nanoTime, CAPACITY);
    }

    /**
     * @param nanos by which it is told how long a listener is busy
     * @param capacity how many events may wait for a listener
     */
    EventBus(InstantSource clock, LongSupplier nanos, int capacity) {
        this.clock = clock;
        this.nanos = nanos;
        this.capacity = capacity;
        // Idle threads go soon: a supervisor that nobody listens to, or nothing happens to, has none.
        threads = new ThreadPoolExecutor(0, Integer.MAX_VALUE, 1, TimeUnit.SECONDS, new SynchronousQueue<>(), task -> {
            Thread thread = new Thread(task, "procession-events");
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * Tells all listeners, later and in other threads: this neither calls them nor waits for them, and may be called with any
     * lock held. Without effect after {@link #close}.
     */
    void publish(Maker maker) {
        synchronized (lock) {
            SupervisionEvent event = maker.make(lastSerial + 1, clock.instant());
            lastSerial++;
            queues.forEach(queue -> queue.add(event));
        }
    }

    /**
     * Tells somebody of all events from now on.
     *
     * @param name by which the log speaks of the listener; need not be unique
     * @throws InvalidSpecException if the name is blank
     * @throws IllegalStateException if this is closed
     */
    Subscription subscribe(String name, Consumer<? super SupervisionEvent> listener) {
        if (name.isBlank()) {
            throw new InvalidSpecException(
                    "name", "of a listener is \"" + name + "\"", "give one by which the log can speak of it");
        }
        EventQueue queue = new EventQueue(name, listener, capacity, threads, nanos, this::forget);
        synchronized (lock) {
            if (closed) {
                throw new IllegalStateException(
                        "Expected an open supervisor to tell '" + name + "' of its events, but it is closed");
            }
            queues.add(queue);
        }
        return queue;
    }

    private void forget(EventQueue queue) {
        synchronized (lock) {
            queues.remove(queue);
        }
    }

    /**
     * Accepts no more events, waits until the listeners have been told of all there were, and ends the threads. A listener
     * that has not been told everything by then is named in the log, is told nothing more, and keeps its thread until it
     * returns. A listener that calls this is not waited for, and is told the rest. An interrupt does not cut the wait
     * short. Further calls have no effect.
     *
     * @param patience how long to wait at most
     */
    void close(Duration patience) {
        long deadline = System.nanoTime() + Durations.nanos(patience);
        List<EventQueue> left;
        synchronized (lock) {
            closed = true;
            left = List.copyOf(queues);
            queues.clear();
        }
        boolean interrupted = Thread.interrupted();
        for (EventQueue queue : left) {
            interrupted |= queue.finish(deadline);
        }
        threads.shutdown();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
