package dev.procession.supervise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.launch.ProcessSpec;
import dev.procession.process.InvalidSpecException;
import dev.procession.process.ProcessionException;
import dev.procession.testkit.Await;
import dev.procession.testkit.Backends;
import dev.procession.testkit.Processes;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Calls by name that meet what the supervisor is doing by itself, and listeners that get in its way. */
class NamedRacesTest {

    private static final int ROUNDS = 40;

    @TempDir
    Path folder;

    private Supervisor supervisor;

    @BeforeEach
    void open() {
        supervisor = Supervisor.builder().folder(folder).base(folder).build(Backends.nativeOne());
    }

    @AfterEach
    void close() {
        supervisor.close();
    }

    private static ProcessSpec.Builder sleeper(String name) {
        return Stage.script(name, "echo ready; exec sleep 1000");
    }

    private void await(String name, ProcessState state) {
        Await.until(
                name + " is " + state,
                () -> supervisor.process(name).orElseThrow().state() == state);
    }

    /** The start that was asked for by the call before must not come after the stop. */
    @Test
    void stop_whileTheStartIsBeingPrepared_staysStopped() {
        for (int i = 0; i < ROUNDS; i++) {
            supervisor.add(sleeper("web-" + i).build());
            supervisor.stop("web-" + i);
        }
        // What was queued before has been done when this one runs.
        supervisor.add(sleeper("last").build());
        await("last", ProcessState.RUNNING);

        assertThat(supervisor.processes())
                .filteredOn(process -> !process.name().equals("last"))
                .extracting(SupervisedProcess::state)
                .containsOnly(ProcessState.STOPPED);
    }

    /** Of two that want to start it, the one that is refused must not take the start from the other. */
    @Test
    void start_fails_whileAnotherStartIsRefused_nothingIsLeftAlive() {
        supervisor.add(Stage.script("web", "echo loading; exec sleep 1000")
                .autostart(false)
                .ready(Stage.script("x", "").build().ready().timeout(Duration.ofMillis(150)))
                .build());
        SupervisedProcess web = supervisor.process("web").orElseThrow();
        for (int i = 0; i < 10; i++) {
            Future<Throwable> own = Await.async(() -> {
                try {
                    web.start();
                    return null;
                } catch (ProcessionException e) {
                    return e;
                }
            });
            supervisor.start("web");
            Await.result(own);
            supervisor.stop("web");

            assertThat(web.state().isRunning()).isFalse();
            assertThat(Processes.workingIn(folder)).isEmpty();
        }
    }

    @Test
    void add_thatWouldCloseACircle_isRefused_andAllCanBeStopped() {
        supervisor.add(sleeper("db").build());
        supervisor.add(sleeper("api").dependsOn("db").build());
        await("api", ProcessState.RUNNING);
        supervisor.remove("db");

        assertThatThrownBy(() -> supervisor.add(sleeper("db").dependsOn("api").build()))
                .isInstanceOf(InvalidSpecException.class)
                .hasMessage("ProcessSpec 'db': 'dependsOn' leads back to where it began: 'db' depends on 'api', which"
                        + " depends on the 'db' that was removed; take one of these out");

        supervisor.add(sleeper("db").build());
        await("db", ProcessState.RUNNING);
        assertThat(supervisor.stopAll()).hasSize(2).allMatch(ProcessResult::isSuccess);
    }

    /** Who tells what is around is other code, with locks of its own. */
    @Test
    void around_isAskedWithoutTheLock() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch seen = new CountDownLatch(1);
        try (Supervisor inner = Supervisor.builder()
                .folder(folder.resolve("inner"))
                .base(folder)
                .around(() -> {
                    asked.countDown();
                    try {
                        assertThat(seen.await(60, TimeUnit.SECONDS)).isTrue();
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                    return List.of();
                })
                .build(Backends.nativeOne())) {
            Future<SupervisedProcess> adding =
                    Await.async(() -> inner.add(sleeper("web").build()));
            asked.await();

            Future<List<SupervisedProcess>> others = Await.async(inner::processes);
            assertThat(Await.result(others)).isEmpty();

            seen.countDown();
            assertThat(Await.result(adding).name()).isEqualTo("web");
        }
    }
}
