package dev.procession.os.linux;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import dev.procession.os.FileWatch;
import dev.procession.process.ProcessionException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArraySet;
import org.jspecify.annotations.Nullable;

/**
 * Writes noticed by one inotify instance for the whole JVM, in the thread of an {@link EpollLoop}. It is opened for the first
 * file and closed with that thread, so the monitor of the loop guards all that is here.
 */
public final class InotifyFileWatch implements FileWatch {

    private static final int IN_NONBLOCK = 0x800;
    private static final int IN_CLOEXEC = 0x80000;
    private static final int IN_MODIFY = 2;
    private static final int HEADER = 16;
    private static final int BUFFER = 4096;

    private final EpollLoop loop;

    /** The callbacks by watch number; the kernel gives the same number for the same file again. */
    private final Map<Integer, Set<Runnable>> callbacks = new HashMap<>();

    private @Nullable Instance instance;

    /** By which the loop watches the instance, while there are callbacks. */
    private long token;

    private record Instance(int fd, Memory buffer) {
        void close() {
            Libc.close(fd);
            buffer.close();
        }
    }

    InotifyFileWatch(EpollLoop loop) {
        this.loop = loop;
        open().close();
    }

    private static Instance open() {
        int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
        if (fd < 0) {
            throw new ProcessionException("inotify_init1 failed: " + Libc.describe(Native.getLastError()));
        }
        return new Instance(fd, new Memory(BUFFER));
    }

    private static int inotify_init1(int flags) {
        return Libc.callInt("inotify_init1", flags);
    }

    private static int inotify_add_watch(int fd, byte[] path, int mask) {
        return Libc.callInt("inotify_add_watch", fd, path, mask);
    }

    private static int inotify_rm_watch(int fd, int watch) {
        return Libc.callInt("inotify_rm_watch", fd, watch);
    }

    @Override
    public Registration onChange(Path file, Runnable callback) {
        // Distinct for each registration, so that the same callback can be given twice.
        Runnable own = callback::run;
        synchronized (loop) {
            Instance opened = instance();
            int watch = inotify_add_watch(opened.fd, Libc.cString(file.toString()), IN_MODIFY);
            int errno = watch < 0 ? Native.getLastError() : 0;
            if (watch >= 0) {
                callbacks
                        .computeIfAbsent(watch, w -> new CopyOnWriteArraySet<>())
                        .add(own);
            }
            restIfUnused(opened);
            if (watch < 0) {
                throw new ProcessionException("Cannot watch " + file + ": " + Libc.describe(errno));
            }
            return () -> remove(opened, watch, own);
        }
    }

    /** That of the loop's present thread, watched by it. */
    private Instance instance() {
        Instance opened = instance;
        if (opened != null) {
            if (callbacks.isEmpty()) {
                token = loop.add(opened.fd, () -> dispatch(opened));
            }
            return opened;
        }
        Instance next = open();
        boolean watched = false;
        try {
            token = loop.add(next.fd, () -> dispatch(next));
            watched = true;
        } finally {
            if (!watched) {
                next.close();
            }
        }
        instance = next;
        loop.atEnd(() -> {
            instance = null;
            next.close();
        });
        return next;
    }

    private void restIfUnused(Instance opened) {
        if (callbacks.isEmpty()) {
            loop.remove(opened.fd, token);
        }
    }

    private void remove(Instance opened, int watch, Runnable callback) {
        synchronized (loop) {
            Set<Runnable> others = callbacks.get(watch);
            // Numbers of another instance may be the same, but never the callback.
            if (others != null && others.remove(callback) && others.isEmpty()) {
                callbacks.remove(watch);
                inotify_rm_watch(opened.fd, watch);
                restIfUnused(opened);
            }
        }
    }

    private void dispatch(Instance opened) {
        Memory buffer = opened.buffer;
        long length;
        while ((length = Libc.read(opened.fd, Pointer.nativeValue(buffer), buffer.size())) > 0) {
            for (long at = 0; at < length; at += HEADER + buffer.getInt(at + 12)) {
                of(buffer.getInt(at)).forEach(Runnable::run);
            }
        }
    }

    /** Watch -1 says that events were lost: everybody had better look. */
    private List<Runnable> of(int watch) {
        synchronized (loop) {
            return watch < 0
                    ? callbacks.values().stream().flatMap(Set::stream).toList()
                    : List.copyOf(callbacks.getOrDefault(watch, Set.of()));
        }
    }
}
