package dev.procession.launch;

import dev.procession.os.FileWatch.Registration;
import dev.procession.process.PatternSearch;
import dev.procession.process.PatternSearch.Found;
import dev.procession.process.PatternSearch.GivenUp;
import dev.procession.process.ProcessionException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Counts the lines of a log that match, as they come, in looks that read a limited part each. For one thread; what it has
 * seen so far, others may ask.
 *
 * <p>A line on which matching is given up counts as no match, and is told. After {@value #MOST_GIVEN_UP} of them there is no
 * use in going on. A log that cannot be read, since somebody has taken it away, is tried again at each look, and read on when
 * it is back.
 */
final class LineMatcher implements AutoCloseable {

    static final int MOST_GIVEN_UP = 10;

    /** So long a change that nobody told of may go unseen: another file in place of the one that is watched tells nobody. */
    private static final long UNTOLD_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** So long whoever asks for all that there is at the end waits for a log that cannot be read. */
    private static final long MOST_AWAY_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** Instead of a position that cannot be told. */
    private static final long UNKNOWN = -1;

    private static final Logger LOG = System.getLogger("dev.procession");

    private final ProcessLog log;
    private final Pattern pattern;
    private final PatternSearch search;
    private final int enough;
    private final BooleanSupplier stopped;
    private final Runnable news;
    private final List<Stream> streams = new ArrayList<>();
    private final List<Registration> registrations = new ArrayList<>();
    private final AtomicBoolean changed = new AtomicBoolean(true);
    private int count;
    private @Nullable LogMatch first;
    private String lastLine = "";
    private int givenUp;
    private String firstGivenUp = "";
    private volatile Sight sight = new Sight(0, null, "", 0, "");

    /**
     * What has been seen.
     *
     * @param count how many lines match
     * @param first the first of them
     * @param lastLine the last complete line, for messages; empty before the first
     * @param givenUp on how many lines matching was given up
     * @param firstGivenUp the first of these, for messages
     */
    record Sight(int count, @Nullable LogMatch first, String lastLine, int givenUp, String firstGivenUp) {}

    /**
     * @param wakeUp called on a shared thread when a look is worth while; must not block
     */
    LineMatcher(ProcessLog log, Pattern pattern, Runnable wakeUp) {
        this(log, pattern, Integer.MAX_VALUE, () -> false, wakeUp, () -> {});
    }

    /**
     * @param enough after so many matching lines no more are looked for
     * @param stopped whether nobody wants to know any more: a look then ends at once
     * @param news called by a look that has something to tell before it ends
     */
    LineMatcher(ProcessLog log, Pattern pattern, int enough, BooleanSupplier stopped, Runnable wakeUp, Runnable news) {
        this.log = log;
        this.pattern = pattern;
        this.search = new PatternSearch(pattern);
        this.enough = enough;
        this.stopped = stopped;
        this.news = news;
        log.parts().forEach(part -> {
            Stream stream = new Stream(part);
            streams.add(stream);
            try {
                registrations.add(log.watch().onChange(part.file().path(), () -> {
                    changed.set(true);
                    wakeUp.run();
                }));
            } catch (ProcessionException e) {
                // It is not there, or there are too many watches: it is looked at each time.
                stream.watched = false;
            }
        });
    }

    /**
     * One look.
     *
     * @param ended whether nothing more will come: an unterminated last line then counts at once
     * @return how many lines match so far
     */
    int count(boolean ended) {
        boolean look = changed.getAndSet(false) || ended;
        for (Stream stream : streams) {
            stream.look(look, ended);
        }
        publish();
        streams.forEach(Stream::publish);
        return sight.count();
    }

    /** Whether the last look has left something to the next. */
    boolean isBehind() {
        return !isOver() && streams.stream().anyMatch(stream -> stream.behind);
    }

    /** Whether no look would change anything any more. */
    boolean isOver() {
        return stopped.getAsBoolean() || count + prompts() >= enough || givenUp >= MOST_GIVEN_UP;
    }

    private int prompts() {
        int prompts = 0;
        for (Stream stream : streams) {
            prompts += stream.prompt == null ? 0 : 1;
        }
        return prompts;
    }

    /** Also for other threads. */
    Sight sight() {
        return sight;
    }

    /** The first line that matched; only after a count above 0. */
    LogMatch first() {
        LogMatch match = sight.first();
        if (match == null) {
            throw new IllegalStateException("Expected a line that matches /" + pattern + "/, but there is none yet");
        }
        return match;
    }

    /** The last complete line seen, for messages; empty before the first. */
    String lastLine() {
        return sight.lastLine();
    }

    /** The positions after what has been written until now, as far as that can be told. Also for other threads. */
    long[] ends() {
        return streams.stream().mapToLong(Stream::end).toArray();
    }

    /**
     * Whether everything before these positions has been seen. Also for other threads.
     *
     * @param positions what could not be told is put in here as soon as it can
     * @param ended whether nothing more will come: an unterminated last line then belongs to that, and a log that cannot be
     *     read is not waited for any longer than a second
     */
    boolean hasPassed(long[] positions, boolean ended) {
        boolean all = true;
        for (int i = 0; i < positions.length; i++) {
            Stream stream = streams.get(i);
            positions[i] = positions[i] == UNKNOWN ? stream.end() : positions[i];
            all &= stream.hasPassed(positions[i], ended);
        }
        return all;
    }

    /** Why a log cannot be read, with its name; empty if all can. Also for other threads. */
    Optional<String> unreadable() {
        return streams.stream()
                .map(stream -> stream.away)
                .filter(Objects::nonNull)
                .map(Away::why)
                .findFirst();
    }

    /** How many bytes are there that have not been seen, if they are more than one look reads. Also for other threads. */
    long backlog() {
        long bytes = 0;
        for (Stream stream : streams) {
            bytes += Math.max(0, stream.end() - stream.seen);
        }
        return bytes > LineCursor.MOST_AT_ONCE ? bytes : 0;
    }

    private @Nullable LogMatch match(String line) {
        PatternSearch.Result result = search.find(line, stopped);
        if (result instanceof GivenUp gaveUp && !stopped.getAsBoolean()) {
            giveUp(line, gaveUp.why());
        }
        return result instanceof Found found ? new LogMatch(line, found.matcher()) : null;
    }

    private void giveUp(String line, String why) {
        givenUp++;
        if (givenUp == 1) {
            firstGivenUp = "one of " + line.length() + " characters, since " + why;
            LOG.log(
                    Level.WARNING,
                    "'" + log.process() + "': matching /" + log.secrets().mask(pattern.toString())
                            + "/ was given up on a line, which counts as no match: " + firstGivenUp + "; "
                            + PatternSearch.FIX + ": \"" + LineText.of(line, log.secrets()) + "\"");
        }
        publish();
        news.run();
    }

    private void take(String line) {
        if (isOver()) {
            return;
        }
        lastLine = line;
        LogMatch match = match(line);
        if (match != null) {
            count++;
            if (first == null) {
                first = match;
            }
            publish();
            news.run();
        }
    }

    private void publish() {
        LogMatch shown = first;
        for (Stream stream : streams) {
            shown = shown == null ? stream.prompt : shown;
        }
        sight = new Sight(count + prompts(), shown, LineText.of(lastLine, log.secrets()), givenUp, firstGivenUp);
    }

    @Override
    public void close() {
        registrations.forEach(Registration::close);
    }

    /**
     * It cannot be read.
     *
     * @param since by the clock of this JVM, in nanoseconds
     */
    private record Away(String why, long since) {}

    private final class Stream {
        private final LogPart part;
        private final LineCursor cursor;
        private long quietSince = System.nanoTime();
        private long readAt = System.nanoTime();
        private boolean behind;

        /** Whether somebody tells when it changes. */
        private boolean watched = true;

        private volatile @Nullable Away away;

        /** The unterminated last line, if it matches; and whether that has been asked. */
        private @Nullable LogMatch prompt;

        private boolean judged;

        /** Up to where everything has been seen; and that, the unterminated last line included. */
        private volatile long seen;

        private volatile long seenToTheEnd;

        Stream(LogPart part) {
            this.part = part;
            this.cursor = part.cursor();
            this.seen = cursor.position();
            this.seenToTheEnd = -1;
        }

        void look(boolean changed, boolean ended) {
            boolean untold = !watched || away != null || System.nanoTime() - readAt >= UNTOLD_NANOS;
            if ((changed || behind || untold) && !read()) {
                return;
            }
            boolean quiet = System.nanoTime() - quietSince >= ProcessLog.PROMPT.toNanos();
            if (!behind && !judged && !isOver() && (ended || quiet)) {
                String line = cursor.unterminated();
                prompt = line.isEmpty() ? null : match(line);
                judged = true;
            }
        }

        /** @return whether it can be read */
        private boolean read() {
            long before = cursor.position();
            try {
                behind = cursor.readPieces(this::take, LineMatcher.this::isOver);
                away = null;
            } catch (UncheckedIOException e) {
                Away known = away;
                String why = "its log " + part.file().path() + " cannot be read: " + LogFile.why(e.getCause());
                away = new Away(why, known == null ? System.nanoTime() : known.since());
                behind = false;
            }
            readAt = System.nanoTime();
            if (cursor.position() > before) {
                quietSince = readAt;
                forgetPrompt();
            }
            return away == null;
        }

        long end() {
            try {
                return part.file().end();
            } catch (UncheckedIOException e) {
                return UNKNOWN;
            }
        }

        private void take(String line) {
            forgetPrompt();
            LineMatcher.this.take(line);
        }

        private void forgetPrompt() {
            prompt = null;
            judged = false;
        }

        void publish() {
            if (!stopped.getAsBoolean()) {
                seen = cursor.position();
                seenToTheEnd = judged ? cursor.position() : seenToTheEnd;
            }
        }

        boolean hasPassed(long position, boolean ended) {
            Away gone = away;
            if (gone != null || position == UNKNOWN) {
                return ended && gone != null && System.nanoTime() - gone.since() >= MOST_AWAY_NANOS;
            }
            long now = seen;
            return now > position || (ended ? seenToTheEnd : now) >= position;
        }
    }
}
