package dev.procession.os;

import dev.procession.process.ExitStatus;
import dev.procession.process.ProcessId;
import dev.procession.process.Signal;
import java.util.concurrent.CompletableFuture;

/**
 * A process that we spawned. Thread safe.
 *
 * <p>Its exit is published before it is reaped. Between the two its pid, and with it the id of the session and group it
 * leads, cannot be given to anybody else: the time to clean up after it.
 */
public interface Child {

    ProcessId id();

    /** Whether it leads a session and a group of its own, whose ids are its pid. */
    boolean leadsSession();

    /**
     * Completes once, with the status, when the process has ended. Completion runs on a thread that serves every
     * process: what depends on it must be handed to another one if it can block.
     */
    CompletableFuture<ExitStatus> exit();

    /**
     * Sends a signal to the child itself, without a look at its identity: until it is reaped, nobody else can be it.
     *
     * @return false if it has ended
     */
    boolean signal(Signal signal);

    /**
     * Sends a signal to every member of the group it leads. Only while the group's id is certainly still ours, which is
     * until {@link #reap()}.
     *
     * @return false if nothing was sent: it leads no group, or it has been reaped
     */
    boolean signalGroup(Signal signal);

    /** Whether all that it and its heirs have written until now is in its logs; it is at once where they write there. */
    default boolean isDrained() {
        return true;
    }

    /** Gives the pid back to the system. Does nothing before the exit and after the first call. */
    void reap();

    /**
     * Ends it without asking, with whatever it has started in its group, and gives the pid back when it has ended. What has
     * left its group is somebody else's to find, by its cookie.
     */
    default void discard() {
        signalGroup(Signal.KILL);
        signal(Signal.KILL);
        exit().thenRun(this::reap);
    }
}
