package dev.procession.supervise;

import dev.procession.process.ExitStatus;
import org.jspecify.annotations.Nullable;

/**
 * How a supervised process stands: all that its next transition depends on, and what its last one told. Immutable. Times
 * are in nanoseconds of one clock, whichever.
 *
 * @param state the state
 * @param tries failed starts in a row, as supervisord's {@code backoff}
 * @param early early deaths in a row, failed starts included
 * @param startedAt when the last run was spawned
 * @param pause how long what is due takes from its beginning: the start seconds, or the pause before the next start; 0 when
 *     nothing is due
 * @param dueAt when something is due without anybody's doing, or {@link #NEVER}; a {@link Event.Due} then changes it
 * @param comesBack whether it will be started as soon as nothing is left of its last run and nothing is due any more
 * @param ready whether its readiness conditions hold
 * @param failing why the present start has failed already, although the process still lives, or null
 * @param gone whether nothing is left of the last run
 * @param closing whether nothing is started any more
 * @param exitStatus how the last run ended; null while it runs, and after a failed start
 * @param expected whether that was a good end
 * @param spawnError what went wrong last, in supervisord's sense, or empty
 */
record Standing(
        ProcessState state,
        int tries,
        int early,
        long startedAt,
        long pause,
        long dueAt,
        boolean comesBack,
        boolean ready,
        @Nullable String failing,
        boolean gone,
        boolean closing,
        @Nullable ExitStatus exitStatus,
        boolean expected,
        String spawnError) {

    /** Not by itself. */
    static final long NEVER = Long.MAX_VALUE;

    /** Never started. */
    static final Standing NEW =
            new Standing(ProcessState.STOPPED, 0, 0, 0, 0, NEVER, false, false, null, true, false, null, false, "");

    /** In a few words: {@code EXITED (exit code 1)}, {@code BACKOFF (could not be spawned)}. */
    String describe() {
        if (!spawnError.isEmpty()) {
            return state + " (" + spawnError + ")";
        }
        return exitStatus == null ? state.toString() : state + " (" + exitStatus + ")";
    }
}
