package dev.procession.os;

import dev.procession.process.ProcessId;
import dev.procession.process.Signal;

/** Sends signals to processes by identity, never to a bare pid. Thread safe. */
public interface Signaller {

    /**
     * Sends a signal to exactly this process.
     *
     * @return true if it was sent; false if that process has gone, whoever has its pid now, or may not be signalled by us
     * @throws IllegalArgumentException for init, for this JVM itself and for whoever has started it
     */
    boolean send(ProcessId id, Signal signal);
}
