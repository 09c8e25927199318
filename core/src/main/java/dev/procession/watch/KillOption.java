package dev.procession.watch;

/** What else a kill by pidfile does. */
public enum KillOption {
    /** Sends KILL in place of TERM. */
    FORCE,
    /** Removes the files, also those of processes that could not be signalled. */
    REMOVE_FILE
}
