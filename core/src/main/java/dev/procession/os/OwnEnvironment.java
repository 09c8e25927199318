package dev.procession.os;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * The environment variables of this JVM, as bytes: {@code System.getenv} decodes with the locale's charset and damages what
 * that cannot hold. Thread safe.
 */
@FunctionalInterface
public interface OwnEnvironment {

    /** By the JDK alone, and so without the bytes that it cannot decode. */
    OwnEnvironment BY_JDK = () -> System.getenv().entrySet().stream()
            .map(variable -> Variable.of(variable.getKey(), variable.getValue()))
            .toList();

    /** All of them, in no order; as they are now, and not later. */
    List<Variable> variables();

    /**
     * A variable. Immutable and thread safe; {@link #toString} does not show its value, which may be a secret.
     */
    final class Variable {

        private final byte[] entry;
        private final int nameEnd;

        /** @param entry {@code NAME=VALUE}; not copied */
        public Variable(byte[] entry) {
            this.entry = entry;
            int end = 0;
            while (end < entry.length && entry[end] != '=') {
                end++;
            }
            this.nameEnd = end;
        }

        /** One in UTF-8. */
        public static Variable of(String name, String value) {
            return new Variable((name + "=" + value).getBytes(StandardCharsets.UTF_8));
        }

        /** What is before the first equals sign, decoded as UTF-8. */
        public String name() {
            return new String(entry, 0, nameEnd, StandardCharsets.UTF_8);
        }

        /** What is behind the first equals sign; empty if there is none. */
        public byte[] value() {
            return Arrays.copyOfRange(entry, Math.min(nameEnd + 1, entry.length), entry.length);
        }

        /** {@code NAME=VALUE} as a child inherits it. */
        public byte[] entry() {
            return entry.clone();
        }

        @Override
        public String toString() {
            return name();
        }
    }
}
