package dev.procession.os.portable;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One thread that looks again and again, for platforms that cannot be asked to tell. It rests while there is nothing to
 * look at. Thread safe.
 */
final class Poller {

    private static final long INTERVAL_MILLIS = 5;

    private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "procession-watch");
        thread.setDaemon(true);
        return thread;
    });
    private final Map<Object, Runnable> looks = new ConcurrentHashMap<>();
    private @Nullable ScheduledFuture<?> rounds;

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
