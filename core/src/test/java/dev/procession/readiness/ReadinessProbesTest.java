package dev.procession.readiness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.procession.launch.Allocation;
import dev.procession.launch.Launch;
import dev.procession.launch.ProcessLog;
import dev.procession.launch.ProcessSpec;
import dev.procession.launch.Readiness;
import dev.procession.launch.RunCookie;
import dev.procession.launch.Secrets;
import dev.procession.launch.UnusableCommandException;
import dev.procession.os.backend.Backend;
import dev.procession.process.InvalidSpecException;
import dev.procession.process.ProcessId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReadinessProbesTest {

    @TempDir
    private Path folder;

    private ProcessLog log;

    @BeforeEach
    void makeLog() throws IOException {
        log = new ProcessLog(
                "api",
                List.of(Files.createFile(folder.resolve("stdout.log"))),
                Backend.current().files(),
                new CompletableFuture<>(),
                Secrets.NONE);
    }

    private Launch launch(Readiness ready, String... command) {
        return launch(ready, List.of(), command);
    }

    private Launch launch(Readiness ready, List<String> ports, String... command) {
        ProcessSpec.Builder spec = ProcessSpec.command(command).name("api").ready(ready);
        ports.forEach(spec::port);
        return new Launch(
                Allocation.of(spec.build(), folder, folder.resolve("api"), Backend.current()),
                RunCookie.of(new ProcessId(4711, 8931), "api", 1),
                Map.of());
    }

    private static Launch.Prepared prepared(Launch launch) {
        try {
            return launch.prepare(Backend.current().processes());
        } catch (UnusableCommandException e) {
            throw new AssertionError(e);
        }
    }

    private List<String> conditions(Launch launch) {
        List<ReadinessProbe> probes = ReadinessProbes.conditions(
                launch,
                prepared(launch).readyCommand(),
                FilesBefore.of(List.of()),
                log,
                Probing.OURS,
                Backend.current().spawner(),
                new CompletableFuture<>(),
                () -> {});
        try {
            return probes.stream().map(ReadinessProbe::description).toList();
        } finally {
            probes.forEach(ReadinessProbe::close);
        }
    }

    @Test
    void byDefaultItListensOnThePortThatItWasGiven() {
        try (Launch launch = launch(Readiness.DEFAULT, "sh", "${port}")) {
            int port = launch.port().orElseThrow();

            assertThat(conditions(launch)).containsExactly("tcp localhost:" + port);
            assertThat(ReadinessProbes.portsToBeFree(launch)).containsExactly(port);
        }
    }

    @Test
    void byDefaultWithoutAPortItLivesForASecond() {
        try (Launch launch = launch(Readiness.DEFAULT, "sh")) {
            assertThat(conditions(launch)).containsExactly("alive for 1 s");
            assertThat(ReadinessProbes.portsToBeFree(launch)).isEmpty();
        }
    }

    @Test
    void everyConditionThatIsGivenCountsAndTheDefaultDoesNot() {
        Readiness ready = Readiness.DEFAULT
                .tcp("port")
                .tcp("8081")
                .http("/health")
                .http("http://localhost:8082/x")
                .status("204")
                .log("up")
                .times(2)
                .aliveFor(Duration.ofMillis(5));
        try (Launch launch = launch(ready, "sh", "${port}")) {
            int port = launch.port().orElseThrow();

            assertThat(conditions(launch))
                    .containsExactly(
                            "tcp localhost:" + port,
                            "tcp localhost:8081",
                            "http GET http://localhost:" + port + "/health -> 204",
                            "http GET http://localhost:8082/x -> 204",
                            "log /up/ 2 times",
                            "alive for 5 ms");
            assertThat(ReadinessProbes.portsToBeFree(launch)).containsExactly(port, 8081, 8082);
        }
    }

    @Test
    void aConditionWithoutAPortReplacesTheDefaultAlso() {
        try (Launch launch = launch(Readiness.DEFAULT.log("up"), "sh", "${port}")) {
            assertThat(conditions(launch)).containsExactly("log /up/");
            assertThat(ReadinessProbes.portsToBeFree(launch))
                    .containsExactly(launch.port().orElseThrow());
        }
    }

    @ParameterizedTest
    @CsvSource({"127.0.0.1:8081,true", "[::1]:8081,true", "localhost:8081,true", "8081,true", "192.0.2.1:8081,false"})
    void onlyPortsOfThisMachineMustBeFree(String endpoint, boolean mustBeFree) {
        assumeTrue(Probing.hasIpv6() || !endpoint.contains("::"));
        try (Launch launch = launch(Readiness.DEFAULT.tcp(endpoint), "api")) {
            assertThat(ReadinessProbes.portsToBeFree(launch).boxed()).isEqualTo(mustBeFree ? List.of(8081) : List.of());
        }
        try (Launch launch = launch(
                Readiness.DEFAULT.http("http://" + (endpoint.equals("8081") ? "localhost:8081" : endpoint)), "api")) {
            assertThat(ReadinessProbes.portsToBeFree(launch).boxed()).isEqualTo(mustBeFree ? List.of(8081) : List.of());
        }
    }

    @Test
    void aBadEndpointIsAnErrorBeforeTheStart() {
        try (Launch launch = launch(Readiness.DEFAULT.tcp("8080").tcp("http"), "api")) {
            assertThatThrownBy(() -> ReadinessProbes.check(launch))
                    .isExactlyInstanceOf(InvalidSpecException.class)
                    .hasMessage("'tcp' is \"http\", which is no TCP endpoint;"
                            + " write port, a number from 1 to 65535, or host:number");
        }
        try (Launch launch = launch(Readiness.DEFAULT.http("health"), "api")) {
            assertThatThrownBy(() -> ReadinessProbes.check(launch))
                    .isExactlyInstanceOf(InvalidSpecException.class)
                    .hasMessage("'http' is \"health\", which is neither a path nor an http:// URL;"
                            + " write /health or http://localhost:8080/health");
        }
    }

    @Test
    void goodEndpointsPass() {
        try (Launch launch =
                launch(Readiness.DEFAULT.tcp("port").tcp("a.b:1").http("/x").http("http://a.b"), "${port}", "x")) {
            ReadinessProbes.check(launch);
        }
    }

    @Test
    void aLineThatMayNotComeIsAVeto() {
        try (Launch launch = launch(Readiness.DEFAULT.failOnLog("ERROR"), "sh");
                Launch without = launch(Readiness.DEFAULT, "sh")) {
            List<ReadinessProbe> vetoes = ReadinessProbes.vetoes(launch, log, () -> {});
            vetoes.forEach(ReadinessProbe::close);

            assertThat(vetoes).extracting(ReadinessProbe::description).containsExactly("no log /ERROR/");
            assertThat(ReadinessProbes.vetoes(without, log, () -> {})).isEmpty();
            assertThat(conditions(launch)).containsExactly("alive for 1 s");
        }
    }

    /** Pinned to a number that no other JVM's tests use at the same time. */
    private static String pinned(String name) {
        return name + "=" + (10000 + ProcessHandle.current().pid() % 4000 * 2 + name.length() / 5);
    }

    @Test
    void byDefaultItListensOnAllItsPorts() {
        try (Launch launch =
                launch(Readiness.DEFAULT, List.of("http", pinned("admin")), "sh", "${port}", "${port:http}")) {
            assertThat(launch.allocation().ports().keySet()).containsExactly("port", "http", "admin");
            assertThat(conditions(launch))
                    .containsExactlyElementsOf(launch.allocation().ports().values().stream()
                            .map(port -> "tcp localhost:" + port)
                            .toList());
            assertThat(ReadinessProbes.portsToBeFree(launch).boxed())
                    .containsExactlyElementsOf(launch.allocation().ports().values());
        }
    }

    @Test
    void aPortIsMeantByItsName() {
        Readiness ready = Readiness.DEFAULT
                .tcp("http")
                .tcp("${port:http}")
                .http(":http/health")
                .http("/");
        try (Launch launch = launch(ready, List.of("http"), "sh", "${port}", "${port:http}")) {
            int port = launch.port().orElseThrow();
            int http = launch.allocation().port("http").orElseThrow();

            assertThat(conditions(launch))
                    .containsExactly(
                            "tcp localhost:" + http,
                            "tcp localhost:" + http,
                            "http GET http://localhost:" + http + "/health -> 200..399",
                            "http GET http://localhost:" + port + "/ -> 200..399");
            assertThat(ReadinessProbes.portsToBeFree(launch)).containsExactly(port, http);
        }
    }

    @Test
    void theOtherConditionsHaveTheirProbes() {
        Readiness ready = Readiness.DEFAULT.file("a").unixSocket("/run/b").command("sh", "-c", "exit 0");
        try (Launch launch = launch(ready, "sh")) {
            assertThat(conditions(launch))
                    .containsExactly(
                            "file " + folder.resolve("api/work/a"), "unix socket /run/b", "command sh -c 'exit 0'");
        }
        try (Launch oneShot = launch(Readiness.DEFAULT.exit(0, 2).failOnLog("ERROR"), "sh")) {
            assertThat(conditions(oneShot)).containsExactly("exit code 0 or 2");
        }
    }

    @Test
    void aSlipInThePortsNameGetsASuggestion() {
        try (Launch launch = launch(Readiness.DEFAULT.tcp("htpp"), List.of(pinned("http")), "api")) {
            assertThatThrownBy(() -> ReadinessProbes.check(launch))
                    .isExactlyInstanceOf(InvalidSpecException.class)
                    .hasMessage("'tcp' is \"htpp\", which is no port of it; did you mean \"http\"?");
        }
        try (Launch launch = launch(Readiness.DEFAULT.http(":htpp/health"), List.of(pinned("http")), "api")) {
            assertThatThrownBy(() -> ReadinessProbes.check(launch))
                    .isExactlyInstanceOf(InvalidSpecException.class)
                    .hasMessage("'http' is \":htpp/health\", but there is no port \"htpp\"; did you mean"
                            + " \":http/health\"?");
        }
        try (Launch launch = launch(Readiness.DEFAULT.http(":metrics/x"), List.of(pinned("http")), "api")) {
            assertThatThrownBy(() -> ReadinessProbes.check(launch))
                    .isExactlyInstanceOf(InvalidSpecException.class)
                    .hasMessage("'http' is \":metrics/x\", but there is no port \"metrics\"; declare it in 'ports'");
        }
    }

    @Test
    void anEndpointIsOneHoweverNearItIsToAName() {
        List<String> ports = List.of(pinned("localhost"), pinned("a"));
        try (Launch launch = launch(Readiness.DEFAULT.tcp("localhost:80").tcp("8"), ports, "api")) {
            ReadinessProbes.check(launch);

            assertThat(launch.tcp()).containsExactly("localhost:80", "8");
        }
    }
}
