package dev.procession.process;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** Whether a variable, an option or a property holds a secret, as its name has it. Pure. */
public final class SecretNames {

    /** At what is no letter or digit, and where camelCase has its humps. */
    private static final Pattern BETWEEN_WORDS =
            Pattern.compile("[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])");

    /** The dashes of an option, and the letter of {@code -Dname=value}, which is no part of the name. */
    private static final Pattern OPTION_PREFIX = Pattern.compile("^-+(?:D(?=[A-Za-z]))?");

    /** Also as the end of a word, for what is written in one: {@code PGPASSWORD}, {@code authtoken}. */
    private static final List<String> SECRETS = List.of(
            "password", "passwords", "passwd", "pwd", "passphrase", "secret", "secrets", "token", "authorization");

    /** As often the secrets themselves as the file that holds them. */
    private static final List<String> SECRETS_OR_FILES = List.of("credential", "credentials");

    /** Only as a word of its own: SSH_ASKPASS names a program, and a compass is harmless. */
    private static final Set<String> SECRET_LAST_WORDS =
            Set.of("pass", "requirepass", "masterauth", "storepass", "keypass", "rediscliauth");

    /** A key is a secret with one of these before it; there are also sort keys, key files and keyboards. */
    private static final List<String> SECRET_KEYS = List.of(
            "api",
            "access",
            "secret",
            "encryption",
            "signing",
            "master",
            "auth",
            "account",
            "shared",
            "session",
            "deploy",
            "license",
            "admin",
            "jwt",
            "hmac");

    /** What such a name ends in tells something about the secret, or where it lies, but not the secret. */
    private static final Set<String> HARMLESS_LAST_WORDS = Set.of(
            "folder",
            "endpoint",
            "host",
            "port",
            "name",
            "username",
            "user",
            "sock",
            "socket",
            "location",
            "length",
            "size",
            "min",
            "max",
            "ttl",
            "age",
            "expiry",
            "expires",
            "expiration",
            "lifetime",
            "duration",
            "timeout",
            "interval",
            "seconds",
            "minutes",
            "hours",
            "days",
            "type",
            "kind",
            "format",
            "algorithm",
            "policy",
            "mode",
            "enabled",
            "disabled",
            "required",
            "allowed",
            "count",
            "limit",
            "attempts",
            "retries",
            "prompt",
            "command",
            "cmd",
            "provider",
            "issuer",
            "audience",
            "header",
            "field",
            "class",
            "store",
            "manager",
            "service",
            "version",
            "region",
            "scope");

    private static final Pattern PATH_WORD = Pattern.compile(".*(?:file|files|path|paths|dir|directory|url|uri)");

    /** A switch is about a secret, and its value is a yes or a number. */
    private static final Set<String> SWITCHES =
            Set.of("no", "without", "disable", "enable", "skip", "use", "allow", "ask", "prompt", "max", "min");

    /** The working directory, and the one before it: shells set them. */
    private static final Set<String> WORKING_DIRECTORIES = Set.of("PWD", "OLDPWD");

    /** How a path begins. */
    private static final Pattern PATH = Pattern.compile("(?:~|\\.{1,2})?/|[A-Za-z]:[\\\\/]");

    private SecretNames() {}

    /**
     * Whether the value is one to hide.
     *
     * @param name of a variable, or of an option with its dashes
     */
    public static boolean isSecret(String name, String value) {
        List<String> words = words(name);
        if (words.isEmpty() || WORKING_DIRECTORIES.contains(name) || SWITCHES.contains(words.get(0))) {
            return false;
        }
        String last = words.get(words.size() - 1);
        if (HARMLESS_LAST_WORDS.contains(last) || PATH_WORD.matcher(last).matches()) {
            return false;
        }
        if (SECRET_LAST_WORDS.contains(last)
                || (words.size() > 1 && SECRET_LAST_WORDS.contains(words.get(words.size() - 2) + last))
                || isOneIn(words, SECRETS)
                || SECRET_KEYS.stream().anyMatch(kind -> isKeyIn(words, kind))
                || isPassphrase(words)) {
            return true;
        }
        // Not asked of the others whether it is a path: a token in base64 may begin with a slash.
        return (isOneIn(words, SECRETS_OR_FILES) || isKeyIn(words, "private"))
                && !PATH.matcher(value).lookingAt();
    }

    private static boolean isOneIn(List<String> words, List<String> endings) {
        return words.stream().anyMatch(word -> endings.stream().anyMatch(word::endsWith));
    }

    private static boolean isKeyIn(List<String> words, String kind) {
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i);
            boolean split = i > 0 && words.get(i - 1).endsWith(kind) && (word.equals("key") || word.equals("keys"));
            if (split || word.endsWith(kind + "key") || word.endsWith(kind + "keys")) {
                return true;
            }
        }
        return false;
    }

    private static boolean isPassphrase(List<String> words) {
        int pass = words.indexOf("pass");
        return pass >= 0 && pass + 1 < words.size() && Set.of("phrase", "word").contains(words.get(pass + 1));
    }

    /** The words of a name in lower case, without the digits they may end in: PASSWORD2 is one, too. */
    public static List<String> words(String name) {
        String bare = OPTION_PREFIX.matcher(name).replaceFirst("");
        return Arrays.stream(BETWEEN_WORDS.split(bare))
                .map(word -> withoutDigits(word.toLowerCase(Locale.ROOT)))
                .filter(word -> !word.isEmpty())
                .toList();
    }

    /** Without those at its end. By hand: an expression would look from each of many digits to their end. */
    private static String withoutDigits(String word) {
        int end = word.length();
        while (end > 0 && word.charAt(end - 1) >= '0' && word.charAt(end - 1) <= '9') {
            end--;
        }
        return word.substring(0, end);
    }
}
