package dev.procession.cleanup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.cleanup.Census.Scan;
import dev.procession.process.ProcessInfo;
import dev.procession.testkit.Backends;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class CensusTest {

    private final Census census = new Census(Backends.nativeOne().processes());

    @Test
    void since_beforeItWasBegun_isTheSameScan() {
        long moment = System.nanoTime();
        Scan scan = census.since(moment);

        assertThat(census.since(moment)).isSameAs(scan);
    }

    @Test
    void since_whatWasStartedBefore_isSeen() throws Exception {
        Scan before = census.since(System.nanoTime());
        Process process = new ProcessBuilder("sleep", "60").start();
        try {
            Scan after = census.since(System.nanoTime());

            assertThat(before.rows()).extracting(ProcessInfo::pid).doesNotContain(process.pid());
            assertThat(after.rows()).extracting(ProcessInfo::pid).contains(process.pid());
        } finally {
            process.destroyForcibly();
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        }
    }
}
