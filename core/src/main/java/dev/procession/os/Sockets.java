package dev.procession.os;

import java.net.InetAddress;
import java.util.List;

/** Who listens where. Thread safe. */
public interface Sockets {

    /** The TCP sockets that listen on a port, on any address. */
    List<Listener> listeners(int port);

    /** Whether {@link #listeners} can see anything at all on this platform. */
    boolean seesListeners();

    /**
     * A listening TCP socket.
     *
     * @param address where it listens; the wildcard address for all
     * @param port its port
     * @param inode the kernel's number for the socket, as seen in {@code /proc/PID/fd}
     * @param userId the user who opened it
     */
    record Listener(InetAddress address, int port, long inode, long userId) {}
}
