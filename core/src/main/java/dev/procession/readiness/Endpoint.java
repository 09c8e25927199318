package dev.procession.readiness;

import dev.procession.process.InvalidSpecException;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A host and a port. Without a host it means this machine, in all address families that this JVM has.
 *
 * @param host the host as it was written, or {@code localhost}
 * @param port 1 to 65535
 */
record Endpoint(String host, int port) {

    static final String LOCALHOST = "localhost";

    private static final Pattern ENDPOINT =
            Pattern.compile("(?:(?:\\[(?<six>[^\\[\\]/\\s]+)]|(?<host>[^\\[\\]/:\\s]+)):)?(?<port>\\d{1,5})");

    /** The JVM decides that once, too: it has none if it was told so, or if its machine has no such address. */
    private static final boolean HAS_IPV6 = hasIpv6();

    /**
     * Reads {@code 8080}, {@code host:8080} or {@code [::1]:8080}.
     *
     * @param attribute where it stands, for errors
     */
    static Endpoint parse(String attribute, String text) {
        Matcher endpoint = ENDPOINT.matcher(text);
        int port = endpoint.matches() ? Integer.parseInt(endpoint.group("port")) : 0;
        if (port < 1 || port > 65535) {
            throw new InvalidSpecException(
                    attribute,
                    "is \"" + text + "\", which is no TCP endpoint",
                    "write port, a number from 1 to 65535, or host:number");
        }
        String host = endpoint.group("six") != null ? endpoint.group("six") : endpoint.group("host");
        return new Endpoint(host == null ? LOCALHOST : host, port).reachable(attribute, text);
    }

    private static boolean hasIpv6() {
        try {
            SocketChannel.open(StandardProtocolFamily.INET6).close();
            return true;
        } catch (UnsupportedOperationException e) {
            return false;
        } catch (IOException e) {
            // It could have been had at another moment.
            return true;
        }
    }

    /**
     * The same, if its host is no address of a family that this JVM has not.
     *
     * @param attribute where it stands, for errors
     * @param text how it is written there
     */
    Endpoint reachable(String attribute, String text) {
        // An address needs no resolver; of a name only what can be reached is given.
        if (!HAS_IPV6 && host.contains(":") && addresses().get(0).getAddress() instanceof Inet6Address) {
            throw new InvalidSpecException(
                    attribute,
                    "is \"" + text + "\", an address of IPv6, which this JVM has not",
                    "write localhost, or give it IPv6: without -Djava.net.preferIPv4Stack=true, on a machine that has it");
        }
        return this;
    }

    /** Whether it is reached without a network. */
    boolean isLoopback() {
        return addresses().stream().allMatch(address -> isLoopback(address.getAddress()));
    }

    /** Whether it is on this machine, so that its listener's owner can be looked for. */
    boolean isLocal() {
        return areLocal(addresses());
    }

    private static boolean areLocal(List<InetSocketAddress> addresses) {
        return addresses.stream()
                .allMatch(address -> isLoopback(address.getAddress()) || isOfAnInterface(address.getAddress()));
    }

    private static boolean isLoopback(@Nullable InetAddress address) {
        return address != null && (address.isLoopbackAddress() || address.isAnyLocalAddress());
    }

    private static boolean isOfAnInterface(@Nullable InetAddress address) {
        try {
            return address != null && NetworkInterface.getByInetAddress(address) != null;
        } catch (SocketException e) {
            return false;
        }
    }

    /** The verdict once somebody answered here: on this machine it must be nobody else's process. */
    ReadinessProbe.Answer answeredBy(PortOwnership ownership, String seen) {
        List<InetSocketAddress> addresses = addresses();
        Optional<Objection> objection = areLocal(addresses)
                ? ownership.objection(
                        addresses.stream().map(InetSocketAddress::getAddress).toList(), port)
                : Optional.empty();
        return objection
                .<ReadinessProbe.Answer>map(some -> some.lasting()
                        ? new ReadinessProbe.Never(
                                "port " + port + " is served by " + some.who() + ", which is not part of this process",
                                "stop that process, or let ${port} choose a port")
                        : new ReadinessProbe.NotYet("answered by " + some.who(), 0))
                .orElseGet(() -> new ReadinessProbe.Holds(seen));
    }

    /** Where to try. Of {@code localhost} all families that are there, whatever the resolver thinks of it. */
    List<InetSocketAddress> addresses() {
        List<InetSocketAddress> addresses = new ArrayList<>();
        try {
            if (host.equals(LOCALHOST)) {
                addresses.add(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port));
                if (HAS_IPV6) {
                    addresses.add(new InetSocketAddress(
                            InetAddress.getByAddress(new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}),
                            port));
                }
            } else {
                for (InetAddress address : InetAddress.getAllByName(host)) {
                    addresses.add(new InetSocketAddress(address, port));
                }
            }
        } catch (UnknownHostException e) {
            addresses.add(InetSocketAddress.createUnresolved(host, port));
        }
        return addresses;
    }

    /** An address for messages. */
    static String describe(InetSocketAddress address) {
        String host = address.getAddress() == null
                ? address.getHostString()
                : address.getAddress().getHostAddress();
        if (host.equals("0:0:0:0:0:0:0:1")) {
            host = "::1";
        }
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    @Override
    public String toString() {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
