package dev.procession.launch;

import java.io.IOException;
import java.nio.file.Path;

/** Where a path leads that need not be there yet. */
public final class RealPath {

    private RealPath() {}

    /**
     * As the kernel will name it to those who ask where a process works: without links and detours. What of it is missing
     * stays as it is written.
     *
     * @param path absolute
     */
    public static Path of(Path path) {
        for (Path there = path; there != null; there = there.getParent()) {
            try {
                return there.toRealPath().resolve(there.relativize(path)).normalize();
            } catch (IOException e) {
                // What stands above it may be there.
            }
        }
        return path;
    }
}
