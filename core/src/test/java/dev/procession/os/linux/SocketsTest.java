package dev.procession.os.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.launch.PortLeases;
import dev.procession.launch.PortLeases.Lease;
import dev.procession.os.Sockets;
import dev.procession.os.Sockets.Listener;
import dev.procession.process.ProcessionException;
import dev.procession.testkit.Await;
import dev.procession.testkit.Backends;
import dev.procession.testkit.Listening;
import dev.procession.testkit.Processes;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The kernel by sock_diag and the file /proc/net/tcp tell the same. */
class SocketsTest {

    private final Sockets diag = Backends.nativeOne().sockets();
    private final Sockets procfs = Backends.portable().sockets();

    @Test
    void seesListeners_here_bothDo() {
        assertThat(diag.seesListeners()).isTrue();
        assertThat(procfs.seesListeners()).isTrue();
        assertThat(diag).isInstanceOf(SockDiagSockets.class);
        assertThat(procfs).isInstanceOf(ProcfsSockets.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {SockDiagSockets.AF_INET, SockDiagSockets.AF_INET6})
    void canBind_itsSocket_isClosedOnExec(int family) throws Exception {
        int fd = SockDiagSockets.tcpSocket(family);
        Assumptions.assumeTrue(fd >= 0, "no such address family on this machine: " + family);
        try {
            String flags = Files.readString(Path.of("/proc/self/fdinfo/" + fd))
                    .lines()
                    .filter(line -> line.startsWith("flags:"))
                    .findFirst()
                    .orElseThrow();

            int closedOnExec = 02000000;
            assertThat(Integer.parseInt(flags.substring("flags:".length()).strip(), 8) & closedOnExec)
                    .isEqualTo(closedOnExec);
        } finally {
            Libc.close(fd);
        }
    }

    @Test
    void canBind_machineWithoutIpv6_looksAtIpv4() throws Exception {
        try (Lease lease = PortLeases.ofMachine().take(diag)) {
            Await.until("port " + lease.port() + " can be bound", () -> canBindIpv4(lease.port()));
            try (ServerSocket listener = Listening.on("127.0.0.9", lease.port(), true, false)) {
                assertThat(canBindIpv4(listener.getLocalPort())).isFalse();
            }
        }
    }

    private static boolean canBindIpv4(int port) {
        return SockDiagSockets.canBind(
                SockDiagSockets.tcpSocket(SockDiagSockets.AF_INET), SockDiagSockets.AF_INET, port);
    }

    @Test
    void canBind_noSocketToBeHad_isAnError() {
        assertThatThrownBy(() -> SockDiagSockets.canBind(SockDiagSockets.tcpSocket(-1), SockDiagSockets.AF_INET, 80))
                .isExactlyInstanceOf(ProcessionException.class)
                .hasMessage("Cannot try whether port 80 is free: Address family not supported by protocol (errno 97)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "127.0.0.9", "::1", "0.0.0.0", "::"})
    void listeners_onAnAddress_bothNameItAndItsOwner(String address) throws Exception {
        InetAddress bound = InetAddress.getByName(address);
        try (ServerSocket socket = new ServerSocket()) {
            try {
                socket.bind(new InetSocketAddress(bound, 0));
            } catch (SocketException e) {
                Assumptions.abort("no such address on this machine: " + address);
            }
            List<Listener> found = diag.listeners(socket.getLocalPort());

            assertThat(found).hasSize(1).isEqualTo(procfs.listeners(socket.getLocalPort()));
            Listener listener = found.get(0);
            assertThat(listener.port()).isEqualTo(socket.getLocalPort());
            if (bound.isAnyLocalAddress()) {
                assertThat(listener.address().isAnyLocalAddress()).isTrue();
            } else {
                assertThat(listener.address()).isEqualTo(bound);
            }
            assertThat(Processes.TABLE.socketInodes(ProcessHandle.current().pid()))
                    .contains(listener.inode());
        }
    }

    @Test
    void listeners_connectedButNotListening_areNone() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket client = new Socket(server.getInetAddress(), server.getLocalPort())) {
            assertThat(diag.listeners(server.getLocalPort())).hasSize(1);
            assertThat(diag.listeners(client.getLocalPort())).isEmpty();
            assertThat(procfs.listeners(client.getLocalPort())).isEmpty();
        }
    }

    @Test
    void listeners_manyOnTheMachine_noneIsMissed() throws Exception {
        List<ServerSocket> many = new ArrayList<>();
        try {
            // More than fit into one answer of the kernel.
            for (int i = 0; i < 500; i++) {
                many.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
            }
            for (ServerSocket socket : List.of(many.get(0), many.get(250), many.get(499))) {
                assertThat(diag.listeners(socket.getLocalPort())).hasSize(1);
            }
            assertThat(many.stream()
                            .skip(490)
                            .allMatch(socket ->
                                    procfs.listeners(socket.getLocalPort()).size() == 1))
                    .isTrue();
        } finally {
            for (ServerSocket socket : many) {
                socket.close();
            }
        }
    }

    @Test
    void procNetUnix_pathWithACarriageReturnAndABlankAtItsEnd_isTakenWhole() {
        String path = "/tmp/a\rb ";

        assertThat(ProcNetUnix.parse("""
                Num       RefCount Protocol Flags    Type St Inode Path
                0000000000000000: 00000002 00000000 00010000 0001 01   771 %s
                0000000000000000: 00000002 00000000 oddities 0001 01 odder %s
                """.formatted(path, path), Set.of(path))).containsExactly(771L);
    }

    @Test
    void procfs_rowThatIsNone_isPassedOver() {
        assertThat(ProcfsSockets.parse("0: odd 00000000:0000 0A 0:0 0:0 0 0 0 12"))
                .isNull();
        assertThat(ProcfsSockets.parse("0: 0100007F:odd 00000000:0000 0A 0:0 0:0 0 0 0 12"))
                .isNull();
        assertThat(ProcfsSockets.parse("0: 0100:1F90 00000000:0000 0A 0:0 0:0 0 0 0 12"))
                .isNull();
    }
}
