package dev.procession.launch;

import dev.procession.process.InvalidSpecException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * As whom and with which umask and priority a process runs. Immutable: each method returns a changed copy.
 *
 * @param user a user's name or number, or null for the JVM's own. It applies where the JVM runs as root; elsewhere it is
 *     ignored, and the log says so: a developer's machine need not be like CI
 * @param group a group's name or number, or null for the user's own
 * @param umask three or four octal digits, or null for the JVM's own
 * @param nice -20 to 19, added to the JVM's own priority value; 0 leaves it
 */
public record RunAs(
        @Nullable String user,
        @Nullable String group,
        @Nullable String umask,
        int nice) {

    /** As the JVM itself. */
    public static final RunAs UNCHANGED = new RunAs(null, null, null, 0);

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]*\\$?");
    private static final Pattern OCTAL = Pattern.compile("[0-7]{3}|0[0-7]{3}");

    public RunAs {
        check("user", user, NAME, "give the name or number of a user");
        check("group", group, NAME, "give the name or number of a group");
        check("umask", umask, OCTAL, "write three octal digits, such as \"027\"");
        if (group != null && user == null) {
            throw new InvalidSpecException("group", "is \"" + group + "\" without 'user'", "say which user");
        }
        if (nice < -20 || nice > 19) {
            throw new InvalidSpecException("nice", "is " + nice, "give a number from -20 (first) to 19 (last)");
        }
    }

    private static void check(String attribute, @Nullable String value, Pattern pattern, String fix) {
        if (value != null && !pattern.matcher(value).matches()) {
            throw new InvalidSpecException(attribute, "is \"" + value + "\"", fix);
        }
    }

    public RunAs user(String value) {
        return new RunAs(value, group, umask, nice);
    }

    public RunAs group(String value) {
        return new RunAs(user, value, umask, nice);
    }

    public RunAs umask(String value) {
        return new RunAs(user, group, value, nice);
    }

    public RunAs nice(int value) {
        return new RunAs(user, group, umask, value);
    }
}
