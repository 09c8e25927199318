package dev.procession.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.launch.PortLeases;
import dev.procession.os.backend.Backend;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What makes a port busy. */
public final class Listening {

    private Listening() {}

    public static boolean isPossibleOn(String address) {
        try {
            new ServerSocket(0, 1, InetAddress.getByName(address)).close();
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** A free port that nobody is given by accident: the kernel gives others, and leases come around to it last. */
    public static int freePort() {
        try (PortLeases.Lease lease =
                PortLeases.ofMachine().take(Backend.current().sockets())) {
            return lease.port();
        }
    }

    /**
     * Listens on a port that was leased. Whoever looked whether it is free had a socket there, of which a program that is
     * being started at this moment may have a copy; that is waited for.
     */
    public static ServerSocket on(String address, int port, boolean reuseAddress, boolean reusePort) {
        Attempt attempt = new Attempt(new InetSocketAddress(address, port), reuseAddress, reusePort);
        Await.until(address + " can be bound to port " + port, attempt::succeeds);
        return attempt.listener();
    }

    /** Leaves a connection on a port that its server has closed first, which the kernel therefore keeps for a while. */
    public static void leaveOldConnection(int port) throws IOException {
        try (ServerSocket listener = on("127.0.0.1", port, true, false);
                Socket client = new Socket(listener.getInetAddress(), port)) {
            listener.accept().close();
            assertThat(client.getInputStream().read()).isNegative();
        }
    }

    private static final class Attempt {

        private final InetSocketAddress address;
        private final boolean reuseAddress;
        private final boolean reusePort;
        private @Nullable ServerSocket listener;

        Attempt(InetSocketAddress address, boolean reuseAddress, boolean reusePort) {
            this.address = address;
            this.reuseAddress = reuseAddress;
            this.reusePort = reusePort;
        }

        boolean succeeds() {
            try {
                // A new one each time: one that could be bound but not listen cannot be bound again.
                ServerSocket candidate = new ServerSocket();
                try {
                    candidate.setReuseAddress(reuseAddress);
                    candidate.setOption(StandardSocketOptions.SO_REUSEPORT, reusePort);
                    candidate.bind(address);
                    listener = candidate;
                } finally {
                    if (listener == null) {
                        candidate.close();
                    }
                }
                return true;
            } catch (BindException e) {
                return false;
            } catch (IOException e) {
                throw new AssertionError("Expected to listen on " + address + ", but was " + e, e);
            }
        }

        ServerSocket listener() {
            return Objects.requireNonNull(listener);
        }
    }
}
