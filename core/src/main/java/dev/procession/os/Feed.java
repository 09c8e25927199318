package dev.procession.os;

import java.time.Duration;

/** The writing end of a child's standard input. Thread safe. */
public interface Feed extends AutoCloseable {

    /**
     * Writes as much as there is room for, without waiting for the reader. Up to 4096 bytes go in one piece or not at all.
     *
     * @param offset the first byte that is to be written
     * @return how many bytes were taken; 0 if there is no room now, negative if the reader has gone or this was closed
     */
    int write(byte[] bytes, int offset);

    /**
     * Waits until what was taken lies where the reader finds it even if this JVM is killed.
     *
     * @return false if that took longer than the patience, or the thread was interrupted, which stays so
     */
    boolean flush(Duration patience);

    /** The reader gets to the end of its input. Idempotent. */
    @Override
    void close();
}
