package dev.procession.readiness;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.readiness.ReadinessProbe.Holds;
import dev.procession.readiness.ReadinessProbe.NotYet;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(600)
class AliveProbeTest {

    @Test
    void itSaysWhatItWaitsFor() {
        assertThat(new AliveProbe(Duration.ofMillis(1500)).description()).isEqualTo("alive for 1.5 s");
    }

    @Test
    void itNeedNotBeAskedBeforeTheTimeIsUp() {
        assertThat(new AliveProbe(Duration.ofHours(1)).look()).isInstanceOfSatisfying(NotYet.class, answer -> {
            assertThat(answer.seen()).isEmpty();
            assertThat(answer.pauseMillis()).isBetween(1L, 3_600_001L).isGreaterThan(3_000_000L);
        });
    }

    @Test
    void itHoldsWhenTheTimeIsUp() {
        assertThat(Probing.settled(new AliveProbe(Duration.ofMillis(5)))).isEqualTo(new Holds(""));
        assertThat(new AliveProbe(Duration.ZERO).look()).isEqualTo(new Holds(""));
    }
}
