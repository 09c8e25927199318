package dev.procession.os.linux;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import dev.procession.os.Sockets;
import dev.procession.process.ProcessionException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Listeners asked of the kernel by sock_diag, in some tens of microseconds. Its own sockets are closed on exec, so that no
 * program ever runs with a copy of them.
 */
public final class SockDiagSockets implements Sockets {

    static final int AF_INET = 2;
    static final int AF_INET6 = 10;
    private static final int AF_NETLINK = 16;
    private static final int SOCK_RAW_CLOEXEC = 3 | 0x80000;
    private static final int NETLINK_SOCK_DIAG = 4;
    private static final int SOCK_DIAG_BY_FAMILY = 20;
    private static final int REQUEST_AND_DUMP = 0x301;
    private static final int IPPROTO_TCP = 6;
    private static final int TCP_LISTEN = 10;
    private static final int NLMSG_ERROR = 2;
    private static final int NLMSG_DONE = 3;
    private static final int SOCK_STREAM_CLOEXEC = 1 | 0x80000;
    private static final int IPPROTO_IPV6 = 41;
    private static final int IPV6_V6ONLY = 26;
    private static final int EACCES = 13;
    private static final int EAFNOSUPPORT = 97;
    private static final int EADDRINUSE = 98;
    private static final int HEADER = 16;
    private static final int REQUEST = 72;

    static {
        Native.register(SockDiagSockets.class, Libc.library());
    }

    SockDiagSockets() {
        listeners();
        canBind(0);
    }

    private static native int socket(int domain, int type, int protocol);

    private static native int setsockopt(int fd, int level, int option, int[] value, int size);

    private static native int bind(int fd, byte[] address, int size);

    private static native long send(int fd, long buffer, long size, int flags);

    private static native long recv(int fd, long buffer, long size, int flags);

    @Override
    public List<Long> listeners(Path path) {
        return ProcNetUnix.listeners(path);
    }

    @Override
    public boolean seesListeners() {
        return true;
    }

    @Override
    public List<Listener> listeners() {
        int fd = socket(AF_NETLINK, SOCK_RAW_CLOEXEC, NETLINK_SOCK_DIAG);
        if (fd < 0) {
            throw failed();
        }
        try (Memory buffer = new Memory(32 * 1024)) {
            List<Listener> found = new ArrayList<>();
            dump(fd, AF_INET, buffer, found);
            dump(fd, AF_INET6, buffer, found);
            return found;
        } finally {
            Libc.close(fd);
        }
    }

    private static void dump(int fd, int family, Memory buffer, List<Listener> found) {
        buffer.clear(REQUEST);
        buffer.setInt(0, REQUEST);
        buffer.setShort(4, (short) SOCK_DIAG_BY_FAMILY);
        buffer.setShort(6, (short) REQUEST_AND_DUMP);
        buffer.setByte(HEADER, (byte) family);
        buffer.setByte(HEADER + 1, (byte) IPPROTO_TCP);
        buffer.setInt(HEADER + 4, 1 << TCP_LISTEN);
        if (send(fd, Pointer.nativeValue(buffer), REQUEST, 0) < 0) {
            throw failed();
        }
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
                    return;
                }
                if (type == NLMSG_ERROR && family == AF_INET6) {
                    // A kernel without IPv6 refuses that family; then nobody listens there.
                    return;
                }
                if (type == NLMSG_ERROR) {
                    throw new ProcessionException("sock_diag answered: " + Libc.describe(-buffer.getInt(at + HEADER)));
                }
                found.add(listener(buffer, at + HEADER, family));
            }
        }
    }

    private static Listener listener(Memory buffer, long message, int family) {
        int port = (buffer.getByte(message + 4) & 0xff) << 8 | (buffer.getByte(message + 5) & 0xff);
        byte[] address = buffer.getByteArray(message + 8, family == AF_INET ? 4 : 16);
        try {
            return new Listener(
                    InetAddress.getByAddress(address),
                    port,
                    buffer.getInt(message + 68) & 0xffffffffL,
                    buffer.getInt(message + 64) & 0xffffffffL);
        } catch (UnknownHostException e) {
            throw new ProcessionException("The kernel gave an address of " + address.length + " bytes", e);
        }
    }

    @Override
    public boolean canBind(int port) {
        int fd = tcpSocket(AF_INET6);
        // A kernel without IPv6 has no such sockets; then there is nothing but IPv4 to be bound.
        return fd < 0 && Native.getLastError() == EAFNOSUPPORT
                ? canBind(tcpSocket(AF_INET), AF_INET, port)
                : canBind(fd, AF_INET6, port);
    }

    static int tcpSocket(int family) {
        return socket(family, SOCK_STREAM_CLOEXEC, 0);
    }

    /** Closes the socket. */
    static boolean canBind(int fd, int family, int port) {
        if (fd < 0) {
            throw cannotTry(port);
        }
        try {
            // A setting of the machine can make IPv6 sockets leave IPv4 alone.
            if (family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, new int[] {0}, Integer.BYTES) != 0) {
                throw cannotTry(port);
            }
            byte[] address = anyAddress(family, port);
            if (bind(fd, address, address.length) == 0) {
                return true;
            }
            int error = Native.getLastError();
            if (error == EADDRINUSE || error == EACCES) {
                return false;
            }
            throw cannotTry(port);
        } finally {
            Libc.close(fd);
        }
    }

    /** A sockaddr_in or sockaddr_in6, in which all that follows the port is zero. */
    private static byte[] anyAddress(int family, int port) {
        return ByteBuffer.allocate(family == AF_INET ? 16 : 28)
                .order(ByteOrder.nativeOrder())
                .putShort((short) family)
                .order(ByteOrder.BIG_ENDIAN)
                .putShort((short) port)
                .array();
    }

    private static ProcessionException cannotTry(int port) {
        return new ProcessionException(
                "Cannot try whether port " + port + " is free: " + Libc.describe(Native.getLastError()));
    }

    private static ProcessionException failed() {
        return new ProcessionException("sock_diag failed: " + Libc.describe(Native.getLastError()));
    }
}
