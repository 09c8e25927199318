package dev.procession.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DurationsTest {

    @ParameterizedTest
    @CsvSource({
        "500ms,PT0.5S",
        "10s,PT10S",
        "2m,PT2M",
        "1h,PT1H",
        "0s,PT0S",
        "'10 s',PT10S",
        "' 10s ',PT10S",
        "007s,PT7S",
        "PT10S,PT10S",
        "pt1m30s,PT1M30S",
        "PT0S,PT0S",
        "P1D,PT24H",
        "999999999999ms,PT277777H46M39.999S"
    })
    void everyFormIsRead(String text, Duration duration) {
        assertThat(Durations.parse("timeout", text)).isEqualTo(duration);
    }

    @ParameterizedTest
    @CsvSource({"10,10", "0,0", "' 60 ',60", "1234567890123456789012,1234567890123456789012"})
    void aBareNumberIsRefusedWithAHint(String text, String number) {
        assertThatThrownBy(() -> Durations.parse("gracePeriod", text))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage("'gracePeriod' is \"" + text + "\": a bare number has no unit; write " + number + "s or "
                        + number + "ms");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "soon",
                "-1s",
                "-10",
                "PT-1S",
                "-PT1S",
                "1.5s",
                "10S",
                "10 sec",
                "10s 5ms",
                "s",
                "1d",
                "PT",
                "1234567890123s",
                "１０s"
            })
    void whatIsNoDurationIsQuotedBesideTheForms(String text) {
        assertThatThrownBy(() -> Durations.parse("timeout", text))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage("'timeout' is \"" + text
                        + "\", which is no duration; write it like 500ms, 10s, 2m, 1h or PT10S");
    }

    @ParameterizedTest
    @CsvSource({
        "PT0S,0 ms",
        "PT0.0004S,0 ms",
        "PT0.84S,840 ms",
        "PT0.999S,999 ms",
        "PT1S,1 s",
        "PT1.5S,1.5 s",
        "PT1.25S,1.3 s",
        "PT60S,60 s",
        "PT99.9S,99.9 s",
        "PT100.9S,100 s",
        "PT119S,119 s",
        "PT120S,2 m",
        "PT121S,121 s",
        "PT5M,5 m",
        "PT2H,120 m",
        "PT2562047788015215H30M7.999999999S,more than a year"
    })
    void aDurationIsDescribedInAUnitThatFits(Duration duration, String text) {
        assertThat(Durations.describe(duration)).isEqualTo(text);
    }
}
