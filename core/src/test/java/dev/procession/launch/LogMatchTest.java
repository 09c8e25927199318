package dev.procession.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class LogMatchTest {

    private final LogMatch match =
            new LogMatch(Pattern.compile("port (?<port>\\d+)( tls)?"), "listening on port 8080, port 9090");

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

    @Test
    void aLineWithoutAMatchIsAnError() {
        Pattern pattern = Pattern.compile("up");

        assertThatThrownBy(() -> new LogMatch(pattern, "down"))
                .isExactlyInstanceOf(IllegalArgumentException.class)
                .hasMessage("Expected a match of up, but was \"down\"");
    }
}
