package dev.procession.supervise;

import static dev.procession.supervise.Stage.QUICK;
import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.launch.ProcessSpec;
import dev.procession.launch.StopPolicy;
import dev.procession.testkit.Backends;
import dev.procession.testkit.Processes;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Those that are stopped at once are looked at together, and each must have been looked at late enough. */
class StopOfManyTest {

    private static final int MANY = 20;

    /** When it is asked to end it starts a successor in another session, sooner or later, and ends at once. */
    private static final String HANDS_OVER =
            "trap 'sleep $1; setsid sleep 1000 & exit' TERM; echo ready;" + " while :; do sleep 0.05; done";

    private static final String DEAF_WITH_CHILDREN =
            "trap '' TERM; setsid sleep 1000 & sleep 1000 & echo ready; while :; do sleep 0.05; done";

    @TempDir
    private Path folder;

    /** A successor that the look at the end of its parent has missed would not be asked, and be there until it is killed. */
    @Test
    void stopAll_eachStartsASuccessor_noneIsLeft() {
        stopAll(HANDS_OVER, StopPolicy.DEFAULT.gracePeriod(Duration.ofSeconds(60)));
    }

    @Test
    void stopAll_allMustBeKilled_noneIsLeft() {
        stopAll(DEAF_WITH_CHILDREN, QUICK);
    }

    private void stopAll(String script, StopPolicy policy) {
        List<ProcessSpec> specs = IntStream.range(0, MANY)
                .mapToObj(i -> Stage.script("many-" + i, script, "0." + (i < 10 ? "0" : "") + i)
                        .stop(policy)
                        .build())
                .toList();
        try (Supervisor supervisor = Supervisor.builder().folder(folder).build(Backends.nativeOne())) {
            supervisor.startAll(specs);

            assertThat(supervisor.stopAll()).hasSize(MANY).allMatch(ProcessResult::isSuccess);
            assertThat(supervisor.processes())
                    .flatExtracting(SupervisedProcess::stragglers)
                    .isEmpty();
            // Before the end of the supervisor, which looks once more.
            assertThat(Processes.workingIn(folder)).isEmpty();
        }
    }
}
