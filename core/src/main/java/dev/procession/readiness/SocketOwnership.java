package dev.procession.readiness;

import java.nio.file.Path;
import java.util.Optional;

/** Tells whose sockets in the file system a probe has reached. Thread safe. */
@FunctionalInterface
public interface SocketOwnership {

    /**
     * What speaks against taking the listener at a path for ours.
     *
     * @return who listens there and is not one of us; empty if nothing speaks against it
     */
    Optional<Objection> objection(Path socket);
}
