package dev.procession.os;

import dev.procession.process.ProcessionException;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Who listens where, and where one could. Thread safe. */
public interface Sockets {

    /** The TCP sockets that listen, on any port and address. */
    List<Listener> listeners();

    /** The TCP sockets that listen on a port, on any address. */
    default List<Listener> listeners(int port) {
        return listeners().stream().filter(listener -> listener.port() == port).toList();
    }

    /** The sockets that listen at what a path of the file system leads to; none where that cannot be known. */
    default List<PathListener> listeners(Path path) {
        return List.of();
    }

    /**
     * Who has made the socket listen that a connection to a path reaches. That it may have handed it on, or have ended, is
     * not told. For that it connects once.
     *
     * @return empty where that is not told, where nobody answers, and where no more connections are queued
     */
    default Optional<Caller> whoListens(Path path) {
        return Optional.empty();
    }

    /** Whether {@link #listeners} can see anything at all on this platform. */
    boolean seesListeners();

    /**
     * Whether a TCP socket could be bound to a port on all addresses of both families right now: nobody has a socket
     * there, and there is no old connection either.
     *
     * <p>For that it binds one. A program that is being started at this moment may have a copy of it and keep the port
     * busy after this has returned: until its exec if the implementation can close on exec, and some milliseconds
     * longer by the sockets of the JDK, as here. A JVM without IPv6 binds IPv4 alone; of the other family it then knows
     * who listens, where that can be seen, but not the old connections.
     *
     * @throws ProcessionException if it cannot be tried
     */
    default boolean canBind(int port) {
        if (!listeners(port).isEmpty()) {
            return false;
        }
        try (ServerSocket socket = new ServerSocket()) {
            // Java switches reuse on by itself, and then the bind may pass beside either.
            socket.setReuseAddress(false);
            socket.bind(new InetSocketAddress(port));
            return true;
        } catch (BindException e) {
            return false;
        } catch (IOException e) {
            throw new ProcessionException("Cannot try whether port " + port + " is free: " + e, e);
        }
    }

    /**
     * Who has made a socket listen.
     *
     * @param pid its pid, which can be another's by now
     * @param userId the user that it was then
     */
    record Caller(long pid, long userId) {}

    /** What listens. */
    sealed interface ListeningSocket {

        /** The kernel's number for the socket, as seen in {@code /proc/PID/fd}. */
        long inode();

        /** The user who opened it. */
        long userId();
    }

    /**
     * A listening socket in the file system.
     *
     * @param inode the kernel's number for the socket, as seen in {@code /proc/PID/fd}
     * @param userId the user who opened it
     */
    record PathListener(long inode, long userId) implements ListeningSocket {}

    /**
     * A listening TCP socket.
     *
     * @param address where it listens; the wildcard address for all
     * @param port its port
     * @param inode the kernel's number for the socket, as seen in {@code /proc/PID/fd}
     * @param userId the user who opened it
     */
    record Listener(InetAddress address, int port, long inode, long userId) implements ListeningSocket {}
}
