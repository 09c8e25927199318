package dev.procession.supervise;

/** What a JVM is doing when it is killed. */
enum Moment {
    /** It loads what it needs for the first start of all. */
    FIRST_START(600),
    /** It starts one process after the other. */
    SPAWN(60),
    /** It waits for what never becomes ready. */
    READINESS(150),
    /** It stops all, starts them again, and so on. */
    STOP(200),
    /** What it starts ends, and is started again. */
    BACKOFF(300),
    /** It ends in an orderly way. */
    EXIT(150);

    /** How long after it has begun with that the last of them are killed. */
    private final int longestMillis;

    Moment(int longestMillis) {
        this.longestMillis = longestMillis;
    }

    int longestMillis() {
        return longestMillis;
    }

    /** Whether it waits until what it has started is ready. */
    boolean awaitsReadiness() {
        return this == STOP || this == EXIT;
    }
}
