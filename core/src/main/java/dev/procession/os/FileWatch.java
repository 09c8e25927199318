package dev.procession.os;

import java.nio.file.Path;

/** Notices that a file was written to. Thread safe. */
public interface FileWatch {

    /**
     * Calls back after the file was modified, on a shared thread: the callback must not block. Several writes may make
     * one call; a call may come without a write.
     *
     * @return ends the watch
     */
    Registration onChange(Path file, Runnable callback);

    /** A watch that can be ended. */
    interface Registration extends AutoCloseable {
        @Override
        void close();
    }
}
