package dev.procession.os.linux;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** The few calls of libc that more than one capability needs, and what they share. */
final class Libc {

    static final int EINTR = 4;
    static final int EAGAIN = 11;
    static final int EMFILE = 24;
    static final int ENFILE = 23;

    static final int P_PIDFD = 3;
    static final int WNOHANG = 1;
    static final int WEXITED = 4;
    static final int WNOWAIT = 0x1000000;

    static final int O_RDONLY = 0;
    static final int O_WRONLY = 1;
    static final int O_APPEND = 0x400;
    static final int O_NONBLOCK = 0x800;
    static final int O_CLOEXEC = 0x80000;

    /** The numbers of these two differ between machines. */
    private static final boolean IS_ARM = System.getProperty("os.arch", "").equals("aarch64");

    static final int O_DIRECTORY = IS_ARM ? 0x4000 : 0x10000;
    static final int O_NOFOLLOW = IS_ARM ? 0x8000 : 0x20000;

    static {
        if (Native.POINTER_SIZE != 8) {
            throw new UnsatisfiedLinkError("only 64-bit Linux is served natively");
        }
        Native.register(Libc.class, library());
    }

    private Libc() {}

    static NativeLibrary library() {
        return NativeLibrary.getInstance("c", Map.of());
    }

    static native int close(int fd);

    private static native int kill(int pid, int signal);

    private static native int getpgrp();

    /**
     * Signals a group whose id is certainly still that of a child of ours.
     *
     * @throws IllegalArgumentException for our own group, and for what to kill(2) is no group but everybody
     */
    static int killGroup(long group, int signal) {
        if (group <= 1 || group == getpgrp()) {
            throw new IllegalArgumentException("Expected the group of a child, but was " + group);
        }
        return kill((int) -group, signal);
    }

    static native int waitid(int idType, int id, long info, int options);

    static native long read(int fd, long buffer, long size);

    static native long write(int fd, long buffer, long size);

    private static native long syscall(long number, long a, long b, long c, long d);

    private static native String strerror(int errno);

    /** A descriptor for a process, closed on exec; -1 and errno on failure. Older glibc has no function for it. */
    static int pidfdOpen(long pid) {
        return (int) syscall(434, pid, 0, 0, 0);
    }

    static int pidfdSendSignal(int pidfd, int signal) {
        return (int) syscall(424, pidfd, signal, 0, 0);
    }

    /** What an error number means, for messages. */
    static String describe(int errno) {
        String text = strerror(errno) + " (errno " + errno + ")";
        return errno == EMFILE || errno == ENFILE
                ? text + ": no file descriptor is left; raise 'ulimit -n' or close what is not needed"
                : text;
    }

    /** A string as C wants it: UTF-8, whatever the JVM's locale, and a NUL. */
    static byte[] cString(String text) {
        return (text + '\0').getBytes(StandardCharsets.UTF_8);
    }
}
