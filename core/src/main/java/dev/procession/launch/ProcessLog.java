package dev.procession.launch;

import dev.procession.os.FileWatch;
import dev.procession.process.Durations;
import dev.procession.process.ExitStatus;
import dev.procession.process.ProcessionException;
import dev.procession.process.WaitTimeoutException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;

/**
 * What a process has written in this run. The kernel writes its output straight to files; this reads them, during the run
 * and after it.
 *
 * <p>The log covers both streams; {@link #stdout()} and {@link #stderr()} are the same for one. In what covers both, the
 * lines of standard output come first: in which order the process wrote to two files, nobody records. Bytes that are no
 * UTF-8 become the replacement character. What is returned is as the process wrote it; only messages of failures hide the
 * secrets that it was given. Thread safe.
 */
public final class ProcessLog {

    /** A last line without an end counts as a line once it has stood like this so long: a prompt never gets its end. */
    static final Duration PROMPT = Duration.ofMillis(100);

    private final String process;
    private final List<Path> files;
    private final FileWatch watch;
    private final CompletableFuture<ExitStatus> exit;
    private final Secrets secrets;

    /**
     * @param process the name, for messages
     * @param files one file, or standard output and standard error
     * @param exit completes when nothing more will be written
     * @param secrets not shown in messages; what is returned is as it was written
     */
    public ProcessLog(
            String process, List<Path> files, FileWatch watch, CompletableFuture<ExitStatus> exit, Secrets secrets) {
        this.process = process;
        this.files = List.copyOf(files);
        this.watch = watch;
        this.exit = exit;
        this.secrets = secrets;
    }

    /** Standard output alone. */
    public ProcessLog stdout() {
        return new ProcessLog(process, files.subList(0, 1), watch, exit, secrets);
    }

    /** Standard error alone. */
    public ProcessLog stderr() {
        return new ProcessLog(process, files.subList(files.size() - 1, files.size()), watch, exit, secrets);
    }

    /** The file, or both files, standard output first. */
    public List<Path> files() {
        return files;
    }

    /** What the process was given and whoever shows something of this log hides. */
    public Secrets secrets() {
        return secrets;
    }

    /** Everything written so far. Reads the whole of it into memory. */
    public String text() {
        StringBuilder text = new StringBuilder();
        files.forEach(file -> text.append(new String(lastBytes(file, Long.MAX_VALUE), StandardCharsets.UTF_8)));
        return text.toString();
    }

    /** Every line so far, an unterminated last one included. Reads the whole of it into memory. */
    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        for (Path file : files) {
            LineCursor cursor = new LineCursor(file, 0);
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
        files.forEach(file -> tail.addAll(tail(file, count)));
        return tail;
    }

    /** Reads only as much from the end as the lines need, at most about two of the longest lines. */
    private static List<String> tail(Path file, int count) {
        for (long size = 8 * 1024; ; size *= 4) {
            byte[] end = lastBytes(file, size);
            List<String> lines = split(new String(end, StandardCharsets.UTF_8));
            boolean whole = end.length < size;
            if (whole || lines.size() > count || size > LineCursor.LONGEST_LINE) {
                // Unless the file's first byte was read, the first line has lost its beginning.
                List<String> complete = whole || lines.size() <= 1 ? lines : lines.subList(1, lines.size());
                return complete.subList(Math.max(0, complete.size() - count), complete.size());
            }
        }
    }

    /** As {@link LineCursor} does: a carriage return by itself, as progress bars write it, ends no line. */
    private static List<String> split(String text) {
        return text.isEmpty() ? List.of() : List.of(text.split("\r?\n"));
    }

    private static byte[] lastBytes(Path file, long count) {
        // Not a channel: that one closes itself when the reading thread is interrupted.
        try (RandomAccessFile log = new RandomAccessFile(file.toFile(), "r")) {
            long size = log.length();
            long length = Math.min(count, size);
            if (length > Integer.MAX_VALUE - 8) {
                throw new ProcessionException("The log " + file + " has " + length
                        + " bytes, too many for a string; read the file itself, or use tail");
            }
            log.seek(size - length);
            byte[] bytes = new byte[(int) length];
            int read = 0;
            // Until all is there, or the file was cut short meanwhile.
            for (int more = 0; read < length && more >= 0; more = log.read(bytes, read, bytes.length - read)) {
                read += more;
            }
            return Arrays.copyOf(bytes, read);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read the log " + file, e);
        }
    }

    /** The first line so far that contains a match, an unterminated last one included. */
    public Optional<LogMatch> find(Pattern pattern) {
        return lines().stream()
                .filter(line -> pattern.matcher(line).find())
                .findFirst()
                .map(line -> new LogMatch(pattern, line));
    }

    /**
     * Waits for a line that contains a match, starting with the first byte of this run: a line that was written before
     * the call counts.
     *
     * @param regex found anywhere in a line
     * @param timeout 0 is one look
     * @return the first such line
     * @throws WaitTimeoutException if there was none in time, or at once if the process has ended without one; it shows
     *     the last lines
     */
    public LogMatch await(String regex, Duration timeout) {
        long start = System.nanoTime();
        Thread waiter = Thread.currentThread();
        try (LineMatcher matcher = new LineMatcher(this, Pattern.compile(regex), () -> LockSupport.unpark(waiter))) {
            exit.whenComplete((status, failure) -> LockSupport.unpark(waiter));
            while (true) {
                // The exit is looked at first: what was written before it is then read in any case.
                boolean ended = exit.isDone();
                if (matcher.count(ended) > 0) {
                    return matcher.first();
                }
                long left = Durations.nanos(timeout) - (System.nanoTime() - start);
                if (ended || left <= 0) {
                    throw noMatch(regex, timeout, ended);
                }
                if (Thread.currentThread().isInterrupted()) {
                    throw new ProcessionException(secrets.mask(
                            "Interrupted while waiting for /" + regex + "/ in the log of '" + process + "'"));
                }
                LockSupport.parkNanos(this, Math.min(left, PROMPT.toNanos()));
            }
        }
    }

    private WaitTimeoutException noMatch(String regex, Duration timeout, boolean ended) {
        StringBuilder message = new StringBuilder("'" + process + "' ");
        message.append(
                ended
                        ? "ended (" + exit.join() + ") without a line matching /" + regex + "/"
                        : "wrote no line matching /" + regex + "/ within " + Durations.describe(timeout));
        for (Path file : files) {
            message.append("\n  last lines of ").append(file);
            tail(file, 10).forEach(line -> message.append("\n    ").append(line));
        }
        return new WaitTimeoutException(secrets.mask(message.toString()));
    }

    FileWatch watch() {
        return watch;
    }
}
