package dev.procession.supervise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.testkit.Await;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class LoopTest {

    private final Loop loop = new Loop();

    private Thread thread() {
        AtomicReference<Thread> thread = new AtomicReference<>();
        loop.execute(() -> thread.set(Thread.currentThread()));
        Await.until("the thread is there", () -> thread.get() != null);
        return thread.get();
    }

    @Test
    void cancel_whatIsFarAway_letsTheThreadGo() {
        AtomicBoolean done = new AtomicBoolean();
        Runnable task = () -> done.set(true);
        loop.at(System.nanoTime() + TimeUnit.HOURS.toNanos(1), task);
        Thread thread = thread();

        loop.cancel(task);

        Await.until("the thread has gone", () -> !thread.isAlive());
        assertThat(done).isFalse();
    }

    @Test
    void at_severalTimes_isDoneInTheirOrderAndNotBefore() {
        List<String> done = new CopyOnWriteArrayList<>();
        List<Long> times = new CopyOnWriteArrayList<>();
        long now = System.nanoTime();
        for (int i = 3; i > 0; i--) {
            String name = "task " + i;
            loop.at(now + TimeUnit.MILLISECONDS.toNanos(20L * i), () -> {
                times.add(System.nanoTime());
                done.add(name);
            });
        }
        Await.until("all are done", () -> done.size() == 3);

        assertThat(done).containsExactly("task 1", "task 2", "task 3");
        for (int i = 0; i < 3; i++) {
            assertThat(times.get(i)).isGreaterThanOrEqualTo(now + TimeUnit.MILLISECONDS.toNanos(20L * (i + 1)));
        }
    }

    @Test
    void aTaskThatFails_leavesTheOthersAlone() {
        AtomicBoolean done = new AtomicBoolean();
        loop.execute(() -> {
            throw new IllegalStateException("thrown on purpose");
        });
        loop.add(() -> {
            throw new IllegalStateException("thrown on purpose, too");
        });
        loop.execute(() -> done.set(true));

        Await.until("the last is done", done::get);
    }

    @Test
    void execute_afterTheThreadHasGone_makesAnother() {
        Thread first = thread();
        Await.until("the thread has gone", () -> !first.isAlive());

        assertThat(thread()).isNotSameAs(first);
        assertThat(thread().isDaemon()).isTrue();
    }
}
