package dev.procession.process;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as people write them: {@code 500ms}, {@code 10s}, {@code 2m}, {@code 1h}, {@code PT10S}. */
public final class Durations {

    private static final Pattern SIMPLE = Pattern.compile("(\\d{1,12})\\s*(ms|s|m|h)");
    private static final String FORMS = "write it like 500ms, 10s, 2m, 1h or PT10S";

    /** Nobody waits longer, and what is counted in nanoseconds must not overflow. */
    private static final Duration LONGEST = Duration.ofDays(365);

    private Durations() {}

    /** The nanoseconds of a duration, of at most a year; of a negative one 0. */
    public static long nanos(Duration duration) {
        if (duration.isNegative()) {
            return 0;
        }
        return duration.compareTo(LONGEST) > 0 ? LONGEST.toNanos() : duration.toNanos();
    }

    /**
     * Looks whether a duration can be waited for.
     *
     * @throws InvalidSpecException if it is negative or longer than a year
     */
    public static void check(String attribute, Duration duration) {
        if (duration.isNegative() || duration.compareTo(LONGEST) > 0) {
            throw new InvalidSpecException(attribute, "is " + duration, "give a duration between 0 and a year");
        }
    }

    /**
     * Reads a duration.
     *
     * @param attribute the attribute it was given for, for the error
     * @throws InvalidSpecException for anything else; a bare number is refused because peers disagree whether it means
     *     seconds or milliseconds
     */
    public static Duration parse(String attribute, String text) {
        String trimmed = text.strip();
        Matcher simple = SIMPLE.matcher(trimmed);
        if (simple.matches()) {
            long amount = Long.parseLong(simple.group(1));
            return switch (simple.group(2)) {
                case "ms" -> Duration.ofMillis(amount);
                case "s" -> Duration.ofSeconds(amount);
                case "m" -> Duration.ofMinutes(amount);
                default -> Duration.ofHours(amount);
            };
        }
        if (trimmed.matches("\\d+")) {
            throw new InvalidSpecException(
                    attribute,
                    "is \"" + text + "\": a bare number has no unit",
                    "write " + trimmed + "s or " + trimmed + "ms");
        }
        try {
            Duration iso = Duration.parse(trimmed);
            if (!iso.isNegative()) {
                return iso;
            }
        } catch (DateTimeParseException e) {
            // Said below, with the forms that are understood.
        }
        throw new InvalidSpecException(attribute, "is \"" + text + "\", which is no duration", FORMS);
    }

    /** A duration for messages: {@code 840 ms}, {@code 1.5 s}, {@code 60 s}, {@code 5 m}. */
    public static String describe(Duration duration) {
        if (duration.compareTo(LONGEST) > 0) {
            return "more than a year";
        }
        long millis = duration.toMillis();
        if (millis < 1000) {
            return millis + " ms";
        }
        if (millis % 1000 == 0 || millis >= 100_000) {
            long seconds = millis / 1000;
            return seconds >= 120 && seconds % 60 == 0 ? seconds / 60 + " m" : seconds + " s";
        }
        return String.format(Locale.ROOT, "%.1f s", millis / 1000.0);
    }
}
