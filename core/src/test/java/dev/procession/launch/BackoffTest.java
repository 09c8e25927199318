package dev.procession.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.launch.Backoff.Kind;
import dev.procession.process.InvalidSpecException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BackoffTest {

    /** None but random pauses may draw. */
    private static final RandomGenerator NONE = () -> {
        throw new AssertionError("Nothing is to be drawn");
    };

    private static final Duration HOUR = Duration.ofHours(1);
    private static final Duration YEAR = Duration.ofDays(365);

    @Test
    void supervisordsPausesGrowByTheFirstOne() {
        assertThat(firstPauses(Backoff.linear(), 5)).isEqualTo(seconds(1, 2, 3, 4, 5));
        assertThat(firstPauses(Backoff.linear(Duration.ofSeconds(7)), 3)).isEqualTo(seconds(7, 14, 21));
    }

    @Test
    void procmonsPausesDoubleUpToAnHour() {
        assertThat(firstPauses(Backoff.exponential(), 14))
                .isEqualTo(seconds(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600));
        assertThat(firstPauses(Backoff.exponential(Duration.ofSeconds(3), Duration.ofSeconds(10)), 4))
                .isEqualTo(seconds(3, 6, 10, 10));
    }

    @Test
    void thePausesOfProcmonInTwisted13DoubleAndOneMore() {
        assertThat(firstPauses(Backoff.procmon13(), 13))
                .isEqualTo(seconds(1, 3, 7, 15, 31, 63, 127, 255, 511, 1023, 2047, 3600, 3600));
    }

    @Test
    void fixedPausesAreAlwaysTheSame() {
        Backoff backoff = Backoff.fixed(Duration.ofMillis(500));

        assertThat(IntStream.range(0, 4).mapToObj(early -> backoff.pause(early, NONE)))
                .containsOnly(Duration.ofMillis(500))
                .hasSize(4);
    }

    @Test
    void randomPausesAreAnyBetweenTheShortestAndTheLongest() {
        Random random = new Random(1);
        Backoff upToFive = Backoff.random();
        Backoff twoToFive = Backoff.random().shortest(Duration.ofSeconds(2));

        List<Duration> pauses = Stream.generate(() -> upToFive.pause(1, random))
                .limit(1000)
                .sorted()
                .toList();
        List<Duration> longer = Stream.generate(() -> twoToFive.pause(0, random))
                .limit(1000)
                .sorted()
                .toList();

        assertThat(pauses).doesNotHaveDuplicates();
        assertThat(pauses.get(0)).isBetween(Duration.ZERO, Duration.ofMillis(50));
        assertThat(pauses.get(500)).isBetween(Duration.ofMillis(2200), Duration.ofMillis(2800));
        assertThat(pauses.get(999)).isBetween(Duration.ofMillis(4950), Duration.ofNanos(4_999_999_999L));
        assertThat(longer.get(0)).isBetween(Duration.ofSeconds(2), Duration.ofMillis(2050));
        assertThat(longer.get(999)).isBetween(Duration.ofMillis(4950), Duration.ofNanos(4_999_999_999L));
    }

    @Test
    void theSameSeedDrawsTheSamePauses() {
        assertThat(Backoff.random().pause(1, new Random(7)))
                .isEqualTo(Backoff.random().pause(1, new Random(7)))
                .isNotEqualTo(Backoff.random().pause(1, new Random(8)));
    }

    @Test
    void betweenEqualLimitsNothingIsDrawn() {
        assertThat(Backoff.randomUpTo(Duration.ZERO).pause(1, NONE)).isZero();
    }

    @ParameterizedTest
    @EnumSource(
            value = Kind.class,
            names = {"LINEAR", "EXPONENTIAL", "DOUBLE_PLUS_ONE"})
    void whatGrowsBeginsAgainAfterALongLife(Kind kind) {
        assertThat(new Backoff(kind, Duration.ofSeconds(5), HOUR, Duration.ZERO).pause(0, NONE))
                .isZero();
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void noPauseIsLongerThanTheLongestHoweverOftenItDied(Kind kind) {
        for (Duration shortest : List.of(Duration.ofNanos(1), Duration.ofSeconds(1), YEAR)) {
            for (int early : new int[] {1, 2, 64, 10_000, Integer.MAX_VALUE}) {
                assertThat(new Backoff(kind, shortest, YEAR, Duration.ZERO).pause(early, new Random(1)))
                        .as("%s from %s after %s deaths", kind, shortest, early)
                        .isBetween(shortest, YEAR);
            }
        }
        Duration last = new Backoff(kind, Duration.ofSeconds(1), HOUR, Duration.ZERO).pause(10_000, new Random(1));
        switch (kind) {
            case LINEAR, EXPONENTIAL, DOUBLE_PLUS_ONE -> assertThat(last).isEqualTo(HOUR);
            case FIXED -> assertThat(last).isEqualTo(Duration.ofSeconds(1));
            case RANDOM -> assertThat(last).isBetween(Duration.ofSeconds(1), HOUR);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Kind.class,
            names = {"LINEAR", "EXPONENTIAL", "DOUBLE_PLUS_ONE", "FIXED"})
    void whatBeginsWithNoPauseStaysSo(Kind kind) {
        Backoff backoff = new Backoff(kind, Duration.ZERO, HOUR, Duration.ZERO);

        assertThat(IntStream.of(0, 1, 2, 10_000).mapToObj(early -> backoff.pause(early, NONE)))
                .containsOnly(Duration.ZERO);
    }

    @Test
    void theThresholdDecidesNoPause() {
        Backoff patient = Backoff.linear().threshold(Duration.ofSeconds(20));

        assertThat(firstPauses(patient, 3)).isEqualTo(firstPauses(Backoff.linear(), 3));
    }

    @Test
    void theFactoriesHaveTheNumbersOfTheirSystems() {
        Duration second = Duration.ofSeconds(1);

        assertThat(Backoff.linear()).isEqualTo(new Backoff(Kind.LINEAR, second, HOUR, second));
        assertThat(Backoff.linear(Duration.ofHours(2)))
                .isEqualTo(new Backoff(Kind.LINEAR, Duration.ofHours(2), Duration.ofHours(2), second));
        assertThat(Backoff.exponential()).isEqualTo(new Backoff(Kind.EXPONENTIAL, second, HOUR, second));
        assertThat(Backoff.procmon13()).isEqualTo(new Backoff(Kind.DOUBLE_PLUS_ONE, second, HOUR, second));
        assertThat(Backoff.random()).isEqualTo(new Backoff(Kind.RANDOM, Duration.ZERO, Duration.ofSeconds(5), second));
        assertThat(Backoff.fixed(HOUR)).isEqualTo(new Backoff(Kind.FIXED, HOUR, HOUR, second));
    }

    @Test
    void eachPartCanBeChangedAlone() {
        Backoff backoff = Backoff.exponential()
                .shortest(Duration.ofSeconds(2))
                .longest(Duration.ofSeconds(30))
                .threshold(Duration.ofSeconds(4));

        assertThat(backoff)
                .isEqualTo(new Backoff(
                        Kind.EXPONENTIAL, Duration.ofSeconds(2), Duration.ofSeconds(30), Duration.ofSeconds(4)))
                .hasToString("Backoff[kind=EXPONENTIAL, shortest=PT2S, longest=PT30S, threshold=PT4S]");
    }

    @Test
    void theLongestPauseIsNotLessThanTheShortest() {
        assertThatThrownBy(() -> Backoff.exponential(Duration.ofSeconds(10), Duration.ofMillis(1500)))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage("'backoff.longest' is 1.5 s, less than the shortest pause, 10 s; give at least that");
    }

    @Test
    void pausesAreNotNegativeNorForEver() {
        assertThatThrownBy(() -> Backoff.linear(Duration.ofSeconds(-1)))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage("'backoff.shortest' is PT-1S; give a duration between 0 and a year");
        assertThatThrownBy(() -> Backoff.randomUpTo(YEAR.plusNanos(1)))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage("'backoff.longest' is PT8760H0.000000001S; give a duration between 0 and a year");
        assertThatThrownBy(() -> Backoff.linear().threshold(Duration.ofMillis(-1)))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage("'backoff.threshold' is PT-0.001S; give a duration between 0 and a year");
    }

    private static List<Duration> firstPauses(Backoff backoff, int count) {
        return IntStream.rangeClosed(1, count)
                .mapToObj(early -> backoff.pause(early, NONE))
                .toList();
    }

    private static List<Duration> seconds(long... seconds) {
        return Arrays.stream(seconds).mapToObj(Duration::ofSeconds).toList();
    }
}
