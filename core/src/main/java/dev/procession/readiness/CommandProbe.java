package dev.procession.readiness;

import dev.procession.launch.CommandText;
import dev.procession.launch.FileRemedy;
import dev.procession.os.Child;
import dev.procession.os.OwnFile;
import dev.procession.os.SpawnException;
import dev.procession.os.SpawnRequest;
import dev.procession.os.Spawner;
import dev.procession.process.Durations;
import dev.procession.process.ExitStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A command exits with code 0. It is run again and again, one at a time, until it does. */
final class CommandProbe implements ReadinessProbe {

    /** A try that hangs says nothing; another may. */
    private static final Duration LONGEST_TRY = Duration.ofSeconds(10);

    private static final long PAUSE_MILLIS = 100;
    private static final int LONGEST_OUTPUT = 64 * 1024;

    private final SpawnRequest request;
    private final List<String> words;
    private final Spawner spawner;
    private final Runnable wakeUp;
    private final Duration longestTry;
    private @Nullable Child child;
    private long startedAt;
    private long tries;

    /** How the last try ended: while the next is under way, that says more than that it is. */
    private String last = "still running";

    /**
     * @param words the command as messages show it
     * @param wakeUp called when a try has ended
     */
    CommandProbe(SpawnRequest request, List<String> words, Spawner spawner, Runnable wakeUp) {
        this(request, words, spawner, wakeUp, LONGEST_TRY);
    }

    /** @param longestTry after which a try is killed */
    CommandProbe(SpawnRequest request, List<String> words, Spawner spawner, Runnable wakeUp, Duration longestTry) {
        this.request = request;
        this.words = List.copyOf(words);
        this.spawner = spawner;
        this.wakeUp = wakeUp;
        this.longestTry = longestTry;
    }

    @Override
    public String description() {
        return "command " + CommandText.of(words);
    }

    @Override
    public Answer look() {
        Child current = child;
        if (current == null) {
            return begin();
        }
        ExitStatus status = current.exit().getNow(null);
        if (status == null && System.nanoTime() - startedAt < longestTry.toNanos()) {
            return notYet(0);
        }
        close();
        if (status != null && status.isSuccess()) {
            return new Holds(status.toString());
        }
        last = status == null
                ? "no end within " + Durations.describe(longestTry) + ", so it was killed"
                : status + lastLine();
        return notYet(PAUSE_MILLIS);
    }

    private Answer notYet(long pauseMillis) {
        return new NotYet(last + ", " + tries + (tries == 1 ? " try" : " tries"), pauseMillis);
    }

    private Answer begin() {
        try {
            OwnFile.begin(request.stdout());
            tries++;
            startedAt = System.nanoTime();
            Child started = spawner.spawn(request);
            child = started;
            started.exit().thenRun(wakeUp);
            return notYet(0);
        } catch (SpawnException | IOException e) {
            if (!Files.isRegularFile(request.stdout(), LinkOption.NOFOLLOW_LINKS)) {
                // The process has put something else there, between two of our steps: the next try removes that.
                last = "somebody has taken away its log " + request.stdout();
                return notYet(PAUSE_MILLIS);
            }
            return new Never("its command cannot be run: " + e.getMessage(), FileRemedy.of(e, "mend that"));
        }
    }

    private String lastLine() {
        try {
            String text = OwnFile.tail(request.stdout(), LONGEST_OUTPUT).strip();
            return text.isEmpty() ? "" : " (\"" + text.substring(text.lastIndexOf('\n') + 1) + "\")";
        } catch (IOException e) {
            return "";
        }
    }

    /** Ends a try that is under way, with whatever it has started in its group. */
    @Override
    public void close() {
        Child current = child;
        child = null;
        if (current != null) {
            // It carries the cookie of the process, so that what escaped the group goes with that.
            current.discard();
        }
    }
}
