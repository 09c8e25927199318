package dev.procession.readiness;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.process.ExitStatus;
import dev.procession.readiness.ReadinessProbe.Holds;
import dev.procession.readiness.ReadinessProbe.NotYet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class ExitProbeTest {

    private final CompletableFuture<ExitStatus> exit = new CompletableFuture<>();
    private final ExitProbe probe = new ExitProbe(Set.of(3, 0), exit);

    @Test
    void whoIsRunningHasNotEnded() {
        assertThat(probe.description()).isEqualTo("exit code 0 or 3");
        assertThat(probe.look()).isEqualTo(new NotYet("still running", 0));
    }

    @Test
    void anyOfTheCodesHolds() {
        exit.complete(new ExitStatus.Code(3));

        assertThat(probe.look()).isEqualTo(new Holds("exit code 3"));
        assertThat(probe.lookAfterExit()).contains(new Holds("exit code 3"));
    }

    @Test
    void anotherCodeDoesNot() {
        exit.complete(new ExitStatus.Code(1));

        assertThat(probe.lookAfterExit()).contains(new NotYet("exit code 1", 0));
    }

    @Test
    void aSignalIsNoCode() {
        exit.complete(new ExitStatus.Signalled(9, false));

        assertThat(probe.lookAfterExit()).contains(new NotYet("killed by KILL", 0));
    }
}
