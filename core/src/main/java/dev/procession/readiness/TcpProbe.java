package dev.procession.readiness;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.UnresolvedAddressException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Somebody accepts connections there, and on this machine it is nobody else's process. */
final class TcpProbe implements ReadinessProbe {

    private final Endpoint endpoint;
    private final PortOwnership ownership;
    private final List<Attempt> attempts = new ArrayList<>();
    private long tries;
    private String connected = "";

    TcpProbe(Endpoint endpoint, PortOwnership ownership) {
        this.endpoint = endpoint;
        this.ownership = ownership;
        endpoint.addresses().forEach(address -> attempts.add(new Attempt(address)));
    }

    @Override
    public String description() {
        return "tcp " + endpoint;
    }

    @Override
    public Answer look() {
        tries++;
        List<String> failures = new ArrayList<>();
        for (Attempt attempt : attempts) {
            String failure = attempt.failure();
            if (failure == null) {
                connected = "connected to " + Endpoint.describe(attempt.address);
                return endpoint.answeredBy(ownership, connected);
            }
            failures.add(failure);
        }
        return new NotYet(String.join("; ", failures) + ", " + tries + (tries == 1 ? " try" : " tries"), 0);
    }

    @Override
    public Optional<Answer> proveAgain() {
        return Optional.of(endpoint.answeredBy(ownership, connected));
    }

    @Override
    public void close() {
        attempts.forEach(Attempt::close);
    }

    /** The repeated attempts to reach one address. */
    private static final class Attempt {
        private final InetSocketAddress address;
        private @Nullable Connection connection;

        Attempt(InetSocketAddress address) {
            this.address = address;
        }

        /** Null once it is established. */
        @Nullable
        String failure() {
            try {
                if (connection == null) {
                    connection = Connection.begin(address);
                }
                if (!connection.isEstablished()) {
                    return Endpoint.describe(address) + " no answer yet";
                }
                close();
                return null;
            } catch (IOException e) {
                close();
                return Endpoint.describe(address) + " " + Connection.reason(e);
            } catch (UnresolvedAddressException e) {
                close();
                return address.getHostString() + " is an unknown host";
            }
        }

        void close() {
            if (connection != null) {
                connection.close();
                connection = null;
            }
        }
    }
}
