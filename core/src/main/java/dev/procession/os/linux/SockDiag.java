package dev.procession.os.linux;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import dev.procession.process.ProcessionException;
import java.util.function.Consumer;

/** One question to the kernel about its sockets, and all that it answers. */
final class SockDiag {

    /** Of every message, before what it says. */
    static final int HEADER = 16;

    static final int LISTEN = 10;
    static final int SOCK_CLOEXEC = 0x80000;

    private static final int AF_NETLINK = 16;
    private static final int SOCK_RAW = 3;
    private static final int NETLINK_SOCK_DIAG = 4;
    private static final int SOCK_DIAG_BY_FAMILY = 20;
    private static final int REQUEST_AND_DUMP = 0x301;
    private static final int NLMSG_ERROR = 2;
    private static final int NLMSG_DONE = 3;
    private static final int BUFFER = 32 * 1024;

    private SockDiag() {}

    static int socket(int domain, int type, int protocol) {
        return Libc.callInt("socket", domain, type, protocol);
    }

    private static long send(int fd, long buffer, long size, int flags) {
        return Libc.callLong("send", fd, buffer, size, flags);
    }

    private static long recv(int fd, long buffer, long size, int flags) {
        return Libc.callLong("recv", fd, buffer, size, flags);
    }

    /** One socket in an answer. */
    @FunctionalInterface
    interface Row {

        /**
         * Reads it.
         *
         * @param at where it begins in the buffer
         * @param end where it ends
         */
        void read(Memory buffer, long at, long end);
    }

    /**
     * Asks for all sockets of a kind.
     *
     * @param size of the request, header and all
     * @param request writes what follows its header, into zeros
     * @return the number of the kernel's error; 0 if it has answered
     */
    static int dump(int size, Consumer<Memory> request, Row row) {
        int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
        if (fd < 0) {
            throw failed();
        }
        try (Memory buffer = new Memory(BUFFER)) {
            buffer.clear(size);
            buffer.setInt(0, size);
            buffer.setShort(4, (short) SOCK_DIAG_BY_FAMILY);
            buffer.setShort(6, (short) REQUEST_AND_DUMP);
            request.accept(buffer);
            if (send(fd, Pointer.nativeValue(buffer), size, 0) < 0) {
                throw failed();
            }
            return answers(fd, buffer, row);
        } finally {
            Libc.close(fd);
        }
    }

    private static int answers(int fd, Memory buffer, Row row) {
        while (true) {
            long length = recv(fd, Pointer.nativeValue(buffer), buffer.size(), 0);
            if (length < 0 && Native.getLastError() == Libc.EINTR) {
                continue;
            }
            if (length <= 0) {
                throw failed();
            }
            for (long at = 0; at + HEADER <= length; at += (buffer.getInt(at) + 3) & ~3) {
                int type = buffer.getShort(at + 4);
                if (type == NLMSG_DONE) {
                    return 0;
                }
                if (type == NLMSG_ERROR) {
                    return -buffer.getInt(at + HEADER);
                }
                row.read(buffer, at + HEADER, at + buffer.getInt(at));
            }
        }
    }

    private static ProcessionException failed() {
        return new ProcessionException("sock_diag failed: " + Libc.describe(Native.getLastError()));
    }
}
