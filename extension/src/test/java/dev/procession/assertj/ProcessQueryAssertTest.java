package dev.procession.assertj;

import static dev.procession.assertj.ProcessAssertions.assertThatProcesses;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.procession.expect.Foreign;
import dev.procession.process.Epoch;
import dev.procession.process.InvalidSpecException;
import dev.procession.process.ProcessQuery;
import dev.procession.process.ProcessionException;
import java.time.Duration;
import java.time.Instant;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ProcessQueryAssertTest {

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private Foreign foreign;
    private ProcessQuery query;

    @BeforeEach
    void open() {
        foreign = new Foreign();
        query = ProcessQuery.named(Foreign.word() + "assert");
    }

    @AfterEach
    void close() {
        foreign.close();
    }

    private static String failure(ThrowingCallable fails) {
        Throwable thrown = catchThrowable(fails);
        assertThat(thrown).isInstanceOf(AssertionError.class);
        return Foreign.normalised(thrown.getMessage());
    }

    @Test
    void passingAssertions_giveTheSameAssertBack() throws Exception {
        Instant moment = Instant.now();
        Epoch epoch = Epoch.now();
        Process process = foreign.start("assert");
        ProcessQueryAssert that = assertThatProcesses(query);

        assertThat(that.areRunning().haveStartedAfter(moment).haveStartedAfter(epoch))
                .isSameAs(that);
        process.destroy();
        assertThat(that.dieWithin(PATIENCE).areDead()).isSameAs(that);
    }

    @Test
    void nullQuery_isSaid() {
        assertThatThrownBy(() -> assertThatProcesses(null).areDead())
                .isInstanceOf(AssertionError.class)
                .hasMessage("\nExpecting actual not to be null");
    }

    @Test
    void description_standsInFront() {
        assertThat(failure(() -> assertThatProcesses(query).as("the worker").areRunning()))
                .isEqualTo("[the worker] Expected 'WORDassert' to be running, but there is no such process"
                        + "\n  try         compare with what 'ps -eo pid,lstart,args' shows");
    }

    @Test
    void areRunning_noneIs_fails() {
        foreign.start("assert", "alpha");

        assertThat(failure(() -> assertThatProcesses(query.args("beta")).areRunning()))
                .isEqualTo("Expected 'WORDassert' with the arguments beta to be running, but there is no such process"
                        + "\n  try         compare with what 'ps -eo pid,lstart,args' shows");
    }

    @Test
    void areDead_oneIsAlive_fails() {
        foreign.start("assert", "alpha", "--password=secret");

        assertThat(failure(() -> assertThatProcesses(query).areDead()))
                .isEqualTo("Expected 'WORDassert' to be dead, but one is alive"
                        + "\n  process     pid PID (WORDassert -c 'read x' alpha '--password=***'), parent PID, up for TIME"
                        + "\n  try         wait for their end, with dieWithin, if they have been told to");
    }

    @Test
    void dieWithin_twoStay_fails() {
        foreign.start("assert", "alpha");
        foreign.start("assert", "alpha");

        assertThat(failure(() -> assertThatProcesses(query).dieWithin(Duration.ofMillis(50))))
                .isEqualTo("Expected 'WORDassert' to die within 50 ms, but 2 are alive"
                        + "\n  process     pid PID (WORDassert -c 'read x' alpha), parent PID, up for TIME"
                        + "\n  process     pid PID (WORDassert -c 'read x' alpha), parent PID, up for TIME"
                        + "\n  try         look at what they wait for; a signal they ignore does not end them, KILL"
                        + " does");
    }

    @Test
    void dieWithin_endsMeanwhile_passes() {
        foreign.playBriefly("assert");

        assertThatProcesses(query).dieWithin(PATIENCE);
    }

    @Test
    void dieWithin_impossibleTimeout_isRefused() {
        assertThatThrownBy(() -> assertThatProcesses(query).dieWithin(Duration.ofSeconds(-1)))
                .isInstanceOf(InvalidSpecException.class)
                .hasMessage("'timeout' is PT-1S; give a duration between 0 and a year");
    }

    @Test
    void dieWithin_interrupted_saysSoAndStaysInterrupted() {
        foreign.start("assert");
        try {
            Thread.currentThread().interrupt();

            assertThatThrownBy(() -> assertThatProcesses(query).dieWithin(PATIENCE))
                    .isExactlyInstanceOf(ProcessionException.class)
                    .hasMessage("Interrupted while waiting for the death of '" + Foreign.word() + "assert'");
            assertThat(Thread.currentThread().isInterrupted()).isTrue();
        } finally {
            Thread.interrupted();
        }
    }

    @Test
    void haveStartedAfter_oneIsOlder_failsAndNamesIt() {
        foreign.start("assert", "old");
        Epoch epoch = Epoch.now();
        foreign.start("assert", "young");

        assertThat(failure(() -> assertThatProcesses(query).haveStartedAfter(epoch))
                        .replace(epoch.toString(), "MOMENT"))
                .isEqualTo("Expected 'WORDassert' to have been started after MOMENT, but one is older"
                        + "\n  process     pid PID (WORDassert -c 'read x' old), parent PID, up for TIME"
                        + "\n  try         take the moment before the start is asked for; end the old ones first");
    }

    @Test
    void haveStartedAfter_byTheWallClock_fails() {
        foreign.start("assert", "old");
        Instant later = Instant.now().plusSeconds(3600);

        assertThat(failure(() -> assertThatProcesses(query).haveStartedAfter(later))
                        .replace(later.toString(), "MOMENT"))
                .isEqualTo("Expected 'WORDassert' to have been started after MOMENT, but one is older"
                        + "\n  process     pid PID (WORDassert -c 'read x' old), parent PID, up for TIME"
                        + "\n  try         take the moment before the start is asked for; end the old ones first");
    }

    @Test
    void haveStartedAfter_noneIsThere_fails() {
        assertThat(failure(() -> assertThatProcesses(query).haveStartedAfter(Instant.EPOCH)))
                .isEqualTo("Expected 'WORDassert' to have been started after 1970-01-01T00:00:00Z, but there is no such"
                        + " process\n  try         compare with what 'ps -eo pid,lstart,args' shows");
    }
}
