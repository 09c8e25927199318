package dev.procession.launch;

import dev.procession.os.OwnEnvironment.Variable;
import dev.procession.process.CommandLine;
import dev.procession.process.SecretFinder;
import dev.procession.process.SecretFinder.Found;
import dev.procession.process.SecretNames;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The passwords, tokens and keys that a process is given, so that messages and reports do not show them.
 *
 * <p>What is one, the names tell: of variables ({@code API_TOKEN}), of options and properties ({@code --password},
 * {@code -Ddb.password=…}), and the place in a URL ({@code redis://user:…@host}). A secret that nothing beside it tells
 * of is not known. Immutable and thread safe; {@link #toString} shows none.
 */
public final class Secrets {

    /** Of a process of which nothing is known. */
    public static final Secrets NONE = new Secrets(Set.of());

    private static final String MASK = CommandLine.MASK;

    /** Shorter ones are found everywhere, in numbers and names. */
    private static final int SHORTEST = 4;

    /**
     * Values that hide nothing, but of which messages and paths are full: the password of a test database is often
     * {@code test}, and with every "test" replaced no message could be read.
     */
    private static final Set<String> WORDS = Set.of(
            "true",
            "false",
            "none",
            "null",
            "auto",
            "always",
            "never",
            "default",
            "enabled",
            "disabled",
            "required",
            "optional",
            "test",
            "root",
            "admin",
            "user",
            "guest",
            "password",
            "secret",
            "token");

    /** Words and numbers so short may be parts of others by chance: 1234 is not the password in port 12345. */
    private static final Pattern SHORT_WORD = Pattern.compile("[A-Za-z]{1,7}|[0-9]{1,7}");

    /** ASCII only, so that texts and bytes are treated alike. */
    private static final String WORD_CHARACTER = "[A-Za-z0-9]";

    private static final int BUFFER = 64 * 1024;

    private final @Nullable Pattern inText;

    /** Finds the values in bytes that were decoded one by one. */
    private final @Nullable Pattern inBytes;

    private final int mostBytes;

    /** @param values their bytes, decoded one by one: not all that is inherited is UTF-8 */
    private Secrets(Set<String> values) {
        this.inText = pattern(values.stream().map(Secrets::text).collect(Collectors.toSet()));
        this.inBytes = pattern(values);
        this.mostBytes = values.stream().mapToInt(String::length).max().orElse(0);
    }

    private static String bytewise(String text) {
        return bytewise(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String bytewise(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** As the lines of a log are decoded, too: what is no UTF-8 is damaged there in the same way. */
    private static String text(String bytewise) {
        return new String(bytewise.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }

    private static @Nullable Pattern pattern(Collection<String> values) {
        if (values.isEmpty()) {
            return null;
        }
        // The longest first: one secret may begin as another does.
        return Pattern.compile(values.stream()
                .sorted(Comparator.comparingInt(String::length).reversed().thenComparing(Comparator.naturalOrder()))
                .map(value -> SHORT_WORD.matcher(value).matches()
                        ? "(?<!" + WORD_CHARACTER + ")" + value + "(?!" + WORD_CHARACTER + ")"
                        : Pattern.quote(value))
                .collect(Collectors.joining("|")));
    }

    /**
     * The secrets of a process.
     *
     * @param command the program and its arguments, placeholders expanded
     * @param environment all variables that it gets
     */
    public static Secrets of(List<String> command, Map<String, String> environment) {
        List<Variable> variables = new ArrayList<>();
        environment.forEach((name, value) -> variables.add(Variable.of(name, value)));
        return of(command, variables);
    }

    /**
     * The secrets of a process.
     *
     * @param command the program and its arguments, placeholders expanded
     * @param variables all that it gets, the inherited ones included; several may have one name
     */
    public static Secrets of(List<String> command, List<Variable> variables) {
        Set<String> values = new HashSet<>();
        List<String> words = command.stream().map(Secrets::bytewise).toList();
        for (int i = 0; i < words.size(); i++) {
            collect(words.get(i), SecretFinder.inArgument(words, i), values);
        }
        for (Variable variable : variables) {
            String value = bytewise(variable.value());
            if (SecretNames.isSecret(variable.name(), value)) {
                collect(value, List.of(new Found(variable.name(), 0, value.length())), values);
            }
            collect(value, SecretFinder.inText(value), values);
        }
        if (!words.isEmpty()) {
            // As with the words: the program's name is in every message, and is no secret.
            String program = words.get(0);
            values.remove(program.substring(program.lastIndexOf('/') + 1));
        }
        return values.isEmpty() ? NONE : new Secrets(values);
    }

    private static void collect(String text, List<Found> found, Set<String> values) {
        for (Found secret : found) {
            String value = text.substring(secret.start(), secret.end());
            // POSTGRES_PASSWORD=postgres, postgres://postgres:postgres@host: what the name shows is not hidden.
            List<String> shown = SecretNames.words(secret.name());
            for (String form : forms(value)) {
                String word = form.toLowerCase(Locale.ROOT);
                if (text(form).length() >= SHORTEST && !WORDS.contains(word) && !shown.contains(word)) {
                    values.add(form);
                }
            }
        }
    }

    /** How a value may appear: as it is, line by line, and as URLs have it. */
    private static Set<String> forms(String value) {
        Set<String> forms = new HashSet<>();
        forms.add(value);
        // A key of several lines is shown line by line, with something between them.
        value.lines().map(String::strip).forEach(forms::add);
        forms.add(value.strip());
        String formEncoded = URLEncoder.encode(value, StandardCharsets.ISO_8859_1);
        forms.add(formEncoded);
        forms.add(formEncoded.replace("+", "%20"));
        if (value.indexOf('%') >= 0) {
            try {
                forms.add(URLDecoder.decode(value.replace("+", "%2B"), StandardCharsets.ISO_8859_1));
            } catch (IllegalArgumentException e) {
                // It is not encoded, and only has percent signs.
            }
        }
        return forms;
    }

    /** A text with {@code ***} in place of every secret. */
    public String mask(String text) {
        return inText == null ? text : inText.matcher(text).replaceAll(MASK);
    }

    /**
     * A command with {@code ***} in place of what stands where secrets stand: the value of {@code --password}, of
     * {@code TOKEN=…}, of a URL's user. Needs to know nothing about the process, and so serves for strangers, too.
     */
    public static List<String> maskArguments(List<String> command) {
        return CommandLine.mask(command);
    }

    /**
     * How many bytes before a part of a file {@link #copyMasked} should be given, to recognise a secret that begins
     * there and ends in the part.
     */
    public int mostBytes() {
        return mostBytes;
    }

    /**
     * Copies bytes with {@code ***} in place of every secret. All others are copied as they are, UTF-8 or not. Needs memory
     * for the longest secret, not for the longest line.
     *
     * @param lead how many bytes at the beginning are only looked at, not copied
     * @param most how many bytes are read at most, the lead included
     */
    public void copyMasked(InputStream from, long lead, long most, OutputStream to) throws IOException {
        new MaskedCopy(inBytes, mostBytes, lead, to).copy(from, most);
    }

    /** One copy. For one thread. */
    private static final class MaskedCopy {
        private final @Nullable Pattern secrets;
        private final OutputStream to;
        private final byte[] buffer;
        private int filled;

        /** How much at the beginning of the buffer has been dealt with, and only serves to see what is before a word. */
        private int done;

        /** How many bytes from the beginning of the buffer on are not to be copied. */
        private long lead;

        /** A match that begins before this many last bytes is there as a whole, and so is the byte behind it. */
        private final int margin;

        MaskedCopy(@Nullable Pattern secrets, int mostBytes, long lead, OutputStream to) {
            this.secrets = secrets;
            this.lead = lead;
            this.to = to;
            this.margin = mostBytes;
            this.buffer = new byte[BUFFER + 2 * margin];
        }

        void copy(InputStream from, long most) throws IOException {
            long left = most;
            boolean ended = false;
            while (!ended) {
                int wanted = (int) Math.min(left, buffer.length - filled);
                int read = from.readNBytes(buffer, filled, wanted);
                filled += read;
                left -= read;
                ended = read < wanted || left <= 0;
                // A secret that begins later may not be there as a whole yet.
                write(ended ? filled : Math.max(done, filled - margin));
            }
        }

        private void write(int limit) throws IOException {
            int at = done;
            if (secrets != null) {
                Matcher matcher = secrets.matcher(new String(buffer, 0, filled, StandardCharsets.ISO_8859_1));
                while (at < limit && matcher.find(at) && matcher.start() < limit) {
                    writePlain(at, matcher.start());
                    if (matcher.end() > lead) {
                        to.write(MASK.getBytes(StandardCharsets.US_ASCII));
                    }
                    at = matcher.end();
                }
            }
            if (at < limit) {
                writePlain(at, limit);
                at = limit;
            }
            int kept = Math.max(0, at - 1);
            System.arraycopy(buffer, kept, buffer, 0, filled - kept);
            filled -= kept;
            lead = Math.max(0, lead - kept);
            done = at - kept;
        }

        private void writePlain(int start, int end) throws IOException {
            int first = (int) Math.max(start, Math.min(lead, end));
            to.write(buffer, first, end - first);
        }
    }

    /** Says nothing about them. */
    @Override
    public String toString() {
        return inText == null ? "no secrets" : "secrets";
    }
}
