package dev.procession.process;

import java.util.Optional;
import java.util.stream.Stream;

/**
 * Reads text of tables that the kernel writes, and those of users and groups. Pure: it opens nothing.
 *
 * <p>A row ends at a newline and nowhere else. Names in it, which anybody chooses, may hold a carriage return, which the
 * kernel writes as it is, and at which the JDK would begin another line.
 */
public final class TableText {

    private TableText() {}

    /**
     * The rows, without their newlines.
     *
     * @param text the whole table
     */
    public static Stream<String> rows(String text) {
        return Stream.of(text.split("\n"));
    }

    /**
     * What follows a label at the beginning of a row, up to the row's end; that of the first such row.
     *
     * @param text the whole table
     * @param label with all that stands before the value
     */
    public static Optional<String> field(String text, String label) {
        return rows(text)
                .filter(row -> row.startsWith(label))
                .map(row -> row.substring(label.length()))
                .findFirst();
    }

    /**
     * A number of up to 64 bits without a sign; empty if this is none.
     *
     * @param text nothing but the number
     * @param radix 8, 10 or 16
     */
    public static Optional<Long> number(String text, int radix) {
        try {
            return Optional.of(Long.parseUnsignedLong(text, radix));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }
}
