package dev.procession.watch;

import dev.procession.process.ProcessId;
import dev.procession.process.ProcessSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * When a file was last written, to be compared with the start of a process. One is a time of the wall clock, the other a
 * tick since boot: what may have been written after the start counts as that. Immutable and thread safe.
 */
final class FileAge {

    private static final long MILLIS_PER_TICK = 10;

    /** The kernel takes a file's time from a clock that lags this far behind at most. */
    private static final long LAG_MILLIS = 10;

    /** On file systems that keep whole seconds only, some of them only the even ones. */
    private static final long COARSE_LAG_MILLIS = 2_000;

    /** Who was not interrupted between two looks at a clock needs less between them. */
    private static final Duration CLOSE = Duration.ofMillis(1);

    private static final int MOST_TRIES = 5;

    private final Instant written;

    private FileAge(Instant written) {
        this.written = written;
    }

    /** Empty if it has gone or cannot be asked. */
    static Optional<FileAge> of(Path file) {
        try {
            return Optional.of(new FileAge(Files.getLastModifiedTime(file).toInstant()));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Whether that moment is yet to come: then the clock has been set, and nothing can be said. */
    boolean isAhead(ProcessSource source) {
        return written.isAfter(source.now());
    }

    /** Whether the file may have been written after a process was started. */
    boolean isAfterStartOf(ProcessId id, ProcessSource source) {
        long start = id.startTicks() * MILLIS_PER_TICK;
        long latest = new ClockPair(source.now(), source.nowTicks()).latestMillisOf(written) + lagMillis();
        if (start > latest || start <= latest - 2 * MILLIS_PER_TICK) {
            return start <= latest;
        }
        return start <= exact(source).latestMillisOf(written) + lagMillis();
    }

    private long lagMillis() {
        return written.getNano() == 0 ? COARSE_LAG_MILLIS : LAG_MILLIS;
    }

    /** By the wall clock. */
    @Override
    public String toString() {
        return written.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    /**
     * What the two clocks show at one moment.
     *
     * @param tick the last that had begun then
     */
    private record ClockPair(Instant wall, long tick) {

        /** By the clock of the ticks; the tick that had begun may have been all but over. */
        long latestMillisOf(Instant moment) {
            return (tick + 1) * MILLIS_PER_TICK - Duration.between(moment, wall).toMillis();
        }
    }

    /** A moment at which a tick was all but over; it lasts 10 ms at most to meet one. */
    private static ClockPair exact(ProcessSource source) {
        ClockPair best = new ClockPair(source.now(), source.nowTicks());
        for (int tries = 0; tries < MOST_TRIES; tries++) {
            ClockPair last = new ClockPair(source.now(), source.nowTicks());
            ClockPair next = last;
            Instant end = last.wall().plus(CLOSE.multipliedBy(100));
            while (next.tick() == last.tick() && next.wall().isBefore(end)) {
                last = next;
                next = new ClockPair(source.now(), source.nowTicks());
            }
            best = last;
            if (Duration.between(last.wall(), source.now()).compareTo(CLOSE) < 0) {
                return best;
            }
        }
        return best;
    }
}
