package dev.procession.supervise;

/** The state of a supervised process, in supervisord's words. */
public enum ProcessState {
    /** Not started yet, or stopped on request. */
    STOPPED,
    /** Started, not ready yet. */
    STARTING,
    /** Ready. */
    RUNNING,
    /** Being stopped on request. */
    STOPPING,
    /** Ended by itself. */
    EXITED,
    /** Could not be started, or did not become ready. */
    FATAL
}
