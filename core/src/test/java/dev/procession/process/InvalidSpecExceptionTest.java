package dev.procession.process;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class InvalidSpecExceptionTest {

    private final InvalidSpecException exception = new InvalidSpecException("times", "is 0", "give at least 1");

    @Test
    void itNamesAttributeProblemAndFix() {
        assertThat(exception).hasMessage("'times' is 0; give at least 1");
        assertThat(exception.attribute()).isEqualTo("times");
        assertThat(exception.problem()).isEqualTo("is 0");
        assertThat(exception.fix()).isEqualTo("give at least 1");
    }

    @Test
    void itCanBeToldWhereTheDescriptionStands() {
        InvalidSpecException placed = exception.at("@ManagedProcess on OrderIT");

        assertThat(placed)
                .hasMessage("@ManagedProcess on OrderIT: 'times' is 0; give at least 1")
                .hasCause(exception);
        assertThat(placed.attribute()).isEqualTo("times");
        assertThat(placed.problem()).isEqualTo("is 0");
        assertThat(placed.fix()).isEqualTo("give at least 1");
    }

    @Test
    void theInnermostPlaceStays() {
        InvalidSpecException placed = exception.at("@Ready on A");

        assertThat(placed.at("class B")).isSameAs(placed);
    }
}
