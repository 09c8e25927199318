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

/** Writes noticed by one inotify instance for the whole JVM, in the thread of an {@link EpollLoop}. */
public final class InotifyFileWatch implements FileWatch {

    private static final int IN_NONBLOCK = 0x800;
    private static final int IN_CLOEXEC = 0x80000;
    private static final int IN_MODIFY = 2;
    private static final int HEADER = 16;

    static {
        Native.register(InotifyFileWatch.class, Libc.library());
    }

    private final int inotify;
    private final Memory buffer = new Memory(4096);

    /** The callbacks by watch number; the kernel gives the same number for the same file again. Guarded by this. */
    private final Map<Integer, Set<Runnable>> callbacks = new HashMap<>();

    InotifyFileWatch(EpollLoop loop) {
        inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
        if (inotify < 0) {
            throw new ProcessionException("inotify_init1 failed: " + Libc.describe(Native.getLastError()));
        }
        loop.add(inotify, this::dispatch);
    }

    private static native int inotify_init1(int flags);

    private static native int inotify_add_watch(int fd, byte[] path, int mask);

    private static native int inotify_rm_watch(int fd, int watch);

    @Override
    public Registration onChange(Path file, Runnable callback) {
        // Distinct for each registration, so that the same callback can be given twice.
        Runnable own = callback::run;
        int watch;
        synchronized (this) {
            watch = inotify_add_watch(inotify, Libc.cString(file.toString()), IN_MODIFY);
            if (watch < 0) {
                throw new ProcessionException("Cannot watch " + file + ": " + Libc.describe(Native.getLastError()));
            }
            callbacks.computeIfAbsent(watch, w -> new CopyOnWriteArraySet<>()).add(own);
        }
        return () -> remove(watch, own);
    }

    private synchronized void remove(int watch, Runnable callback) {
        Set<Runnable> others = callbacks.get(watch);
        if (others != null && others.remove(callback) && others.isEmpty()) {
            callbacks.remove(watch);
            inotify_rm_watch(inotify, watch);
        }
    }

    private void dispatch() {
        long length;
        while ((length = Libc.read(inotify, Pointer.nativeValue(buffer), buffer.size())) > 0) {
            for (long at = 0; at < length; at += HEADER + buffer.getInt(at + 12)) {
                of(buffer.getInt(at)).forEach(Runnable::run);
            }
        }
    }

    /** Watch -1 says that events were lost: everybody had better look. */
    private synchronized List<Runnable> of(int watch) {
        return watch < 0
                ? callbacks.values().stream().flatMap(Set::stream).toList()
                : List.copyOf(callbacks.getOrDefault(watch, Set.of()));
    }
}
