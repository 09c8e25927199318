package dev.procession.launch;

import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import org.jspecify.annotations.Nullable;

/**
 * A line of a log in which a regular expression was found. Immutable and thread safe.
 */
public final class LogMatch {

    private final String line;
    private final Matcher matcher;

    /** @param matcher has found a match in the line, and is used for nothing else */
    LogMatch(String line, Matcher matcher) {
        this.line = line;
        this.matcher = matcher;
    }

    /** The whole line, without its end. */
    public String line() {
        return line;
    }

    /** The part that matched, and its groups by number. */
    public MatchResult result() {
        return matcher.toMatchResult();
    }

    /**
     * What a named group matched.
     *
     * @return null if the group is an alternative that did not take part
     * @throws IllegalArgumentException if the expression has no such group
     */
    public @Nullable String group(String name) {
        return matcher.group(name);
    }

    @Override
    public String toString() {
        return line;
    }
}
