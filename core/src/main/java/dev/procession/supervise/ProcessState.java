package dev.procession.supervise;

/** The state of a supervised process, in supervisord's words, with its codes. */
public enum ProcessState {
    /** Not started yet, or stopped on request. */
    STOPPED(0),
    /** Started, not ready yet, or not yet for as long as it must live to count as running. */
    STARTING(10),
    /** Ready. */
    RUNNING(20),
    /** A start has failed; another will follow. */
    BACKOFF(30),
    /** Being stopped on request. */
    STOPPING(40),
    /** Ended by itself. It may be started again in a moment. */
    EXITED(100),
    /** Could not be started, or did not become ready, too often. */
    FATAL(200),
    /** It could not be ended: whether something of it lives, nobody can tell. */
    UNKNOWN(1000);

    private final int code;

    ProcessState(int code) {
        this.code = code;
    }

    /** The number that supervisord's clients know. */
    public int code() {
        return code;
    }

    /** Whether nothing of it runs, and nothing is to follow by itself: {@code STOPPED EXITED FATAL UNKNOWN}. */
    public boolean isStopped() {
        return this == STOPPED || this == EXITED || this == FATAL || this == UNKNOWN;
    }

    /** Whether it runs or is about to: {@code RUNNING BACKOFF STARTING}. */
    public boolean isRunning() {
        return this == RUNNING || this == BACKOFF || this == STARTING;
    }

    /** Whether there is a process that can be sent a signal: {@code RUNNING STARTING STOPPING}. */
    public boolean isSignallable() {
        return this == RUNNING || this == STARTING || this == STOPPING;
    }
}
