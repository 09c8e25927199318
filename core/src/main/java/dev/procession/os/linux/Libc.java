package dev.procession.os.linux;

import com.sun.jna.Function;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The few calls of libc that more than one capability needs, and what they share.
 *
 * <p>Functions are called by name, and not by native methods: to a class that has those, JNA holds a reference for the rest
 * of the JVM, and so to its class loader.
 */
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

    private static final Map<String, Function> FUNCTIONS = new ConcurrentHashMap<>();

    static {
        if (Native.POINTER_SIZE != 8) {
            throw new UnsatisfiedLinkError("only 64-bit Linux is served natively");
        }
    }

    private Libc() {}

    private static NativeLibrary library() {
        return NativeLibrary.getInstance("c", Map.of());
    }

    /** The variables of this process, as C has them. */
    static Pointer environ() {
        return library().getGlobalVariableAddress("environ");
    }

    /**
     * Holds no more than its address, which stays, since nobody unloads libc: while somebody holds JNA's object for the
     * library, JNA keeps a thread, and that the class loader which was the first to need it.
     */
    private static Function function(String name) {
        return FUNCTIONS.computeIfAbsent(
                name, wanted -> Function.getFunction(library().getGlobalVariableAddress(wanted)));
    }

    static int callInt(String function, Object... arguments) {
        return function(function).invokeInt(arguments);
    }

    static long callLong(String function, Object... arguments) {
        return function(function).invokeLong(arguments);
    }

    private static String callString(String function, Object... arguments) {
        return function(function).invokeString(arguments, false);
    }

    static int close(int fd) {
        return callInt("close", fd);
    }

    private static int kill(int pid, int signal) {
        return callInt("kill", pid, signal);
    }

    private static int getpgrp() {
        return callInt("getpgrp");
    }

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

    static int waitid(int idType, int id, long info, int options) {
        return callInt("waitid", idType, id, info, options);
    }

    static long read(int fd, long buffer, long size) {
        return callLong("read", fd, buffer, size);
    }

    static long write(int fd, long buffer, long size) {
        return callLong("write", fd, buffer, size);
    }

    private static long syscall(long number, long a, long b, long c, long d) {
        return callLong("syscall", number, a, b, c, d);
    }

    private static String strerror(int errno) {
        return callString("strerror", errno);
    }

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
