package dev.procession.launch;

import dev.procession.os.FileWatch;
import dev.procession.process.Durations;
import dev.procession.process.ExitStatus;
import dev.procession.process.PatternSearch;
import dev.procession.process.ProcessionException;
import dev.procession.process.WaitTimeoutException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;

/**
 * What a process has written. The kernel writes its output straight to files; this reads them, during the run and after it.
 *
 * <p>It begins with the first byte of a run; {@link #allRuns()} shows what was written before a restart, too. The log covers
 * both streams; {@link #stdout()} and {@link #stderr()} are the same for one. In what covers both, the lines of standard
 * output come first: in which order the process wrote to two files, nobody records; {@link OutputPolicy#merged} lets it write
 * both to one. Bytes that are no UTF-8 become the replacement character. What is returned is as the process wrote it; only
 * messages of failures hide the secrets that it was given. Thread safe.
 *
 * <p>A rotation changes nothing, as long as the backups hold it: they are read, too. What is gone from them is left out.
 */
public final class ProcessLog {

    /** A last line without an end counts as a line once it has stood like this so long: a prompt never gets its end. */
    static final Duration PROMPT = Duration.ofMillis(100);

    /** What one look may take that has no time of its own. */
    private static final Duration LONGEST_LOOK = Duration.ofSeconds(30);

    /** What one look at what is there already may take, whatever the timeout. */
    private static final Duration ONE_LOOK = Duration.ofSeconds(1);

    private final String process;
    private final List<LogPart> parts;
    private final FileWatch watch;
    private final CompletableFuture<ExitStatus> exit;
    private final Secrets secrets;

    /**
     * A log of files that nobody rotates, from their first bytes on; {@link Launch#log} gives that of a process.
     *
     * @param process the name, for messages
     * @param files standard output and standard error, or one file, also given twice, that holds both
     * @param exit completes when nothing more will be written
     * @param secrets not shown in messages; what is returned is as it was written
     */
    public ProcessLog(
            String process, List<Path> files, FileWatch watch, CompletableFuture<ExitStatus> exit, Secrets secrets) {
        this(
                process,
                watch,
                exit,
                secrets,
                files.stream()
                        .distinct()
                        .map(file -> new LogPart(new LogFile(file, LogLoss.of(process), 0), 0))
                        .toList());
    }

    ProcessLog(
            String process, FileWatch watch, CompletableFuture<ExitStatus> exit, Secrets secrets, List<LogPart> parts) {
        this.process = process;
        this.parts = parts;
        this.watch = watch;
        this.exit = exit;
        this.secrets = secrets;
    }

    private ProcessLog with(List<LogPart> others) {
        return new ProcessLog(process, watch, exit, secrets, others);
    }

    /** Standard output alone; with both in one file, that. */
    public ProcessLog stdout() {
        return with(parts.subList(0, 1));
    }

    /** Standard error alone; with both in one file, that. */
    public ProcessLog stderr() {
        return with(parts.subList(parts.size() - 1, parts.size()));
    }

    /** Each stream alone: standard output and standard error, or the one that holds both. */
    public List<ProcessLog> streams() {
        return parts.stream().map(part -> with(List.of(part))).toList();
    }

    /** The same from now on: what was written before this call does not count. Ends with the same run. */
    public ProcessLog fromHere() {
        return with(parts.stream()
                .map(part -> new LogPart(part.file(), part.file().end()))
                .toList());
    }

    /** The same from the first byte of the first run on. Ends with the same run. */
    public ProcessLog allRuns() {
        return with(parts.stream().map(part -> new LogPart(part.file(), 0)).toList());
    }

    /** The file, or both files, standard output first; without backups. */
    public List<Path> files() {
        return parts.stream().map(part -> part.file().path()).toList();
    }

    /**
     * What to say of lines that are missing: that a file was emptied and written anew by somebody else than its rotation, as
     * by a script that opens {@code /dev/stdout}, and what to do about it. Empty if that was never seen.
     */
    public Optional<String> loss() {
        return parts.stream().flatMap(part -> part.file().loss().stream()).findFirst();
    }

    /** What the process was given and whoever shows something of this log hides. */
    public Secrets secrets() {
        return secrets;
    }

    /**
     * Everything written so far. Reads the whole of it into memory.
     *
     * @throws UncheckedIOException if the log cannot be read, as when somebody has removed it; so does every other look
     */
    public String text() {
        StringBuilder text = new StringBuilder();
        parts.forEach(part -> text.append(new String(part.last(Long.MAX_VALUE).bytes(), StandardCharsets.UTF_8)));
        return text.toString();
    }

    /** Every line so far, an unterminated last one included. Reads the whole of it into memory. */
    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        for (LogPart part : parts) {
            LineCursor cursor = part.cursor();
            cursor.readLines(lines::add);
            if (!cursor.unterminated().isEmpty()) {
                lines.add(cursor.unterminated());
            }
        }
        return lines;
    }

    /**
     * The last lines, of each stream that many.
     *
     * @param count how many lines, at least 0
     */
    public List<String> tail(int count) {
        List<String> tail = new ArrayList<>();
        parts.forEach(part -> tail.addAll(part.tail(count)));
        return tail;
    }

    /**
     * The same for a message about something else: without secrets, long lines cut, and what to say instead of them if the log
     * cannot be read, which must not hide what the message is about.
     *
     * @param count how many lines, at least 0
     */
    public List<String> lastLines(int count) {
        try {
            return tail(count).stream().map(line -> LineText.of(line, secrets)).toList();
        } catch (UncheckedIOException e) {
            return List.of("(" + e.getMessage() + ")");
        }
    }

    /**
     * Bytes by their position, on one stream; as supervisord's {@code readProcessStdoutLog}. Positions count from the first
     * byte of this log, whatever has been rotated since: a position whose byte is gone means the oldest that is left.
     *
     * @param offset where to begin; or below 0, with length 0: the last so many bytes
     * @param length how many bytes at most; 0 for all up to the end
     * @return fewer at the end; {@link LogSlice#next} is where to go on
     * @throws IllegalArgumentException for other numbers
     * @throws IllegalStateException if this covers two streams
     */
    public LogSlice read(long offset, long length) {
        if (length < 0 || (offset < 0 && length != 0)) {
            throw new IllegalArgumentException("Expected a length of 0 or more, and 0 with an offset below 0; but was"
                    + " offset " + offset + ", length " + length);
        }
        LogPart part = only("read");
        if (offset < 0) {
            return part.last(offset == Long.MIN_VALUE ? Long.MAX_VALUE : -offset);
        }
        return part.slice(offset, length == 0 ? Long.MAX_VALUE : length);
    }

    /**
     * What has come since a position, on one stream, but not more than the last bytes of it; as supervisord's {@code
     * tailProcessStdoutLog}. Positions are those of {@link #read}.
     *
     * @param offset where the last look ended; 0 at first
     * @param length how many bytes at most
     * @return with an {@linkplain LogSlice#overflow overflow}, if more has come, the last ones; {@link LogSlice#next} is the
     *     end of the log
     * @throws IllegalArgumentException if a number is below 0
     * @throws IllegalStateException if this covers two streams
     */
    public LogSlice tail(long offset, long length) {
        if (offset < 0 || length < 0) {
            throw new IllegalArgumentException(
                    "Expected an offset and a length of 0 or more, but was offset " + offset + ", length " + length);
        }
        return only("tail").since(offset, length);
    }

    /**
     * The bytes of one stream exactly as they were written, during the run: reading blocks until there is more, and comes to
     * the end when the process has ended and everything was read.
     *
     * <p>An interrupt ends a blocked read with {@link java.io.InterruptedIOException}, a close from another thread with an
     * {@code IOException}. Bytes that were rotated away before they were read are told once by an {@code IOException}; the
     * next read goes on after them. So is a log that cannot be read, since somebody has moved or removed it; the next read tries
     * again. Every read looks at the file: read into an array, or buffer it. Closing it gives
     * everything back; the end does, too.
     *
     * @throws IllegalStateException if this covers two streams
     */
    public InputStream stream() {
        LogInputStream stream = new LogInputStream(process, only("stream"), exit);
        stream.wakeBy(watch);
        return stream;
    }

    /**
     * Gives each complete line once, those that are there already included, to a listener: of each stream in order. It goes
     * on over restarts, until it is closed.
     *
     * @param listener called by one thread at a time
     * @param work runs the listener; at most one of its threads is taken, also while the listener blocks
     */
    public LineFollower follow(LineListener listener, Executor work) {
        return LineFollower.begin(process, parts, watch, listener, work);
    }

    private LogPart only(String method) {
        if (parts.size() != 1) {
            throw new IllegalStateException("Expected '" + method + "' on one stream, but the log of '" + process
                    + "' has two: call stdout()." + method + " or stderr()." + method);
        }
        return parts.get(0);
    }

    /**
     * The first line so far that contains a match, an unterminated last one included. A line on which matching is given up
     * counts as no match, and is logged; see {@link #await}.
     *
     * @throws ProcessionException if matching was given up on ten lines, or if 30 s have not been enough
     * @throws UncheckedIOException if the log cannot be read
     */
    public Optional<LogMatch> find(Pattern pattern) {
        return find(pattern, false);
    }

    /**
     * The same for whoever relies on there being none: to give up on one line without finding another is an error.
     *
     * @throws ProcessionException if that cannot be told
     */
    public Optional<LogMatch> findForCertain(Pattern pattern) {
        return find(pattern, true);
    }

    private Optional<LogMatch> find(Pattern pattern, boolean certain) {
        long deadline = System.nanoTime() + LONGEST_LOOK.toNanos();
        return streams().stream()
                .map(stream -> stream.findInOne(pattern, certain, deadline))
                .flatMap(Optional::stream)
                .findFirst();
    }

    private Optional<LogMatch> findInOne(Pattern pattern, boolean certain, long deadline) {
        boolean interrupted = false;
        Thread waiter = Thread.currentThread();
        requireReadable();
        try (LineSearch search = new LineSearch(this, pattern, 1, () -> LockSupport.unpark(waiter))) {
            BooleanSupplier seen = search.catchUp(true);
            boolean over;
            while (true) {
                over = seen.getAsBoolean();
                if (search.count() > 0) {
                    return search.first();
                }
                if (search.unreadable().isPresent()) {
                    requireReadable();
                } else if (over) {
                    break;
                }
                if (System.nanoTime() - deadline > 0) {
                    throw new ProcessionException(secrets.mask("Looking for /" + pattern + "/ in the log of '" + process
                            + "' has not come to an end within " + Durations.describe(LONGEST_LOOK)
                            + search.givenUp().map(why -> "; " + why).orElse("")
                            + ": look only at what comes, with fromHere(), or await it"));
                }
                LockSupport.parkNanos(this, PROMPT.toNanos());
                // One look it is, also for whoever is interrupted.
                interrupted |= Thread.interrupted();
            }
            if (certain && search.givenUp().isPresent()) {
                throw tooHard(pattern.toString(), search.givenUp().get());
            }
            requireHope(search, pattern.toString());
            return Optional.empty();
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void requireReadable() {
        parts.forEach(part -> part.file().end());
    }

    private void requireHope(LineSearch search, String regex) {
        if (search.hopeless().isPresent()) {
            throw tooHard(regex, search.givenUp().orElse(""));
        }
    }

    private ProcessionException tooHard(String regex, String why) {
        return new ProcessionException(secrets.mask("Nobody can tell whether the log of '" + process
                + "' has a line matching /" + regex + "/: " + why + "; " + PatternSearch.FIX));
    }

    /**
     * Waits for a line that contains a match, starting with the first byte of this log: a line that was written
     * before the call counts.
     *
     * <p>A line on which matching takes more than 50 million steps, or more stack than there is, counts as no match, and is
     * logged: some expressions take forever on some lines. Of a line that is longer than a mebibyte each mebibyte is matched
     * by itself.
     *
     * <p>A log that cannot be read, since somebody has moved or removed it, does not end the wait, nor does the end of the
     * process then: a log that comes back is read on, and otherwise the failure says why it could not be read.
     *
     * @param regex found anywhere in a line
     * @param timeout 0 is one look, of a second at most
     * @return the first such line
     * @throws dev.procession.process.InvalidSpecException if the timeout is negative or longer than a year
     * @throws WaitTimeoutException if there was none in time, or at once if the process has ended without one; it shows
     *     the last lines
     * @throws ProcessionException if matching was given up on ten lines; or if the thread is interrupted, which it still is
     *     then
     */
    public LogMatch await(String regex, Duration timeout) {
        Durations.check("timeout", timeout);
        long start = System.nanoTime();
        long longest = Durations.nanos(timeout);
        boolean interrupted = false;
        Thread waiter = Thread.currentThread();
        try (LineSearch search = new LineSearch(this, Pattern.compile(regex), 1, () -> LockSupport.unpark(waiter))) {
            exit.whenComplete((status, failure) -> LockSupport.unpark(waiter));
            BooleanSupplier firstLook = search.catchUp(false);
            BooleanSupplier lastLook = () -> false;
            boolean ended = false;
            while (true) {
                if (!ended && exit.isDone()) {
                    // What was written before it is then read in any case.
                    ended = true;
                    lastLook = search.catchUp(true);
                }
                // A log that is away may come back and hold it.
                boolean over = lastLook.getAsBoolean() && search.unreadable().isEmpty();
                boolean looked = firstLook.getAsBoolean() && (over || !ended);
                if (search.count() > 0) {
                    return search.first().orElseThrow();
                }
                requireHope(search, regex);
                long spent = System.nanoTime() - start;
                looked |= spent >= ONE_LOOK.toNanos();
                if (over || (looked && spent >= longest)) {
                    throw noMatch(search, regex, timeout, over);
                }
                interrupted |= Thread.interrupted();
                if (looked && interrupted) {
                    throw new ProcessionException(secrets.mask(
                            "Interrupted while waiting for /" + regex + "/ in the log of '" + process + "'"));
                }
                LockSupport.parkNanos(this, Math.min(looked ? longest - spent : Long.MAX_VALUE, PROMPT.toNanos()));
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private WaitTimeoutException noMatch(LineSearch search, String regex, Duration timeout, boolean ended) {
        StringBuilder message = new StringBuilder("'" + process + "' ");
        message.append(
                ended
                        ? "ended (" + exit.join() + ") without a line matching /" + regex + "/"
                        : "wrote no line matching /" + regex + "/ within " + Durations.describe(timeout));
        search.givenUp().ifPresent(why -> message.append("; ").append(why));
        search.unreadable().ifPresent(why -> message.append("; ").append(why));
        search.unread().ifPresent(bytes -> message.append("; ").append(bytes));
        for (ProcessLog stream : streams()) {
            message.append("\n  last lines of ").append(stream.files().get(0));
            stream.lastLines(10).forEach(line -> message.append("\n    ").append(line));
        }
        // After the tails: reading them may have shown it.
        loss().ifPresent(lost -> message.append("\n  ").append(lost));
        return new WaitTimeoutException(secrets.mask(message.toString()));
    }

    /** The name of the process. */
    String process() {
        return process;
    }

    List<LogPart> parts() {
        return parts;
    }

    FileWatch watch() {
        return watch;
    }
}
