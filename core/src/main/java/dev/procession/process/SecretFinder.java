package dev.procession.process;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where secrets stand in arguments and values, as the names beside them have it. Pure.
 *
 * <p>Everything here takes time in proportion to the length of the text: class paths are long.
 */
public final class SecretFinder {

    /**
     * A secret in a text.
     *
     * @param name whose value it is; empty if it has none
     * @param start of the value
     * @param end of the value
     */
    public record Found(String name, int start, int end) {}

    private static final String NAME = "[A-Za-z_][\\w.-]*+";

    private static final Pattern OPTION = Pattern.compile("--?" + NAME);

    /** Another option, and so not the value of the one before; a secret may itself begin with a dash. */
    private static final Pattern NEXT_OPTION = Pattern.compile("--[A-Za-z].*|-.?", Pattern.DOTALL);

    /** What follows is a text in a shell's or another language: {@code sh -c}, {@code bash -lc}. */
    private static final Pattern BEFORE_SCRIPT = Pattern.compile("-[a-z]*c");

    private static final Pattern ASSIGNMENT = Pattern.compile("(-{0,2}" + NAME + ")=");

    /** With a blank behind the colon: {@code secret:/run} is a volume. */
    private static final Pattern HEADER =
            Pattern.compile("(" + NAME + "):\\s+(?:(?i:Bearer|Basic|Token)\\s+)?(\\S+)\\s*");

    /** An assignment or an option in a longer text, up to where its value begins. */
    private static final Pattern INNER_NAME =
            Pattern.compile("(?<![\\w.-])(?:(-{0,2}" + NAME + ")=|(--?" + NAME + ")\\s++(?!-))");

    private static final Pattern INNER_VALUE = Pattern.compile("\"([^\"]++)\"|'([^']++)'|([^\\s'\"&;|<>()`]++)");

    private static final Pattern JSON = Pattern.compile("\"(" + NAME + ")\"\\s*+:\\s*+\"([^\"]++)\"");

    private static final Pattern AUTHORIZATION =
            Pattern.compile("(?i)authorization:\\s*+(?:Bearer|Basic|Token)\\s++([^\\s'\"]++)");

    /** Begins at the colon, not at the scheme, so that no long text is searched from each of its letters. */
    private static final Pattern USER_INFO = Pattern.compile("://([^\\s/?#@:'\"]*+):([^\\s/?#'\"]+)@");

    /** Stands for a value and is none: what a placeholder or a shell puts something in for. */
    private static final Pattern PLACEHOLDER = Pattern.compile("[$@]\\{[^}]*+\\}");

    private SecretFinder() {}

    /** In an argument, in order; none overlaps another. */
    public static List<Found> inArgument(List<String> command, int index) {
        String argument = command.get(index);
        String before = index == 0 ? "" : command.get(index - 1);
        if (argument.isEmpty() || PLACEHOLDER.matcher(argument).matches()) {
            return List.of();
        }
        if (OPTION.matcher(before).matches()
                && SecretNames.isSecret(before, argument)
                && !NEXT_OPTION.matcher(argument).matches()) {
            return List.of(new Found(before, 0, argument.length()));
        }
        boolean script = BEFORE_SCRIPT.matcher(before).matches();
        if (!script) {
            // The value is all the rest here, blanks and quotes included.
            Matcher assignment = ASSIGNMENT.matcher(argument);
            if (assignment.lookingAt() && assignment.end() < argument.length()) {
                String value = argument.substring(assignment.end());
                if (SecretNames.isSecret(assignment.group(1), value)) {
                    return PLACEHOLDER.matcher(value).matches()
                            ? List.of()
                            : List.of(new Found(assignment.group(1), assignment.end(), argument.length()));
                }
            }
            Matcher header = HEADER.matcher(argument);
            if (header.matches() && SecretNames.isSecret(header.group(1), header.group(2))) {
                return List.of(new Found(header.group(1), header.start(2), header.end(2)));
            }
        }
        return inText(argument, script);
    }

    /** Inside of a longer text, such as the value of JAVA_TOOL_OPTIONS or a URL, in order; none overlaps another. */
    public static List<Found> inText(String text) {
        return inText(text, false);
    }

    private static List<Found> inText(String text, boolean script) {
        List<Found> all = new ArrayList<>();
        addInnerValues(text, script, all);
        Matcher json = JSON.matcher(text);
        while (json.find()) {
            if (SecretNames.isSecret(json.group(1), json.group(2))) {
                all.add(new Found(json.group(1), json.start(2), json.end(2)));
            }
        }
        Matcher authorization = AUTHORIZATION.matcher(text);
        while (authorization.find()) {
            all.add(new Found("", authorization.start(1), authorization.end(1)));
        }
        Matcher userInfo = USER_INFO.matcher(text);
        while (userInfo.find()) {
            // The user is as good as a name: a password that repeats it hides nothing.
            all.add(new Found(userInfo.group(1), userInfo.start(2), userInfo.end(2)));
        }
        return withoutOverlaps(all);
    }

    private static void addInnerValues(String text, boolean script, List<Found> all) {
        Matcher name = INNER_NAME.matcher(text);
        Matcher value = INNER_VALUE.matcher(text);
        int hidden = 0;
        // A name that is no secret's is only stepped over: its value may hold one, as the query of a URL does.
        for (int at = 0; name.find(at); at = name.end()) {
            String found = name.group(1) != null ? name.group(1) : name.group(2);
            value.region(name.end(), text.length());
            // Inside of a secret without quotes another ends where that does, and is hidden with it.
            if (name.end() >= hidden && looksSecret(found) && value.lookingAt()) {
                int group = value.group(1) != null ? 1 : value.group(2) != null ? 2 : 3;
                String content = value.group(group);
                // Between single quotes a shell replaces nothing.
                boolean variable = script && group != 2 && content.startsWith("$");
                if (SecretNames.isSecret(found, content)
                        && !variable
                        && !PLACEHOLDER.matcher(content).matches()) {
                    all.add(new Found(found, value.start(group), value.end(group)));
                    hidden = group == 3 ? value.end() : hidden;
                }
            }
        }
    }

    /** Asked before the value is looked for, which would take long after every equals sign of a long text. */
    private static boolean looksSecret(String name) {
        return SecretNames.isSecret(name, "");
    }

    private static List<Found> withoutOverlaps(List<Found> all) {
        List<Found> kept = new ArrayList<>();
        all.sort(Comparator.comparingInt(Found::start).thenComparing(Found::end, Comparator.reverseOrder()));
        for (Found found : all) {
            Found last = kept.isEmpty() ? null : kept.get(kept.size() - 1);
            if (last == null || found.start() >= last.end()) {
                kept.add(found);
            } else if (found.end() > last.end()) {
                kept.set(kept.size() - 1, new Found(last.name(), last.start(), found.end()));
            }
        }
        return kept;
    }
}
