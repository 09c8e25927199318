package dev.procession.process;

import java.nio.charset.StandardCharsets;

/** Reads the bytes of {@code /proc/PID/stat}. Pure: it opens nothing. */
public final class ProcStat {

    private static final int STACK_START = 25;
    private static final int EXIT_SIGNAL = 35;

    private ProcStat() {}

    /**
     * Parses one stat line.
     *
     * <p>The name stands in parentheses and may itself hold spaces, parentheses and newlines, so fields are counted from
     * the last closing one.
     *
     * @param bytes the file's content
     * @param length how many of the bytes count
     * @throws IllegalArgumentException if this is no stat line, quoting it
     */
    public static ProcessInfo parse(byte[] bytes, int length) {
        int open = indexOf(bytes, 0, length, '(');
        int close = lastIndexOf(bytes, length, ')');
        if (open < 1 || close < open) {
            throw malformed(bytes, length);
        }
        Fields fields = new Fields(bytes, length, close + 2);
        try {
            char state = (char) fields.next();
            long parent = fields.number();
            long group = fields.number();
            long session = fields.number();
            long terminal = fields.number();
            fields.skip(12);
            long threads = fields.number();
            fields.skip(1);
            long startTicks = fields.number();
            return new ProcessInfo(
                    new ProcessId(new Fields(bytes, length, 0).number(), startTicks),
                    new String(bytes, open + 1, close - open - 1, StandardCharsets.UTF_8),
                    RunState.of(state),
                    parent,
                    group,
                    session,
                    terminal != 0,
                    (int) threads);
        } catch (IndexOutOfBoundsException | NumberFormatException e) {
            throw malformed(bytes, length);
        }
    }

    /**
     * Whether the line is that of a thread which is not its process's first: the kernel shows it, too, to whoever asks for
     * its id as if that were a pid. Such a thread tells nobody of its end.
     *
     * @param bytes the file's content
     * @param length how many of the bytes count
     * @throws IllegalArgumentException if this is no stat line, quoting it
     */
    public static boolean isFurtherThread(byte[] bytes, int length) {
        return field(bytes, length, EXIT_SIGNAL) == -1;
    }

    /**
     * Where the stack of a process begins. The kernel chooses that anew at every exec, and a fork has the same: two
     * processes that agree in it, one descending from the other, have had no exec in between.
     *
     * @param bytes the file's content
     * @param length how many of the bytes count
     * @return 0 if the kernel does not tell us
     * @throws IllegalArgumentException if this is no stat line, quoting it
     */
    public static long stackStart(byte[] bytes, int length) {
        return field(bytes, length, STACK_START);
    }

    private static long field(byte[] bytes, int length, int behindTheName) {
        int close = lastIndexOf(bytes, length, ')');
        if (close < 0) {
            throw malformed(bytes, length);
        }
        Fields fields = new Fields(bytes, length, close + 2);
        try {
            fields.skip(behindTheName);
            return fields.number();
        } catch (IndexOutOfBoundsException | NumberFormatException e) {
            throw malformed(bytes, length);
        }
    }

    private static IllegalArgumentException malformed(byte[] bytes, int length) {
        return new IllegalArgumentException("Expected a line of /proc/PID/stat, but was \""
                + new String(bytes, 0, Math.min(length, 200), StandardCharsets.UTF_8) + "\"");
    }

    private static int indexOf(byte[] bytes, int from, int to, char c) {
        for (int i = from; i < to; i++) {
            if (bytes[i] == c) {
                return i;
            }
        }
        return -1;
    }

    private static int lastIndexOf(byte[] bytes, int to, char c) {
        for (int i = to - 1; i >= 0; i--) {
            if (bytes[i] == c) {
                return i;
            }
        }
        return -1;
    }

    /** A cursor over fields separated by single spaces. */
    private static final class Fields {
        private final byte[] bytes;
        private final int end;
        private int at;

        Fields(byte[] bytes, int end, int at) {
            this.bytes = bytes;
            this.end = end;
            this.at = at;
        }

        byte next() {
            if (at >= end) {
                throw new IndexOutOfBoundsException(at);
            }
            byte first = bytes[at];
            skip(1);
            return first;
        }

        long number() {
            if (at >= end) {
                throw new IndexOutOfBoundsException(at);
            }
            boolean negative = bytes[at] == '-';
            int start = negative ? at + 1 : at;
            int i = start;
            long value = 0;
            while (i < end && bytes[i] >= '0' && bytes[i] <= '9') {
                value = value * 10 + (bytes[i] - '0');
                i++;
            }
            if (i == start) {
                throw new NumberFormatException();
            }
            at = i + 1;
            return negative ? -value : value;
        }

        void skip(int count) {
            for (int i = 0; i < count; i++) {
                int space = indexOf(bytes, at, end, ' ');
                at = space < 0 ? end : space + 1;
            }
        }
    }
}
