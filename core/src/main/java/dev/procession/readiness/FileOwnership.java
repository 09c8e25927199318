package dev.procession.readiness;

import java.nio.file.Path;
import java.util.Optional;

/** Tells who is writing the files that a probe looks at. Thread safe. */
@FunctionalInterface
public interface FileOwnership {

    /**
     * What speaks against taking a change of a file for ours: somebody else has it open for writing, and none of us. Who
     * has written it and closed it again nobody can tell.
     *
     * @return who writes it and is not one of us, for messages; empty if nothing speaks against it
     */
    Optional<String> otherWriter(Path file);
}
