package dev.procession.launch;

import dev.procession.os.backend.Backend;
import dev.procession.process.BaseDirectory;
import dev.procession.process.InvalidSpecException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Placeholders in commands, variables, standard input, templates and readiness conditions.
 *
 * <p>{@code ${port}} the main port, {@code ${port:NAME}} another, {@code ${directory}} the working directory; of another
 * process {@code ${process:NAME:port}}, {@code ${process:NAME:port:PORT}} and {@code ${process:NAME:directory}};
 * {@code ${basedir}} the directory the JVM was started in, {@code ${java}} and {@code ${classpath}} this JVM's own,
 * {@code ${env:X}} and {@code ${sys:X}} with an optional default {@code ${sys:X:-y}}. {@code @{…}} means the same, and is
 * the only form in templates. A doubled sign is a literal: <code>$$&#123;</code>.
 */
public final class Placeholders {

    /** What a decoder puts in the place of bytes that it cannot read. */
    private static final char UNDECODED = '\ufffd';

    private static final Pattern TOKEN = Pattern.compile("\\$\\$\\{|@@\\{|[$@]\\{([^}]*)(\\}?)");
    private static final Pattern TEMPLATE_TOKEN = Pattern.compile("@@\\{|@\\{([^}]*)(\\}?)");

    private static final List<String> KNOWN = List.of(
            "port",
            "port:NAME",
            "process:NAME:port",
            "process:NAME:port:PORT",
            "process:NAME:directory",
            "directory",
            "basedir",
            "java",
            "classpath",
            "env:NAME",
            "sys:NAME");

    private static final Pattern WITH_NAME = Pattern.compile("(?:env|sys|port):.+");
    private static final Pattern OF_PROCESS =
            Pattern.compile("process:(?<process>[^:]+):(?:directory|port(?::(?<port>[^:]+))?)");

    private static final String FILES = "files";

    /** The program that runs this JVM. */
    static final Path JAVA = Path.of(System.getProperty("java.home"), "bin", "java");

    private Placeholders() {}

    /** Whether a reference is {@code env:NAME} or {@code sys:NAME}. */
    static boolean isVariable(String reference) {
        return reference.startsWith("env:") || reference.startsWith("sys:");
    }

    /**
     * The value of an environment variable or a system property of this JVM; empty if it is not set.
     *
     * @throws InvalidSpecException for an environment variable that is no UTF-8: it would be handed on damaged
     */
    static Optional<String> variable(String reference) {
        String name = reference.substring("env:".length());
        if (!reference.startsWith("env:")) {
            return Optional.ofNullable(System.getProperty(name));
        }
        String decoded = System.getenv(name);
        if (isAscii(name) && (decoded == null || isAscii(decoded))) {
            // Every locale reads that alike; most variables need no native code.
            return Optional.ofNullable(decoded);
        }
        return Backend.current().environment().variables().stream()
                .filter(variable -> variable.name().equals(name))
                .findFirst()
                .map(variable -> new String(variable.value(), StandardCharsets.UTF_8))
                .map(value -> requireDecoded(reference, value));
    }

    private static boolean isAscii(String text) {
        return text.chars().allMatch(character -> character < 128);
    }

    private static String requireDecoded(String reference, String value) {
        if (value.indexOf(UNDECODED) >= 0) {
            throw new InvalidSpecException(
                    "${" + reference + "}",
                    "has bytes that cannot be read as UTF-8",
                    "give the variable in UTF-8, and with the portable backend start the JVM with LC_ALL=C.UTF-8");
        }
        return value;
    }

    /** The process that {@code process:NAME:…} refers to; empty for other references. */
    static Optional<String> processOf(String reference) {
        Matcher matcher = OF_PROCESS.matcher(reference);
        return matcher.matches() ? Optional.of(matcher.group("process")) : Optional.empty();
    }

    /** Which port {@code process:NAME:port…} refers to, the main one by default; empty if it is about the directory. */
    static Optional<String> portOf(String reference) {
        Matcher matcher = OF_PROCESS.matcher(reference);
        if (!matcher.matches() || reference.endsWith(":directory")) {
            return Optional.empty();
        }
        return Optional.of(matcher.group("port") == null ? PortDeclaration.MAIN : matcher.group("port"));
    }

    /** What a description refers to, such as {@code port}, in order of appearance. */
    static Set<String> references(ProcessSpec spec) {
        return references(texts(spec));
    }

    /** The attribute that refers to something first; empty if none does. */
    static Optional<String> attributeThatRefersTo(String reference, ProcessSpec spec) {
        return texts(spec).entrySet().stream()
                .filter(texts -> references(Map.ofEntries(texts)).contains(reference))
                .map(Map.Entry::getKey)
                .findFirst();
    }

    /** What the process itself is told, by its command or its variables. */
    static Set<String> referencesToldToTheProcess(ProcessSpec spec) {
        return references(textsToldToTheProcess(spec));
    }

    private static Set<String> references(Map<String, List<String>> texts) {
        Set<String> found = new LinkedHashSet<>();
        Function<String, Optional<String>> note = reference -> {
            found.add(reference);
            return Optional.of("");
        };
        texts.forEach((attribute, list) -> list.forEach(text -> {
            if (attribute.equals(FILES)) {
                expandTemplate(text, note);
            } else {
                expand(attribute, text, note);
            }
        }));
        return found;
    }

    /** The texts that may hold placeholders, by attribute. */
    private static Map<String, List<String>> texts(ProcessSpec spec) {
        Map<String, List<String>> texts = textsToldToTheProcess(spec);
        texts.put(
                "directory",
                spec.directory() == null ? List.of() : List.of(spec.directory().toString()));
        texts.put("searchPath", spec.searchPath());
        texts.put("tcp", spec.ready().tcp());
        texts.put("http", spec.ready().http());
        texts.put("file", spec.ready().file());
        texts.put("unixSocket", spec.ready().unixSocket());
        texts.put("ready.command", spec.ready().command());
        return texts;
    }

    private static Map<String, List<String>> textsToldToTheProcess(ProcessSpec spec) {
        Map<String, List<String>> texts = new LinkedHashMap<>();
        texts.put("command", spec.command());
        texts.put("env", List.copyOf(spec.environment().values()));
        texts.put("stdin", List.of(spec.stdin()));
        texts.put(FILES, spec.files().stream().map(Template::text).toList());
        return texts;
    }

    /**
     * Expands a text.
     *
     * @param attribute where it stands, for errors
     * @param values gives the value for a known placeholder, such as {@code env:HOME}; empty where it has none
     * @throws InvalidSpecException for an unknown or unclosed placeholder, or one that has neither value nor default
     */
    static String expand(String attribute, String text, Function<String, Optional<String>> values) {
        return expand(TOKEN, attribute, text, values);
    }

    /**
     * Expands a text that belongs to no process that is started here: it can refer to {@code basedir}, {@code java} and to
     * variables.
     *
     * @param attribute where it stands, for errors
     * @throws InvalidSpecException for any other placeholder, and for one that has neither value nor default
     */
    public static String expandHere(String attribute, String text) {
        return expand(attribute, text, reference -> {
            if (isVariable(reference)) {
                return variable(reference);
            }
            if (reference.equals("basedir")) {
                return Optional.of(BaseDirectory.ofJvm().toString());
            }
            if (reference.equals("java")) {
                return Optional.of(JAVA.toString());
            }
            throw new InvalidSpecException(
                    attribute,
                    "refers to ${" + reference + "}, which only a process has that is started here",
                    "use ${basedir}, ${java}, ${env:NAME} or ${sys:NAME}");
        });
    }

    /** Expands the text of a template, in which a dollar sign is nothing special. */
    static String expandTemplate(String text, Function<String, Optional<String>> values) {
        return expand(TEMPLATE_TOKEN, FILES, text, values);
    }

    private static String expand(
            Pattern tokens, String attribute, String text, Function<String, Optional<String>> values) {
        Matcher token = tokens.matcher(text);
        StringBuilder expanded = new StringBuilder();
        while (token.find()) {
            String content = token.group(1);
            token.appendReplacement(
                    expanded,
                    Matcher.quoteReplacement(
                            content == null
                                    ? token.group().substring(1)
                                    : value(
                                            attribute,
                                            text,
                                            token.group(),
                                            content,
                                            !token.group(2).isEmpty(),
                                            values)));
        }
        return token.appendTail(expanded).toString();
    }

    private static String value(
            String attribute,
            String text,
            String token,
            String content,
            boolean closed,
            Function<String, Optional<String>> values) {
        if (!closed) {
            throw new InvalidSpecException(
                    attribute,
                    "has a placeholder without an end in \"" + excerpt(text, token) + "\"",
                    "close it with '}', or write " + token.charAt(0) + token.substring(0, 2) + " for a literal "
                            + token.substring(0, 2));
        }
        if (content.contains("${") || content.contains("@{")) {
            throw new InvalidSpecException(
                    attribute,
                    "has a placeholder inside another in \"" + excerpt(text, token) + "\"",
                    "give a default that is plain text");
        }
        int separator = content.indexOf(":-");
        String reference = separator < 0 ? content : content.substring(0, separator);
        if (!isKnown(reference)) {
            throw new InvalidSpecException(
                    attribute,
                    "has an unknown placeholder " + token,
                    didYouMean(token.charAt(0), reference) + "known are " + known(token.charAt(0)) + "; write "
                            + token.charAt(0) + token
                            + " for the literal text");
        }
        return values.apply(reference)
                .or(() -> separator < 0 ? Optional.empty() : Optional.of(content.substring(separator + 2)))
                .orElseThrow(() -> new InvalidSpecException(
                        attribute,
                        "has " + token + ", but "
                                + (reference.startsWith("env:") ? "the environment variable " : "the system property ")
                                + reference.substring(4) + " is not set",
                        "set it, or give a default as " + token.substring(0, token.length() - 1) + ":-…}"));
    }

    private static boolean isKnown(String reference) {
        return (KNOWN.contains(reference) && !reference.contains(":"))
                || WITH_NAME.matcher(reference).matches()
                || OF_PROCESS.matcher(reference).matches();
    }

    /** The line a placeholder stands in: a template has many. */
    private static String excerpt(String text, String token) {
        String line = token.lines().findFirst().orElse(token);
        return text.lines().filter(l -> l.contains(line)).findFirst().orElse(text);
    }

    /** @param sign the one that was used: in a template the other is nothing special */
    private static String known(char sign) {
        List<String> written = new ArrayList<>();
        KNOWN.forEach(name -> written.add(sign + "{" + name + "}"));
        return String.join(" ", written);
    }

    private static String didYouMean(char sign, String reference) {
        return Suggestion.nearest(reference, KNOWN)
                .map(name -> "did you mean " + sign + "{" + name + "}? ")
                .orElse("");
    }
}
