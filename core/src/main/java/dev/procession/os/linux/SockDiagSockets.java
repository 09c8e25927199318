package dev.procession.os.linux;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import dev.procession.os.Sockets;
import dev.procession.process.ProcessionException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Listeners asked of the kernel by sock_diag, in some tens of microseconds. Its own sockets are closed on exec, so that no
 * program ever runs with a copy of them.
 */
public final class SockDiagSockets implements Sockets {

    static final int AF_INET = 2;
    static final int AF_INET6 = 10;
    private static final int IPPROTO_TCP = 6;
    private static final int SOCK_STREAM_CLOEXEC = 1 | SockDiag.SOCK_CLOEXEC;
    private static final int IPPROTO_IPV6 = 41;
    private static final int IPV6_V6ONLY = 26;
    private static final int EACCES = 13;
    private static final int EAFNOSUPPORT = 97;
    private static final int EADDRINUSE = 98;
    private static final int REQUEST = 72;

    SockDiagSockets() {
        listeners();
        canBind(0);
    }

    private static int setsockopt(int fd, int level, int option, int[] value, int size) {
        return Libc.callInt("setsockopt", fd, level, option, value, size);
    }

    private static int bind(int fd, byte[] address, int size) {
        return Libc.callInt("bind", fd, address, size);
    }

    @Override
    public List<PathListener> listeners(Path path) {
        return UnixSockets.listeners(path);
    }

    @Override
    public Optional<Caller> whoListens(Path path) {
        return UnixSockets.whoListens(path);
    }

    @Override
    public boolean seesListeners() {
        return true;
    }

    @Override
    public List<Listener> listeners() {
        List<Listener> found = new ArrayList<>();
        int error = dump(AF_INET, found);
        if (error != 0) {
            throw new ProcessionException("sock_diag answered: " + Libc.describe(error));
        }
        // A kernel without IPv6 refuses that family; then nobody listens there.
        dump(AF_INET6, found);
        return found;
    }

    private static int dump(int family, List<Listener> found) {
        return SockDiag.dump(
                REQUEST,
                request -> {
                    request.setByte(SockDiag.HEADER, (byte) family);
                    request.setByte(SockDiag.HEADER + 1, (byte) IPPROTO_TCP);
                    request.setInt(SockDiag.HEADER + 4, 1 << SockDiag.LISTEN);
                },
                (buffer, at, end) -> found.add(listener(buffer, at, family)));
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
        return SockDiag.socket(family, SOCK_STREAM_CLOEXEC, 0);
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
}
