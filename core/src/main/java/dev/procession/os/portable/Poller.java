package dev.procession.os.portable;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One thread that looks again and again, for platforms that cannot be asked to tell. It rests while there is nothing to
 * look at, and then goes, and comes back: in a JVM in which class loaders come and go, a thread that stays would keep its
 * class loader. Thread safe.
 */
final class Poller {

    private static final long INTERVAL_MILLIS = 5;

    private final ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1, task -> {
        Thread thread = new Thread(task, "procession-watch");
        thread.setDaemon(true);
        return thread;
    });
    private final Map<Object, Runnable> looks = new ConcurrentHashMap<>();
    private @Nullable ScheduledFuture<?> rounds;

    /** @param linger how long the thread stays when there is nothing to look at any more */
    Poller(Duration linger) {
        executor.setRemoveOnCancelPolicy(true);
        executor.setKeepAliveTime(linger.toNanos(), TimeUnit.NANOSECONDS);
        executor.allowCoreThreadTimeOut(true);
    }

    synchronized void add(Object key, Runnable look) {
        looks.put(key, look);
        if (rounds == null) {
            rounds = executor.scheduleWithFixedDelay(
                    this::round, INTERVAL_MILLIS, INTERVAL_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    synchronized void remove(Object key) {
        looks.remove(key);
        if (looks.isEmpty() && rounds != null) {
            rounds.cancel(false);
            rounds = null;
        }
    }

    private void round() {
        for (Runnable look : looks.values()) {
            try {
                look.run();
            } catch (RuntimeException e) {
                System.getLogger("dev.procession.os")
                        .log(System.Logger.Level.ERROR, "A watch failed; the others go on", e);
            }
        }
    }
}
