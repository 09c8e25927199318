package dev.procession.cli;

import dev.procession.process.Durations;
import dev.procession.process.Epoch;
import dev.procession.process.InvalidSpecException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeParseException;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Times as the command line takes them: a bare number is seconds here. */
final class Times {

    private static final Pattern DURATION = Pattern.compile("([0-9]{1,12}(?:\\.[0-9]{1,9})?)\\s*(ms|s|m|h|)");
    private static final Pattern EPOCH_SECONDS = Pattern.compile("@?([0-9]{1,12}(?:\\.[0-9]{1,9})?)");
    private static final Map<String, Integer> NANO_DIGITS = Map.of("ms", 6, "s", 9, "", 9, "m", 9, "h", 9);
    private static final Map<String, Integer> FACTORS = Map.of("ms", 1, "s", 1, "", 1, "m", 60, "h", 3600);

    private Times() {}

    /**
     * Reads a duration.
     *
     * @param word what it was given for, for the error
     */
    static Duration duration(String word, String text) {
        Matcher matcher = DURATION.matcher(text.strip());
        Duration duration;
        if (matcher.matches()) {
            BigDecimal nanos = new BigDecimal(matcher.group(1))
                    .multiply(BigDecimal.valueOf(FACTORS.get(matcher.group(2))))
                    .scaleByPowerOfTen(NANO_DIGITS.get(matcher.group(2)))
                    .setScale(0, RoundingMode.CEILING);
            BigDecimal[] parts = nanos.divideAndRemainder(BigDecimal.TEN.pow(9));
            duration = Duration.ofSeconds(parts[0].longValueExact(), parts[1].longValueExact());
        } else {
            duration = iso(word, text);
        }
        Durations.check(word, duration);
        return duration;
    }

    private static Duration iso(String word, String text) {
        try {
            return Duration.parse(text.strip());
        } catch (DateTimeParseException e) {
            throw new InvalidSpecException(
                    word,
                    "is \"" + text + "\", which is no duration",
                    "give seconds, such as 30 or 1.5, or a unit, such as 500ms, 2m or 1h");
        }
    }

    /** Reads a moment. */
    static Epoch moment(String word, String text) {
        Matcher seconds = EPOCH_SECONDS.matcher(text.strip());
        if (seconds.matches()) {
            BigDecimal[] parts = new BigDecimal(seconds.group(1)).divideAndRemainder(BigDecimal.ONE);
            return epoch(
                    word,
                    text,
                    Instant.ofEpochSecond(
                            parts[0].longValueExact(),
                            parts[1].movePointRight(9).longValueExact()));
        }
        try {
            String iso = text.strip().replace(' ', 'T').replace(',', '.');
            return epoch(
                    word,
                    text,
                    iso.matches(".*(Z|[+-][0-9:]{2,})") && !iso.matches("[0-9-]*")
                            ? OffsetDateTime.parse(iso.replaceFirst("([+-][0-9]{2})([0-9]{2})$", "$1:$2"))
                                    .toInstant()
                            : LocalDateTime.parse(iso)
                                    .atZone(ZoneId.systemDefault())
                                    .toInstant());
        } catch (DateTimeParseException e) {
            throw new InvalidSpecException(
                    word,
                    "is \"" + text + "\", which is no moment",
                    "give what 'date +%s.%N' prints, or such as 2026-11-20T18:30:00Z");
        }
    }

    private static Epoch epoch(String word, String text, Instant moment) {
        try {
            return Epoch.at(moment);
        } catch (InvalidSpecException e) {
            throw new InvalidSpecException(
                    word,
                    "is \"" + text + "\", which is " + moment,
                    "give a moment of the last hundred years, or of the next day");
        }
    }
}
