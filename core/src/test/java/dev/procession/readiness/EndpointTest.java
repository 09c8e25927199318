package dev.procession.readiness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.procession.process.InvalidSpecException;
import dev.procession.readiness.ReadinessProbe.Holds;
import dev.procession.readiness.ReadinessProbe.Never;
import java.net.Inet6Address;
import java.net.NetworkInterface;
import java.net.SocketException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EndpointTest {

    @ParameterizedTest
    @CsvSource({
        "8080,localhost,8080,localhost:8080",
        "1,localhost,1,localhost:1",
        "65535,localhost,65535,localhost:65535",
        "00080,localhost,80,localhost:80",
        "localhost:8080,localhost,8080,localhost:8080",
        "db.example:5432,db.example,5432,db.example:5432",
        "my_host-1:5432,my_host-1,5432,my_host-1:5432",
        "127.0.0.1:80,127.0.0.1,80,127.0.0.1:80",
        "[::1]:8080,::1,8080,[::1]:8080",
        "[fe80::1%lo]:8080,fe80::1%lo,8080,[fe80::1%lo]:8080"
    })
    void anEndpointIsAPortWithOrWithoutAHost(String text, String host, int port, String written) {
        assumeTrue(Probing.hasIpv6() || !host.contains(":"));
        assertThat(Endpoint.parse("tcp", text))
                .isEqualTo(new Endpoint(host, port))
                .hasToString(written);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "http",
                "0",
                "65536",
                "99999",
                "123456",
                "-1",
                "8080 ",
                "localhost",
                "localhost:",
                "localhost:http",
                "localhost:0",
                ":8080",
                "[]:8080",
                "[::1]",
                "[::1]8080",
                "::1",
                "::1:8080",
                "a:b:80",
                "a b:80",
                "http://localhost:8080",
                "localhost:8080/health"
            })
    void whatIsNoEndpointIsAnError(String text) {
        assertThatThrownBy(() -> Endpoint.parse("tcp", text))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage("'tcp' is \"" + text + "\", which is no TCP endpoint;"
                        + " write port, a number from 1 to 65535, or host:number");
    }

    @Test
    void localhostMeansBothFamilies() {
        assumeTrue(Probing.hasIpv6());
        assertThat(new Endpoint("localhost", 8080).addresses())
                .extracting(Endpoint::describe)
                .containsExactly("127.0.0.1:8080", "[::1]:8080");
    }

    @Test
    void localhostMeansIpv4WhereThereIsNothingElse() {
        assumeFalse(Probing.hasIpv6());
        assertThat(new Endpoint("localhost", 8080).addresses())
                .extracting(Endpoint::describe)
                .containsExactly("127.0.0.1:8080");
    }

    @Test
    void anAddressMeansItself() {
        assertThat(new Endpoint("127.0.0.1", 8080).addresses())
                .extracting(Endpoint::describe)
                .containsExactly("127.0.0.1:8080");
        assertThat(new Endpoint("::1", 8080).addresses())
                .extracting(Endpoint::describe)
                .containsExactly("[::1]:8080");
    }

    @Test
    void anUnknownHostStaysUnresolved() {
        assertThat(new Endpoint(Probing.UNKNOWN_HOST, 8080).addresses())
                .singleElement()
                .satisfies(address -> {
                    assertThat(address.isUnresolved()).isTrue();
                    assertThat(Endpoint.describe(address)).isEqualTo(Probing.UNKNOWN_HOST + ":8080");
                });
    }

    @ParameterizedTest
    @CsvSource({
        "localhost,true",
        "127.0.0.1,true",
        "127.3.2.1,true",
        "::1,true",
        "0.0.0.0,true",
        "192.0.2.1,false",
        "2001:db8::1,false"
    })
    void loopbackIsThisMachine(String host, boolean local) {
        assertThat(new Endpoint(host, 8080).isLocal()).isEqualTo(local);
        assertThat(new Endpoint(Probing.UNKNOWN_HOST, 8080).isLocal()).isFalse();
    }

    @Test
    void whatAnInterfaceHasIsThisMachine() throws SocketException {
        assertThat(NetworkInterface.networkInterfaces().flatMap(NetworkInterface::inetAddresses))
                .filteredOn(address -> Probing.hasIpv6() || !(address instanceof Inet6Address))
                .isNotEmpty()
                .allMatch(address -> new Endpoint(address.getHostAddress(), 8080).isLocal());
    }

    @Test
    void aStrangerOnThisMachineIsNotWaitedFor() {
        assertThat(new Endpoint("localhost", 8080).answeredBy(Probing.STRANGER, "connected"))
                .isEqualTo(new Never(
                        "port 8080 is served by pid 4711 (nginx -g daemon), which is not part of this process",
                        "stop that process, or let ${port} choose a port"));
    }

    @Test
    void anAnswerOfOursHolds() {
        assertThat(new Endpoint("localhost", 8080).answeredBy(Probing.OURS, "connected"))
                .isEqualTo(new Holds("connected"));
    }

    @Test
    void nobodyAsksForOwnersOnOtherMachines() {
        assertThat(new Endpoint("192.0.2.1", 8080).answeredBy(Probing.STRANGER, "connected"))
                .isEqualTo(new Holds("connected"));
    }
}
