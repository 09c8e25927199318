package dev.procession.launch;

/** Is given what a process writes, line by line; see {@link ProcessLog#follow}. */
@FunctionalInterface
public interface LineListener {

    /**
     * A line is complete, or will get no end any more.
     *
     * <p>It may block: that holds up nothing but its own next line. What it throws is logged, and the next line comes all the
     * same.
     */
    void onLine(LogLine line);
}
