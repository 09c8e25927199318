package dev.procession.launch;

import dev.procession.process.ExitStatus;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.stream.Collectors;

/**
 * Shows what a process writes on the console, each line as {@code [name] line}, as procmon's log does, without the secrets
 * that it was given. A console that blocks holds up nothing but this. Thread safe.
 */
public final class ConsoleLog implements AutoCloseable {

    private static final Logger LOG = System.getLogger("dev.procession");

    private final LineFollower follower;
    private final String name;
    private final List<Path> files;

    private ConsoleLog(LineFollower follower, String name, List<Path> files) {
        this.follower = follower;
        this.name = name;
        this.files = List.copyOf(files);
    }

    /**
     * Begins. It goes on over restarts, until it is closed.
     *
     * @param exit the end of the run that is there now; {@link #ended} tells of those of later ones
     * @param work its own: whatever else ran there would wait for the console too
     */
    public static ConsoleLog follow(
            String name, ProcessLog log, Secrets secrets, CompletableFuture<ExitStatus> exit, Executor work) {
        String prefix = "[" + name + "] ";
        // Asked for each time: whoever captures the output of tests replaces it.
        LineFollower follower = log.follow(line -> System.out.println(prefix + secrets.mask(line.text())), work);
        ConsoleLog console = new ConsoleLog(follower, name, log.files());
        exit.whenComplete((status, failure) -> console.ended());
        return console;
    }

    /** A run has ended: its last line is shown even without an end. */
    public void ended() {
        follower.ended();
    }

    /**
     * Shows what was written until now, and then no more. Does not wait for that; but when it returns, it has been ordered,
     * whoever was the first to call. Idempotent.
     */
    @Override
    public void close() {
        follower.close();
    }

    /** How many lines the console has taken. */
    public long lines() {
        return follower.given();
    }

    /** Whether nothing more is read or shown, since all is, or it was given up. */
    public boolean isOver() {
        return follower.isOver();
    }

    /**
     * Gives up what was not shown until now: it is not even read any more, and the log says so, as soon as the console takes
     * anything. Does nothing if all was shown. To be called after {@link #close}.
     */
    public void abandon() {
        // By the thread that waits for the console: the log may go there, too.
        follower.abandon(() -> LOG.log(
                Level.WARNING,
                "'" + name + "': the console has not taken its last lines in time; they are in "
                        + files.stream().map(Path::toString).collect(Collectors.joining(" and "))));
    }
}
