package dev.procession.supervise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.process.InvalidSpecException;
import dev.procession.testkit.Await;
import dev.procession.testkit.CapturedLog;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.logging.Filter;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Events reach every listener in order; one that throws or blocks hurts nobody, and is named. */
class EventBusTest {

    private static final Logger LOGGER = Logger.getLogger("dev.procession");
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Instant NOON = Instant.parse("2026-11-20T12:00:00Z");

    private final AtomicLong nanos = new AtomicLong();
    private EventBus bus = new EventBus(InstantSource.fixed(NOON), nanos::get, 10);
    private final CountDownLatch released = new CountDownLatch(1);

    @AfterEach
    void close() {
        released.countDown();
        bus.close(PATIENCE);
    }

    private void publish(String group) {
        bus.publish((serial, at) -> new SupervisionEvent.GroupAdded(serial, at, group));
    }

    private void publish(int count) {
        IntStream.rangeClosed(1, count).forEach(number -> publish("g" + number));
    }

    /** A listener that does not return from its first event before it is released. */
    private final class Blocked implements Consumer<SupervisionEvent> {
        final List<Long> serials = new CopyOnWriteArrayList<>();

        @Override
        public void accept(SupervisionEvent event) {
            serials.add(event.serial());
            await(released);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void run(Runnable action) {
        Await.result(Await.async(() -> {
            action.run();
            return true;
        }));
    }

    @Test
    void everyListenerIsToldOfAllInOrder() {
        List<SupervisionEvent> one = new CopyOnWriteArrayList<>();
        List<SupervisionEvent> other = new CopyOnWriteArrayList<>();
        bus.subscribe("one", one::add);
        publish("a");
        bus.subscribe("other", other::add);
        publish("b");

        bus.close(PATIENCE);

        assertThat(one)
                .containsExactly(
                        new SupervisionEvent.GroupAdded(1, NOON, "a"), new SupervisionEvent.GroupAdded(2, NOON, "b"));
        assertThat(other).containsExactly(new SupervisionEvent.GroupAdded(2, NOON, "b"));
    }

    @Test
    void anEventThatCouldNotBeMadeTakesNoSerial() {
        List<SupervisionEvent> told = new CopyOnWriteArrayList<>();
        bus.subscribe("told", told::add);
        IllegalStateException failure = new IllegalStateException();
        assertThatThrownBy(() -> bus.publish((serial, at) -> {
                    throw failure;
                }))
                .isSameAs(failure);
        publish("a");

        bus.close(PATIENCE);

        assertThat(told).containsExactly(new SupervisionEvent.GroupAdded(1, NOON, "a"));
    }

    @Test
    void whoPublishesDoesNotCallListenersAndMayHoldTheLocksTheyWant() {
        Object wanted = new Object();
        AtomicReference<Thread> teller = new AtomicReference<>();
        AtomicReference<String> told = new AtomicReference<>();
        bus.subscribe("locking", event -> {
            teller.set(Thread.currentThread());
            synchronized (wanted) {
                told.set(event.toString());
            }
        });
        synchronized (wanted) {
            publish("a");
            Await.until("the listener is called", () -> teller.get() != null);
            publish("b");
            assertThat(told).hasNullValue();
        }
        Await.until("the listener has the lock", () -> "group 'b' added".equals(told.get()));
        assertThat(teller.get()).isNotSameAs(Thread.currentThread());
        assertThat(teller.get().getName()).isEqualTo("procession-events");
        assertThat(teller.get().isDaemon()).isTrue();
    }

    @Test
    void whoThrowsIsNamedAndIsToldOfTheNextEvent() {
        List<Long> told = new CopyOnWriteArrayList<>();
        List<Long> other = new CopyOnWriteArrayList<>();
        try (CapturedLog log = new CapturedLog("dev.procession")) {
            bus.subscribe("thrower", event -> {
                told.add(event.serial());
                if (event.serial() == 1) {
                    throw new IllegalStateException("on purpose");
                }
                if (event.serial() == 2) {
                    throw new AssertionError("on purpose");
                }
            });
            bus.subscribe("beside the thrower", event -> other.add(event.serial()));
            publish(3);
            bus.close(PATIENCE);

            assertThat(log.naming("'thrower'"))
                    .containsExactly(
                            "WARNING Listener 'thrower' has thrown at group 'g1' added",
                            "WARNING Listener 'thrower' has thrown at group 'g2' added");
        }
        assertThat(told).containsExactly(1L, 2L, 3L);
        assertThat(other).containsExactly(1L, 2L, 3L);
    }

    @Test
    void aLogThatThrowsDoesNotSilenceTheListener() {
        List<Long> told = new CopyOnWriteArrayList<>();
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord entry) {
                if (entry.getMessage().contains("'thrower with a bad log'")) {
                    throw new IllegalStateException("on purpose: a log that throws");
                }
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        LOGGER.addHandler(handler);
        try {
            bus.subscribe("thrower with a bad log", event -> {
                told.add(event.serial());
                throw new IllegalStateException("on purpose");
            });
            publish(3);
            bus.close(PATIENCE);
        } finally {
            LOGGER.removeHandler(handler);
        }
        assertThat(told).containsExactly(1L, 2L, 3L);
    }

    @Test
    void theInterruptOfOneListenerIsNotThatOfTheNextEvent() {
        List<Boolean> interrupted = new CopyOnWriteArrayList<>();
        bus.subscribe("interrupting", event -> {
            interrupted.add(Thread.currentThread().isInterrupted());
            Thread.currentThread().interrupt();
        });
        publish(2);
        bus.close(PATIENCE);

        assertThat(interrupted).containsExactly(false, false);
    }

    @Test
    void whoBlocksHoldsUpNobodyElse() {
        Blocked blocked = new Blocked();
        List<Long> told = new CopyOnWriteArrayList<>();
        bus.subscribe("blocked", blocked);
        bus.subscribe("free", event -> told.add(event.serial()));
        publish(3);

        Await.until("the other listener is told", () -> told.equals(List.of(1L, 2L, 3L)));
        Await.until("the first event has come", () -> blocked.serials.equals(List.of(1L)));
        released.countDown();
        Await.until("all events have come", () -> blocked.serials.equals(List.of(1L, 2L, 3L)));
    }

    @Test
    void whoIsLongInOneCallIsNamedOnce() {
        Blocked blocked = new Blocked();
        try (CapturedLog log = new CapturedLog("dev.procession")) {
            bus.subscribe("sleepy", blocked);
            publish("a");
            Await.until("the listener is busy", () -> !blocked.serials.isEmpty());
            nanos.set(Duration.ofSeconds(10).toNanos());
            publish("b");
            nanos.addAndGet(1);
            nanos.set(Duration.ofSeconds(12).toNanos());
            publish("c");
            publish("d");
            nanos.set(Duration.ofSeconds(20).toNanos());
            publish("e");
            released.countDown();
            bus.close(PATIENCE);

            Await.until("it is said", () -> !log.naming("'sleepy'").isEmpty());
            assertThat(log.naming("'sleepy'"))
                    .containsExactly("WARNING Listener 'sleepy' has been busy for 12 s with group 'a' added; 2 events"
                            + " wait for it. Let it return soon, or do its work in a thread of its own");
        }
        assertThat(blocked.serials).containsExactly(1L, 2L, 3L, 4L, 5L);
    }

    @Test
    void whoIsLongInAnotherCallIsNamedAgain() {
        CountDownLatch first = new CountDownLatch(1);
        AtomicLong begun = new AtomicLong();
        try (CapturedLog log = new CapturedLog("dev.procession")) {
            bus.subscribe("sleepy twice", event -> {
                begun.set(event.serial());
                await(event.serial() == 1 ? first : released);
            });
            publish("a");
            Await.until("the first call has begun", () -> begun.get() == 1);
            nanos.addAndGet(Duration.ofSeconds(11).toNanos());
            publish("b");
            first.countDown();
            Await.until("the second call has begun", () -> begun.get() == 2);
            publish("c");
            nanos.addAndGet(Duration.ofSeconds(11).toNanos());
            publish("d");

            Await.until("both are said", () -> log.naming("'sleepy twice'").size() == 2);
            assertThat(log.naming("'sleepy twice'"))
                    .containsExactlyInAnyOrder(
                            "WARNING Listener 'sleepy twice' has been busy for 11 s with group 'a' added; 1 event waits"
                                    + " for it. Let it return soon, or do its work in a thread of its own",
                            "WARNING Listener 'sleepy twice' has been busy for 11 s with group 'b' added; 2 events wait"
                                    + " for it. Let it return soon, or do its work in a thread of its own");
        }
    }

    /** Whoever publishes may hold a lock for which the log's handler waits. */
    @Test
    void aLogThatBlocksDoesNotHoldUpWhoPublishes() {
        Blocked blocked = new Blocked();
        CountDownLatch logging = new CountDownLatch(1);
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord entry) {
                if (entry.getMessage().contains("'sleepy beside a log'")) {
                    logging.countDown();
                    await(released);
                }
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        LOGGER.addHandler(handler);
        try {
            bus.subscribe("sleepy beside a log", blocked);
            publish("a");
            Await.until("the listener is busy", () -> !blocked.serials.isEmpty());
            nanos.set(Duration.ofSeconds(11).toNanos());
            run(() -> publish("b"));
            await(logging);
            run(() -> publish("c"));
        } finally {
            released.countDown();
            LOGGER.removeHandler(handler);
        }
    }

    @Test
    void whenTooManyWaitTheOldestAreDroppedAndThatIsSaidOnce() {
        Blocked blocked = new Blocked();
        List<Long> told = new CopyOnWriteArrayList<>();
        try (CapturedLog log = new CapturedLog("dev.procession")) {
            bus.subscribe("too slow", blocked);
            publish("first");
            Await.until("the listener is busy", () -> !blocked.serials.isEmpty());
            publish(13);
            bus.subscribe("late", event -> told.add(event.serial()));
            assertThat(log.naming("'too slow'")).isEmpty();
            released.countDown();
            Await.until("it has caught up", () -> !log.naming("'too slow'").isEmpty());
            publish("last");
            bus.close(PATIENCE);

            assertThat(log.naming("'too slow'"))
                    .containsExactly("WARNING Listener 'too slow' was too slow: it was not told of 3 events, since more"
                            + " than 10 waited for it, and the oldest were dropped. Let it return sooner, or do its work"
                            + " in a thread of its own");
            assertThat(log.naming("'late'")).isEmpty();
        }
        assertThat(blocked.serials).containsExactly(1L, 5L, 6L, 7L, 8L, 9L, 10L, 11L, 12L, 13L, 14L, 15L);
        assertThat(told).containsExactly(15L);
    }

    @Test
    void whatWasDroppedIsSaidWhenTheSubscriptionIsClosedBeforeItHasCaughtUp() {
        Blocked blocked = new Blocked();
        try (CapturedLog log = new CapturedLog("dev.procession")) {
            Subscription subscription = bus.subscribe("slow and gone", blocked);
            publish("first");
            Await.until("the listener is busy", () -> !blocked.serials.isEmpty());
            publish(11);
            subscription.close();

            // While it is still busy: it may never come back.
            assertThat(log.naming("'slow and gone'"))
                    .containsExactly("WARNING Listener 'slow and gone' was too slow: it was not told of 1 event, since"
                            + " more than 10 waited for it, and the oldest were dropped. Let it return sooner, or do its"
                            + " work in a thread of its own");
            released.countDown();
            bus.close(PATIENCE);
            assertThat(log.naming("'slow and gone'")).hasSize(1);
        }
        assertThat(blocked.serials).containsExactly(1L);
    }

    @Test
    void tenThousandMayWait() {
        bus.close(PATIENCE);
        bus = new EventBus();
        Blocked blocked = new Blocked();
        bus.subscribe("blocked with many", blocked);
        publish("first");
        Await.until("the listener is busy", () -> !blocked.serials.isEmpty());
        publish(10_001);
        released.countDown();
        bus.close(PATIENCE);

        assertThat(blocked.serials).hasSize(10_001).startsWith(1L, 3L).endsWith(10_002L);
    }

    @Test
    void afterItsCloseNothingIsDeliveredThatWasNotBegun() {
        Blocked blocked = new Blocked();
        List<Long> told = new CopyOnWriteArrayList<>();
        bus.subscribe("beside the closed one", event -> told.add(event.serial()));
        Subscription subscription = bus.subscribe("closed", blocked);
        assertThat(subscription.name()).isEqualTo("closed");
        publish("a");
        Await.until("the listener is busy", () -> !blocked.serials.isEmpty());
        publish("b");
        subscription.close();
        subscription.close();
        publish("c");
        released.countDown();
        bus.close(PATIENCE);

        assertThat(blocked.serials).containsExactly(1L);
        assertThat(told).containsExactly(1L, 2L, 3L);
    }

    @Test
    void aListenerMayEndItsOwnSubscription() {
        List<Long> told = new CopyOnWriteArrayList<>();
        AtomicReference<Subscription> own = new AtomicReference<>();
        own.set(bus.subscribe("once", event -> {
            told.add(event.serial());
            await(released);
            own.get().close();
        }));
        publish(3);
        released.countDown();
        bus.close(PATIENCE);

        assertThat(told).containsExactly(1L);
    }

    @Test
    void aListenerMayPublish() {
        List<String> told = new CopyOnWriteArrayList<>();
        bus.subscribe("echo", event -> {
            told.add(event.toString());
            if (event.serial() < 3) {
                publish("echo of " + event.serial());
            }
        });
        publish("a");
        Await.until("three events", () -> told.size() == 3);

        assertThat(told).containsExactly("group 'a' added", "group 'echo of 1' added", "group 'echo of 2' added");
    }

    @Test
    void whatIsPublishedAfterTheCloseIsNotDelivered() {
        List<Long> told = new CopyOnWriteArrayList<>();
        bus.subscribe("told", event -> told.add(event.serial()));
        publish("a");
        bus.close(PATIENCE);
        publish("b");
        bus.close(PATIENCE);

        assertThat(told).containsExactly(1L);
        assertThatThrownBy(() -> bus.subscribe("late", event -> {}))
                .isExactlyInstanceOf(IllegalStateException.class)
                .hasMessage("Expected an open supervisor to tell 'late' of its events, but it is closed");
    }

    @Test
    void theCloseDoesNotWaitForEverAndNamesWhoWasNotToldAll() {
        Blocked blocked = new Blocked();
        try (CapturedLog log = new CapturedLog("dev.procession")) {
            bus.subscribe("hanging", blocked);
            publish("first");
            Await.until("the listener is busy", () -> !blocked.serials.isEmpty());
            publish(2);
            bus.close(Duration.ofMillis(50));

            assertThat(log.naming("'hanging'"))
                    .containsExactly("WARNING Listener 'hanging' is still busy with group 'first' added, and was not"
                            + " told of 2 events when its supervisor was closed");
        }
        released.countDown();
        assertThat(blocked.serials).containsExactly(1L);
    }

    @Test
    void aListenerThatClosesDoesNotWaitForItselfAndIsToldTheRest() {
        List<Long> told = new CopyOnWriteArrayList<>();
        AtomicReference<Thread> teller = new AtomicReference<>();
        CountDownLatch published = new CountDownLatch(1);
        bus.subscribe("closing", event -> {
            teller.set(Thread.currentThread());
            await(published);
            bus.close(Duration.ofDays(1));
            told.add(event.serial());
        });
        publish(2);
        published.countDown();

        Await.until("both events have come", () -> told.equals(List.of(1L, 2L)));
        Await.until("the thread has ended", () -> !teller.get().isAlive());
    }

    @Test
    void anInterruptDoesNotCutTheCloseShort() {
        Blocked blocked = new Blocked();
        bus.subscribe("blocked", blocked);
        publish(2);
        AtomicReference<Thread> closer = new AtomicReference<>();
        Future<Boolean> interrupted = Await.async(() -> {
            closer.set(Thread.currentThread());
            bus.close(PATIENCE);
            return Thread.currentThread().isInterrupted();
        });
        Await.until(
                "the close waits", () -> closer.get() != null && closer.get().getState() == Thread.State.TIMED_WAITING);
        closer.get().interrupt();
        Await.until("the interrupt is noticed", () -> !closer.get().isInterrupted());
        assertThat(interrupted).isNotDone();
        released.countDown();

        assertThat(Await.result(interrupted)).isTrue();
        assertThat(blocked.serials).containsExactly(1L, 2L);
    }

    /** Threads belong to the group of whoever needed them: that tells ours from those of other tests. */
    @Test
    void withoutAListenerThereIsNoThreadAndIdleOnesEnd() throws Exception {
        ThreadGroup group = new ThreadGroup("of this test");
        Thread idle = new Thread(group, () -> publish(3), "test-publisher");
        idle.start();
        idle.join();
        assertThat(threads(group)).isEmpty();

        List<Thread> tellers = new CopyOnWriteArrayList<>();
        bus.subscribe("told", event -> tellers.add(Thread.currentThread()));
        Thread busy = new Thread(group, () -> publish(3), "test-publisher");
        // They would be daemons by inheritance.
        busy.setDaemon(false);
        busy.start();
        busy.join();
        Await.until("all events have come", () -> tellers.size() == 3);
        assertThat(tellers)
                .allSatisfy(teller -> assertThat(teller.getName()).isEqualTo("procession-events"))
                .allMatch(Thread::isDaemon);
        Await.until("the threads have ended", () -> threads(group).isEmpty());
        assertThat(tellers).noneMatch(Thread::isAlive);
    }

    private static List<Thread> threads(ThreadGroup group) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getThreadGroup() == group)
                .filter(thread -> thread.getName().equals("procession-events"))
                .toList();
    }

    @Test
    void aListenerNeedsAName() {
        assertThatThrownBy(() -> bus.subscribe(" ", event -> {}))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage("'name' of a listener is \" \"; give one by which the log can speak of it");
    }

    @Test
    void manyThreadsMayPublishAtOnce() {
        int publishers = 8;
        int each = 10_000;
        int total = publishers * each;
        bus.close(PATIENCE);
        bus = new EventBus(InstantSource.system(), System::nanoTime, total);
        List<List<Long>> told = IntStream.range(0, 3)
                .mapToObj(number -> {
                    // Not a thread-safe one: events follow each other, whichever thread brings them.
                    List<Long> serials = new ArrayList<>();
                    bus.subscribe("counting " + number, event -> serials.add(event.serial()));
                    return serials;
                })
                .toList();
        Blocked blocked = new Blocked();
        bus.subscribe("stress blocked", event -> {
            if (event.serial() == 1) {
                blocked.accept(event);
            }
        });
        bus.subscribe("stress thrower", event -> {
            throw new IllegalStateException("on purpose");
        });
        AtomicInteger thrown = new AtomicInteger();
        Filter before = LOGGER.getFilter();
        // So many stack traces are no news to anybody.
        LOGGER.setFilter(entry -> {
            boolean ours = entry.getMessage().startsWith("Listener 'stress thrower' has thrown at ");
            thrown.addAndGet(ours ? 1 : 0);
            return !ours;
        });
        try {
            List<Future<Boolean>> all = IntStream.range(0, publishers)
                    .mapToObj(number -> Await.async(() -> {
                        publish(each);
                        return true;
                    }))
                    .toList();
            all.forEach(Await::result);
            Await.until("the others are told while one blocks", () -> thrown.get() == total);
            released.countDown();
            bus.close(PATIENCE);
        } finally {
            LOGGER.setFilter(before);
        }
        List<Long> expected = LongStream.rangeClosed(1, total).boxed().toList();
        assertThat(told).allSatisfy(serials -> assertThat(serials).isEqualTo(expected));
        assertThat(thrown).hasValue(total);
        assertThat(blocked.serials).containsExactly(1L);
    }
}
