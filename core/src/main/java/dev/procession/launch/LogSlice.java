package dev.procession.launch;

import java.nio.charset.StandardCharsets;

/** Some bytes of a log, and where to go on. Immutable and thread safe. */
public final class LogSlice {

    private final byte[] bytes;
    private final long next;
    private final boolean overflow;

    LogSlice(byte[] bytes, long next, boolean overflow) {
        this.bytes = bytes;
        this.next = next;
        this.overflow = overflow;
    }

    /** The bytes, exactly as they were written. */
    public byte[] bytes() {
        return bytes.clone();
    }

    /** The bytes as UTF-8; what is none, such as half a character at an edge, becomes the replacement character. */
    public String text() {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** The position after the last byte: where the next look begins. */
    public long next() {
        return next;
    }

    /** Whether bytes before these were left out: there are more than were asked for, or they have been rotated away. */
    public boolean overflow() {
        return overflow;
    }
}
