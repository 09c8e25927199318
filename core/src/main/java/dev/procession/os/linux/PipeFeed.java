package dev.procession.os.linux;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import dev.procession.os.Feed;
import java.time.Duration;

/** The writing end of a pipe, non-blocking, closed on exec. */
final class PipeFeed implements Feed {

    private static final int LONGEST = 64 * 1024;

    private final int fd;
    private boolean closed;

    PipeFeed(int fd) {
        this.fd = fd;
    }

    @Override
    public synchronized int write(byte[] bytes, int offset) {
        if (closed) {
            return -1;
        }
        int length = Math.min(bytes.length - offset, LONGEST);
        if (length == 0) {
            return 0;
        }
        try (Memory buffer = new Memory(length)) {
            buffer.write(0, bytes, offset, length);
            // The JVM ignores SIGPIPE; a dead reader is an error.
            long written = Libc.write(fd, Pointer.nativeValue(buffer), length);
            if (written >= 0) {
                return (int) written;
            }
            int error = Native.getLastError();
            return error == Libc.EAGAIN || error == Libc.EINTR ? 0 : -1;
        }
    }

    @Override
    public boolean flush(Duration patience) {
        return true;
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            Libc.close(fd);
        }
    }
}
