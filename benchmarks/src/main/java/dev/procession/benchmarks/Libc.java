package dev.procession.benchmarks;

import com.sun.jna.Native;

/** The plain kill(2), so that the way a death is caused is the same for everybody and costs next to nothing. */
final class Libc {

    private static final int KILL = 9;

    static {
        Native.register(Libc.class, "c");
    }

    private Libc() {}

    private static native int kill(int pid, int signal);

    /**
     * Kills a process that is certainly still there.
     *
     * @return the moment before
     */
    static long killed(long pid) {
        if (pid <= 1) {
            throw new IllegalArgumentException("Expected a child's pid, but was " + pid);
        }
        long before = System.nanoTime();
        if (kill((int) pid, KILL) != 0) {
            throw new IllegalStateException("pid " + pid + " was gone before it was killed");
        }
        return before;
    }
}
