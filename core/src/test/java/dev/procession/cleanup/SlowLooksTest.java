package dev.procession.cleanup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.launch.RunCookie;
import dev.procession.launch.StopPolicy;
import dev.procession.os.Child;
import dev.procession.os.ForwardingChild;
import dev.procession.os.OperatingSystem;
import dev.procession.process.ExitStatus;
import dev.procession.process.ProcessId;
import dev.procession.testkit.Await;
import dev.procession.testkit.Backends;
import dev.procession.testkit.Loners;
import dev.procession.testkit.Processes;
import dev.procession.testkit.Trial;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On a machine under load the looks before KILL may take longer than KILL has time: that counts from KILL on. */
class SlowLooksTest {

    private static final OperatingSystem SYSTEM = Backends.nativeOne();
    private static final Duration VERIFICATION = Duration.ofSeconds(60);

    @TempDir
    private Path folder;

    @Test
    void aSweepThatHasNoTimeLeftStillKills() throws Exception {
        try (Loners loners = new Loners(folder)) {
            ProcessId id = loners.in(folder);

            new Sweep(
                            SYSTEM.signaller(),
                            () -> Processes.TABLE.find(id.pid()).stream()
                                    .filter(row -> row.id().equals(id) && !row.isDead())
                                    .toList())
                    .run(Duration.ZERO);

            Processes.awaitDeath(id);
        }
    }

    @Test
    void aStopWhoseLooksTookAllTheTimeGivesItToKill() throws Exception {
        StopPolicy killing = StopPolicy.DEFAULT.gracePeriod(Duration.ZERO);
        CompletableFuture<ExitStatus> news = new CompletableFuture<>();
        try (Trial trial = new Trial(SYSTEM, folder)) {
            Child spawned = trial.program("/bin/sleep", "1000").spawn();
            Child root = new ForwardingChild(spawned) {
                @Override
                public CompletableFuture<ExitStatus> exit() {
                    return news;
                }
            };
            TreeMarks marks = new TreeMarks(
                    RunCookie.of(Processes.identity(ProcessHandle.current().pid()), "slow", 1),
                    folder.resolve("none"),
                    Set.of(),
                    killing);
            ProcessTree tree = new ProcessTree(SYSTEM, root, marks, id -> {});
            StopSequence sequence = new StopSequence("slow", SYSTEM, root, tree, killing, VERIFICATION);
            Census census = new Census(SYSTEM.processes());

            // Since then it has only looked.
            assertThat(sequence.advance(System.nanoTime() - TimeUnit.HOURS.toNanos(1), census))
                    .isPresent();
            Await.until("KILL is sent", () -> {
                assertThat(sequence.advance(System.nanoTime(), census)).isPresent();
                return !Processes.isAlive(root.id());
            });
            assertThat(sequence.advance(System.nanoTime(), census))
                    .as("the news of its death are awaited")
                    .isPresent();

            news.complete(Await.result(spawned.exit()));
            Await.until(
                    "it is over",
                    () -> sequence.advance(System.nanoTime(), census).isEmpty());
            assertThat(sequence.failure()).isEqualTo(Optional.empty());
        }
    }
}
