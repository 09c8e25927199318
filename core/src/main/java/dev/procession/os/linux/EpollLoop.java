package dev.procession.os.linux;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Platform;
import com.sun.jna.Pointer;
import dev.procession.process.ProcessionException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One thread that waits for any number of descriptors to become readable. Thread safe.
 *
 * <p>Handlers run on that thread, which serves every process: they must not block.
 */
final class EpollLoop {

    private static final Logger LOG = System.getLogger("dev.procession.os");

    private static final int EPOLL_CLOEXEC = 0x80000;
    private static final int EPOLL_CTL_ADD = 1;
    private static final int EPOLL_CTL_DEL = 2;
    private static final int EPOLLIN = 1;

    // The struct is packed on x86-64 alone.
    private static final boolean PACKED = Platform.isIntel();
    private static final int EVENT_SIZE = PACKED ? 12 : 16;
    private static final int DATA_OFFSET = PACKED ? 4 : 8;
    private static final int BATCH = 64;

    static {
        Native.register(EpollLoop.class, Libc.library());
    }

    private final int epoll;
    private final Map<Long, Runnable> handlers = new ConcurrentHashMap<>();
    private final AtomicLong tokens = new AtomicLong();

    EpollLoop() {
        epoll = epoll_create1(EPOLL_CLOEXEC);
        if (epoll < 0) {
            throw new ProcessionException("epoll_create1 failed: " + Libc.describe(Native.getLastError()));
        }
        Thread thread = new Thread(this::run, "procession-watch");
        thread.setDaemon(true);
        thread.start();
    }

    private static native int epoll_create1(int flags);

    private static native int epoll_ctl(int epoll, int operation, int fd, long event);

    private static native int epoll_wait(int epoll, long events, int max, int timeout);

    /**
     * Watches a descriptor until {@link #remove}.
     *
     * @return the token that removes it
     */
    long add(int fd, Runnable onReadable) {
        long token = tokens.incrementAndGet();
        handlers.put(token, onReadable);
        try (Memory event = new Memory(EVENT_SIZE)) {
            event.setInt(0, EPOLLIN);
            event.setLong(DATA_OFFSET, token);
            if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, Pointer.nativeValue(event)) != 0) {
                int errno = Native.getLastError();
                handlers.remove(token);
                throw new ProcessionException("Cannot watch a descriptor: " + Libc.describe(errno));
            }
        }
        return token;
    }

    /**
     * Ends a watch; call it before the descriptor is closed. When it returns, also to the second of two callers, the
     * descriptor's number may be used again: a removal that came later would hit its next owner.
     */
    synchronized void remove(int fd, long token) {
        if (handlers.remove(token) != null) {
            try (Memory event = new Memory(EVENT_SIZE)) {
                epoll_ctl(epoll, EPOLL_CTL_DEL, fd, Pointer.nativeValue(event));
            }
        }
    }

    private void run() {
        Memory events = new Memory((long) BATCH * EVENT_SIZE);
        while (true) {
            int ready = epoll_wait(epoll, Pointer.nativeValue(events), BATCH, -1);
            for (int i = 0; i < ready; i++) {
                // A handler that was removed meanwhile is simply not there any more.
                Runnable handler = handlers.get(events.getLong((long) i * EVENT_SIZE + DATA_OFFSET));
                if (handler != null) {
                    runSafely(handler);
                }
            }
        }
    }

    private static void runSafely(Runnable handler) {
        try {
            handler.run();
        } catch (Throwable e) {
            LOG.log(Level.ERROR, "A watch failed; the others go on", e);
        }
    }
}
