package dev.procession.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.procession.launch.PortLeases;
import dev.procession.launch.PortLeases.Lease;
import dev.procession.testkit.Await;
import dev.procession.testkit.Listening;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What everyone promises who knows where one could listen. */
public interface SocketsContract {

    Sockets sockets();

    private Lease lease() {
        return PortLeases.ofMachine().take(sockets());
    }

    /** Not at once: a program that is being started at this moment may have a copy of a socket that was closed. */
    private void awaitFree(int port) {
        Await.until("port " + port + " can be bound", () -> sockets().canBind(port));
    }

    @Test
    default void canBind_nobodyThere_isTrueAndLeavesItSo() {
        try (Lease lease = lease()) {
            awaitFree(lease.port());
            awaitFree(lease.port());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0.0.0.0,false,false",
        "127.0.0.1,false,false",
        "127.0.0.1,true,false",
        "127.0.0.1,true,true",
        "::1,false,false",
        "::1,true,true",
        "::,true,false"
    })
    default void canBind_listenerOnAnAddress_isFalse(String address, boolean reuseAddress, boolean reusePort)
            throws Exception {
        assumeTrue(Listening.isPossibleOn(address), address + " cannot be bound on this machine");
        try (Lease lease = lease()) {
            try (ServerSocket listener = Listening.on(address, lease.port(), reuseAddress, reusePort)) {
                assertThat(sockets().canBind(listener.getLocalPort())).isFalse();
            }
            awaitFree(lease.port());
        }
    }

    @Test
    default void canBind_oldConnection_isFalse() throws Exception {
        try (Lease lease = lease()) {
            Listening.leaveOldConnection(lease.port());

            assertThat(sockets().canBind(lease.port())).isFalse();
        }
    }

    @Test
    default void canBind_connectionToElsewhere_isFalse() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket client = new Socket(server.getInetAddress(), server.getLocalPort())) {
            assertThat(sockets().canBind(client.getLocalPort())).isFalse();
        }
    }
}
