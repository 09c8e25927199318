package dev.procession.launch;

import dev.procession.launch.LineMatcher.Sight;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Looks for lines of a log that match, in a thread of its own: however much is written, and however long an expression
 * takes, who waits only asks how things stand. Thread safe.
 */
public final class LineSearch implements AutoCloseable {

    private final ProcessLog log;
    private final Pattern pattern;
    private final Runnable wakeUp;
    private final LineMatcher matcher;
    private final Thread worker;
    private volatile boolean ended;
    private volatile boolean closed;
    private volatile boolean finished;
    private volatile @Nullable Throwable failure;

    /**
     * Begins.
     *
     * @param enough after so many matching lines the search is over
     * @param wakeUp called on a thread of its own or a shared one when a look is worth while; must not block
     */
    public LineSearch(ProcessLog log, Pattern pattern, int enough, Runnable wakeUp) {
        this.log = log;
        this.pattern = pattern;
        this.wakeUp = wakeUp;
        this.worker = new Thread(this::run, "procession-log-" + log.process());
        this.matcher = new LineMatcher(log, pattern, enough, () -> closed, () -> LockSupport.unpark(worker), wakeUp);
        worker.setDaemon(true);
        boolean started = false;
        try {
            worker.start();
            started = true;
        } finally {
            if (!started) {
                matcher.close();
            }
        }
    }

    private void run() {
        try {
            while (!matcher.isOver()) {
                boolean last = ended;
                matcher.count(last);
                wakeUp.run();
                if (!matcher.isBehind() && last == ended) {
                    LockSupport.parkNanos(this, ProcessLog.PROMPT.toNanos());
                }
            }
        } catch (RuntimeException | Error e) {
            failure = e;
        } finally {
            finished = true;
            wakeUp.run();
        }
    }

    private Sight sight() {
        Throwable failed = failure;
        if (failed instanceof RuntimeException exception) {
            throw exception;
        }
        if (failed instanceof Error error) {
            throw error;
        }
        return matcher.sight();
    }

    /** How many lines match, as far as has been seen. */
    public int count() {
        return sight().count();
    }

    /** The first line that matched, if there is one. */
    public Optional<LogMatch> first() {
        return Optional.ofNullable(sight().first());
    }

    /** The last complete line seen, for messages: without secrets, and cut if it is very long; empty before the first. */
    public String lastLine() {
        return sight().lastLine();
    }

    /** On which lines matching was given up, for messages; empty if on none. */
    public Optional<String> givenUp() {
        return givenUp("matching");
    }

    /** Whether matching was given up on so many lines that the search is over; why, for messages. */
    public Optional<String> hopeless() {
        return sight().givenUp() < LineMatcher.MOST_GIVEN_UP ? Optional.empty() : givenUp("matching /" + pattern + "/");
    }

    private Optional<String> givenUp(String what) {
        Sight now = sight();
        return now.givenUp() == 0
                ? Optional.empty()
                : Optional.of(what + " was given up on "
                        + (now.givenUp() == 1 ? "a line, " : now.givenUp() + " lines, the first ")
                        + now.firstGivenUp());
    }

    /** How much of what has been written is still to be seen, for messages; empty if not more than one look sees. */
    public Optional<String> unread() {
        long bytes = matcher.backlog();
        return bytes == 0 ? Optional.empty() : Optional.of(bytes + " bytes of its log were still to be read");
    }

    /** Why the log, or one of both, cannot be read at present, for messages; empty if it can, as far as has been seen. */
    public Optional<String> unreadable() {
        return matcher.unreadable();
    }

    /**
     * What has been written until this call is to be seen. Of a log that cannot be read nothing is, until it is back.
     *
     * @param end whether nothing more will come: an unterminated last line then counts at once, and a log that cannot be read
     *     is not waited for any longer than a second; see {@link #unreadable}
     * @return whether it has been by now, or the search is over
     */
    public BooleanSupplier catchUp(boolean end) {
        long[] ends = matcher.ends();
        if (end) {
            ended = true;
        }
        LockSupport.unpark(worker);
        return () -> finished || matcher.hasPassed(ends, end);
    }

    /** Ends the search. Does not wait for that. */
    @Override
    public void close() {
        closed = true;
        matcher.close();
        LockSupport.unpark(worker);
    }
}
