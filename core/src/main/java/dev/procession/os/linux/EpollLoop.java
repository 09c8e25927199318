package dev.procession.os.linux;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Platform;
import com.sun.jna.Pointer;
import dev.procession.process.ProcessionException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * One thread that waits for any number of descriptors to become readable. Thread safe.
 *
 * <p>Handlers run on that thread, which serves every process: they must not block. It goes, with its descriptors, when
 * nothing has been watched for a while, and comes back: in a JVM in which class loaders come and go, a thread that stays
 * would keep its class loader.
 */
final class EpollLoop {

    private static final Logger LOG = System.getLogger("dev.procession.os");

    private static final int EPOLL_CLOEXEC = 0x80000;
    private static final int EPOLL_CTL_ADD = 1;
    private static final int EPOLL_CTL_DEL = 2;
    private static final int EPOLL_CTL_MOD = 3;
    private static final int EPOLLIN = 1;
    private static final int EPOLLONESHOT = 1 << 30;
    private static final int EFD_CLOEXEC = 0x80000;

    // The struct is packed on x86-64 alone.
    private static final boolean PACKED = Platform.isIntel();
    private static final int EVENT_SIZE = PACKED ? 12 : 16;
    private static final int DATA_OFFSET = PACKED ? 4 : 8;
    private static final int BATCH = 64;

    /** The token of {@link Descriptors#bell}; those of handlers begin after it. */
    private static final long BELL = 0;

    private final int lingerMillis;

    /** Changed only by whoever has the monitor. */
    private final Map<Long, Runnable> handlers = new ConcurrentHashMap<>();

    // Guarded by the monitor.
    private final List<Runnable> atEnd = new ArrayList<>();
    private @Nullable Descriptors descriptors;
    private long lastToken = BELL;

    /**
     * What one thread waits by.
     *
     * @param bell always readable, but told of only when it is armed: that wakes the thread
     */
    private record Descriptors(int epoll, int bell) {
        void close() {
            Libc.close(bell);
            Libc.close(epoll);
        }
    }

    /** @param linger how long the thread stays when nothing is watched any more */
    EpollLoop(Duration linger) {
        lingerMillis = Math.toIntExact(linger.toMillis());
        synchronized (this) {
            descriptors = begin();
        }
    }

    private static int epoll_create1(int flags) {
        return Libc.callInt("epoll_create1", flags);
    }

    private static int epoll_ctl(int epoll, int operation, int fd, long event) {
        return Libc.callInt("epoll_ctl", epoll, operation, fd, event);
    }

    private static int epoll_wait(int epoll, long events, int max, int timeout) {
        return Libc.callInt("epoll_wait", epoll, events, max, timeout);
    }

    private static int eventfd(int value, int flags) {
        return Libc.callInt("eventfd", value, flags);
    }

    private Descriptors begin() {
        int epoll = epoll_create1(EPOLL_CLOEXEC);
        if (epoll < 0) {
            throw new ProcessionException("epoll_create1 failed: " + Libc.describe(Native.getLastError()));
        }
        int bell = eventfd(1, EFD_CLOEXEC);
        if (bell < 0) {
            int errno = Native.getLastError();
            Libc.close(epoll);
            throw new ProcessionException("eventfd failed: " + Libc.describe(errno));
        }
        Descriptors begun = new Descriptors(epoll, bell);
        boolean started = false;
        try {
            control(epoll, EPOLL_CTL_ADD, bell, EPOLLONESHOT, BELL);
            Thread thread = new Thread(() -> run(begun), "procession-watch");
            thread.setDaemon(true);
            thread.start();
            started = true;
            return begun;
        } finally {
            if (!started) {
                begun.close();
            }
        }
    }

    private static void control(int epoll, int operation, int fd, int events, long token) {
        try (Memory event = new Memory(EVENT_SIZE)) {
            event.setInt(0, events);
            event.setLong(DATA_OFFSET, token);
            if (epoll_ctl(epoll, operation, fd, Pointer.nativeValue(event)) != 0) {
                throw new ProcessionException("Cannot watch a descriptor: " + Libc.describe(Native.getLastError()));
            }
        }
    }

    /**
     * Watches a descriptor until {@link #remove}.
     *
     * @return the token that removes it
     */
    synchronized long add(int fd, Runnable onReadable) {
        Descriptors current = descriptors;
        if (current == null) {
            current = begin();
            descriptors = current;
        }
        long token = ++lastToken;
        handlers.put(token, onReadable);
        boolean added = false;
        try {
            control(current.epoll, EPOLL_CTL_ADD, fd, EPOLLIN, token);
            added = true;
            return token;
        } finally {
            if (!added) {
                handlers.remove(token);
                ringIfIdle(current);
            }
        }
    }

    /**
     * Ends a watch; call it before the descriptor is closed. When it returns, also to the second of two callers, the
     * descriptor's number may be used again: a removal that came later would hit its next owner.
     */
    synchronized void remove(int fd, long token) {
        Descriptors current = descriptors;
        if (handlers.remove(token) != null && current != null) {
            try (Memory event = new Memory(EVENT_SIZE)) {
                epoll_ctl(current.epoll, EPOLL_CTL_DEL, fd, Pointer.nativeValue(event));
            }
            ringIfIdle(current);
        }
    }

    /**
     * Once, when the thread goes: then nothing is watched, and whoever has the monitor sees either all of that or nothing.
     * To be called with the monitor, while something is watched.
     */
    synchronized void atEnd(Runnable task) {
        atEnd.add(task);
    }

    /** The thread may wait without end, for what was watched until now. */
    private void ringIfIdle(Descriptors current) {
        if (handlers.isEmpty()) {
            control(current.epoll, EPOLL_CTL_MOD, current.bell, EPOLLIN | EPOLLONESHOT, BELL);
        }
    }

    private void run(Descriptors own) {
        try (Memory events = new Memory((long) BATCH * EVENT_SIZE)) {
            int ready;
            do {
                int timeout = handlers.isEmpty() ? lingerMillis : -1;
                ready = epoll_wait(own.epoll, Pointer.nativeValue(events), BATCH, timeout);
                for (int i = 0; i < ready; i++) {
                    // A handler that was removed meanwhile is simply not there any more.
                    Runnable handler = handlers.get(events.getLong((long) i * EVENT_SIZE + DATA_OFFSET));
                    if (handler != null) {
                        runSafely(handler);
                    }
                }
            } while (ready != 0 || !hasEnded(own));
        }
    }

    /** What comes after this finds no thread, and makes one. */
    private synchronized boolean hasEnded(Descriptors own) {
        if (!handlers.isEmpty()) {
            return false;
        }
        atEnd.forEach(EpollLoop::runSafely);
        atEnd.clear();
        descriptors = null;
        own.close();
        return true;
    }

    private static void runSafely(Runnable handler) {
        try {
            handler.run();
        } catch (Throwable e) {
            LOG.log(Level.ERROR, "A watch failed; the others go on", e);
        }
    }
}
