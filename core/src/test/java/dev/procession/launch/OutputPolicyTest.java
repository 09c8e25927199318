package dev.procession.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.process.InvalidSpecException;
import org.junit.jupiter.api.Test;

class OutputPolicyTest {

    @Test
    void theDefaultIsTwoFilesWithoutALimit() {
        assertThat(OutputPolicy.DEFAULT).isEqualTo(new OutputPolicy(false, 0, 10));
        assertThat(OutputPolicy.DEFAULT.rotates()).isFalse();
    }

    @Test
    void eachPartCanBeChangedAlone() {
        OutputPolicy policy = OutputPolicy.DEFAULT.merged(true).maxBytes(1_000).backups(2);

        assertThat(policy).isEqualTo(new OutputPolicy(true, 1_000, 2));
        assertThat(policy.rotates()).isTrue();
    }

    @Test
    void aSizeIsNotNegative() {
        assertThatThrownBy(() -> OutputPolicy.DEFAULT.maxBytes(-1))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage("'output.maxBytes' is -1; give 0 for no limit, or more");
    }

    @Test
    void aNumberOfBackupsIsNotNegative() {
        assertThatThrownBy(() -> OutputPolicy.DEFAULT.backups(-1))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage("'output.backups' is -1; give 0 for none, or more");
    }
}
