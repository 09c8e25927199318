package dev.procession.supervise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpServer;
import dev.procession.launch.PortLeases;
import dev.procession.launch.PortLeases.Lease;
import dev.procession.launch.ProcessSpec;
import dev.procession.launch.Readiness;
import dev.procession.os.OperatingSystem;
import dev.procession.os.backend.Backend;
import dev.procession.process.Epoch;
import dev.procession.process.ProcessQuery;
import dev.procession.testkit.ChildJvm;
import dev.procession.testkit.ChildJvm.Result;
import dev.procession.testkit.Listening;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A JVM that has no IPv6, because it was told so or because its machine has none: it asks what is there. */
class NoIpv6Test {

    @TempDir
    private Path folder;

    private Result run(Class<?> main, String... arguments) throws IOException, InterruptedException {
        return ChildJvm.of(main, arguments)
                .nativeAccess()
                .option("-Djava.net.preferIPv4Stack=true")
                .run(folder);
    }

    @ParameterizedTest
    @ValueSource(strings = {"native", "portable"})
    void start_listensAfterTheFirstLook_isReady(String backend) throws Exception {
        Result result = run(Starting.class, backend);

        assertThat(result.stdout()).as(result.stderr()).isEqualTo("""
                byDefault is READY
                http is READY
                localhost is READY
                somebody else's is ready
                """.replace(
                        "READY", ProcessState.RUNNING.toString()));
    }

    /** Starts servers that do not listen when it looks first. */
    public static final class Starting {
        public static void main(String[] arguments) throws IOException {
            OperatingSystem system = Backend.choose(arguments[0]);
            Path java = Path.of(System.getProperty("java.home"), "bin", "java");
            try (Stage stage = new Stage(system, Path.of("").toAbsolutePath())) {
                start(stage, "byDefault", Readiness.DEFAULT);
                start(stage, "http", Readiness.DEFAULT.http("/"));
                SupervisedProcess last = start(stage, "localhost", Readiness.DEFAULT.tcp("localhost:@{port}"));
                Readiness listens = Readiness.DEFAULT
                        .timeout(Duration.ofSeconds(60))
                        .tcp(Integer.toString(last.port()))
                        .http("http://localhost:" + last.port() + "/");
                boolean found = !ForeignStart.of(
                                ProcessQuery.named(java.toString())
                                        .args("-cp", System.getProperty("java.class.path"), Server.class.getName())
                                        .loose(),
                                listens)
                        .await(new Epoch(0))
                        .isEmpty();
                System.out.println("somebody else's is " + (found ? "ready" : "not there"));
            }
        }

        private static SupervisedProcess start(Stage stage, String name, Readiness ready) {
            SupervisedProcess process = stage.supervisor()
                    .start(ProcessSpec.command(ChildJvm.of(Server.class, "${port}")
                                    .command()
                                    .toArray(String[]::new))
                            .name(name)
                            .ready(ready)
                            .stop(Stage.PATIENT)
                            .build());
            System.out.println(name + " is " + process.state());
            return process;
        }
    }

    /** Answers every request, until it is killed. */
    public static final class Server {
        public static void main(String[] arguments) throws IOException {
            InetSocketAddress address =
                    new InetSocketAddress(InetAddress.getByName("127.0.0.1"), Integer.parseInt(arguments[0]));
            HttpServer server = HttpServer.create(address, 10);
            server.createContext("/", exchange -> {
                exchange.sendResponseHeaders(204, -1);
                exchange.close();
            });
            server.start();
        }
    }

    /** What a program that is started has, its parent need not have. */
    @Test
    void canBind_listenerOnTheFamilyThatItHasNot_isFalse() throws Exception {
        assumeTrue(Listening.isPossibleOn("::1"), "::1 cannot be bound here");
        try (Lease lease = PortLeases.ofMachine().take(Backend.current().sockets());
                ServerSocket listener = Listening.on("::1", lease.port(), true, false)) {
            Result result = run(Binding.class, Integer.toString(listener.getLocalPort()));

            assertThat(result.stdout()).as(result.stderr()).isEqualTo("native false\nportable false\n");
        }
    }

    /** Tries whether a port is free. */
    public static final class Binding {
        public static void main(String[] arguments) {
            for (String backend : new String[] {"native", "portable"}) {
                System.out.println(
                        backend + " " + Backend.choose(backend).sockets().canBind(Integer.parseInt(arguments[0])));
            }
        }
    }

    @Test
    void start_addressOfTheFamilyThatItHasNot_isAnErrorBeforeTheStart() throws Exception {
        Result result = run(Asking.class);

        assertThat(result.stdout()).as(result.stderr()).isEqualTo("""
                ProcessSpec 'sleep': 'tcp' is "[::1]:8080", an address of IPv6, which this JVM has not; write localhost, or give it IPv6: without -Djava.net.preferIPv4Stack=true, on a machine that has it
                ProcessSpec 'sleep': 'http' is "http://[::1]:8080/health", an address of IPv6, which this JVM has not; write localhost, or give it IPv6: without -Djava.net.preferIPv4Stack=true, on a machine that has it
                'tcp' is "[::1]:8080", an address of IPv6, which this JVM has not; write localhost, or give it IPv6: without -Djava.net.preferIPv4Stack=true, on a machine that has it
                """);
    }

    /** Asks for what it cannot reach. */
    public static final class Asking {
        public static void main(String[] arguments) {
            try (Stage stage = new Stage(Backend.current(), Path.of("").toAbsolutePath())) {
                for (Readiness ready : new Readiness[] {
                    Readiness.DEFAULT.tcp("[::1]:8080"), Readiness.DEFAULT.http("http://[::1]:8080/health")
                }) {
                    tell(() -> stage.supervisor()
                            .start(ProcessSpec.command("sleep", "1000")
                                    .ready(ready)
                                    .build()));
                }
                tell(() -> ForeignStart.of(ProcessQuery.named("sleep"), Readiness.DEFAULT.tcp("[::1]:8080")));
            }
        }

        private static void tell(Runnable start) {
            try {
                start.run();
                System.out.println("no error");
            } catch (RuntimeException e) {
                System.out.println(e.getMessage());
            }
        }
    }
}
