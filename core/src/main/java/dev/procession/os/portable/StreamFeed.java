package dev.procession.os.portable;

import dev.procession.os.Feed;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A child's standard input as the JDK gives it. Writing to that can block for ever, so a thread of its own does it; that a
 * reader has gone is therefore known only at a later write.
 */
final class StreamFeed implements Feed {

    private static final int PIECE = 4096;

    /** As much as a pipe of Linux holds. */
    private static final int ROOM = 64 * 1024;

    private final OutputStream stream;
    private final ThreadPoolExecutor writer;
    private final AtomicInteger unwritten = new AtomicInteger();
    private volatile boolean readerHasGone;
    private boolean closed;

    StreamFeed(OutputStream stream) {
        this.stream = stream;
        this.writer = new ThreadPoolExecutor(1, 1, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
            Thread thread = new Thread(task, "procession-feed");
            thread.setDaemon(true);
            return thread;
        });
        writer.allowCoreThreadTimeOut(true);
    }

    @Override
    public synchronized int write(byte[] bytes, int offset) {
        if (closed || readerHasGone) {
            return -1;
        }
        byte[] piece = Arrays.copyOfRange(bytes, offset, Math.min(bytes.length, offset + PIECE));
        if (unwritten.get() + piece.length > ROOM) {
            return 0;
        }
        unwritten.addAndGet(piece.length);
        writer.execute(() -> {
            try {
                stream.write(piece);
                stream.flush();
            } catch (IOException e) {
                readerHasGone = true;
            } finally {
                unwritten.addAndGet(-piece.length);
            }
        });
        return piece.length;
    }

    @Override
    public boolean flush(Duration patience) {
        CountDownLatch behind = new CountDownLatch(1);
        synchronized (this) {
            if (unwritten.get() == 0 || closed) {
                return unwritten.get() == 0;
            }
            writer.execute(behind::countDown);
        }
        try {
            return behind.await(patience.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Behind what is still being written. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            writer.execute(this::closeStream);
            writer.shutdown();
        }
    }

    private void closeStream() {
        try {
            stream.close();
        } catch (IOException e) {
            // The reader has gone already.
        }
    }
}
