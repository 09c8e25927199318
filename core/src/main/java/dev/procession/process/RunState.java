package dev.procession.process;

/** What the kernel says a process is doing, from the state letter in {@code /proc/PID/stat}. */
public enum RunState {
    /** Running, runnable, or in a sleep that a signal ends. */
    ALIVE,
    /** In a sleep that no signal ends, not even KILL, until the kernel returns from it. */
    UNINTERRUPTIBLE,
    /** Stopped by a signal or a debugger; a TERM sent to it waits until it is continued. */
    STOPPED,
    /** Ended, but not yet collected by its parent. */
    ZOMBIE,
    /** Ended and being removed. */
    DEAD;

    /**
     * The state for a letter of {@code /proc/PID/stat}.
     *
     * @param letter such as {@code S}; letters this version does not know count as alive
     * @return the state, never null
     */
    public static RunState of(char letter) {
        return switch (letter) {
            case 'D' -> UNINTERRUPTIBLE;
            case 'T', 't' -> STOPPED;
            case 'Z' -> ZOMBIE;
            case 'X', 'x' -> DEAD;
            default -> ALIVE;
        };
    }
}
