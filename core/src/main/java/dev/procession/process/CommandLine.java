package dev.procession.process;

import dev.procession.process.SecretFinder.Found;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Command lines as messages show them: fit to be pasted into a shell, and without secrets. Pure. */
public final class CommandLine {

    /** Stands in the place of a secret. */
    public static final String MASK = "***";

    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_@%+=:,./-]+");
    private static final int LONGEST = 2_000;

    private CommandLine() {}

    /** The arguments, quoted where a shell needs it, without secrets, cut if they are very long. */
    public static String text(List<String> arguments) {
        return quoted(mask(arguments));
    }

    /** The arguments as they are, quoted where a shell needs it, cut if they are very long. */
    public static String quoted(List<String> arguments) {
        String text = arguments.stream()
                .map(argument ->
                        PLAIN.matcher(argument).matches() ? argument : "'" + argument.replace("'", "'\\''") + "'")
                .collect(Collectors.joining(" "));
        return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "…";
    }

    /**
     * The arguments with {@code ***} in place of what stands where secrets stand: the value of {@code --password}, of
     * {@code TOKEN=…}, of a URL's user.
     */
    public static List<String> mask(List<String> arguments) {
        return IntStream.range(0, arguments.size())
                .mapToObj(i -> mask(arguments.get(i), SecretFinder.inArgument(arguments, i)))
                .toList();
    }

    private static String mask(String text, List<Found> found) {
        StringBuilder masked = new StringBuilder();
        int at = 0;
        for (Found secret : found) {
            masked.append(text, at, secret.start()).append(MASK);
            at = secret.end();
        }
        return masked.append(text, at, text.length()).toString();
    }
}
