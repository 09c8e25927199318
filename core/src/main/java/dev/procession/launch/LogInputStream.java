package dev.procession.launch;

import dev.procession.os.FileWatch;
import dev.procession.os.FileWatch.Registration;
import dev.procession.process.ExitStatus;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** One stream of a log, read while it is written. Thread safe: one reads, anybody may close. */
final class LogInputStream extends InputStream {

    private static final int MOST = 64 * 1024;

    /** So long a change that nobody told of may go unseen. */
    private static final long LOOK_MILLIS = 1_000;

    private final String process;
    private final LogPart part;
    private final CompletableFuture<ExitStatus> exit;

    /** What the end of the process, which may be far, wakes: nothing any more once this is closed. */
    private final AtomicReference<@Nullable LogInputStream> sleeper = new AtomicReference<>(this);

    private final Object lock = new Object();
    private @Nullable Registration registration;
    private long position;
    private long changes;
    private boolean closed;

    LogInputStream(String process, LogPart part, CompletableFuture<ExitStatus> exit) {
        this.process = process;
        this.part = part;
        this.exit = exit;
        this.position = part.oldest();
    }

    /** Begins to notice changes. */
    void wakeBy(FileWatch watch) {
        AtomicReference<@Nullable LogInputStream> woken = sleeper;
        exit.whenComplete((status, failure) -> {
            LogInputStream stream = woken.get();
            if (stream != null) {
                stream.wake();
            }
        });
        Registration made = watch.onChange(part.file().path(), this::wake);
        synchronized (lock) {
            registration = made;
        }
    }

    private void wake() {
        synchronized (lock) {
            changes++;
            lock.notifyAll();
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, into.length);
        if (length == 0) {
            return 0;
        }
        while (true) {
            long before = changes();
            // The end is looked at first: what was written before it is then read in any case.
            boolean ended = exit.isDone();
            byte[] bytes = next(length);
            if (bytes.length > 0) {
                System.arraycopy(bytes, 0, into, offset, bytes.length);
                return bytes.length;
            }
            if (ended) {
                release();
                return -1;
            }
            await(before);
        }
    }

    private byte[] next(int most) throws IOException {
        LogFile.Piece piece;
        try {
            piece = part.file().read(position, Math.min(most, MOST));
        } catch (UncheckedIOException e) {
            throw new IOException(e.getMessage(), e.getCause());
        }
        long lost = piece.start() - position;
        if (lost > 0) {
            position = piece.start();
            throw new IOException("Of the output of '" + process + "' " + lost + " bytes were rotated away before they"
                    + " were read: read faster, or keep more backups");
        }
        position += piece.bytes().length;
        return piece.bytes();
    }

    private long changes() throws IOException {
        synchronized (lock) {
            requireOpen();
            return changes;
        }
    }

    private void requireOpen() throws IOException {
        if (closed) {
            throw new IOException("The stream of the output of '" + process + "' is closed");
        }
    }

    private void await(long before) throws IOException {
        synchronized (lock) {
            if (changes == before && !closed) {
                try {
                    lock.wait(LOOK_MILLIS);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new InterruptedIOException("Interrupted while waiting for output of '" + process + "'");
                }
            }
        }
    }

    /** How many bytes are there now. */
    @Override
    public int available() throws IOException {
        changes();
        try {
            return (int) Math.max(0, Math.min(part.file().end() - position, Integer.MAX_VALUE));
        } catch (UncheckedIOException e) {
            throw new IOException(e.getMessage(), e.getCause());
        }
    }

    private void release() {
        sleeper.set(null);
        Registration made;
        synchronized (lock) {
            made = registration;
            registration = null;
            lock.notifyAll();
        }
        if (made != null) {
            made.close();
        }
    }

    @Override
    public void close() {
        synchronized (lock) {
            closed = true;
        }
        release();
    }
}
