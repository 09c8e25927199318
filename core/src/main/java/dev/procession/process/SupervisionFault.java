package dev.procession.process;

/** Why supervision could not do as it was told, in supervisord's words, with its codes. */
public enum SupervisionFault {
    /** The supervisor is shutting down, or is closed. */
    SHUTDOWN_STATE(6),
    /** Nobody has that name. */
    BAD_NAME(10),
    /** The program is not there, or a file that was asked for. */
    NO_FILE(20),
    /** The program is there, but nobody, or not this user, may execute it. */
    NOT_EXECUTABLE(21),
    /** It failed for another reason than the others here. */
    FAILED(30),
    /** It was started, but was made to end before it was running. */
    ABNORMAL_TERMINATION(40),
    /** It could not be spawned, or ended before it was running. */
    SPAWN_ERROR(50),
    /** It runs, or is about to. */
    ALREADY_STARTED(60),
    /** It does not run. */
    NOT_RUNNING(70),
    /** None: it was done. */
    SUCCESS(80),
    /** The name is taken. */
    ALREADY_ADDED(90),
    /** It cannot be removed, since it runs. */
    STILL_RUNNING(91);

    private final int code;

    SupervisionFault(int code) {
        this.code = code;
    }

    /** The number that supervisord's clients know. */
    public int code() {
        return code;
    }
}
