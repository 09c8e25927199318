package dev.procession.junit;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Names of folders for classes and tests, as every file system and locale can write them. */
final class FolderNames {

    /** A step of JUnit's way to a test: {@code [class:com.example.CacheIT]}, {@code [nested-class:Inner]}. */
    private static final Pattern SEGMENT = Pattern.compile("\\[([a-z-]+):([^\\]]*)]");

    private static final Pattern INVOCATION = Pattern.compile("#(\\d+)");

    /** In bytes; most file systems have room for 255, and the logs of a process need some of it. */
    private static final int LONGEST = 180;

    private FolderNames() {}

    /**
     * That of a class: {@code CacheIT}, {@code CacheIT.Inner}, or {@code CacheIT-2} for an invocation of one with
     * parameters. An inherited nested class is called by the class that inherits it.
     *
     * @param uniqueId JUnit's
     * @param qualified whether with its package
     */
    static String ofClass(String uniqueId, boolean qualified) {
        StringBuilder name = new StringBuilder();
        Matcher segments = SEGMENT.matcher(uniqueId);
        while (segments.find()) {
            switch (segments.group(1)) {
                case "class", "class-template" -> {
                    String full = segments.group(2);
                    name.setLength(0);
                    name.append(
                            qualified
                                    ? full
                                    : full.substring(full.lastIndexOf('.') + 1).replace('$', '.'));
                }
                case "nested-class", "nested-class-template" -> name.append('.').append(segments.group(2));
                case "class-template-invocation" -> name.append('-').append(number(segments.group(2)));
                default -> {
                    // An engine, or a suite around it.
                }
            }
        }
        return writable(name.toString());
    }

    /** That of a test: its method and, if it is one of several, the number of the invocation. */
    static String ofTest(String method, String uniqueId) {
        String last = uniqueId.substring(uniqueId.lastIndexOf('/') + 1);
        String number = number(last);
        return writable(number.isEmpty() ? method : method + "-" + number);
    }

    private static String number(String segment) {
        Matcher number = INVOCATION.matcher(segment);
        return number.find() ? number.group(1) : "";
    }

    /** As it is, if that is possible; else without what is not, but with a number that tells it from others. */
    static String writable(String name) {
        boolean canBeWritten = jnuCharset().newEncoder().canEncode(name);
        if (canBeWritten && name.getBytes(StandardCharsets.UTF_8).length <= LONGEST && name.indexOf('/') < 0) {
            return name;
        }
        String plain = name.replaceAll("[^A-Za-z0-9._$(),-]", "_");
        return plain.substring(0, Math.min(plain.length(), LONGEST - 9)) + "~" + Integer.toHexString(name.hashCode());
    }

    /** What the JDK writes paths in. */
    private static Charset jnuCharset() {
        String name = System.getProperty("sun.jnu.encoding", "UTF-8");
        return Charset.isSupported(name) ? Charset.forName(name) : StandardCharsets.US_ASCII;
    }
}
