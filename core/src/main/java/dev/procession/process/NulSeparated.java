package dev.procession.process;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Splits the bytes of {@code /proc/PID/cmdline} and {@code /proc/PID/environ}. Pure: it opens nothing. */
public final class NulSeparated {

    private NulSeparated() {}

    /**
     * The elements, each ended by a NUL; an element may be empty, and a last one may lack its NUL (a process that wrote
     * its own title). Bytes that are no UTF-8 become the replacement character.
     *
     * @param bytes the file's content
     * @param length how many of the bytes count
     */
    public static List<String> split(byte[] bytes, int length) {
        List<String> elements = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < length; i++) {
            if (bytes[i] == 0) {
                elements.add(new String(bytes, start, i - start, StandardCharsets.UTF_8));
                start = i + 1;
            }
        }
        if (start < length) {
            elements.add(new String(bytes, start, length - start, StandardCharsets.UTF_8));
        }
        return List.copyOf(elements);
    }
}
