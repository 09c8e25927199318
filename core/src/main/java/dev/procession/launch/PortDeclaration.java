package dev.procession.launch;

import dev.procession.process.InvalidSpecException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The declaration of a port: {@code http} for a leased one, {@code http=8081} for one that is pinned. */
record PortDeclaration(String name, int pinned) {

    /** The name of the main port. */
    static final String MAIN = "port";

    /** Instead of a number: any free one. */
    static final int ANY = 0;

    private static final Pattern DECLARATION = Pattern.compile("(?<name>[A-Za-z][A-Za-z0-9._-]*)(?:=(?<number>.*))?");

    static PortDeclaration parse(String text) {
        Matcher declaration = DECLARATION.matcher(text);
        if (!declaration.matches()) {
            throw new InvalidSpecException(
                    "ports",
                    "holds \"" + text + "\"",
                    "write a name such as \"http\", or name and number \"http=8081\"");
        }
        String number = declaration.group("number");
        return new PortDeclaration(declaration.group("name"), number == null ? ANY : number(text, number));
    }

    private static int number(String text, String number) {
        int parsed = number.matches("\\d{1,5}") ? Integer.parseInt(number) : -1;
        if (parsed < 1 || parsed > 65535) {
            throw new InvalidSpecException("ports", "holds \"" + text + "\"", "a port is a number from 1 to 65535");
        }
        return parsed;
    }
}
