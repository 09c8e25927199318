package dev.procession.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.process.InvalidSpecException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StatusRangeTest {

    @ParameterizedTest
    @CsvSource({
        "200..399,200,true",
        "200..399,399,true",
        "200..399,199,false",
        "200..399,400,false",
        "204,204,true",
        "204,200,false",
        "'200,404',404,true",
        "'200,404',300,false",
        "'200..204, 301',301,true",
        "200..200,200,true"
    })
    void aStatusInAnyOfTheSpansCounts(String range, int status, boolean counts) {
        assertThat(StatusRange.parse(range).contains(status)).isEqualTo(counts);
    }

    @Test
    void theDefaultIsSuccessAndRedirection() {
        assertThat(StatusRange.DEFAULT).hasToString("200..399").isEqualTo(StatusRange.parse("200..399"));
    }

    @Test
    void itsTextIsWhatWasRead() {
        assertThat(StatusRange.parse(" 200..204 , 301,404..404")).hasToString("200..204,301,404");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "ok", "20", "2000", "099", "200..", "..399", "399..200", "200-399", "200,", ",", "2xx"})
    void whatNamesNoStatusesIsRefused(String range) {
        assertThatThrownBy(() -> StatusRange.parse(range))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage("'status' is \"" + range + "\", which names no HTTP statuses;"
                        + " write 200..399, 204 or 200,404");
    }
}
