package dev.procession.supervise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.process.ProcessId;
import dev.procession.testkit.Await;
import dev.procession.testkit.ChildJvm;
import dev.procession.testkit.Processes;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A JVM that is killed with many processes. */
class CrowdTest {

    private static final int GROUPS = 50;

    @Test
    void fiftyGroupsOfAKilledJvm_areAllGone(@TempDir Path folder) throws Exception {
        Process jvm = ChildJvm.of(Crowd.class).nativeAccess().start(folder);
        try {
            Await.lines(folder.resolve("jvm-stdout"), 1);
            Set<ProcessId> crowd = new HashSet<>();
            Processes.workingIn(folder).forEach(row -> crowd.add(row.id()));
            crowd.remove(Processes.identity(jvm.pid()));
            assertThat(crowd).hasSize(GROUPS);
            long start = System.nanoTime();

            jvm.destroyForcibly();

            // Until its last descriptor is closed, nobody can know of its end.
            Await.until("the JVM is dead", () -> !jvm.isAlive());
            long dead = System.nanoTime();
            Await.until("all are dead", () -> crowd.stream().noneMatch(Processes::isAlive));
            System.out.println("[soak] " + GROUPS + " groups gone "
                    + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - dead) + " ms after their JVM, which took "
                    + TimeUnit.NANOSECONDS.toMillis(dead - start) + " ms to die");
        } finally {
            jvm.destroyForcibly().waitFor();
        }
    }

    /** Starts many and waits for its own end. */
    public static final class Crowd {
        public static void main(String[] arguments) throws Exception {
            Supervisor supervisor = Supervisor.create(Path.of("processes"));
            for (int i = 0; i < GROUPS; i++) {
                supervisor.start(
                        Stage.script("one-" + i, "echo ready; exec sleep 600").build());
            }
            System.out.println("up");
            Thread.sleep(600_000);
        }
    }
}
