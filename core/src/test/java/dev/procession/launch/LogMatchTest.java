package dev.procession.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LogMatchTest {

    private static final String LINE = "listening on port 8080, port 9090";

    private LogMatch match;

    @BeforeEach
    void find() {
        Matcher matcher = Pattern.compile("port (?<port>\\d+)( tls)?").matcher(LINE);
        assertThat(matcher.find()).isTrue();
        match = new LogMatch(LINE, matcher);
    }

    @Test
    void itIsTheWholeLine() {
        assertThat(match.line()).isEqualTo("listening on port 8080, port 9090");
        assertThat(match).hasToString("listening on port 8080, port 9090");
    }

    @Test
    void itsGroupsAreThoseOfTheFirstMatch() {
        assertThat(match.group("port")).isEqualTo("8080");
        assertThat(match.result().group()).isEqualTo("port 8080");
        assertThat(match.result().group(1)).isEqualTo("8080");
        assertThat(match.result().group(2)).isNull();
    }

    @Test
    void anUnknownGroupIsAnError() {
        assertThatThrownBy(() -> match.group("host"))
                .isExactlyInstanceOf(IllegalArgumentException.class)
                .hasMessage("No group with name <host>");
    }
}
