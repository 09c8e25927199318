package dev.procession.supervise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.cleanup.Census;
import dev.procession.launch.Allocation;
import dev.procession.launch.CommandText;
import dev.procession.launch.Launch;
import dev.procession.launch.ProcessSpec;
import dev.procession.launch.RestartPolicy;
import dev.procession.launch.RunCookie;
import dev.procession.os.Child;
import dev.procession.os.FedChild;
import dev.procession.os.OperatingSystem;
import dev.procession.os.SpawnException;
import dev.procession.os.SpawnRequest;
import dev.procession.os.Spawner;
import dev.procession.process.ExitStatus;
import dev.procession.process.InvalidSpecException;
import dev.procession.process.ProcessDiedException;
import dev.procession.process.ProcessId;
import dev.procession.process.Signal;
import dev.procession.process.StartFailedException;
import dev.procession.process.WaitTimeoutException;
import dev.procession.testkit.Await;
import dev.procession.testkit.Backends;
import dev.procession.testkit.Processes;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SupervisorTest {

    private static final String SLEEPS = "echo ready; exec sleep 1000";

    @TempDir
    Path folder;

    private final OperatingSystem system = Backends.nativeOne();

    @Test
    void start_runningProcess_saysAllAboutItself() {
        try (Stage stage = new Stage(system, folder)) {
            SupervisedProcess process = stage.start("mine", SLEEPS, Stage.PATIENT);

            assertThat(process.state()).isEqualTo(ProcessState.RUNNING);
            assertThat(process.id()).isEqualTo(Processes.identity(process.pid()));
            assertThat(process.exitStatus()).isEmpty();
            assertThat(process.exit()).isNotDone();
            assertThat(process.unexpectedDeath()).isEmpty();
            assertThat(process.tree()).singleElement().matches(row -> row.pid() == process.pid());
            assertThat(process.directory()).isEqualTo(folder.resolve("mine/work"));
            assertThat(process).hasToString("'mine' RUNNING");
            assertThat(stage.supervisor().processes()).containsExactly(process);
            assertThat(process.exit().complete(new ExitStatus.Code(0))).isTrue();
            assertThat(process.exit())
                    .as("a copy's completion is nobody else's")
                    .isNotDone();
        }
    }

    @Test
    void unexpectedDeath_killedFromOutside_messageIsWhole() {
        try (Stage stage = new Stage(system, folder)) {
            SupervisedProcess process =
                    stage.start("victim", "echo ready; echo last words >&2; exec sleep 1000", Stage.PATIENT);
            Stage.awaitLine(process, "last words");
            long pid = process.pid();
            system.signaller().send(process.id(), Signal.SEGV);
            Await.result(process.exit());

            ProcessDiedException death = process.unexpectedDeath().orElseThrow();

            assertThat(death.getMessage().replaceAll("was up for .*", "was up for T"))
                    .isEqualTo("'victim' died, and nobody had asked it to: "
                            + process.exitStatus().orElseThrow() + "\n"
                            + "  process     pid " + pid + ", was up for T\n"
                            + "  command     " + CommandText.of(process.spec().command()) + "      in "
                            + folder.resolve("victim/work") + "\n"
                            + "  last lines of " + folder.resolve("victim/stdout.log") + "\n"
                            + "    ready\n"
                            + "  last lines of " + folder.resolve("victim/stderr.log") + "\n"
                            + "    last words\n"
                            + "  try         find out what ended it; if the test means to end it, it calls stop(),"
                            + " kill() or expectExit()");
            assertThat(process.exitStatus().orElseThrow().toString()).startsWith("killed by SEGV");
            assertThat(process.state()).isEqualTo(ProcessState.EXITED);
            assertThat(process.stop()).isFalse();
            assertThat(process.unexpectedDeath())
                    .as("a stop that came too late")
                    .isPresent();
            assertThatThrownBy(process::pid)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("Expected 'victim' to be running, but was EXITED ("
                            + process.exitStatus().orElseThrow() + ")");
        }
    }

    @Test
    void unexpectedDeath_deathThatWasAskedFor_isNone() {
        try (Stage stage = new Stage(system, folder)) {
            SupervisedProcess expected = stage.start("expected", SLEEPS, Stage.PATIENT);
            expected.expectExit();
            system.signaller().send(expected.id(), Signal.KILL);
            Await.result(expected.exit());
            assertThat(expected.unexpectedDeath()).isEmpty();

            SupervisedProcess signalled = stage.start("signalled", SLEEPS, Stage.PATIENT);
            assertThat(signalled.signal(Signal.HUP)).isTrue();
            Await.result(signalled.exit());
            assertThat(signalled.unexpectedDeath()).isEmpty();
            assertThat(signalled.signal(Signal.HUP)).isFalse();

            SupervisedProcess awaited =
                    stage.start("awaited", "echo ready; while [ ! -e go ]; do sleep 0.02; done; exit 6", Stage.PATIENT);
            Future<ExitStatus> exit = Await.async(() -> awaited.awaitExit(Duration.ofSeconds(60)));
            Await.until(
                    "told to go",
                    () -> awaited.directory().resolve("go").toFile().mkdir());
            assertThat(Await.result(exit)).isEqualTo(new ExitStatus.Code(6));
            assertThat(awaited.unexpectedDeath()).isEmpty();

            SupervisedProcess faster =
                    stage.start("faster", "echo ready; while [ ! -e go ]; do sleep 0.02; done; exit 6", Stage.PATIENT);
            Await.until(
                    "told to go",
                    () -> faster.directory().resolve("go").toFile().mkdir());
            Await.result(faster.exit());
            assertThat(faster.awaitExit(Duration.ZERO)).isEqualTo(new ExitStatus.Code(6));
            assertThat(faster.unexpectedDeath()).isEmpty();
        }
    }

    @Test
    void unexpectedDeath_expectedOnlyAfterTheDeath_isStillReported() {
        try (Stage stage = new Stage(system, folder)) {
            SupervisedProcess process = stage.start("late", SLEEPS, Stage.PATIENT);
            system.signaller().send(process.id(), Signal.KILL);
            Await.result(process.exit());

            process.expectExit();
            process.signal(Signal.TERM);
            process.kill();

            assertThat(process.unexpectedDeath()).isPresent();
        }
    }

    @Test
    void awaitExit_stillRunning_saysSo() {
        try (Stage stage = new Stage(system, folder)) {
            SupervisedProcess process = stage.start("lasting", SLEEPS, Stage.PATIENT);

            assertThatThrownBy(() -> process.awaitExit(Duration.ZERO))
                    .isInstanceOf(WaitTimeoutException.class)
                    .hasMessage(
                            "Expected 'lasting' to exit within 0 ms, but it is RUNNING (pid " + process.pid() + ")");
        }
    }

    @Test
    void start_nameTaken_isRefused() {
        try (Stage stage = new Stage(system, folder)) {
            stage.start("twin", SLEEPS, Stage.PATIENT);

            assertThatThrownBy(() -> stage.start("twin", SLEEPS, Stage.PATIENT))
                    .isInstanceOf(InvalidSpecException.class)
                    .hasMessage("ProcessSpec 'twin': 'name' is \"twin\", which another process of this supervisor has"
                            + " already; give one of them another 'name'");
        }
    }

    @Test
    void start_sameNameInAnotherSupervisor_eachStopsItsOwn() {
        String withDaemon = "setsid sleep 1000 & echo $!; echo ready; exec sleep 1000";
        try (Stage one = new Stage(system, folder.resolve("one"));
                Stage other = new Stage(system, folder.resolve("other"))) {
            SupervisedProcess first = one.start("same", withDaemon, Stage.PATIENT);
            SupervisedProcess second = other.start("same", withDaemon, Stage.PATIENT);
            ProcessId daemon = Stage.printed(second, 1).get(0);
            Stage.printed(first, 1);

            first.stop();

            assertThat(Processes.isAlive(second.id())).isTrue();
            assertThat(Processes.isAlive(daemon)).isTrue();
            assertThat(second.tree()).hasSize(2);
        }
    }

    @Test
    void start_closedSupervisor_isRefused() {
        Stage stage = new Stage(system, folder);
        stage.close();
        stage.close();

        assertThatThrownBy(() -> stage.start("late", SLEEPS, Stage.PATIENT))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("Expected an open supervisor to start 'late', but it was closed");
    }

    @Test
    void close_runningProcesses_allEnd() {
        ProcessId first;
        ProcessId second;
        try (Stage stage = new Stage(system, folder)) {
            first = stage.start("first", SLEEPS, Stage.PATIENT).id();
            second = stage.start("second", SLEEPS, Stage.PATIENT).id();
        }
        assertThat(Processes.isAlive(first)).isFalse();
        assertThat(Processes.isAlive(second)).isFalse();
    }

    @Test
    void start_admittedBeforeTheCloseButNotYetSpawning_isRefused() {
        ProcessSpec spec = Stage.script("admitted", SLEEPS).build();
        Launch launch = new Launch(
                Allocation.of(spec, folder, folder.resolve("admitted"), system),
                RunCookie.of(system.processes().self(), "admitted", 1),
                Map.of());
        RunStarter starter = supervised(launch).starter();
        starter.forbidStart("it was closed");

        assertThatThrownBy(() -> starter.begin(this))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("Expected an open supervisor to start 'admitted', but it was closed");
        assertThat(Processes.workingIn(folder)).isEmpty();
    }

    /** The spawn happens after the start was admitted, and the close comes between the two. */
    @Test
    void close_whileAStartIsAboutToSpawn_nothingOutlivesIt() {
        CountDownLatch spawning = new CountDownLatch(1);
        CountDownLatch closing = new CountDownLatch(1);
        OperatingSystem late = new OperatingSystem(
                system.processes(),
                new Spawner() {
                    @Override
                    public Child spawn(SpawnRequest request) throws SpawnException {
                        spawning.countDown();
                        Await.until("the close has begun", () -> closing.getCount() == 0);
                        return system.spawner().spawn(request);
                    }

                    @Override
                    public FedChild spawnFed(SpawnRequest request) throws SpawnException {
                        return system.spawner().spawnFed(request);
                    }
                },
                system.signaller(),
                system.deaths(),
                system.files(),
                system.sockets(),
                "native, but slow to spawn");
        Supervisor supervisor = Supervisor.builder().folder(folder).build(late);
        ProcessSpec spec = Stage.script("overtaken", "echo $$; exec sleep 1000").build();
        Future<Throwable> start = Await.async(() -> {
            try {
                supervisor.start(spec);
                return new AssertionError("Expected the start to fail");
            } catch (RuntimeException e) {
                return e;
            }
        });
        Await.until("it is about to spawn", () -> spawning.getCount() == 0);
        Thread closer = new Thread(supervisor::close);
        closer.start();
        Await.until(
                "the close has begun",
                () -> closer.getState() != Thread.State.NEW && closer.getState() != Thread.State.RUNNABLE);

        closing.countDown();

        Await.until("the close returns", () -> !closer.isAlive());
        assertThat(Processes.workingIn(folder)).isEmpty();
        assertThat(Await.result(start))
                .isInstanceOf(StartFailedException.class)
                .hasMessageContaining("was stopped before it was ready")
                .hasMessageContaining("stop it only when its start has returned");
    }

    private SupervisedProcess supervised(Launch launch) {
        Shared shared = new Shared(
                system,
                StragglerPolicy.KILL,
                Progress.LOGGED,
                new Loop(),
                new Census(system.processes()),
                new Console(ForkJoinPool.commonPool()),
                new EventBus(),
                System::nanoTime);
        String name = launch.spec().name();
        return new SupervisedProcess(shared, launch, new Place(name, 999, 999), () -> {}, RestartPolicy.NEVER);
    }

    /** Between the look that finds it ready and the state that says so. */
    @Test
    void becomeReady_hasDiedSince_isADeathAndNoFailedStart() {
        ProcessSpec spec = Stage.script("brief", SLEEPS).build();
        try (Launch launch = new Launch(
                Allocation.of(spec, folder, folder.resolve("brief"), system),
                RunCookie.of(system.processes().self(), "brief", 1),
                Map.of())) {
            SupervisedProcess process = supervised(launch);
            Start start = process.starter().begin(this);
            Await.until("it is ready", () -> start.look().isPresent());
            system.signaller().send(process.id(), Signal.KILL);
            Await.result(start.run().ended());

            assertThat(process.lifecycle().becomeReady(start)).isTrue();

            assertThat(process.state()).isEqualTo(ProcessState.EXITED);
            assertThat(process.unexpectedDeath()).isPresent();
        }
    }
}
