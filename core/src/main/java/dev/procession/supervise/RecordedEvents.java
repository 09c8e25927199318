package dev.procession.supervise;

import dev.procession.process.Durations;
import dev.procession.process.ProcessionException;
import dev.procession.process.WaitTimeoutException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * A listener that keeps what it was told, for tests to look at. It keeps the newest 10,000 events; {@link #forgotten} tells
 * how many older ones there were. Thread safe.
 *
 * <p>Events arrive a moment after they have happened: wait for the one that is expected with {@link #await} before looking
 * at all.
 */
public final class RecordedEvents implements Consumer<SupervisionEvent> {

    private static final int CAPACITY = 10_000;
    private static final int SHOWN = 20;

    // Guarded by this, as is the next.
    private final Deque<SupervisionEvent> events = new ArrayDeque<>();
    private long forgotten;

    /** One to which nothing has come yet. */
    public RecordedEvents() {}

    @Override
    public synchronized void accept(SupervisionEvent event) {
        if (events.size() == CAPACITY) {
            events.remove();
            forgotten++;
        }
        events.add(event);
        notifyAll();
    }

    /** What has come so far, in the order in which it came. */
    public synchronized List<SupervisionEvent> all() {
        return List.copyOf(events);
    }

    /** How many events came that are not kept any more. */
    public synchronized long forgotten() {
        return forgotten;
    }

    /**
     * What has become of one process so far: the states it has entered, and that it was added or removed.
     *
     * @param process its name, or {@code group:name}; the name alone means those of that name in all groups
     */
    public List<SupervisionEvent> of(String process) {
        return all().stream().filter(event -> concerns(event, process)).toList();
    }

    /**
     * The states that a process has entered so far. The one it was in before the first is not among them.
     *
     * @param process its name, or {@code group:name}; the name alone means those of that name in all groups
     */
    public List<ProcessState> states(String process) {
        return of(process).stream()
                .flatMap(event -> event instanceof SupervisionEvent.StateChanged changed
                        ? Optional.of(changed.to()).stream()
                        : Optional.<ProcessState>empty().stream())
                .toList();
    }

    private static boolean concerns(SupervisionEvent event, String wanted) {
        if (event instanceof SupervisionEvent.StateChanged changed) {
            return isNamed(changed.group(), changed.process(), wanted);
        }
        if (event instanceof SupervisionEvent.ProcessAdded added) {
            return isNamed(added.group(), added.process(), wanted);
        }
        return event instanceof SupervisionEvent.ProcessRemoved removed
                && isNamed(removed.group(), removed.process(), wanted);
    }

    private static boolean isNamed(String group, String process, String wanted) {
        return wanted.equals(process) || wanted.equals(group + ":" + process);
    }

    /**
     * Waits until an event has come that fits, or finds it among those that are here.
     *
     * @param expected what fits; called in this thread, once for each event
     * @param timeout at most a year; zero is one look
     * @return the first that fits
     * @throws WaitTimeoutException if none came in time; the message lists those that did
     * @throws ProcessionException if this thread is interrupted
     */
    public SupervisionEvent await(Predicate<? super SupervisionEvent> expected, Duration timeout) {
        Durations.check("timeout", timeout);
        long deadline = System.nanoTime() + Durations.nanos(timeout);
        for (long seen = 0; ; ) {
            List<SupervisionEvent> news;
            synchronized (this) {
                news = events.stream().skip(Math.max(0, seen - forgotten)).toList();
                seen = forgotten + events.size();
            }
            // Without the lock, so that whoever brings events need not wait for what a test thinks of them.
            for (SupervisionEvent event : news) {
                if (expected.test(event)) {
                    return event;
                }
            }
            if (!awaitMoreThan(seen, deadline)) {
                throw new WaitTimeoutException(message(timeout));
            }
        }
    }

    private synchronized boolean awaitMoreThan(long seen, long deadline) {
        try {
            while (forgotten + events.size() == seen) {
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    return false;
                }
                TimeUnit.NANOSECONDS.timedWait(this, Math.max(left, TimeUnit.MILLISECONDS.toNanos(1)));
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ProcessionException("Interrupted while waiting for an event", e);
        }
    }

    private String message(Duration timeout) {
        List<SupervisionEvent> came;
        long before;
        synchronized (this) {
            came = events.stream().skip(Math.max(0, events.size() - SHOWN)).toList();
            before = forgotten + events.size() - came.size();
        }
        String headline = "Expected an event within " + Durations.describe(timeout) + " that did not come";
        if (came.isEmpty()) {
            return headline + "\n  came        nothing at all"
                    + "\n  try         look whether this was told to listen before it happened; or wait longer";
        }
        return headline
                + (before == 0 ? "" : "\n  came        " + before + " earlier ones")
                + came.stream().map(event -> "\n  came        " + event).collect(Collectors.joining())
                + "\n  try         compare them with what is expected; or wait longer";
    }

    /** What has come so far, an event a line. */
    @Override
    public String toString() {
        return all().stream().map(SupervisionEvent::toString).collect(Collectors.joining("\n"));
    }
}
