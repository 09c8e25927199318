package dev.procession.launch;

import dev.procession.os.FileWatch;
import dev.procession.os.FileWatch.Registration;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Gives the lines of a log to a listener, each once, as they come, over any number of runs. Thread safe.
 *
 * <p>The listener gets the secrets that the process itself has written: it is the user's own. It runs in the executor that it
 * came with, one call at a time.
 */
public final class LineFollower implements AutoCloseable {

    private static final Logger LOG = System.getLogger("dev.procession");

    private final String process;
    private final LineListener listener;
    private final Executor work;
    private final List<Stream> streams = new ArrayList<>();
    private final List<Registration> registrations = new ArrayList<>();

    /** How many looks are wanted; the first to want one orders the task that does them all. */
    private final AtomicInteger wanted = new AtomicInteger();

    private final AtomicLong given = new AtomicLong();

    private boolean closed;
    private volatile boolean over;

    /** Whether the last look has been taken. */
    private volatile boolean done;

    /** What is done when there are no more looks although there may be more to see; null as long as there are. */
    private volatile @Nullable Runnable abandoned;

    private LineFollower(String process, LineListener listener, Executor work) {
        this.process = process;
        this.listener = listener;
        this.work = work;
    }

    static LineFollower begin(
            String process, List<LogPart> parts, FileWatch watch, LineListener listener, Executor work) {
        LineFollower follower = new LineFollower(process, listener, work);
        for (int i = 0; i < parts.size(); i++) {
            LogPart part = parts.get(i);
            follower.streams.add(new Stream(LogStream.values()[i], part.file(), part.cursor()));
            follower.registrations.add(watch.onChange(part.file().path(), follower::look));
        }
        follower.look();
        return follower;
    }

    private void look() {
        if (!over && wanted.getAndIncrement() == 0) {
            try {
                work.execute(this::run);
            } catch (RejectedExecutionException e) {
                // Its owner was closed; the logs have the rest. Should he take work again, the next look orders it.
                wanted.set(0);
            }
        }
    }

    /** One task for all that is wanted meanwhile: a listener that blocks takes one thread and no more. */
    private void run() {
        for (int looks = wanted.get(); looks > 0; looks = wanted.addAndGet(-looks)) {
            if (!over) {
                // What was written before the close is there by now: this is the last look.
                over = isClosed();
                lookOnce();
            }
        }
    }

    private void lookOnce() {
        try {
            if (over) {
                streams.forEach(stream -> read(stream, () -> stream.cursor.readLines(line -> give(stream, line))));
            } else {
                readOn();
            }
        } catch (CancellationException e) {
            over = true;
            Runnable told = abandoned;
            if (told != null) {
                told.run();
            }
        }
        done = over;
    }

    /** In turns, so that neither a stream to which is written all the time keeps the other waiting, nor a close. */
    private void readOn() {
        boolean more = true;
        while (more && !isClosed()) {
            more = false;
            for (Stream stream : streams) {
                more |= read(stream, () -> stream.cursor.readPieces(line -> give(stream, line), this::isClosed));
            }
        }
    }

    private void requireWanted() {
        if (abandoned != null) {
            throw new CancellationException("nobody waits for the rest");
        }
    }

    private boolean isClosed() {
        synchronized (registrations) {
            return closed;
        }
    }

    /** @return whether there was anything */
    private boolean read(Stream stream, BooleanSupplier reading) {
        boolean grown = false;
        try {
            requireWanted();
            grown = reading.getAsBoolean();
            if (over && !stream.cursor.unterminated().isEmpty()) {
                give(stream, stream.cursor.unterminated());
            }
            stream.failing = false;
        } catch (UncheckedIOException e) {
            if (!stream.failing) {
                LOG.log(Level.WARNING, "'" + process + "': a listener cannot follow its output: " + e.getMessage(), e);
            }
            stream.failing = true;
        }
        return grown;
    }

    private void give(Stream stream, String line) {
        requireWanted();
        long lost = stream.cursor.lost();
        if (lost > 0) {
            LOG.log(
                    Level.WARNING,
                    "'" + process + "': " + lost + " bytes of " + stream.file.path()
                            + " were rotated away before the listener " + nameOf(listener)
                            + " could be given them; keep more backups");
        }
        try {
            listener.onLine(new LogLine(process, stream.name, line));
        } catch (RuntimeException | Error e) {
            LOG.log(
                    Level.WARNING,
                    "'" + process + "': the listener " + nameOf(listener) + " failed at a line of " + stream.name
                            + ", and goes on with the next",
                    e);
        }
        given.incrementAndGet();
    }

    /** How many lines the listener has had. */
    long given() {
        return given.get();
    }

    /** Whether the listener gets nothing more; it may still be busy with the last. */
    boolean isOver() {
        return done || abandoned != null;
    }

    /**
     * Ends it at once, unless the last look has been taken: the listener gets no other line, and the files are left alone.
     *
     * @param told then done, by the thread of the listener, when that is free
     */
    void abandon(Runnable told) {
        if (!done && abandoned == null) {
            abandoned = told;
        }
    }

    private static String nameOf(LineListener listener) {
        return listener.getClass().getName();
    }

    /**
     * The process has ended: a last line without an end is given as it is, and what a next run writes begins a new one. Does
     * not wait for the listener.
     */
    public void ended() {
        try {
            streams.forEach(stream -> stream.file.mark());
        } catch (UncheckedIOException e) {
            // The look tells why.
        }
        look();
    }

    /**
     * Gives the listener what was written until now, a last line without an end included, and then no more. Does not wait for
     * that; but when it returns, it has been ordered, whoever was the first to call. Idempotent.
     */
    @Override
    public void close() {
        // Not a monitor in which lines are given: a listener can block.
        synchronized (registrations) {
            if (closed) {
                return;
            }
            closed = true;
            registrations.forEach(Registration::close);
            look();
        }
    }

    private static final class Stream {
        private final LogStream name;
        private final LogFile file;
        private final LineCursor cursor;

        /** Whether a failure to read was told; only used by the task. */
        private boolean failing;

        Stream(LogStream name, LogFile file, LineCursor cursor) {
            this.name = name;
            this.file = file;
            this.cursor = cursor;
        }
    }
}
