package dev.procession.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.process.PatternSearch.Absent;
import dev.procession.process.PatternSearch.Found;
import dev.procession.process.PatternSearch.GivenUp;
import dev.procession.testkit.Await;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Unbounded, most of these searches would not come to an end while anybody waits. */
@Timeout(600)
class PatternSearchTest {

    private static final GivenUp TOO_LONG = new GivenUp("it took more than 50 million steps");
    private static final BooleanSupplier NEVER = () -> false;

    private static PatternSearch.Result find(String regex, String text) {
        return new PatternSearch(Pattern.compile(regex)).find(text, NEVER);
    }

    @Test
    void whatIsThereIsFoundWithItsGroups() {
        Matcher matcher = ((Found) find("port (?<port>\\d+)", "on port 8080, port 9090")).matcher();

        assertThat(matcher.group()).isEqualTo("port 8080");
        assertThat(matcher.group("port")).isEqualTo("8080");
        assertThat(matcher.start()).isEqualTo(3);
        assertThat(matcher.toMatchResult().group(1)).isEqualTo("8080");
    }

    @Test
    void whatIsNotThereIsAbsent() {
        assertThat(find("^ready$", "not ready")).isEqualTo(new Absent());
        assertThat(find("x", "")).isEqualTo(new Absent());
        assertThat(find("needle", "hay".repeat(1_000_000))).isEqualTo(new Absent());
    }

    @Test
    void whatTakesTooManyStepsIsGivenUp() {
        assertThat(find(".*Server.*ready.*", "Server ".repeat(3_000))).isEqualTo(TOO_LONG);
        assertThat(find(".*Server.*ready.*", "x".repeat(100_000))).isEqualTo(TOO_LONG);
        assertThat(find("(x+x+)+(x+x+)+y", "x".repeat(5_000))).isEqualTo(TOO_LONG);
    }

    /** Not one of them reads a character in its repetitions, or only where the text ends. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "((?:^){100000}){100000}x",
                "((?:(?:)){100000}){100000}x",
                "(?:^{1}{100000}){100000}x",
                "^(z?)(?:(?:\\1{100000}){100000})$x",
                "(?x) ( (?: ^ ) {100000} ) {100000} # and so on\n x",
                "(?i)(?:(?!b){100000}){100000}$x",
                "(|^?)(|^?)(|^?)(|^?)(|^?)(|^?)(|^?)(|^?)(|^?)(|^?)(|^?)(|^?)(|^?)(|^?)(|^?)(|^?)(|^?)(|^?)(|^?)(|^?)"
                        + "(?:^?^?^?^?^?^?^?^?^?^?^?^?^?^?){3}x"
            })
    void whatReadsNothingIsCountedAllTheSame(String regex) {
        assertThat(Await.result(Await.async(() -> find(regex, "z")))).isEqualTo(TOO_LONG);
    }

    @Test
    void whatLooksBehindFromEachPlaceIsCounted() {
        assertThat(find("(?<=\\A.{0,1000000})y", "z".repeat(100_000))).isEqualTo(TOO_LONG);
    }

    @Test
    void whatTakesTooMuchStackIsGivenUp() {
        assertThat(find("^(a|b)*c", "ab".repeat(100_000))).isEqualTo(new GivenUp("it took more stack than there is"));
        assertThat(find("^(a|b)*c", "ababc")).as("the next").isInstanceOf(Found.class);
    }

    @Test
    void whoIsToldToStopDoesSoOnTheWay() {
        AtomicInteger asked = new AtomicInteger();
        BooleanSupplier afterAWhile = () -> asked.incrementAndGet() > 1_000;

        assertThat(new PatternSearch(Pattern.compile(".*Server.*ready.*")).find("Server ".repeat(3_000), afterAWhile))
                .isEqualTo(new GivenUp("it was stopped"));
        assertThat(asked).hasValue(1_001);
    }
}
