package dev.procession.readiness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpServer;
import dev.procession.launch.PortLeases;
import dev.procession.launch.PortLeases.Lease;
import dev.procession.launch.StatusRange;
import dev.procession.os.backend.Backend;
import dev.procession.process.InvalidSpecException;
import dev.procession.readiness.ReadinessProbe.Answer;
import dev.procession.readiness.ReadinessProbe.Holds;
import dev.procession.readiness.ReadinessProbe.Never;
import dev.procession.readiness.ReadinessProbe.NotYet;
import dev.procession.testkit.Await;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(600)
class HttpProbeTest {

    private static final long PAUSE = 10;

    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private int port;

    @BeforeEach
    void takePort() {
        Lease lease = PortLeases.ofMachine().take(Backend.current().sockets());
        opened.push(lease);
        port = lease.port();
    }

    @AfterEach
    void closeAll() throws Exception {
        while (!opened.isEmpty()) {
            opened.pop().close();
        }
    }

    private HttpProbe probe(String path) {
        return probe(path, StatusRange.DEFAULT, Probing.OURS);
    }

    private HttpProbe probe(String path, StatusRange status, PortOwnership ownership) {
        HttpProbe probe = new HttpProbe("http://localhost:" + port + path, status, ownership);
        opened.push(probe);
        return probe;
    }

    /** A real server, that answers every path with the status it names. */
    private Queue<String> serve(String address) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getByName(address), port), 10);
        Queue<String> requests = new ConcurrentLinkedQueue<>();
        server.createContext("/", exchange -> {
            requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI() + " "
                    + exchange.getRequestHeaders().getFirst("Host"));
            exchange.getResponseHeaders().add("Location", "http://localhost:1/elsewhere");
            exchange.sendResponseHeaders(
                    Integer.parseInt(exchange.getRequestURI().getPath().substring(1, 4)), -1);
            exchange.close();
        });
        server.start();
        opened.push(() -> server.stop(0));
        return requests;
    }

    /** A server that answers every connection with these bytes and then closes it, or with null never says a word. */
    private void answerWith(String bytes) throws IOException {
        AtomicReference<ServerSocket> bound = new AtomicReference<>();
        // What other tests are just starting may hold a copy of an earlier socket for a moment.
        Await.until("port " + port + " can be had", () -> {
            try {
                bound.set(new ServerSocket(port, 10, InetAddress.getLoopbackAddress()));
                return true;
            } catch (IOException e) {
                return false;
            }
        });
        ServerSocket listener = bound.get();
        Queue<Socket> hanging = new ConcurrentLinkedQueue<>();
        Thread thread = new Thread(() -> {
            try {
                while (true) {
                    Socket socket = listener.accept();
                    if (bytes == null) {
                        hanging.add(socket);
                        continue;
                    }
                    // Only what was read can be closed without a reset.
                    while (socket.getInputStream().available() == 0) {
                        Thread.onSpinWait();
                    }
                    socket.getInputStream().readNBytes(socket.getInputStream().available());
                    socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
                    socket.close();
                }
            } catch (SocketException e) {
                // The test is over.
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        thread.setDaemon(true);
        thread.start();
        opened.push(() -> {
            listener.close();
            thread.join();
            for (Socket socket : hanging) {
                socket.close();
            }
        });
    }

    private static Answer until(HttpProbe probe, String seen) {
        return Probing.until(
                probe, answer -> Probing.withoutTries(answer.seen()).equals(seen));
    }

    @Test
    void itSaysWhatItWaitsFor() {
        assertThat(probe("/health?deep=1", StatusRange.parse("200,204"), Probing.OURS)
                        .description())
                .isEqualTo("http GET http://localhost:" + port + "/health?deep=1 -> 200,204");
    }

    @Test
    void anAnswerWithAStatusInRangeIsReady() throws IOException {
        Queue<String> requests = serve("127.0.0.1");

        assertThat(Probing.settled(probe("/200/health?deep=1"))).isEqualTo(new Holds("answered 200"));
        assertThat(requests).containsExactly("GET /200/health?deep=1 localhost:" + port);
    }

    @Test
    void aRedirectIsAnAnswerAndNotFollowed() throws IOException {
        serve("127.0.0.1");

        assertThat(Probing.settled(probe("/302"))).isEqualTo(new Holds("answered 302"));
    }

    @ParameterizedTest
    @CsvSource({"404", "500", "503"})
    void anotherStatusIsAskedAgainAfterAPause(String status) throws IOException {
        serve("127.0.0.1");
        HttpProbe probe = probe("/" + status);

        assertThat(until(probe, "answered " + status)).isEqualTo(new NotYet("answered " + status + ", 1 try", PAUSE));
        assertThat(Probing.until(probe, answer -> answer.seen().endsWith("2 tries"))
                        .seen())
                .isEqualTo("answered " + status + ", 2 tries");
    }

    @Test
    void theRangeIsTheUsersChoice() throws IOException {
        serve("127.0.0.1");

        assertThat(Probing.settled(probe("/404", StatusRange.parse("404"), Probing.OURS)))
                .isEqualTo(new Holds("answered 404"));
        assertThat(until(probe("/200", StatusRange.parse("404"), Probing.OURS), "answered 200"))
                .isInstanceOf(NotYet.class);
    }

    @Test
    void aServerOnTheOtherFamilyOnlyIsReady() throws IOException {
        assumeTrue(Probing.hasIpv6());
        serve("::1");

        assertThat(Probing.settled(probe("/200"))).isEqualTo(new Holds("answered 200"));
    }

    @Test
    void whatOneFamilyAnswersIsNotHiddenByTheSilenceOfTheOther() throws IOException {
        assumeTrue(Probing.hasIpv6());
        serve("::1");
        HttpProbe probe = probe("/503");
        until(probe, "answered 503");

        assertThat(List.of(probe.look(), probe.look(), probe.look()))
                .allSatisfy(answer ->
                        assertThat(Probing.withoutTries(answer.seen())).isEqualTo("answered 503"));
    }

    @Test
    void anAddressInBracketsIsAsked() throws IOException {
        assumeTrue(Probing.hasIpv6());
        Queue<String> requests = serve("::1");
        HttpProbe probe = new HttpProbe("http://[::1]:" + port + "/200", StatusRange.DEFAULT, Probing.OURS);
        opened.push(probe);

        assertThat(Probing.settled(probe)).isEqualTo(new Holds("answered 200"));
        assertThat(requests).containsExactly("GET /200 [::1]:" + port);
    }

    @Test
    void aRefusedConnectionIsTriedAgain() throws IOException {
        HttpProbe probe = probe("/200");
        assertThat(probe.look()).isInstanceOfSatisfying(NotYet.class, answer -> {
            assertThat(Probing.withoutTries(answer.seen())).isEqualTo("connection refused");
            assertThat(answer.pauseMillis()).isZero();
        });

        serve("127.0.0.1");

        assertThat(Probing.settled(probe)).isEqualTo(new Holds("answered 200"));
    }

    @Test
    void aServerThatHangsBlocksNobody() throws IOException {
        answerWith(null);
        HttpProbe probe = probe("/");

        assertThat(until(probe, "connected, no answer yet"))
                .isEqualTo(new NotYet("connected, no answer yet, 1 try", 0));
        assertThat(probe.look()).isEqualTo(new NotYet("connected, no answer yet, 1 try", 0));
    }

    @Test
    void aServerThatClosesWithoutAnAnswerIsAskedAgain() throws IOException {
        answerWith("");

        assertThat(until(probe("/"), "closed the connection without an answer")).isInstanceOf(NotYet.class);
    }

    @Test
    void aServerThatDoesNotSpeakHttpIsQuoted() throws IOException {
        answerWith("SSH-2.0-OpenSSH_9.2\r\nmore\r\n");

        assertThat(until(probe("/"), "no HTTP answer, but \"SSH-2.0-OpenSSH_9.2\""))
                .isEqualTo(new NotYet("no HTTP answer, but \"SSH-2.0-OpenSSH_9.2\", 1 try", PAUSE));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\n\r\n",
                "HTTP/1.0 200 OK\n",
                "HTTP/1.1 200\r\n",
                "HTTP/1.1 200 \r\n",
                "HTTP/1.1 200 OK",
                "HTTP/2 200\r\n",
                "HTTP/1.1 200 Tr\u00e8s bien\r\n"
            })
    void theStatusLineIsEnough(String answer) throws IOException {
        answerWith(answer);

        assertThat(Probing.settled(probe("/"))).isEqualTo(new Holds("answered 200"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTP/1.1 OK", "HTTP/1.1 20", "HTTP/1.1 2000 OK", "200 OK", "<html>"})
    void aLineThatIsNoStatusLineIsQuoted(String line) throws IOException {
        answerWith(line + "\r\n");

        assertThat(until(probe("/"), "no HTTP answer, but \"" + line + "\"")).isInstanceOf(NotYet.class);
    }

    @Test
    void endlessOutputWithoutALineEndIsCut() throws IOException {
        answerWith("x".repeat(5_000));

        assertThat(until(probe("/"), "no HTTP answer, but \"" + "x".repeat(1_024) + "\""))
                .isInstanceOf(NotYet.class);
    }

    @Test
    void aStrangersServerNeverBecomesOurs() throws IOException {
        serve("127.0.0.1");

        assertThat(Probing.settled(probe("/200", StatusRange.DEFAULT, Probing.STRANGER)))
                .isEqualTo(new Never(
                        "port " + port + " is served by pid 4711 (nginx -g daemon), which is not part of this process",
                        "stop that process, or let ${port} choose a port"));
    }

    @Test
    void thePathMayBeMissing() throws IOException {
        answerWith("HTTP/1.1 204 No Content\r\n");

        assertThat(Probing.settled(probe(""))).isEqualTo(new Holds("answered 204"));
    }

    @Test
    void charactersOutsideAsciiAreEscaped() throws IOException {
        Queue<String> requests = serve("127.0.0.1");

        assertThat(Probing.settled(probe("/200/gr\u00f6\u00dfe?q=\u00e4"))).isEqualTo(new Holds("answered 200"));
        assertThat(requests).containsExactly("GET /200/gr%C3%B6%C3%9Fe?q=%C3%A4 localhost:" + port);
    }

    @Test
    void anUnknownHostIsNamed() {
        HttpProbe probe = new HttpProbe("http://" + Probing.UNKNOWN_HOST + "/", StatusRange.DEFAULT, Probing.OURS);

        assertThat(probe.look()).isEqualTo(new NotYet("unknown host " + Probing.UNKNOWN_HOST + ", 1 try", 0));
    }

    @Test
    void withoutAPortItIsPort80() {
        assertThat(HttpProbe.endpoint("http://localhost/health")).isEqualTo(new Endpoint("localhost", 80));
        assertThat(HttpProbe.endpoint("HTTP://localhost:8080")).isEqualTo(new Endpoint("localhost", 8080));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"health", "localhost:8080/health", "ftp://localhost/", "http:///health", "http:/health", ""})
    void whatIsNoUrlIsAnError(String url) {
        assertThatThrownBy(() -> new HttpProbe(url, StatusRange.DEFAULT, Probing.OURS))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage("'http' is \"" + url + "\", which is neither a path nor an http:// URL;"
                        + " write /health or http://localhost:8080/health");
    }

    @Test
    void tlsIsNotSpoken() {
        assertThatThrownBy(() -> new HttpProbe("https://localhost/", StatusRange.DEFAULT, Probing.OURS))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage("'http' is \"https://localhost/\", which is neither a path nor an http:// URL;"
                        + " wait with 'tcp' or 'log' for what speaks TLS");
    }

    @Test
    void aMalformedUrlIsAnError() {
        assertThatThrownBy(() -> new HttpProbe("http://localhost:8080/a b", StatusRange.DEFAULT, Probing.OURS))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage("'http' is \"http://localhost:8080/a b\", which is no URL: Illegal character in path;"
                        + " write /health or http://localhost:8080/health");
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://localhost:0/", "http://localhost:65536/", "http://localhost:99999"})
    void aPortThatDoesNotExistIsAnError(String url) {
        assertThatThrownBy(() -> new HttpProbe(url, StatusRange.DEFAULT, Probing.OURS))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage("'http' is \"" + url + "\", whose port does not exist; give a port from 1 to 65535");
    }

    @Test
    void aRequestInFlightCanBeGivenUp() throws IOException {
        answerWith(null);
        HttpProbe probe = probe("/");
        until(probe, "connected, no answer yet");

        probe.close();
        probe.close();

        assertThat(List.of(probe.look().seen(), probe.look().seen()))
                .allSatisfy(seen -> assertThat(seen).endsWith("2 tries"));
    }
}
