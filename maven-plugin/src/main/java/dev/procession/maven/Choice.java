package dev.procession.maven;

import dev.procession.launch.Suggestion;
import dev.procession.process.InvalidSpecException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** One of several words, in any case. */
final class Choice {

    private Choice() {}

    /**
     * Reads it.
     *
     * @throws InvalidSpecException if it is none, naming those there are
     */
    static <E extends Enum<E>> E of(String attribute, String text, Class<E> type) {
        String wanted = text.strip().toUpperCase(Locale.ROOT);
        return Arrays.stream(type.getEnumConstants())
                .filter(constant -> constant.name().equals(wanted))
                .findFirst()
                .orElseThrow(() -> none(attribute, text, type.getEnumConstants()));
    }

    /** The error. */
    static InvalidSpecException none(String attribute, String text, Enum<?>[] known) {
        List<String> names = Arrays.stream(known).map(Enum::name).toList();
        String near = Suggestion.nearest(text.strip().toUpperCase(Locale.ROOT), names)
                .map(name -> "did you mean " + name + "? ")
                .orElse("");
        return new InvalidSpecException(
                attribute, "is \"" + text + "\", which is none", near + "known are " + String.join(" ", names));
    }
}
