package dev.procession.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.process.InvalidSpecException;
import dev.procession.process.ProcessId;
import dev.procession.process.ProcessInfo;
import dev.procession.process.RunState;
import dev.procession.process.Signal;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class StopPolicyTest {

    @Test
    void theDefaultIsTermToTheTreeWithTenSecondsOfGrace() {
        assertThat(StopPolicy.DEFAULT)
                .isEqualTo(new StopPolicy(Signal.TERM, Duration.ofSeconds(10), StopScope.TREE, 0));
    }

    @Test
    void eachPartCanBeChangedAlone() {
        StopPolicy policy = StopPolicy.DEFAULT
                .signal(Signal.INT)
                .gracePeriod(Duration.ofSeconds(3))
                .scope(StopScope.GROUP)
                .retries(2);

        assertThat(policy).isEqualTo(new StopPolicy(Signal.INT, Duration.ofSeconds(3), StopScope.GROUP, 2));
    }

    @Test
    void everyRetryTakesAnotherGracePeriod() {
        assertThat(StopPolicy.DEFAULT.longest()).isEqualTo(Duration.ofSeconds(10));
        assertThat(StopPolicy.DEFAULT.retries(2).longest()).isEqualTo(Duration.ofSeconds(30));
    }

    @Test
    void aGracePeriodIsNotNegative() {
        assertThatThrownBy(() -> StopPolicy.DEFAULT.gracePeriod(Duration.ofMillis(-1)))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage("'gracePeriod' is PT-0.001S; give a duration between 0 and a year");
        assertThat(StopPolicy.DEFAULT.gracePeriod(Duration.ZERO).longest()).isZero();
    }

    @Test
    void aGracePeriodForEverIsRefused() {
        assertThatThrownBy(() -> StopPolicy.DEFAULT.gracePeriod(Duration.ofSeconds(Long.MAX_VALUE)))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage("'gracePeriod' is PT2562047788015215H30M7S; give a duration between 0 and a year");
    }

    @Test
    void retriesAreNotNegative() {
        assertThatThrownBy(() -> StopPolicy.DEFAULT.retries(-1))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage("'retries' is -1; give 0 or more");
    }

    @Test
    void retriesHaveABound() {
        assertThat(StopPolicy.DEFAULT.retries(1_000).longest()).isEqualTo(Duration.ofSeconds(10_010));
        assertThatThrownBy(() -> StopPolicy.DEFAULT.retries(Integer.MAX_VALUE))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage("'retries' is 2147483647; give 1000 or fewer");
        assertThatThrownBy(() ->
                        StopPolicy.DEFAULT.gracePeriod(Duration.ofDays(365)).retries(1))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage("'retries' is 1, with a grace period of 525600 m each, which is more than a year; give"
                        + " fewer, or a shorter 'gracePeriod'");
    }

    @Test
    void whoIsLeftAloneIsKnownByHisName() {
        StopPolicy policy = StopPolicy.DEFAULT.leave("epmd", "a-very-long-name").retries(1);

        assertThat(policy.leaves(row("epmd"))).isTrue();
        assertThat(policy.leaves(row("a-very-long-nam"))).isTrue();
        assertThat(policy.leaves(row("beam"))).isFalse();
        assertThatThrownBy(() -> StopPolicy.DEFAULT.leave("/usr/bin/epmd"))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage("'leave' has \"/usr/bin/epmd\", which is no name of a program; give the name of its file"
                        + " without folders, such as epmd");
    }

    private static ProcessInfo row(String name) {
        return new ProcessInfo(new ProcessId(7, 7), name, RunState.ALIVE, 1, 7, 7, false, 1);
    }

    @Test
    void presets_ofTheEarlierSystems_areTheirs() {
        assertThat(StopPolicy.procmon())
                .isEqualTo(new StopPolicy(Signal.TERM, Duration.ofSeconds(5), StopScope.TREE, 0));
        assertThat(StopPolicy.perl()).isEqualTo(new StopPolicy(Signal.TERM, Duration.ofSeconds(10), StopScope.TREE, 4));
        assertThat(StopPolicy.perl().longest()).isEqualTo(Duration.ofSeconds(50));
    }
}
