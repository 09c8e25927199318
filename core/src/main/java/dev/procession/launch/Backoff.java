package dev.procession.launch;

import dev.procession.process.Durations;
import dev.procession.process.InvalidSpecException;
import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long to wait before a process is started again, the longer the more often it has died soon.
 *
 * <p>What has lived for the {@link #threshold} has not died soon: the count begins again. It decides nothing else. Immutable
 * and thread safe: each method returns a changed copy.
 *
 * @param kind how the pauses grow
 * @param shortest the first pause; with {@link Kind#RANDOM} the shortest that can be drawn
 * @param longest no pause is longer; means nothing with {@link Kind#FIXED}
 * @param threshold how long a process must have lived not to count as having died soon; default 1 s, as procmon's
 */
public record Backoff(Kind kind, Duration shortest, Duration longest, Duration threshold) {

    /** How the pauses grow. */
    public enum Kind {
        /** Each by the first one: 1 s, 2 s, 3 s. */
        LINEAR,
        /** Each twice as long as the one before: 1 s, 2 s, 4 s. */
        EXPONENTIAL,
        /** Each twice as long as the one before, and the first one more: 1 s, 3 s, 7 s. */
        DOUBLE_PLUS_ONE,
        /** Any, evenly, from the shortest to the longest; also after a long life. */
        RANDOM,
        /** Always the same, also after a long life. */
        FIXED
    }

    private static final Duration THRESHOLD = Duration.ofSeconds(1);
    private static final Duration HOUR = Duration.ofHours(1);

    public Backoff {
        Durations.check("backoff.shortest", shortest);
        Durations.check("backoff.longest", longest);
        Durations.check("backoff.threshold", threshold);
        if (longest.compareTo(shortest) < 0) {
            throw new InvalidSpecException(
                    "backoff.longest",
                    "is " + Durations.describe(longest) + ", less than the shortest pause, "
                            + Durations.describe(shortest),
                    "give at least that");
        }
    }

    /** 1 s, 2 s, 3 s …, as supervisord. */
    public static Backoff linear() {
        return linear(Duration.ofSeconds(1));
    }

    /** Each pause longer by the first one, up to an hour. */
    public static Backoff linear(Duration step) {
        return new Backoff(Kind.LINEAR, step, step.compareTo(HOUR) > 0 ? step : HOUR, THRESHOLD);
    }

    /** 1 s, 2 s, 4 s … up to an hour, as procmon. */
    public static Backoff exponential() {
        return exponential(Duration.ofSeconds(1), HOUR);
    }

    /** Each pause twice as long as the one before, as procmon's {@code minRestartDelay} and {@code maxRestartDelay}. */
    public static Backoff exponential(Duration shortest, Duration longest) {
        return new Backoff(Kind.EXPONENTIAL, shortest, longest, THRESHOLD);
    }

    /** 1 s, 3 s, 7 s, 15 s … up to an hour, as procmon did in Twisted 1.3. */
    public static Backoff procmon13() {
        return new Backoff(Kind.DOUBLE_PLUS_ONE, Duration.ofSeconds(1), HOUR, THRESHOLD);
    }

    /** Evenly between nothing and 5 s, as processman. */
    public static Backoff random() {
        return randomUpTo(Duration.ofSeconds(5));
    }

    /** Evenly between nothing and that. */
    public static Backoff randomUpTo(Duration longest) {
        return new Backoff(Kind.RANDOM, Duration.ZERO, longest, THRESHOLD);
    }

    /** Always that long; {@code watchProcessAndRestart} waits for 0.5 s. */
    public static Backoff fixed(Duration pause) {
        return new Backoff(Kind.FIXED, pause, pause, THRESHOLD);
    }

    /** The backoff of a kind as the others here make it by default; a fixed pause is one of 500 ms. */
    public static Backoff of(Kind kind) {
        return switch (kind) {
            case LINEAR -> linear();
            case EXPONENTIAL -> exponential();
            case DOUBLE_PLUS_ONE -> procmon13();
            case RANDOM -> random();
            case FIXED -> fixed(Duration.ofMillis(500));
        };
    }

    /** A copy with another first pause. */
    public Backoff shortest(Duration pause) {
        return new Backoff(kind, pause, longest, threshold);
    }

    /** A copy with another longest pause. */
    public Backoff longest(Duration pause) {
        return new Backoff(kind, shortest, pause, threshold);
    }

    /** A copy with another threshold. */
    public Backoff threshold(Duration life) {
        return new Backoff(kind, shortest, longest, life);
    }

    /**
     * The pause before the next start.
     *
     * @param early how often in a row it has died early, this time included; 0 after a long life
     * @param random what a random pause is drawn from
     */
    public Duration pause(int early, RandomGenerator random) {
        return switch (kind) {
            case FIXED -> shortest;
            case RANDOM -> drawn(random);
            case LINEAR -> early == 0 ? Duration.ZERO : limited(shortest.multipliedBy(early));
            case EXPONENTIAL -> early == 0 ? Duration.ZERO : doubled(early, Duration.ZERO);
            case DOUBLE_PLUS_ONE -> early == 0 ? Duration.ZERO : doubled(early, shortest);
        };
    }

    private Duration drawn(RandomGenerator random) {
        long span = longest.minus(shortest).toNanos();
        return span == 0 ? shortest : shortest.plusNanos(random.nextLong(span));
    }

    private Duration doubled(int early, Duration more) {
        Duration pause = shortest;
        for (int i = 1; i < early && pause.compareTo(longest) < 0 && !pause.isZero(); i++) {
            pause = pause.multipliedBy(2).plus(more);
        }
        return limited(pause);
    }

    private Duration limited(Duration pause) {
        return pause.compareTo(longest) > 0 ? longest : pause;
    }
}
