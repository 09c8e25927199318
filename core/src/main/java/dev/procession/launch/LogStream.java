package dev.procession.launch;

/** Where a process has written something. */
public enum LogStream {
    /** Standard output, and standard error if that goes into the same file. */
    STDOUT,
    /** Standard error. */
    STDERR
}
