package dev.procession.supervise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.launch.Backoff;
import dev.procession.launch.ProcessSpec;
import dev.procession.launch.RestartPolicy;
import dev.procession.launch.StopPolicy;
import dev.procession.launch.StopScope;
import dev.procession.os.OperatingSystem;
import dev.procession.process.AlreadyStartedException;
import dev.procession.process.Signal;
import dev.procession.process.StartFailedException;
import dev.procession.testkit.Await;
import dev.procession.testkit.Backends;
import dev.procession.testkit.Processes;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Several threads do whatever comes to their mind to processes under different policies. Short here;
 * {@code -Dprocession.soak.operations} has more of them, {@code -Dprocession.soak.seed} the same ones again.
 */
class RestartStressTest {

    private static final int OPERATIONS = Integer.getInteger("procession.soak.operations", 200);
    private static final int THREADS = 4;
    private static final StopPolicy QUICK = StopPolicy.DEFAULT.gracePeriod(Duration.ofMillis(60));

    /** Who finds the run before itself alive says so: there is never more than one. */
    private static final String ALONE = "p=$(cat pid 2>/dev/null) && grep -qs '^State:.[^ZX]' /proc/$p/status"
            + " && [ \"$(readlink /proc/$p/cwd)\" = \"$PWD\" ] && echo \"$p\" >>overlaps; echo $$ >pid; ";

    /** The first time it comes up; later perhaps not. */
    private static final String FICKLE = "if [ -e first ] && [ $(($$ % 3)) = 0 ]; then exit 4; fi; touch first; ";

    private static final String SLEEPS = "echo ready; exec sleep 1000";

    private enum Operation {
        CRASH,
        STOP,
        START,
        RESTART,
        PAUSE,
        RESUME,
        KILL,
        KILL_FROM_OUTSIDE,
        LOOK
    }

    @TempDir
    Path folder;

    private final OperatingSystem system =
            System.getProperty("procession.backend", "native").equals("portable")
                    ? Backends.portable()
                    : Backends.nativeOne();
    private final Queue<String> surprises = new ConcurrentLinkedQueue<>();
    private final Map<String, AtomicInteger> results = new ConcurrentHashMap<>();

    private static ProcessSpec spec(String name, String script, RestartPolicy policy) {
        return Stage.script(name, ALONE + script).restart(policy).stop(QUICK).build();
    }

    private static List<ProcessSpec> specs() {
        String leaving = "sleep 1000 & setsid sh -c 'trap \"\" TERM; while :; do sleep 0.02; done' & ";
        return List.of(
                spec("never", SLEEPS, RestartPolicy.NEVER),
                spec("at-once", SLEEPS, RestartPolicy.onFailure().backoff(Backoff.fixed(Duration.ZERO))),
                spec("fickle", FICKLE + SLEEPS, RestartPolicy.always().backoff(Backoff.linear(Duration.ofMillis(5)))),
                spec(
                        "fickle-at-once",
                        FICKLE + SLEEPS,
                        RestartPolicy.unexpected()
                                .backoff(Backoff.fixed(Duration.ZERO))
                                .startRetries(1)),
                spec(
                        "restless",
                        "echo ready; sleep 0.0$(($$ % 10)); exit $(($$ % 4))",
                        RestartPolicy.untilExit(3)
                                .backoff(Backoff.exponential(Duration.ofMillis(1), Duration.ofMillis(30)))
                                .unlimited()),
                spec(
                        "slow",
                        SLEEPS,
                        RestartPolicy.always()
                                .backoff(Backoff.randomUpTo(Duration.ofMillis(20)))
                                .startSeconds(Duration.ofMillis(40))),
                Stage.script("leaving", ALONE + leaving + "echo ready; wait")
                        .restart(RestartPolicy.onFailure().backoff(Backoff.fixed(Duration.ofMillis(3))))
                        .stop(QUICK.scope(StopScope.GROUP))
                        .build(),
                spec(
                        "deaf",
                        Stage.DEAF,
                        RestartPolicy.processman().backoff(Backoff.randomUpTo(Duration.ofMillis(10)))));
    }

    @Test
    void anythingAtAnyTime_onlyWhatIsDocumentedHappensAndNothingIsLeft() throws Exception {
        long seed = Long.getLong("procession.soak.seed", new Random().nextLong());
        long start = System.nanoTime();
        List<SupervisedProcess> all;
        try (Stage stage = new Stage(system, folder)) {
            all = stage.supervisor().startAll(specs());
            List<Future<Void>> threads = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                Random random = new Random(seed + i);
                threads.add(Await.async(() -> {
                    for (int n = 0; n < OPERATIONS / THREADS; n++) {
                        SupervisedProcess process = all.get(random.nextInt(all.size()));
                        perform(Operation.values()[random.nextInt(Operation.values().length)], process);
                        TimeUnit.MILLISECONDS.sleep(random.nextInt(8));
                    }
                    return null;
                }));
            }
            for (Future<Void> thread : threads) {
                thread.get(60 + OPERATIONS / 4, TimeUnit.SECONDS);
            }
            for (SupervisedProcess process : all) {
                process.stop();
                assertThat(process.state().isStopped()).as(process.toString()).isTrue();
                startUntilItRuns(process);
            }
        } finally {
            System.out.println("[soak] " + OPERATIONS + " operations in "
                    + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start) + " ms, seed " + seed + ": "
                    + new TreeMap<>(results));
        }
        assertThat(surprises).as("surprises, seed " + seed).isEmpty();
        assertThat(Processes.workingIn(folder)).isEmpty();
        for (SupervisedProcess process : all) {
            assertThat(process.state())
                    .as(process.toString())
                    .isIn(EnumSet.of(ProcessState.STOPPED, ProcessState.EXITED, ProcessState.FATAL));
            assertThat(process.directory().resolve("overlaps")).doesNotExist();
        }
    }

    /** Whatever was done to it, it is usable. */
    private static void startUntilItRuns(SupervisedProcess process) {
        Await.until(process + " can be started", () -> {
            try {
                process.start();
                return true;
            } catch (StartFailedException e) {
                return false;
            }
        });
    }

    private void perform(Operation operation, SupervisedProcess process) {
        String result = "done";
        try {
            switch (operation) {
                case CRASH -> process.crash();
                case STOP -> process.stop();
                case START -> process.start();
                case RESTART -> process.restart();
                case PAUSE -> process.pause();
                case RESUME -> process.resume();
                case KILL -> process.kill();
                case KILL_FROM_OUTSIDE -> killFromOutside(process);
                default -> look(process);
            }
        } catch (AlreadyStartedException | StartFailedException e) {
            result = e.getClass().getSimpleName();
            boolean starts = operation == Operation.START || operation == Operation.RESTART;
            if (!starts) {
                surprises.add(operation + " of " + process + ": " + e);
            }
        } catch (RuntimeException | Error e) {
            result = e.getClass().getSimpleName();
            surprises.add(operation + " of " + process + ": " + e + " at "
                    + Arrays.asList(e.getStackTrace()).subList(0, Math.min(12, e.getStackTrace().length)));
        }
        results.computeIfAbsent(operation + " " + result, any -> new AtomicInteger())
                .incrementAndGet();
    }

    private void killFromOutside(SupervisedProcess process) {
        process.lifecycle()
                .run()
                .ifPresent(run -> system.signaller().send(run.child().id(), Signal.KILL));
    }

    private void look(SupervisedProcess process) {
        ProcessState state = process.state();
        if (state == ProcessState.UNKNOWN) {
            surprises.add(process.toString());
        }
        process.tree();
        process.log().lines();
        process.exitStatus();
        process.startedAt();
        process.unexpectedDeath();
        Set.of(process.toString());
    }
}
