package dev.procession.cleanup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.launch.RunCookie;
import dev.procession.launch.StopPolicy;
import dev.procession.os.Child;
import dev.procession.os.OperatingSystem;
import dev.procession.process.ProcessId;
import dev.procession.testkit.Await;
import dev.procession.testkit.Backends;
import dev.procession.testkit.Processes;
import dev.procession.testkit.Trial;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A sequence that is told what time it is. */
class StopSequenceTest {

    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    @Test
    void whoTakesItsTimeAfterTheRootIsLookedForEverLessOften(@TempDir Path folder) throws Exception {
        OperatingSystem system = Backends.nativeOne();
        Path pid = folder.resolve("pid");
        Path asked = folder.resolve("asked");
        StopPolicy patient = StopPolicy.DEFAULT.gracePeriod(Duration.ofMinutes(5));
        try (Trial trial = new Trial(system, folder)) {
            Child root = trial.script(
                            "(trap ': > \"$2\"' TERM; sh -c 'echo $PPID' > \"$1\"; while :; do sleep 0.02; done) &"
                                    + " exec sleep 1000",
                            pid.toString(),
                            asked.toString())
                    .spawn();
            ProcessId slow = Processes.identity(Await.lines(pid, 1).get(0));
            TreeMarks marks = new TreeMarks(
                    RunCookie.of(Processes.identity(ProcessHandle.current().pid()), "slow", 1),
                    folder.resolve("none"),
                    Set.of(),
                    patient);
            ProcessTree tree = new ProcessTree(system, root, marks, any -> {});
            StopSequence sequence = new StopSequence("slow", system, root, tree, patient, Duration.ofSeconds(60));
            Census census = new Census(system.processes());
            AtomicLong last = new AtomicLong();
            try {
                Await.until("it was asked after the root", () -> {
                    last.set(System.nanoTime());
                    assertThat(sequence.advance(last.get(), census)).isPresent();
                    return Files.exists(asked);
                });

                assertThat(sequence.advance(last.get() + 10 * SECOND, census)).contains(Duration.ofMillis(100));

                sequence.limit(new StopSequence.Limit(last.get() + 20 * SECOND, last.get() + 80 * SECOND));
                assertThat(sequence.advance(last.get() + 20 * SECOND - 7, census))
                        .as("not beyond the grace period")
                        .contains(Duration.ofNanos(7));
                assertThat(Processes.isAlive(slow)).isTrue();
            } finally {
                sequence.hurry();
                Await.until(
                        "all is over",
                        () -> sequence.advance(System.nanoTime(), census).isEmpty());
            }
            assertThat(Processes.isAlive(slow)).isFalse();
        }
    }
}
