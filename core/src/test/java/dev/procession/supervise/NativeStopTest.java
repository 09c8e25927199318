package dev.procession.supervise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.launch.StopPolicy;
import dev.procession.os.OperatingSystem;
import dev.procession.process.ProcessId;
import dev.procession.testkit.Backends;
import dev.procession.testkit.Processes;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeStopTest implements StopContract {

    @Override
    public OperatingSystem system() {
        return Backends.nativeOne();
    }

    /** As what a shell has just forked: it has the shell's handler, and takes the signal to its grave when it calls exec. */
    @Test
    void stop_childThatLosesTheSignalByAnExec_isAskedAgain(@TempDir Path folder) {
        try (Stage stage = new Stage(system(), folder)) {
            SupervisedProcess process = stage.start(
                    "launcher",
                    "sh -c 'trap \"exec sleep 1000\" TERM; echo $$; echo ready; while :; do sleep 0.02; done' & wait",
                    StopPolicy.DEFAULT.gracePeriod(Duration.ofSeconds(60)));
            List<ProcessId> child = Stage.printed(process, 1);

            process.stop();

            assertThat(process.stragglers()).isEmpty();
            assertThat(child).noneMatch(Processes::isAlive);
        }
    }
}
