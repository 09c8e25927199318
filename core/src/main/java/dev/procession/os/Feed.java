package dev.procession.os;

/** The writing end of a child's standard input. Thread safe. */
public interface Feed extends AutoCloseable {

    /**
     * Writes without waiting for the reader.
     *
     * @return false if not all could be written: the reader has gone, or has not read for a long time
     */
    boolean write(byte[] bytes);

    /** The reader gets to the end of its input. Idempotent. */
    @Override
    void close();
}
