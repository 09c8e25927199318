package dev.procession.launch;

import dev.procession.process.ProcessionException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * One stream of a log: a file from a position on. Immutable and thread safe.
 *
 * @param file shared with whoever rotates it
 * @param begin the position of the first byte that counts
 */
record LogPart(LogFile file, long begin) {

    private static final int BUFFER = 64 * 1024;

    LineCursor cursor() {
        return new LineCursor(file, oldest());
    }

    /** The position of the first byte that is left. */
    long oldest() {
        return Math.max(begin, file.oldest());
    }

    /** The last bytes. */
    LogSlice last(long count) {
        long end = file.end();
        return bytes(Math.max(oldest(), end - count), end, false);
    }

    /** From an offset on, or from the oldest byte that is left. */
    LogSlice slice(long offset, long length) {
        long end = file.end();
        if (offset >= end - begin) {
            return new LogSlice(new byte[0], offset, false);
        }
        long start = Math.max(begin + offset, oldest());
        return bytes(start, start + Math.min(length, end - start), start > begin + offset);
    }

    /** From an offset up to the end, but only the last bytes. */
    LogSlice since(long offset, long length) {
        long end = file.end();
        boolean tooMuch = end - begin - length > offset;
        long wanted = tooMuch ? end - length : begin + Math.min(offset, end - begin);
        long start = Math.max(wanted, oldest());
        return bytes(start, end, tooMuch || start > wanted);
    }

    private LogSlice bytes(long start, long end, boolean overflow) {
        if (end - start > Integer.MAX_VALUE - 8) {
            throw new ProcessionException("The log " + file.path() + " has " + (end - start)
                    + " bytes, too many for a string; read the file itself, or use tail");
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream((int) (end - start));
        boolean gap = overflow;
        long position = start;
        while (position < end) {
            LogFile.Piece piece = file.read(position, (int) Math.min(end - position, BUFFER));
            gap |= piece.start() > position;
            int length = (int) Math.min(piece.bytes().length, end - piece.start());
            if (length <= 0) {
                break;
            }
            bytes.write(piece.bytes(), 0, length);
            position = piece.start() + length;
        }
        return new LogSlice(bytes.toByteArray(), end - begin, gap);
    }

    /** Reads only as much from the end as the lines need, at most about two of the longest lines. */
    List<String> tail(int count) {
        for (long size = 8 * 1024; ; size *= 4) {
            long end = file.end();
            long oldest = oldest();
            long start = Math.max(oldest, end - size);
            List<String> lines = lines(start, end);
            boolean whole = start == oldest;
            if (whole || lines.size() > count || size > LineCursor.LONGEST_LINE) {
                // Unless the first byte was read, the first line has lost its beginning.
                List<String> complete = whole || lines.size() <= 1 ? lines : lines.subList(1, lines.size());
                return complete.subList(Math.max(0, complete.size() - count), complete.size());
            }
        }
    }

    private List<String> lines(long from, long end) {
        List<String> lines = new ArrayList<>();
        ByteArrayOutputStream ofOneRun = new ByteArrayOutputStream();
        long position = from;
        while (position < end) {
            LogFile.Piece piece = file.read(position, (int) Math.min(end - position, BUFFER));
            if (piece.startsLine()) {
                lines.addAll(split(ofOneRun));
                ofOneRun.reset();
            }
            if (piece.bytes().length == 0) {
                break;
            }
            ofOneRun.writeBytes(piece.bytes());
            position = piece.start() + piece.bytes().length;
        }
        lines.addAll(split(ofOneRun));
        return lines;
    }

    /** As {@link LineCursor} does: a carriage return by itself, as progress bars write it, ends no line. */
    private static List<String> split(ByteArrayOutputStream bytes) {
        String text = bytes.toString(StandardCharsets.UTF_8);
        return text.isEmpty() ? List.of() : List.of(text.split("\r?\n"));
    }
}
