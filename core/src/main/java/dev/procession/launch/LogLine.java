package dev.procession.launch;

/**
 * One line that a process has written. Immutable and thread safe.
 *
 * @param process its name
 * @param stream where it was written
 * @param text the line without its end, exactly as it was written: with the secrets in it; bytes that are no UTF-8 are the
 *     replacement character
 */
public record LogLine(String process, LogStream stream, String text) {

    /** {@code [name] line}, as procmon's log has it. */
    @Override
    public String toString() {
        return "[" + process + "] " + text;
    }
}
