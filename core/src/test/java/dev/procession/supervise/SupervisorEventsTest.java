package dev.procession.supervise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.launch.Backoff;
import dev.procession.launch.ProcessSpec;
import dev.procession.launch.RestartPolicy;
import dev.procession.os.Child;
import dev.procession.os.FedChild;
import dev.procession.os.ForwardingChild;
import dev.procession.os.OperatingSystem;
import dev.procession.os.SpawnException;
import dev.procession.os.SpawnRequest;
import dev.procession.os.Spawner;
import dev.procession.process.ExitStatus;
import dev.procession.process.ProcessId;
import dev.procession.process.Signal;
import dev.procession.testkit.Await;
import dev.procession.testkit.Backends;
import dev.procession.testkit.CapturedLog;
import dev.procession.testkit.OnPurpose;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a supervisor tells of what becomes of its processes. */
class SupervisorEventsTest {

    private static final RestartPolicy QUICK = RestartPolicy.unexpected().backoff(Backoff.fixed(Duration.ofMillis(10)));

    @TempDir
    Path folder;

    private final OperatingSystem system = Backends.nativeOne();
    private final Story story = new Story();

    private Supervisor supervisor() {
        Supervisor supervisor = Supervisor.builder().folder(folder).base(folder).build(system);
        supervisor.subscribe("story", story);
        return supervisor;
    }

    private static void await(SupervisedProcess process, ProcessState state) {
        Await.until(process + " is " + state, () -> process.state() == state);
    }

    @Test
    void wholeLife_everyChange_isToldInOrder() {
        Supervisor supervisor = supervisor();
        // Crashes once, and does not come up after that.
        SupervisedProcess web =
                supervisor.add(Stage.script("web", "[ ! -e ran ] || exit 3; mkdir ran; echo ready; exec sleep 1000")
                        .restart(QUICK.startRetries(1))
                        .build());
        await(web, ProcessState.RUNNING);
        web.crash();
        await(web, ProcessState.FATAL);
        supervisor.remove("web");
        supervisor.tell("deploy", "version 2\nof web");
        supervisor.close();

        assertThat(story.lines())
                .containsExactly(
                        "group 'web' added",
                        "'web' added",
                        "'web' STOPPED -> STARTING: asked for",
                        "'web' STARTING -> RUNNING (pid A): ready",
                        "'web' RUNNING -> EXITED (pid A, killed by KILL): killed by KILL",
                        "'web' EXITED -> STARTING: started again",
                        "'web' STARTING -> BACKOFF (pid B, exit code 3, 1 failed start): exited before it was ready:"
                                + " exit code 3; its log may have details",
                        "'web' BACKOFF -> STARTING (1 failed start): started again",
                        "'web' STARTING -> BACKOFF (pid C, exit code 3, 2 failed starts): exited before it was ready:"
                                + " exit code 3; its log may have details",
                        "'web' BACKOFF -> FATAL (2 failed starts): too many start retries too quickly: 2 starts failed,"
                                + " the last one so: exited before it was ready: exit code 3; its log may have details",
                        "'web' removed",
                        "group 'web' removed",
                        "user event 'deploy': version 2\\nof web",
                        "supervisor RUNNING -> SHUTDOWN",
                        "supervisor SHUTDOWN -> STOPPED");
        assertThat(story.events())
                .extracting(SupervisionEvent::serial)
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(1, story.events().size()).boxed().toList());
        assertThat(((SupervisionEvent.UserEvent) story.events().get(12)).data()).isEqualTo("version 2\nof web");
    }

    @Test
    void groupThatIsStopped_everyChange_isToldInOrder() {
        Supervisor supervisor = supervisor();
        List<SupervisedProcess> shop = supervisor.add(ProcessGroup.of(
                "shop",
                Stage.script("db", "echo ready; exec sleep 1000").priority(1).build(),
                Stage.script("ends", "echo ready; while [ ! -e ${basedir}/go ]; do sleep 0.01; done")
                        .priority(2)
                        .dependsOn("db")
                        .build()));
        await(shop.get(1), ProcessState.RUNNING);
        folder.resolve("go").toFile().mkdir();
        await(shop.get(1), ProcessState.EXITED);
        supervisor.stop("shop:db");
        supervisor.remove("shop:*");
        supervisor.close();

        assertThat(story.lines())
                .containsExactly(
                        "group 'shop' added",
                        "'shop:db' added",
                        "'shop:ends' added",
                        "'shop:db' STOPPED -> STARTING: asked for",
                        "'shop:db' STARTING -> RUNNING (pid A): ready",
                        "'shop:ends' STOPPED -> STARTING: asked for",
                        "'shop:ends' STARTING -> RUNNING (pid B): ready",
                        "'shop:ends' RUNNING -> EXITED (pid B, exit code 0, expected): exit code 0",
                        "'shop:db' RUNNING -> STOPPING (pid A): asked for",
                        "'shop:db' STOPPING -> STOPPED (pid A, killed by TERM): stopped",
                        "'shop:db' removed",
                        "'shop:ends' removed",
                        "group 'shop' removed",
                        "supervisor RUNNING -> SHUTDOWN",
                        "supervisor SHUTDOWN -> STOPPED");
    }

    /** Its second start finds no program: that has neither a pid nor an exit status, although the first run had. */
    @Test
    void start_cannotBeSpawnedAfterARun_hasNothingOfThatRun() throws Exception {
        Path program = Files.writeString(folder.resolve("program"), "#!/bin/sh\necho ready; exec sleep 1000\n");
        assertThat(program.toFile().setExecutable(true)).isTrue();
        Supervisor supervisor = supervisor();
        SupervisedProcess web = supervisor.add(ProcessSpec.command(program.toString())
                .name("web")
                .ready(dev.procession.launch.Readiness.DEFAULT.log("^ready$"))
                .restart(QUICK.startRetries(0))
                .build());
        await(web, ProcessState.RUNNING);
        Files.delete(program);

        web.crash();

        await(web, ProcessState.FATAL);
        supervisor.close();
        String why = "could not be started: there is no file " + program + " (relative paths start at " + folder + ")";
        assertThat(story.lines().subList(4, 8))
                .containsExactly(
                        "'web' RUNNING -> EXITED (pid A, killed by KILL): killed by KILL",
                        "'web' EXITED -> STARTING: started again",
                        "'web' STARTING -> BACKOFF (1 failed start): " + why,
                        "'web' BACKOFF -> FATAL (1 failed start): " + why);
    }

    @Test
    void idleSupervisor_opened_isTold() {
        try (Supervisor supervisor = Supervisor.builder().folder(folder).idle().build(system)) {
            supervisor.subscribe("story", story);

            supervisor.open();
            supervisor.open();

            supervisor.tell("end", "");
            assertThat(story.lines(2)).containsExactly("supervisor STOPPED -> RUNNING", "user event 'end': ");
        }
    }

    @Test
    void listeners_oneBlocksAndOneThrows_hurtNobody() {
        CountDownLatch release = new CountDownLatch(1);
        try (Supervisor supervisor = supervisor()) {
            supervisor.subscribe("blocks", event -> {
                try {
                    release.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            supervisor.subscribe("throws", event -> {
                throw new OnPurpose();
            });

            SupervisedProcess web = supervisor.add(
                    Stage.script("web", "echo ready; exec sleep 1000").build());
            await(web, ProcessState.RUNNING);
            assertThat(SupervisorByNameTest.lines(supervisor.stop("web"))).containsExactly("web:web 80 OK");

            assertThat(story.lines(6))
                    .hasSize(6)
                    .endsWith("'web' STOPPING -> STOPPED (pid A, killed by TERM): stopped");
            release.countDown();
        }
    }

    /** Nobody is ever told that its first child has ended. */
    private OperatingSystem forgetful() {
        AtomicBoolean forgotten = new AtomicBoolean();
        return new OperatingSystem(
                system.processes(),
                new Spawner() {
                    @Override
                    public Child spawn(SpawnRequest request) throws SpawnException {
                        Child child = system.spawner().spawn(request);
                        return forgotten.getAndSet(true) ? child : withoutNews(child);
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
                "native, but forgetful");
    }

    private static Child withoutNews(Child child) {
        child.exit().thenRun(child::reap);
        CompletableFuture<ExitStatus> never = new CompletableFuture<>();
        return new ForwardingChild(child) {
            @Override
            public CompletableFuture<ExitStatus> exit() {
                return never;
            }
        };
    }

    @Test
    void consistencyCheck_newsOfAnEndNeverComes_isLostAndStartedAgain() {
        try (CapturedLog log = new CapturedLog("dev.procession");
                Supervisor supervisor = Supervisor.builder()
                        .folder(folder)
                        .consistencyCheck(Duration.ofMillis(50))
                        .build(forgetful())) {
            supervisor.subscribe("story", story);
            SupervisedProcess process = supervisor.add(Stage.script("lost-one", "echo ready; exec sleep 1000")
                    .restart(QUICK)
                    .build());
            await(process, ProcessState.RUNNING);
            ProcessId first = process.id();

            system.signaller().send(first, Signal.KILL);

            Await.until("it is started again", () -> process.restarts() == 1);
            await(process, ProcessState.RUNNING);
            assertThat(log.naming("Lost process 'lost-one'"))
                    .containsExactly("WARNING Lost process 'lost-one' somehow: there is no news of its end, but it is"
                            + " gone");
            assertThat(story.lines(6).subList(4, 6))
                    .containsExactly(
                            "'lost-one' RUNNING -> EXITED (pid A, exit status unknown: it is gone, and nobody knows how it ended):"
                                    + " exit status unknown: it is gone, and nobody knows how it ended",
                            "'lost-one' EXITED -> STARTING: started again");
        }
    }
}
