package dev.procession.os;

import dev.procession.process.ProcessId;
import java.util.concurrent.CompletableFuture;

/** Notices the end of any process, a child of ours or not. Thread safe. */
public interface DeathWatch {

    /**
     * Completes when exactly this process is dead, at once if it is already. A zombie is dead. Cancelling the future ends
     * the watch.
     */
    CompletableFuture<Void> death(ProcessId id);
}
