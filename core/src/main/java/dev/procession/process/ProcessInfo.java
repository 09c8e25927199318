package dev.procession.process;

/**
 * One row of the process table at one moment.
 *
 * <p>Immutable and thread safe.
 *
 * @param id who it is
 * @param name the name the kernel keeps, at most 15 bytes of the program's file name unless the process changed it
 * @param state what it was doing
 * @param parentPid the parent's pid, 0 where there is none; an orphan's parent is init or the nearest subreaper
 * @param group the process group id, 0 where the platform has none
 * @param session the session id, 0 where the platform has none
 * @param hasTerminal whether it has a controlling terminal
 * @param threads the number of threads, at least 1
 */
public record ProcessInfo(
        ProcessId id,
        String name,
        RunState state,
        long parentPid,
        long group,
        long session,
        boolean hasTerminal,
        int threads) {

    /** The pid alone, for places where the row itself proves the identity. */
    public long pid() {
        return id.pid();
    }

    /**
     * Whether the process has ended. A zombie has, unless other threads of it live on: a program whose first thread
     * ended early shows as a zombie while it still works.
     */
    public boolean isDead() {
        return state == RunState.DEAD || (state == RunState.ZOMBIE && threads <= 1);
    }
}
