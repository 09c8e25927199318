package dev.procession.os.linux;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import dev.procession.os.Feed;

/** The writing end of a pipe, non-blocking, closed on exec. */
final class PipeFeed implements Feed {

    private final int fd;
    private boolean closed;

    PipeFeed(int fd) {
        this.fd = fd;
    }

    @Override
    public synchronized boolean write(byte[] bytes) {
        if (closed || bytes.length == 0) {
            return !closed;
        }
        try (Memory buffer = new Memory(bytes.length)) {
            buffer.write(0, bytes, 0, bytes.length);
            // Up to 4096 bytes go in one piece or not at all. The JVM ignores SIGPIPE; a dead reader is an error.
            return Libc.write(fd, Pointer.nativeValue(buffer), bytes.length) == bytes.length;
        }
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            Libc.close(fd);
        }
    }
}
