package dev.procession.supervise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.process.NotRunningException;
import dev.procession.process.SupervisionException;
import dev.procession.process.SupervisionFault;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What became of one of several, in the words of supervisord. */
class ProcessResultTest {

    private static final SupervisionException FAILURE = new NotRunningException("web", "STOPPED");

    @Test
    void whatWasDoneIsOk() {
        ProcessResult result = ProcessResult.succeeded("shop", "web");

        assertThat(result)
                .isEqualTo(new ProcessResult("shop", "web", SupervisionFault.SUCCESS, "OK", Optional.empty()));
        assertThat(result.isSuccess()).isTrue();
    }

    @Test
    void whatWasNotDoneSaysWhyAndOfWhom() {
        ProcessResult result = ProcessResult.failed("shop", "web", FAILURE);

        assertThat(result)
                .isEqualTo(new ProcessResult(
                        "shop", "web", SupervisionFault.NOT_RUNNING, "NOT_RUNNING: shop:web", Optional.of(FAILURE)));
        assertThat(result.isSuccess()).isFalse();
    }

    @Test
    void whoIsInNoGroupIsNamedAlone() {
        assertThat(ProcessResult.failed("web", "web", FAILURE).description()).isEqualTo("NOT_RUNNING: web");
    }
}
