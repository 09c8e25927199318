package dev.procession.supervise;

/** The state of a supervisor, in supervisord's words, with its codes. */
public enum SupervisorState {
    /** Nothing is supervised: it is not open yet, or was closed. Supervisord's clients only know {@code SHUTDOWN} for it. */
    STOPPED(-1),
    /** It ends its processes and will start none. */
    SHUTDOWN(-1),
    /** It ends its processes, and will start anew. */
    RESTARTING(0),
    /** It does its work. */
    RUNNING(1),
    /** It cannot go on. */
    FATAL(2);

    private final int code;

    SupervisorState(int code) {
        this.code = code;
    }

    /** The number that supervisord's clients know. */
    public int code() {
        return code;
    }
}
