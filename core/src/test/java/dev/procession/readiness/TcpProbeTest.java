package dev.procession.readiness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.procession.launch.PortLeases;
import dev.procession.launch.PortLeases.Lease;
import dev.procession.os.backend.Backend;
import dev.procession.readiness.ReadinessProbe.Holds;
import dev.procession.readiness.ReadinessProbe.Never;
import dev.procession.readiness.ReadinessProbe.NotYet;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(600)
class TcpProbeTest {

    private Lease lease;
    private int port;

    @BeforeEach
    void takePort() {
        lease = PortLeases.ofMachine().take(Backend.current().sockets());
        port = lease.port();
    }

    @AfterEach
    void giveBack() {
        lease.close();
    }

    private TcpProbe probe(PortOwnership ownership) {
        return new TcpProbe(new Endpoint("localhost", port), ownership);
    }

    private ServerSocket listen(String address) throws IOException {
        return new ServerSocket(port, 10, InetAddress.getByName(address));
    }

    @Test
    void itSaysWhatItWaitsFor() {
        assertThat(probe(Probing.OURS).description()).isEqualTo("tcp localhost:" + port);
    }

    @Test
    void aListenerOfOursIsReady() throws IOException {
        try (ServerSocket listener = listen("127.0.0.1");
                TcpProbe probe = probe(Probing.OURS)) {
            assertThat(Probing.settled(probe))
                    .isEqualTo(new Holds("connected to 127.0.0.1:" + listener.getLocalPort()));
        }
    }

    @Test
    void aListenerOnTheOtherFamilyOnlyIsReady() throws IOException {
        assumeTrue(Probing.hasIpv6());
        try (ServerSocket listener = listen("::1");
                TcpProbe probe = probe(Probing.OURS)) {
            assertThat(Probing.settled(probe)).isEqualTo(new Holds("connected to [::1]:" + listener.getLocalPort()));
        }
    }

    @Test
    void aRefusedConnectionIsTriedAgain() throws IOException {
        assumeTrue(Probing.hasIpv6());
        try (TcpProbe probe = probe(Probing.OURS)) {
            String refused = "127.0.0.1:" + port + " connection refused; [::1]:" + port + " connection refused";
            assertThat(probe.look()).isEqualTo(new NotYet(refused + ", 1 try", 0));
            assertThat(probe.look()).isEqualTo(new NotYet(refused + ", 2 tries", 0));

            try (ServerSocket listener = listen("127.0.0.1")) {
                assertThat(Probing.settled(probe))
                        .isEqualTo(new Holds("connected to 127.0.0.1:" + listener.getLocalPort()));
            }
        }
    }

    @Test
    void aStrangersListenerNeverBecomesOurs() throws IOException {
        List<String> asked = new ArrayList<>();
        PortOwnership ownership = (probed, number) -> {
            asked.add(probed + " " + number);
            return Optional.of(Objection.stranger("pid 4711 (nginx)"));
        };
        try (ServerSocket listener = listen("127.0.0.1");
                TcpProbe probe = probe(ownership)) {
            assertThat(Probing.settled(probe))
                    .isEqualTo(new Never(
                            "port " + listener.getLocalPort()
                                    + " is served by pid 4711 (nginx), which is not part of this process",
                            "stop that process, or let ${port} choose a port"));
            assertThat(asked)
                    .containsExactly((Probing.hasIpv6() ? "[/127.0.0.1, /0:0:0:0:0:0:0:1] " : "[/127.0.0.1] ") + port);
        }
    }

    @Test
    void nobodyAsksForTheOwnerOfAPortWithoutAListener() {
        try (TcpProbe probe = probe(Probing.STRANGER)) {
            assertThat(probe.look()).isInstanceOf(NotYet.class);
        }
    }

    @Test
    void anUnknownHostIsNamed() {
        try (TcpProbe probe = new TcpProbe(new Endpoint(Probing.UNKNOWN_HOST, port), Probing.OURS)) {
            assertThat(probe.look()).isEqualTo(new NotYet(Probing.UNKNOWN_HOST + " is an unknown host, 1 try", 0));
        }
    }

    @Test
    void aHalfMadeConnectionCanBeGivenUp() {
        // Nobody is at an address kept for documentation; some networks say so at once.
        TcpProbe probe = new TcpProbe(new Endpoint("192.0.2.1", port), Probing.OURS);

        assertThat(probe.look()).isInstanceOf(NotYet.class);
        probe.close();
        probe.close();
    }

    @Test
    void anInterruptedThreadLooksAllTheSame() throws IOException {
        try (ServerSocket listener = listen("127.0.0.1");
                TcpProbe probe = probe(Probing.OURS)) {
            Thread.currentThread().interrupt();
            try {
                assertThat(Probing.settled(probe))
                        .isEqualTo(new Holds("connected to 127.0.0.1:" + listener.getLocalPort()));
            } finally {
                assertThat(Thread.interrupted()).isTrue();
            }
        }
    }
}
