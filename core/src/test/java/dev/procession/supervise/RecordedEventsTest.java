package dev.procession.supervise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.process.InvalidSpecException;
import dev.procession.process.ProcessionException;
import dev.procession.process.WaitTimeoutException;
import dev.procession.testkit.Await;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Events are kept for tests to look at, and can be awaited. */
class RecordedEventsTest {

    private static final Instant NOON = Instant.parse("2026-11-20T12:00:00Z");
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final RecordedEvents events = new RecordedEvents();
    private long serial;

    private SupervisionEvent entered(String group, String process, ProcessState from, ProcessState to) {
        return told(new SupervisionEvent.StateChanged(
                ++serial, NOON, group, process, from, to, OptionalLong.empty(), Optional.empty(), 0, false, ""));
    }

    private SupervisionEvent group(String name) {
        return told(new SupervisionEvent.GroupAdded(++serial, NOON, name));
    }

    private <E extends SupervisionEvent> E told(E event) {
        events.accept(event);
        return event;
    }

    private static boolean isOfGroup(SupervisionEvent event, String name) {
        return event instanceof SupervisionEvent.GroupAdded added
                && added.group().equals(name);
    }

    @Test
    void allAreKeptInOrder() {
        assertThat(events.all()).isEmpty();
        SupervisionEvent shop = group("shop");
        SupervisionEvent web = entered("web", "web", ProcessState.STOPPED, ProcessState.STARTING);

        assertThat(events.all()).containsExactly(shop, web);
        assertThat(events.forgotten()).isZero();
        assertThat(events).hasToString("group 'shop' added\n'web' STOPPED -> STARTING");
    }

    @Test
    void thoseOfAProcessAreFoundByItsName() {
        group("web");
        SupervisionEvent added = told(new SupervisionEvent.ProcessAdded(++serial, NOON, "web", "web"));
        SupervisionEvent starting = entered("web", "web", ProcessState.STOPPED, ProcessState.STARTING);
        entered("db", "db", ProcessState.STOPPED, ProcessState.STARTING);
        SupervisionEvent other = entered("shop", "web", ProcessState.STARTING, ProcessState.FATAL);
        SupervisionEvent running = entered("web", "web", ProcessState.STARTING, ProcessState.RUNNING);
        SupervisionEvent removed = told(new SupervisionEvent.ProcessRemoved(++serial, NOON, "web", "web"));

        assertThat(events.of("web")).containsExactly(added, starting, other, running, removed);
        assertThat(events.of("web:web")).containsExactly(added, starting, running, removed);
        assertThat(events.of("shop:web")).containsExactly(other);
        assertThat(events.of("nobody")).isEmpty();
        assertThat(events.states("web:web")).containsExactly(ProcessState.STARTING, ProcessState.RUNNING);
        assertThat(events.states("shop:web")).containsExactly(ProcessState.FATAL);
    }

    @Test
    void onlyTheNewestAreKept() {
        IntStream.rangeClosed(1, 10_003).forEach(number -> group("g" + number));

        assertThat(events.forgotten()).isEqualTo(3);
        assertThat(events.all()).hasSize(10_000);
        assertThat(events.all().get(0)).hasToString("group 'g4' added");
        assertThat(events.all().get(9_999)).hasToString("group 'g10003' added");
    }

    @Test
    void whatHasComeAlreadyIsFoundWithoutAWait() {
        group("a");
        SupervisionEvent first = group("b");
        group("b");

        assertThat(events.await(event -> isOfGroup(event, "b"), Duration.ZERO)).isSameAs(first);
    }

    @Test
    void whatComesLaterIsAwaitedAndEachEventIsLookedAtOnce() {
        List<String> lookedAt = new ArrayList<>();
        AtomicReference<Thread> waiter = new AtomicReference<>();
        group("a");
        Future<SupervisionEvent> awaited = Await.async(() -> {
            waiter.set(Thread.currentThread());
            return events.await(
                    event -> {
                        lookedAt.add(event.toString());
                        return isOfGroup(event, "c");
                    },
                    PATIENCE);
        });
        Await.until("it waits", () -> isWaiting(waiter.get()));
        group("b");
        SupervisionEvent expected = group("c");

        assertThat(Await.result(awaited)).isSameAs(expected);
        assertThat(lookedAt).containsExactly("group 'a' added", "group 'b' added", "group 'c' added");
    }

    private static boolean isWaiting(Thread thread) {
        return thread != null && thread.getState() == Thread.State.TIMED_WAITING;
    }

    /** A test may think long, or want a lock, while events come. */
    @Test
    void whatATestThinksOfAnEventHoldsUpNobody() {
        group("a");
        SupervisionEvent found = events.await(
                event -> {
                    if (isOfGroup(event, "a")) {
                        Await.result(Await.async(() -> group("b")));
                    }
                    return isOfGroup(event, "b");
                },
                PATIENCE);

        assertThat(found).hasToString("group 'b' added");
    }

    @Test
    void aWaitInVainListsWhatCameInstead() {
        group("a");
        entered("web", "web", ProcessState.STARTING, ProcessState.FATAL);

        assertThatThrownBy(() -> events.await(event -> isOfGroup(event, "b"), Duration.ofMillis(20)))
                .isExactlyInstanceOf(WaitTimeoutException.class)
                .hasMessage("""
                        Expected an event within 20 ms that did not come
                          came        group 'a' added
                          came        'web' STARTING -> FATAL
                          try         compare them with what is expected; or wait longer""");
    }

    @Test
    void aWaitInVainListsTheLastTwenty() {
        IntStream.rangeClosed(1, 10_022).forEach(number -> group("g" + number));

        assertThatThrownBy(() -> events.await(event -> false, Duration.ZERO))
                .isExactlyInstanceOf(WaitTimeoutException.class)
                .hasMessage("Expected an event within 0 ms that did not come"
                        + "\n  came        10002 earlier ones"
                        + IntStream.rangeClosed(10_003, 10_022)
                                .mapToObj(number -> "\n  came        group 'g" + number + "' added")
                                .collect(Collectors.joining())
                        + "\n  try         compare them with what is expected; or wait longer");
    }

    @Test
    void aWaitForAnythingAtAllSaysThatNothingCame() {
        assertThatThrownBy(() -> events.await(event -> true, Duration.ofMillis(20)))
                .isExactlyInstanceOf(WaitTimeoutException.class)
                .hasMessage("""
                        Expected an event within 20 ms that did not come
                          came        nothing at all
                          try         look whether this was told to listen before it happened; or wait longer""");
    }

    @Test
    void aWaitCanBeInterrupted() {
        AtomicReference<Thread> waiter = new AtomicReference<>();
        Future<Throwable> failure = Await.async(() -> {
            waiter.set(Thread.currentThread());
            try {
                events.await(event -> true, PATIENCE);
                return new AssertionError("it was not interrupted");
            } catch (ProcessionException e) {
                return Thread.currentThread().isInterrupted() ? e : new AssertionError("the interrupt is lost");
            }
        });
        Await.until("it waits", () -> isWaiting(waiter.get()));
        waiter.get().interrupt();

        assertThat(Await.result(failure))
                .isExactlyInstanceOf(ProcessionException.class)
                .hasMessage("Interrupted while waiting for an event");
    }

    @Test
    void aWaitNeedsATimeout() {
        assertThatThrownBy(() -> events.await(event -> true, Duration.ofMillis(-1)))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage("'timeout' is PT-0.001S; give a duration between 0 and a year");
    }

    @Test
    void itCanListenToABus() {
        EventBus bus = new EventBus();
        bus.subscribe("recorded", events);
        bus.publish((serial, at) -> new SupervisionEvent.UserEvent(serial, at, "deploy", "v12"));
        bus.close(PATIENCE);

        assertThat(events).hasToString("user event 'deploy': v12");
    }
}
