package dev.procession.maven;

import dev.procession.process.InvalidSpecException;
import java.util.Set;
import java.util.regex.Pattern;

/** Says what is wrong with a description in the words of a pom: elements instead of attributes, {@code @} instead of $. */
final class PomWords {

    private static final Set<String> IN_READY = Set.of(
            "tcp", "http", "status", "log", "times", "failOnLog", "file", "unixSocket", "exit", "aliveFor", "timeout");
    private static final Set<String> IN_STOP = Set.of("signal", "gracePeriod", "scope", "retries");
    private static final Set<String> IN_RUN_AS = Set.of("user", "group", "umask", "nice");
    private static final Pattern QUOTED = Pattern.compile("'(restart|exit|expectedExitCodes)'");

    private PomWords() {}

    /** The message of an error. */
    static String message(InvalidSpecException error) {
        boolean ours = error.attribute().startsWith("<") || error.attribute().contains(" ");
        String message = String.valueOf(error.getMessage());
        String quoted = "'" + error.attribute() + "' " + error.problem() + "; " + error.fix();
        return message.substring(0, message.length() - quoted.length())
                + element(error.attribute()) + " "
                + (ours ? error.problem() : words(error.attribute(), error.problem())) + "; "
                + (ours ? error.fix() : words(error.attribute(), error.fix()));
    }

    /** The same error about a parameter that stands in the configuration itself, or is a property on the command line. */
    static InvalidSpecException ofParameter(InvalidSpecException error) {
        String name = error.attribute();
        return name.contains(" ")
                ? error
                : new InvalidSpecException("<" + name + "> (procession." + name + ")", error.problem(), error.fix());
    }

    private static String element(String attribute) {
        if (attribute.startsWith("<") || attribute.contains(" ")) {
            return attribute;
        }
        if (IN_READY.contains(attribute)) {
            return "<ready><" + attribute + ">";
        }
        if (IN_STOP.contains(attribute)) {
            return "<stop><" + attribute + ">";
        }
        if (IN_RUN_AS.contains(attribute)) {
            return "<runAs><" + attribute + ">";
        }
        if (attribute.startsWith("backoff.")) {
            return "<restart>" + path(attribute);
        }
        return attribute.equals("env") ? "<environment>" : path(attribute);
    }

    private static String path(String attribute) {
        return "<" + attribute.replace(".", "><") + ">";
    }

    /** Those about restarts speak of other attributes, too. Elsewhere, what is quoted may be the name of a service. */
    private static String words(String attribute, String text) {
        return attribute.startsWith("restart")
                ? QUOTED.matcher(words(text)).replaceAll(quoted -> element(quoted.group(1)))
                : words(text);
    }

    private static String words(String text) {
        return text.replaceAll("[$@]\\{classpath} ", "")
                .replace("${", "@{")
                .replace("command, env or files", "<command>, <environment> or <files>")
                .replace("command or env", "<command> or <environment>");
    }
}
