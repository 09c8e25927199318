package dev.procession.supervise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.process.ExitStatus;
import dev.procession.process.Signal;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What supervisord's clients show of a process. */
class ProcessReportTest {

    private static final Instant START = Instant.parse("2026-11-20T15:00:00.900Z");
    private static final Instant STOP = Instant.parse("2026-11-20T15:27:59Z");

    private static ProcessReport report(
            ProcessState state, Optional<Instant> start, Optional<Instant> stop, Instant now, String spawnError) {
        return report(state, start, stop, now, spawnError, Optional.empty());
    }

    private static ProcessReport report(
            ProcessState state,
            Optional<Instant> start,
            Optional<Instant> stop,
            Instant now,
            String spawnError,
            Optional<ExitStatus> exitStatus) {
        return new ProcessReport(
                "web",
                "shop",
                start,
                stop,
                now,
                state,
                spawnError,
                exitStatus,
                Optional.empty(),
                Optional.empty(),
                state == ProcessState.RUNNING ? 12 : 0,
                0,
                0);
    }

    @ParameterizedTest
    @CsvSource({
        "PT0S, 0:00:00",
        "PT0.09S, 0:00:00",
        // Supervisord counts between whole seconds.
        "PT0.1S, 0:00:01",
        "PT59S, 0:00:59",
        "PT1M, 0:01:00",
        "PT1H2M3S, 1:02:03",
        "PT23H59M59S, 23:59:59",
        "PT24H, '1 day, 0:00:00'",
        "PT24H1S, '1 day, 0:00:01'",
        "PT48H, '2 days, 0:00:00'",
        "PT2411H1M1S, '100 days, 11:01:01'"
    })
    void ofOneThatRunsItIsPidAndUptime(Duration up, String uptime) {
        ProcessReport report =
                report(ProcessState.RUNNING, Optional.of(START), Optional.of(STOP), START.plus(up), "of before");

        assertThat(report.description()).isEqualTo("pid 12, uptime " + uptime);
    }

    @Test
    void aClockThatWasSetBackGivesNoNegativeUptime() {
        ProcessReport report =
                report(ProcessState.RUNNING, Optional.of(START), Optional.empty(), START.minus(Duration.ofDays(3)), "");

        assertThat(report.description()).isEqualTo("pid 12, uptime 0:00:00");
    }

    @Test
    void anUnknownStartGivesNoUptime() {
        assertThat(report(ProcessState.RUNNING, Optional.empty(), Optional.empty(), START, "")
                        .description())
                .isEqualTo("pid 12, uptime 0:00:00");
    }

    @Test
    void theUptimeGoesOnAfter2038() {
        Instant start = Instant.parse("2038-01-19T03:14:07Z");

        ProcessReport report = report(
                ProcessState.RUNNING, Optional.of(start.plusSeconds(60)), Optional.empty(), start.plusSeconds(160), "");

        assertThat(report.description()).isEqualTo("pid 12, uptime 0:01:40");
        assertThat(report.startSeconds()).isEqualTo(Integer.MAX_VALUE);
        assertThat(report.nowSeconds()).isEqualTo(Integer.MAX_VALUE);
    }

    @ParameterizedTest
    @EnumSource(names = {"FATAL", "BACKOFF"})
    void ofOneThatCouldNotBeStartedItIsTheReason(ProcessState state) {
        assertThat(report(state, Optional.of(START), Optional.of(STOP), STOP, "Exited too quickly")
                        .description())
                .isEqualTo("Exited too quickly");
        assertThat(report(state, Optional.of(START), Optional.of(STOP), STOP, "")
                        .description())
                .isEqualTo("unknown error (try \"tail web\")");
    }

    @ParameterizedTest
    @EnumSource(names = {"STOPPED", "EXITED"})
    void ofOneThatEndedItIsWhen(ProcessState state) {
        ProcessReport ended =
                report(state, Optional.of(START), Optional.of(STOP), STOP.plusSeconds(9), "Bad exit code 1");

        assertThat(ended.description(ZoneOffset.UTC)).isEqualTo("Nov 20 03:27 PM");
        assertThat(ended.description(ZoneId.of("Asia/Tokyo"))).isEqualTo("Nov 21 12:27 AM");
        assertThat(ended.description()).isEqualTo(ended.description(ZoneId.systemDefault()));
    }

    @ParameterizedTest
    @EnumSource(names = {"STOPPED", "EXITED"})
    void ofOneThatNeverRanItIsThat(ProcessState state) {
        assertThat(report(state, Optional.empty(), Optional.empty(), STOP, "").description())
                .isEqualTo("Not started");
        assertThat(report(state, Optional.empty(), Optional.of(STOP), STOP, "").description())
                .isEqualTo("Not started");
        assertThat(report(state, Optional.of(START), Optional.empty(), STOP, "").description())
                .isEqualTo("Not started");
    }

    @Test
    void monthsAreEnglish() {
        assertThat(IntStream.rangeClosed(1, 12)
                        .mapToObj(month -> report(
                                        ProcessState.STOPPED,
                                        Optional.of(Instant.EPOCH),
                                        Optional.of(Instant.parse(String.format("2026-%02d-05T00:00:00Z", month))),
                                        STOP,
                                        "")
                                .description(ZoneOffset.UTC)))
                .containsExactly(
                        "Jan 05 12:00 AM",
                        "Feb 05 12:00 AM",
                        "Mar 05 12:00 AM",
                        "Apr 05 12:00 AM",
                        "May 05 12:00 AM",
                        "Jun 05 12:00 AM",
                        "Jul 05 12:00 AM",
                        "Aug 05 12:00 AM",
                        "Sep 05 12:00 AM",
                        "Oct 05 12:00 AM",
                        "Nov 05 12:00 AM",
                        "Dec 05 12:00 AM");
    }

    @ParameterizedTest
    @EnumSource(names = {"STARTING", "STOPPING", "UNKNOWN"})
    void otherwiseItIsEmpty(ProcessState state) {
        ProcessReport report = report(state, Optional.of(START), Optional.of(STOP), STOP, "of before");

        assertThat(report.description()).isEmpty();
        assertThat(report.stateName()).isEqualTo(state.name());
    }

    static Stream<Arguments> statuses() {
        return Stream.of(
                Arguments.of(Optional.empty(), 0),
                Arguments.of(Optional.of(new ExitStatus.Code(0)), 0),
                Arguments.of(Optional.of(new ExitStatus.Code(255)), 255),
                Arguments.of(Optional.of(new ExitStatus.Signalled(Signal.KILL.number(), false)), -1),
                Arguments.of(Optional.of(new ExitStatus.Unknown(OptionalInt.of(143), "not told")), 143),
                Arguments.of(Optional.of(new ExitStatus.Unknown(OptionalInt.empty(), "not told")), -1));
    }

    @ParameterizedTest
    @MethodSource("statuses")
    void itsEndIsANumber(Optional<ExitStatus> status, int code) {
        assertThat(report(ProcessState.EXITED, Optional.of(START), Optional.of(STOP), STOP, "", status)
                        .exitCode())
                .isEqualTo(code);
    }

    @Test
    void momentsAreWholeSecondsOf32Bits() {
        ProcessReport never = report(ProcessState.STOPPED, Optional.empty(), Optional.empty(), START, "");
        assertThat(never.startSeconds()).isZero();
        assertThat(never.stopSeconds()).isZero();
        assertThat(never.nowSeconds()).isEqualTo(1_795_186_800);

        Instant last = Instant.ofEpochSecond(Integer.MAX_VALUE);
        ProcessReport late = report(
                ProcessState.EXITED, Optional.of(last.minusSeconds(1)), Optional.of(last), last.plusSeconds(1), "");
        assertThat(late.startSeconds()).isEqualTo(Integer.MAX_VALUE - 1);
        assertThat(late.stopSeconds()).isEqualTo(Integer.MAX_VALUE);
        assertThat(late.nowSeconds()).isEqualTo(Integer.MAX_VALUE);

        assertThat(report(ProcessState.EXITED, Optional.of(Instant.MIN), Optional.of(Instant.MAX), STOP, "")
                        .startSeconds())
                .isEqualTo(Integer.MIN_VALUE);
    }
}
