package dev.procession.maven;

import dev.procession.launch.Suggestion;
import dev.procession.process.InvalidSpecException;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The <code>$&#123;…&#125;</code> of a pom, which are Maven's. Procession's own placeholders are refused in that form: Maven
 * would make nothing of <code>$&#123;port&#125;</code>, or the value of a property that happens to have that name. They are
 * written with an at sign, and left as they are.
 */
final class Expressions {

    private static final Pattern TOKEN = Pattern.compile("\\$\\$\\{|\\$\\{([^}]*)}");
    private static final Pattern OURS =
            Pattern.compile("port(?::.*)?|process:.*|directory|java|classpath|(?:env|sys):.*", Pattern.DOTALL);
    private static final List<String> NAMES =
            List.of("port", "port:NAME", "process:NAME:port", "process:NAME:directory", "directory", "java");

    private final Function<String, @Nullable Object> maven;

    /** @param maven the value of a whole expression, signs and braces included; null if it has none */
    Expressions(Function<String, @Nullable Object> maven) {
        this.maven = maven;
    }

    /**
     * Evaluates what is Maven's.
     *
     * @param element where the text stands, for errors
     * @throws InvalidSpecException for what is ours, and for what has no value
     */
    String evaluate(String element, String text) {
        refuseOurs(element, text);
        Matcher token = TOKEN.matcher(text);
        StringBuilder evaluated = new StringBuilder();
        while (token.find()) {
            boolean literal = token.group(1) == null;
            token.appendReplacement(
                    evaluated, Matcher.quoteReplacement(literal ? token.group() : value(element, token.group())));
        }
        return token.appendTail(evaluated).toString();
    }

    /** Refuses one of our placeholders in Maven's form. */
    static void refuseOurs(String element, String text) {
        Matcher token = TOKEN.matcher(text);
        while (token.find()) {
            if (token.group(1) != null && OURS.matcher(token.group(1)).matches()) {
                throw new InvalidSpecException(
                        element,
                        "has " + token.group() + ", which Maven would take for one of its properties",
                        "write @" + token.group().substring(1));
            }
        }
    }

    private String value(String element, String token) {
        Object value = maven.apply(token);
        if (value == null) {
            String near = Suggestion.nearest(token.substring(2, token.length() - 1), NAMES)
                    .map(name -> "did you mean @{" + name + "}? ")
                    .orElse("");
            throw new InvalidSpecException(
                    element,
                    "has " + token + ", for which Maven has no value",
                    near + "define the property, or write $" + token + " for the literal text");
        }
        return value.toString();
    }
}
