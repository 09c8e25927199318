package dev.procession.launch;

import dev.procession.os.FileWatch.Registration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * Counts the lines of a log that match, as they come. For one thread, apart from the wake-up.
 */
public final class LineMatcher implements AutoCloseable {

    private final Pattern pattern;
    private final List<Stream> streams = new ArrayList<>();
    private final List<Registration> registrations = new ArrayList<>();
    private final AtomicBoolean changed = new AtomicBoolean(true);
    private final List<String> matching = new ArrayList<>();
    private int count;
    private String lastLine = "";

    /**
     * @param wakeUp called on a shared thread when a look is worth while; must not block
     */
    public LineMatcher(ProcessLog log, Pattern pattern, Runnable wakeUp) {
        this.pattern = pattern;
        log.parts().forEach(part -> {
            streams.add(new Stream(part.cursor()));
            registrations.add(log.watch().onChange(part.file().path(), () -> {
                changed.set(true);
                wakeUp.run();
            }));
        });
    }

    /**
     * How many lines match so far.
     *
     * @param ended whether nothing more will come: an unterminated last line then counts at once
     */
    public int count(boolean ended) {
        if (changed.getAndSet(false) || ended) {
            streams.forEach(stream -> stream.read(this::take));
        }
        int prompts = 0;
        for (Stream stream : streams) {
            if (stream.promptMatches(ended)) {
                prompts++;
            }
        }
        return count + prompts;
    }

    /** The first line that matched; only after a count above 0. */
    public LogMatch first() {
        return new LogMatch(
                pattern,
                matching.isEmpty()
                        ? streams.stream()
                                .map(stream -> stream.cursor.unterminated())
                                .filter(line -> pattern.matcher(line).find())
                                .findFirst()
                                .orElseThrow()
                        : matching.get(0));
    }

    /** The last complete line seen, for messages; empty before the first. */
    public String lastLine() {
        return lastLine;
    }

    private void take(String line) {
        lastLine = line;
        if (pattern.matcher(line).find()) {
            count++;
            if (matching.isEmpty()) {
                matching.add(line);
            }
        }
    }

    @Override
    public void close() {
        registrations.forEach(Registration::close);
    }

    private final class Stream {
        private final LineCursor cursor;
        private long quietSince = System.nanoTime();

        Stream(LineCursor cursor) {
            this.cursor = cursor;
        }

        void read(Consumer<String> lines) {
            if (cursor.readLines(lines)) {
                quietSince = System.nanoTime();
            }
        }

        boolean promptMatches(boolean ended) {
            return (ended || System.nanoTime() - quietSince >= ProcessLog.PROMPT.toNanos())
                    && !cursor.unterminated().isEmpty()
                    && pattern.matcher(cursor.unterminated()).find();
        }
    }
}
