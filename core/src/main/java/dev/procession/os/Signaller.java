package dev.procession.os;

import dev.procession.process.ProcessId;
import dev.procession.process.Signal;

/** Sends signals to processes by identity, never to a bare pid. Thread safe. */
public interface Signaller {

    /**
     * Sends a signal to exactly this process.
     *
     * @return true if it was sent; false if that process has gone, whoever has its pid now, or may not be signalled by us
     * @throws IllegalArgumentException for pids up to 1 and for this JVM itself
     */
    boolean send(ProcessId id, Signal signal);
}
