package dev.procession.supervise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.procession.launch.CommandText;
import dev.procession.launch.PortLeases;
import dev.procession.launch.PortLeases.Lease;
import dev.procession.launch.ProcessSpec;
import dev.procession.launch.Readiness;
import dev.procession.process.StartFailedException;
import dev.procession.testkit.Await;
import dev.procession.testkit.Backends;
import dev.procession.testkit.Listening;
import dev.procession.testkit.Processes;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** At an address that this machine has in a network a listener is proved as one at loopback is. */
class OwnAddressTest {

    private static final Path PERL = Path.of("/usr/bin/perl");

    @TempDir
    private Path folder;

    private String address;
    private Lease lease;

    @BeforeEach
    void findAddress() throws IOException {
        lease = PortLeases.ofMachine().take(Backends.nativeOne().sockets());
        Optional<String> own = NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(one -> one instanceof Inet4Address && !one.isLoopbackAddress())
                .map(InetAddress::getHostAddress)
                .filter(Listening::isPossibleOn)
                .findFirst();
        assumeTrue(own.isPresent(), "needs an address in a network");
        address = own.orElseThrow();
    }

    @AfterEach
    void giveBack() {
        lease.close();
    }

    private Readiness ready() {
        return Readiness.DEFAULT.tcp(address + ":" + lease.port());
    }

    private String failure(ProcessSpec spec) {
        try (Stage stage = new Stage(Backends.nativeOne(), folder)) {
            StartFailedException failure = catchThrowableOfType(
                    StartFailedException.class, () -> stage.supervisor().start(spec));
            assertThat(failure).as("the start fails").isNotNull();
            return failure.getMessage()
                    .lines()
                    .findFirst()
                    .orElseThrow()
                    .replaceAll("after [0-9.]+ m?s of", "after T of")
                    .replaceAll("up for [0-9.]+ (ms|s|m)\\b", "up for T");
        }
    }

    private String servedByThisJvm(String how) {
        long self = ProcessHandle.current().pid();
        return "port " + lease.port() + " is " + how + " by pid " + self + " ("
                + CommandText.of(Processes.TABLE.commandLine(self)) + "), up for T";
    }

    @Test
    void start_servedBefore_failsAndNamesTheOwner() throws Exception {
        try (ServerSocket stranger = Listening.on(address, lease.port(), true, false)) {
            assertThat(stranger.isBound()).isTrue();
            assertThat(failure(Stage.script("idle", "exec sleep 1000")
                            .ready(ready())
                            .build()))
                    .isEqualTo("'idle' could not be started: " + servedByThisJvm("already served"));
        }
    }

    @Test
    void start_strangerTakesItMeanwhile_failsAndNamesHim() throws Exception {
        Path started = folder.resolve("started");
        try (ServerSocket stranger = new ServerSocket()) {
            Future<Boolean> taken = Await.async(() -> {
                Await.exists(started);
                stranger.bind(new InetSocketAddress(address, lease.port()));
                return true;
            });

            assertThat(failure(Stage.script("idle", ": > \"$1\"; exec sleep 1000", "" + started)
                            .ready(ready())
                            .build()))
                    .isEqualTo("'idle' cannot become ready, after T of 60 s: " + servedByThisJvm("served")
                            + ", which is not part of this process");
            assertThat(Await.result(taken)).isTrue();
        }
    }

    @Test
    void start_itServesItBesideAStrangerAtLoopback_isReady() throws Exception {
        assumeTrue(Files.isExecutable(PERL), "needs perl");
        try (ServerSocket stranger = Listening.on("127.0.0.1", lease.port(), true, false);
                Stage stage = new Stage(Backends.nativeOne(), folder)) {
            assertThat(stranger.isBound()).isTrue();
            SupervisedProcess server = stage.supervisor()
                    .start(ProcessSpec.command(
                                    PERL.toString(),
                                    "-MSocket",
                                    "-e",
                                    "socket(S, PF_INET, SOCK_STREAM, 0) && bind(S, sockaddr_in($ARGV[1],"
                                            + " inet_aton($ARGV[0]))) && listen(S, 5) or die $!; sleep 1000",
                                    address,
                                    "" + lease.port())
                            .name("server")
                            .ready(ready())
                            .stop(Stage.PATIENT)
                            .build());

            assertThat(server.state()).isEqualTo(ProcessState.RUNNING);
        }
    }
}
