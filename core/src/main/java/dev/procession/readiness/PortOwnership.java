package dev.procession.readiness;

import java.util.Optional;

/** Tells whose listeners a probe has reached. */
@FunctionalInterface
public interface PortOwnership {

    /**
     * The owner of a listener on a port of this machine that is certainly not ours.
     *
     * @return who it is, with pid and command, for messages; empty if all are ours, or nobody can tell
     */
    Optional<String> stranger(int port);
}
