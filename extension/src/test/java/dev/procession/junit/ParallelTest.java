package dev.procession.junit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.supervise.SupervisedProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.platform.testkit.engine.EngineExecutionResults;

/**
 * Forty classes at once, each with a server of its own and one that all share. {@code -Dprocession.rounds=10} does so ten
 * times.
 */
class ParallelTest {

    private static final int CLASSES = 40;
    private static final Collection<Integer> PORTS = new ConcurrentLinkedQueue<>();
    private static final Collection<Long> PIDS = new ConcurrentLinkedQueue<>();
    private static final Collection<String> SHARED_PIDS = new ConcurrentLinkedQueue<>();
    private static final Collection<Object> FOLDERS = new ConcurrentLinkedQueue<>();
    private static final CyclicBarrier ALL_ARE_UP = new CyclicBarrier(CLASSES);

    @ManagedProcess(
            name = "web",
            command = {
                "${java}",
                "-Xshare:auto",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                "${classpath}",
                "dev.procession.junit.TinyServer",
                "${port}"
            },
            ready = @Ready(http = "/health", status = "200"))
    @ManagedProcess(
            name = "web-of-all",
            command = {
                "${java}",
                "-XX:+UseSerialGC",
                "-cp",
                "${classpath}",
                "dev.procession.junit.TinyServer",
                "${port}"
            },
            ready = @Ready(http = "/health", status = "200"),
            scope = Scope.RUN)
    static class Server {
        @Test
        void answersForItself(
                SupervisedProcess web, @Port(process = "web") int port, @Port(process = "web-of-all") int sharedPort)
                throws Exception {
            PORTS.add(port);
            SHARED_PIDS.add(get(sharedPort).replaceFirst("(?s).*\n", ""));
            PIDS.add(web.pid());
            FOLDERS.add(web.directory());
            ALL_ARE_UP.await(120, TimeUnit.SECONDS);
            assertThat(get(port)).endsWith("\r\n\r\n" + web.pid());
        }

        private static String get(int port) throws IOException {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                socket.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
                return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
            }
        }
    }

    static class Class01 extends Server {}

    static class Class02 extends Server {}

    static class Class03 extends Server {}

    static class Class04 extends Server {}

    static class Class05 extends Server {}

    static class Class06 extends Server {}

    static class Class07 extends Server {}

    static class Class08 extends Server {}

    static class Class09 extends Server {}

    static class Class10 extends Server {}

    static class Class11 extends Server {}

    static class Class12 extends Server {}

    static class Class13 extends Server {}

    static class Class14 extends Server {}

    static class Class15 extends Server {}

    static class Class16 extends Server {}

    static class Class17 extends Server {}

    static class Class18 extends Server {}

    static class Class19 extends Server {}

    static class Class20 extends Server {}

    static class Class21 extends Server {}

    static class Class22 extends Server {}

    static class Class23 extends Server {}

    static class Class24 extends Server {}

    static class Class25 extends Server {}

    static class Class26 extends Server {}

    static class Class27 extends Server {}

    static class Class28 extends Server {}

    static class Class29 extends Server {}

    static class Class30 extends Server {}

    static class Class31 extends Server {}

    static class Class32 extends Server {}

    static class Class33 extends Server {}

    static class Class34 extends Server {}

    static class Class35 extends Server {}

    static class Class36 extends Server {}

    static class Class37 extends Server {}

    static class Class38 extends Server {}

    static class Class39 extends Server {}

    static class Class40 extends Server {}

    @BeforeEach
    void forget() {
        List.of(PORTS, PIDS, FOLDERS, SHARED_PIDS).forEach(Collection::clear);
    }

    static Stream<Integer> rounds() {
        return IntStream.rangeClosed(1, Integer.getInteger("procession.rounds", 1))
                .boxed();
    }

    @ParameterizedTest
    @MethodSource("rounds")
    void classesInParallelDoNotMeet(int round) {
        // More workers than classes: JUnit's own tasks need some too while all classes wait for each other.
        EngineExecutionResults results = Kit.run(
                Map.of(
                        "junit.jupiter.execution.parallel.enabled", "true",
                        "junit.jupiter.execution.parallel.mode.default", "concurrent",
                        "junit.jupiter.execution.parallel.config.strategy", "fixed",
                        "junit.jupiter.execution.parallel.config.fixed.parallelism", Integer.toString(2 * CLASSES)),
                Class01.class,
                Class02.class,
                Class03.class,
                Class04.class,
                Class05.class,
                Class06.class,
                Class07.class,
                Class08.class,
                Class09.class,
                Class10.class,
                Class11.class,
                Class12.class,
                Class13.class,
                Class14.class,
                Class15.class,
                Class16.class,
                Class17.class,
                Class18.class,
                Class19.class,
                Class20.class,
                Class21.class,
                Class22.class,
                Class23.class,
                Class24.class,
                Class25.class,
                Class26.class,
                Class27.class,
                Class28.class,
                Class29.class,
                Class30.class,
                Class31.class,
                Class32.class,
                Class33.class,
                Class34.class,
                Class35.class,
                Class36.class,
                Class37.class,
                Class38.class,
                Class39.class,
                Class40.class);

        assertThat(Kit.failures(results)).isEmpty();
        assertThat(PORTS).hasSize(CLASSES).doesNotHaveDuplicates();
        assertThat(PIDS).hasSize(CLASSES).doesNotHaveDuplicates();
        assertThat(SHARED_PIDS)
                .hasSize(CLASSES)
                .containsOnly(SHARED_PIDS.iterator().next());
        assertThat(FOLDERS).hasSize(CLASSES).doesNotHaveDuplicates();
    }
}
