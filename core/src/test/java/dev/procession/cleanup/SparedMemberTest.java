package dev.procession.cleanup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.launch.RunCookie;
import dev.procession.launch.StopPolicy;
import dev.procession.launch.StopScope;
import dev.procession.os.Child;
import dev.procession.os.OperatingSystem;
import dev.procession.process.ProcessId;
import dev.procession.testkit.Await;
import dev.procession.testkit.Backends;
import dev.procession.testkit.Processes;
import dev.procession.testkit.Trial;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who outlives the root by its stop scope has the root's session no longer as a sign, once that is reaped. */
class SparedMemberTest {

    @Test
    void whoIsSparedIsToldOfByItself(@TempDir Path folder) throws Exception {
        OperatingSystem system = Backends.nativeOne();
        Path pid = folder.resolve("pid");
        StopPolicy alone = StopPolicy.DEFAULT.scope(StopScope.PROCESS).gracePeriod(Duration.ofSeconds(60));
        List<ProcessId> told = new ArrayList<>();
        try (Trial trial = new Trial(system, folder)) {
            Child root = trial.script("(env -i sleep 1000 & echo $! >\"$1\"); exec sleep 1000", pid.toString())
                    .in(Path.of("/"))
                    .spawn();
            ProcessId spared = Processes.identity(Await.lines(pid, 1).get(0));
            TreeMarks marks = new TreeMarks(
                    RunCookie.of(Processes.identity(ProcessHandle.current().pid()), "spared", 1),
                    folder.resolve("none"),
                    Set.of(),
                    alone);
            ProcessTree tree = new ProcessTree(system, root, marks, told::add);
            try {
                StopSequence.runAll(
                        List.of(new StopSequence("spared", system, root, tree, alone, Duration.ofSeconds(60))));

                assertThat(Processes.isAlive(root.id())).isFalse();
                assertThat(Processes.isAlive(spared)).isTrue();
                assertThat(told).contains(spared);
            } finally {
                Processes.kill(system, Set.of(spared));
            }
        }
    }
}
