package dev.procession.readiness;

import dev.procession.launch.StatusRange;
import dev.procession.process.InvalidSpecException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A GET is answered with one of the statuses. Redirects are not followed: one is an answer.
 *
 * <p>Reads no more than the status line, without blocking. The JDK's clients block or bring threads of their own.
 */
final class HttpProbe implements ReadinessProbe {

    /** An application that answers "not yet" is busy starting; it is not asked a thousand times a second. */
    private static final long PAUSE_AFTER_ANSWER_MILLIS = 10;

    private static final long ANSWER_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final Pattern STATUS_LINE = Pattern.compile("HTTP/\\d(?:\\.\\d)? (\\d{3})(?: .*)?");

    private final URI uri;
    private final Endpoint endpoint;
    private final StatusRange status;
    private final PortOwnership ownership;
    private final List<Target> targets;
    private int next;
    private long tries;
    private @Nullable Exchange exchange;

    /**
     * @param url an absolute {@code http://} URL
     */
    HttpProbe(String url, StatusRange status, PortOwnership ownership) {
        this.uri = checked(url);
        this.endpoint = endpoint(uri);
        this.status = status;
        this.ownership = ownership;
        this.targets = endpoint.addresses().stream().map(Target::new).toList();
    }

    /**
     * Where it asks.
     *
     * @throws InvalidSpecException if it cannot ask there
     */
    static Endpoint endpoint(String url) {
        return endpoint(checked(url));
    }

    private static Endpoint endpoint(URI uri) {
        return new Endpoint(uri.getHost(), uri.getPort() < 0 ? 80 : uri.getPort()).reachable("http", uri.toString());
    }

    private static URI checked(String url) {
        try {
            URI uri = new URI(url);
            if (!"http".equalsIgnoreCase(uri.getScheme()) || uri.getHost() == null) {
                throw new InvalidSpecException(
                        "http",
                        "is \"" + url + "\", which is neither a path nor an http:// URL",
                        "https".equalsIgnoreCase(uri.getScheme())
                                ? "wait with 'tcp' or 'log' for what speaks TLS"
                                : "write /health or http://localhost:8080/health");
            }
            if (uri.getPort() == 0 || uri.getPort() > 65535) {
                throw new InvalidSpecException(
                        "http", "is \"" + url + "\", whose port does not exist", "give a port from 1 to 65535");
            }
            // Other characters than ASCII are escaped, as browsers do.
            return new URI(uri.toASCIIString());
        } catch (URISyntaxException e) {
            throw new InvalidSpecException(
                    "http",
                    "is \"" + url + "\", which is no URL: " + e.getReason(),
                    "write /health or http://localhost:8080/health");
        }
    }

    @Override
    public String description() {
        return "http GET " + uri + " -> " + status;
    }

    @Override
    public Answer look() {
        // One round over the addresses: a refused one costs nothing, so the next is tried at once.
        for (int i = 0; i < targets.size(); i++) {
            Target target = targets.get(next);
            try {
                if (exchange == null) {
                    tries++;
                    exchange = new Exchange(Connection.begin(target.address), request());
                }
                String line = exchange.statusLine();
                if (line != null) {
                    return answered(target, line);
                }
                if (!target.answered) {
                    target.reached = exchange.connected;
                    target.seen = exchange.progress();
                }
                return notYet(0);
            } catch (IOException e) {
                failed(target, Connection.reason(e));
            } catch (UnresolvedAddressException e) {
                failed(target, "unknown host " + endpoint.host());
            }
        }
        return notYet(0);
    }

    /** It has answered well: what is asked again is who listens there. */
    @Override
    public Optional<Answer> proveAgain() {
        return Optional.of(endpoint.answeredBy(ownership, seen()));
    }

    private Answer answered(Target target, String line) {
        close();
        target.reached = true;
        target.answered = true;
        Matcher matcher = STATUS_LINE.matcher(line);
        if (!matcher.matches()) {
            target.seen = "no HTTP answer, but \"" + line + "\"";
            return notYet(PAUSE_AFTER_ANSWER_MILLIS);
        }
        target.seen = "answered " + matcher.group(1);
        if (!status.contains(Integer.parseInt(matcher.group(1)))) {
            return notYet(PAUSE_AFTER_ANSWER_MILLIS);
        }
        return endpoint.answeredBy(ownership, target.seen);
    }

    private void failed(Target target, String reason) {
        target.reached = exchange != null && exchange.connected;
        target.answered = false;
        target.seen = reason;
        close();
        next = (next + 1) % targets.size();
    }

    /** Whoever listens on one of the addresses is worth more words than the silence on the others. */
    private String seen() {
        return targets.stream().filter(target -> target.reached).findFirst().orElse(targets.get(0)).seen;
    }

    private NotYet notYet(long pauseMillis) {
        return new NotYet(seen() + ", " + tries + (tries == 1 ? " try" : " tries"), pauseMillis);
    }

    private ByteBuffer request() {
        String path = uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
        String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
        String host = uri.getPort() < 0 ? uri.getHost() : uri.getHost() + ":" + uri.getPort();
        return ByteBuffer.wrap(("GET " + path + query + " HTTP/1.1\r\nHost: " + host
                        + "\r\nUser-Agent: procession\r\nAccept: */*\r\nConnection: close\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
    }

    @Override
    public void close() {
        if (exchange != null) {
            exchange.connection.close();
            exchange = null;
        }
    }

    /** One address, and what was last seen there. */
    private static final class Target {
        private final InetSocketAddress address;
        private boolean reached;
        private boolean answered;
        private String seen = "not tried yet";

        Target(InetSocketAddress address) {
            this.address = address;
        }
    }

    /** One request and the beginning of its answer. */
    private static final class Exchange {
        private final Connection connection;
        private final ByteBuffer request;
        private final ByteBuffer answer = ByteBuffer.allocate(1024);
        private final long start = System.nanoTime();
        private boolean connected;

        Exchange(Connection connection, ByteBuffer request) {
            this.connection = connection;
            this.request = request;
        }

        String progress() {
            return connected ? "connected, no answer yet" : "no answer to the connection request yet";
        }

        /** Null while it has not come. */
        @Nullable
        String statusLine() throws IOException {
            if (!connection.isEstablished()) {
                return null;
            }
            connected = true;
            if (request.hasRemaining()) {
                connection.channel().write(request);
            }
            boolean end = connection.channel().read(answer) < 0 || !answer.hasRemaining();
            String text = new String(answer.array(), 0, answer.position(), StandardCharsets.ISO_8859_1);
            int lineEnd = text.indexOf('\n');
            if (lineEnd >= 0 || (end && !text.isEmpty())) {
                return (lineEnd >= 0 ? text.substring(0, lineEnd) : text).strip();
            }
            if (end) {
                throw new IOException("closed the connection without an answer");
            }
            if (System.nanoTime() - start > ANSWER_NANOS) {
                throw new IOException("connected, but no answer within 10 s");
            }
            return null;
        }
    }
}
