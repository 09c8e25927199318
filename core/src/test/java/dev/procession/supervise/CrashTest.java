package dev.procession.supervise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.procession.launch.Backoff;
import dev.procession.launch.ProcessSpec;
import dev.procession.launch.Readiness;
import dev.procession.launch.RestartPolicy;
import dev.procession.launch.RunAs;
import dev.procession.launch.RunCookie;
import dev.procession.os.OperatingSystem;
import dev.procession.process.ProcessId;
import dev.procession.process.Signal;
import dev.procession.process.StartFailedException;
import dev.procession.testkit.Await;
import dev.procession.testkit.Backends;
import dev.procession.testkit.ChildJvm;
import dev.procession.testkit.Processes;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a crash must not change, and what must not survive it: ports, users, and the end of the JVM. */
class CrashTest {

    private static final Duration LONG = Duration.ofSeconds(60);
    private static final String SLEEPS = "echo ready; exec sleep 1000";
    private static final String COUNTS = "n=$(cat runs 2>/dev/null || echo 0); n=$((n + 1)); echo $n >runs; ";
    private static final RestartPolicy SOON = RestartPolicy.onFailure().backoff(Backoff.fixed(Duration.ofMillis(10)));

    private static final String LISTEN = "exec perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new(LocalAddr =>"
            + " \"127.0.0.1\", LocalPort => shift, Listen => 5, ReuseAddr => 1) or die $!; sleep 1000' ";

    @TempDir
    Path folder;

    private final OperatingSystem system = Backends.nativeOne();

    private static ProcessSpec.Builder server() {
        return ProcessSpec.command("sh", "-c", LISTEN + "${port}")
                .name("server")
                .stop(Stage.PATIENT)
                .restart(SOON);
    }

    private static void needsPerl() {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/perl")), "needs perl");
    }

    @Test
    void crash_ofAServer_listensOnTheSamePortAgain() {
        needsPerl();
        try (Stage stage = new Stage(system, folder)) {
            SupervisedProcess server = stage.supervisor().start(server().build());
            int port = server.port();
            for (int i = 0; i < 3; i++) {
                server.crash();
                server.awaitReady(LONG);

                assertThat(server.port()).isEqualTo(port);
                assertThat(server.listeningPorts()).containsExactly(port);
            }
        }
    }

    @Test
    void strangerTakesThePortBetweenTwoRuns_isNamedAndNeverTakenForOurs() throws Exception {
        needsPerl();
        try (Stage stage = new Stage(system, folder)) {
            SupervisedProcess server = stage.supervisor()
                    .start(server().restart(SOON.startRetries(1)).build());
            int port = server.port();
            server.stop();
            try (ServerSocket stranger = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                assertThatThrownBy(server::start)
                        .isInstanceOf(StartFailedException.class)
                        .hasMessageStartingWith(
                                "'server' was given up after 2 starts: could not be started: port " + port
                                        + " is already served by pid "
                                        + ProcessHandle.current().pid() + " (");
                assertThat(server.state()).isEqualTo(ProcessState.FATAL);
                assertThat(server.restarts()).isZero();
                assertThat(stranger.isClosed()).isFalse();
            }
            server.start();
            assertThat(server.listeningPorts()).containsExactly(port);
        }
    }

    @Test
    @SuppressWarnings("try") // closed early: that is the point
    void strangerLeavesThePortAgain_aLaterTryHasIt() throws Exception {
        needsPerl();
        try (Stage stage = new Stage(system, folder)) {
            SupervisedProcess server =
                    stage.supervisor().start(server().restart(SOON.unlimited()).build());
            int port = server.port();
            server.stop();
            Future<ProcessState> start;
            try (ServerSocket stranger = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                start = Await.async(() -> {
                    server.start();
                    return server.state();
                });
                Await.until("it was tried some times", () -> server.lifecycle().tries() > 3);
                assertThat(stranger.isClosed()).isFalse();
            }

            assertThat(Await.result(start)).isEqualTo(ProcessState.RUNNING);
            assertThat(server.restarts()).isEqualTo(1);
        }
    }

    @Test
    void spawnThatFails_isOneFailedStartEachTime() throws Exception {
        HeldSpawns spawns = new HeldSpawns(system);
        Path program = folder.resolve("program");
        Files.writeString(program, "#!/bin/sh\n" + SLEEPS + "\n");
        assertThat(program.toFile().setExecutable(true)).isTrue();
        try (Stage stage = new Stage(spawns.system(), folder.resolve("stage"))) {
            SupervisedProcess process = stage.supervisor()
                    .start(ProcessSpec.command(program.toString())
                            .name("worker")
                            .ready(Readiness.DEFAULT.log("^ready$"))
                            .restart(SOON.backoff(Backoff.fixed(Duration.ZERO)).startRetries(3))
                            .build());
            // Looks like a binary, but no kernel takes it for one.
            Files.write(program, new byte[] {0x7f, 'E', 'L', 'F', 0, 0});
            process.crash();
            Await.until("it is given up", () -> process.state() == ProcessState.FATAL);

            assertThat(spawns.count()).isEqualTo(1 + 4);
        }
    }

    @Test
    void crash_asAnotherUser_comesBackAsThat() throws Exception {
        assumeTrue(Files.isWritable(Path.of("/etc/passwd")), "needs root");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
        try (Stage stage = new Stage(system, folder)) {
            SupervisedProcess process = stage.supervisor()
                    .start(Stage.script("worker", "id -un; date +%s >now; " + SLEEPS)
                            .runAs(RunAs.UNCHANGED.user("daemon"))
                            .stdin("x")
                            .restart(SOON)
                            .build());
            process.crash();
            process.awaitReady(LONG);

            assertThat(process.log().allRuns().lines()).containsExactly("daemon", "ready", "daemon", "ready");
        }
    }

    /** A pause of an hour ends with the JVM, and so does what came back before. */
    @Test
    void endOfTheJvm_afterRestarts_leavesNothing() throws Exception {
        ends("EXIT", 0);
    }

    @Test
    void killedJvm_afterRestarts_leavesNothing() throws Exception {
        ends("KILL", 128 + 9);
    }

    @Test
    void terminatedJvm_whileItStartsSomethingAgainAllTheTime_leavesNothing() throws Exception {
        ends("TERM", 128 + 15);
    }

    /** The watchdog that takes over knows the later runs, too. */
    @Test
    void killedJvm_afterRestartsAndItsWatchdog_leavesNothing() throws Exception {
        ends("KILL_AFTER_WATCHDOG", 128 + 9);
    }

    private void ends(String how, int exitCode) throws Exception {
        Process jvm = ChildJvm.of(Restarting.class, how)
                .under("env", "--default-signal=INT,HUP")
                .nativeAccess()
                .start(folder);
        ProcessId id = Processes.identity(jvm.pid());
        String run = RunCookie.runOf(id);
        Set<ProcessId> seen = new HashSet<>();
        try {
            Await.until("it is up, or has ended", () -> Files.exists(folder.resolve("up")) || !jvm.isAlive());
            Processes.marked(run).forEach(seen::add);
            assertThat(Processes.workingIn(folder.resolve("processes"))).isNotEmpty();
            if (how.equals("EXIT")) {
                Files.createFile(folder.resolve("end"));
            } else if (how.equals("KILL_AFTER_WATCHDOG")) {
                Set<ProcessId> first = Processes.watchdogsOf(id);
                Processes.kill(system, first);
                Await.until(
                        "there is another watchdog",
                        () -> Processes.watchdogsOf(id).stream().anyMatch(watchdog -> !first.contains(watchdog)));
                system.signaller().send(id, Signal.KILL);
            } else {
                system.signaller().send(id, Signal.parse(how));
            }

            ChildJvm.Result result = ChildJvm.await(jvm, folder);

            assertThat(result.exitCode()).as(result.toString()).isEqualTo(exitCode);
            Await.until(
                    "nothing is left",
                    () -> Processes.workingIn(folder.resolve("processes")).isEmpty()
                            && Processes.marked(run).isEmpty());
        } finally {
            jvm.destroyForcibly().waitFor();
            seen.addAll(Processes.marked(run));
            Processes.kill(system, seen);
        }
    }

    /** Has one that came back twice, one that waits to, and one that does nothing but die and come back. */
    public static final class Restarting {
        public static void main(String[] arguments) throws Exception {
            Supervisor supervisor = Supervisor.create(Path.of("processes"));
            List<SupervisedProcess> all = supervisor.startAll(List.of(
                    Stage.script("back", "setsid sleep 1000 & (setsid sleep 1000 &); " + SLEEPS)
                            .restart(SOON)
                            .stop(Stage.QUICK)
                            .build(),
                    Stage.script("waiting", SLEEPS)
                            .restart(SOON.backoff(Backoff.fixed(Duration.ofHours(1))))
                            .build(),
                    Stage.script("restless", "setsid sleep 1000 & echo ready; sleep 0.0$(($$ % 10)); exit 1")
                            .restart(RestartPolicy.always()
                                    .backoff(Backoff.fixed(Duration.ZERO))
                                    .unlimited())
                            .stop(Stage.QUICK)
                            .build()));
            for (int i = 0; i < 2; i++) {
                all.get(0).crash();
                all.get(0).awaitReady(LONG);
            }
            all.get(1).crash();
            Await.until("it dies and comes back", () -> all.get(2).restarts() > 3);
            Files.createFile(Path.of("up"));
            if (arguments[0].equals("EXIT")) {
                Await.exists(Path.of("end"));
                System.exit(0);
            }
            Thread.sleep(600_000);
        }
    }
}
