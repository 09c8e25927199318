package dev.procession.launch;

import dev.procession.process.ExitStatus;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * Shows what a process writes on the console, each line as {@code [name] line}, as procmon's log does, without the secrets
 * that it was given. A console that blocks holds up nothing but this. Thread safe.
 */
public final class ConsoleLog implements AutoCloseable {

    private final LineFollower follower;

    private ConsoleLog(LineFollower follower) {
        this.follower = follower;
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
        ConsoleLog console =
                new ConsoleLog(log.follow(line -> System.out.println(prefix + secrets.mask(line.text())), work));
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
}
