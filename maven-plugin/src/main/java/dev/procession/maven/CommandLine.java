package dev.procession.maven;

import dev.procession.process.InvalidSpecException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A command in one line, split as a shell would, with single and double quotes and backslashes; but there is no shell, so
 * what only a shell can do is refused. A placeholder is never split.
 */
final class CommandLine {

    private static final String WHITESPACE = " \t\r\n";
    private static final String OF_SHELL = "|&;<>`*";
    private static final Pattern VARIABLE = Pattern.compile("\\$[A-Za-z_(].*", Pattern.DOTALL);

    private final String element;
    private final String text;
    private final List<String> arguments = new ArrayList<>();
    private final StringBuilder argument = new StringBuilder();
    private boolean begun;
    private int at;

    private CommandLine(String element, String text) {
        this.element = element;
        this.text = text;
    }

    /**
     * Splits a line.
     *
     * @param element where it stands, for errors
     * @throws InvalidSpecException for a quote without an end, or what only a shell understands
     */
    static List<String> split(String element, String text) {
        return new CommandLine(element, text).split();
    }

    private List<String> split() {
        while (at < text.length()) {
            char next = text.charAt(at);
            if (WHITESPACE.indexOf(next) >= 0) {
                at++;
                endArgument();
            } else if (next == '\'' || next == '"') {
                quoted(next);
            } else if (continues()) {
                at = text.indexOf('\n', at) + 1;
            } else if (next == '\\' && at + 1 < text.length()) {
                append(text.charAt(at + 1));
                at += 2;
            } else if (text.startsWith("@{", at) && text.indexOf('}', at) > 0) {
                int end = text.indexOf('}', at) + 1;
                argument.append(text, at, end);
                begun = true;
                at = end;
            } else if (OF_SHELL.indexOf(next) >= 0) {
                throw new InvalidSpecException(
                        element,
                        "has a " + next + " in \"" + text + "\", and no shell will understand it",
                        "quote it if it is meant literally; otherwise write <arguments> with sh, -c and the script");
            } else if (next == '~' && !begun && (at + 1 == text.length() || text.charAt(at + 1) == '/')) {
                throw new InvalidSpecException(
                        element,
                        "has a ~ in \"" + text + "\", and no shell will make a folder of it",
                        "write @{env:HOME}, or quote it if it is meant literally");
            } else {
                refuseVariable();
                append(next);
                at++;
            }
        }
        endArgument();
        return arguments;
    }

    private void quoted(char quote) {
        int start = at++;
        begun = true;
        while (at < text.length() && text.charAt(at) != quote) {
            if (quote == '"' && continues()) {
                at = text.indexOf('\n', at) + 1;
                continue;
            }
            boolean escapes = quote == '"'
                    && text.charAt(at) == '\\'
                    && at + 1 < text.length()
                    && "\"\\$`".indexOf(text.charAt(at + 1)) >= 0;
            if (escapes) {
                at++;
            } else if (quote == '"') {
                refuseVariable();
            }
            argument.append(text.charAt(at++));
        }
        if (at == text.length()) {
            throw new InvalidSpecException(
                    element,
                    "has a quote without an end in \"" + text + "\", at index " + start,
                    "close it, or write \\" + quote + " for the character");
        }
        at++;
    }

    /** Whether the line goes on in the next: a backslash and the end of the line mean nothing. */
    private boolean continues() {
        return text.startsWith("\\\n", at) || text.startsWith("\\\r\n", at);
    }

    private void refuseVariable() {
        if (VARIABLE.matcher(text.substring(at)).matches()) {
            throw new InvalidSpecException(
                    element,
                    "has a $ in \"" + text + "\", and no shell will replace what follows",
                    "write @{env:NAME} for a variable of the environment, or put it between single quotes");
        }
    }

    private void append(char character) {
        argument.append(character);
        begun = true;
    }

    private void endArgument() {
        if (begun) {
            arguments.add(argument.toString());
            argument.setLength(0);
            begun = false;
        }
    }
}
