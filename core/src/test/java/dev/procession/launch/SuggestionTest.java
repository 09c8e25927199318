package dev.procession.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SuggestionTest {

    @ParameterizedTest
    @CsvSource({
        "redis-sever,redis-server",
        "redis-serverr,redis-server",
        "redsi-server,redis-server",
        "rediz-server,redis-server",
        "Redis-Server,redis-server",
        "ngnix,nginx",
        "ls,ps"
    })
    void aSlipOfTheFingersIsRecognised(String text, String meant) {
        assertThat(Suggestion.nearest(text, List.of("redis-server", "nginx", "ps")))
                .contains(meant);
    }

    @ParameterizedTest
    @CsvSource({"postgres", "redis", "xyz"})
    void whatIsTooFarAwayIsNotSuggested(String text) {
        assertThat(Suggestion.nearest(text, List.of("redis-server", "nginx", "ps")))
                .isEmpty();
    }

    @Test
    void theNearestOfSeveralIsSuggested() {
        assertThat(Suggestion.nearest("python4", List.of("pythons4", "python", "python3.1", "pytho4")))
                .contains("pythons4");
        assertThat(Suggestion.nearest("directry", List.of("directly", "directory")))
                .contains("directly");
        assertThat(Suggestion.nearest("directoy", List.of("dirctoy1", "directory")))
                .contains("directory");
    }

    @Test
    void withoutCandidatesThereIsNoSuggestion() {
        assertThat(Suggestion.nearest("redis", List.of())).isEmpty();
    }

    @Test
    void whatNobodyTypesIsNotCompared() {
        String huge = "x".repeat(100_000);
        assertThat(Suggestion.nearest(huge, List.of("redis-server", huge + "y")))
                .isEmpty();
        assertThat(Suggestion.nearest("redis-sever", List.of(huge, "redis-server")))
                .contains("redis-server");
    }
}
