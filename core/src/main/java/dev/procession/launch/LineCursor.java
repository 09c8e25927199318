package dev.procession.launch;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * Reads a growing file line by line, from a given byte on. For one thread at a time.
 *
 * <p>Lines end in LF or CR LF, and with the process that wrote them. Each is decoded by itself as UTF-8; bytes that are none
 * become the replacement character.
 *
 * <p>What was rotated into a backup meanwhile is read there first, and a line may begin in one file and end in the next. Of
 * what is gone altogether {@link #lost} tells; a line that has lost its end is given without it.
 */
public final class LineCursor {

    /** A longer line is given in pieces, so that output without line ends cannot fill the heap. */
    static final int LONGEST_LINE = 1 << 20;

    private static final int BUFFER = 64 * 1024;

    private final LogFile file;
    private long position;
    private long lost;
    private final ByteArrayOutputStream unterminated = new ByteArrayOutputStream();

    /**
     * @param from the first byte that counts
     */
    public LineCursor(Path file, long from) {
        this(new LogFile(file, from), from);
    }

    LineCursor(LogFile file, long from) {
        this.file = file;
        this.position = from;
    }

    /**
     * Gives every line that has been completed since the last call.
     *
     * @return whether the file had grown
     */
    public boolean readLines(Consumer<String> lines) {
        boolean grown = false;
        while (true) {
            LogFile.Piece piece = file.read(position, BUFFER);
            if ((piece.startsLine() || piece.start() > position) && unterminated.size() > 0) {
                give(lines);
            }
            lost += piece.start() - position;
            position = piece.start() + piece.bytes().length;
            if (piece.bytes().length == 0) {
                return grown;
            }
            grown = true;
            split(piece.bytes(), lines);
        }
    }

    private void split(byte[] bytes, Consumer<String> lines) {
        int start = 0;
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == '\n' || unterminated.size() + i - start >= LONGEST_LINE) {
                unterminated.write(bytes, start, i - start);
                give(lines);
                // At the limit the byte itself belongs to the next piece.
                start = bytes[i] == '\n' ? i + 1 : i;
            }
        }
        unterminated.write(bytes, start, bytes.length - start);
    }

    private void give(Consumer<String> lines) {
        String line = unterminated();
        unterminated.reset();
        lines.accept(line);
    }

    /** The last line, as far as it has come; empty if the file ends in a line end. */
    public String unterminated() {
        String line = unterminated.toString(StandardCharsets.UTF_8);
        return line.endsWith("\r") ? line.substring(0, line.length() - 1) : line;
    }

    /** How many bytes were gone before they were read, since the last call. */
    long lost() {
        long bytes = lost;
        lost = 0;
        return bytes;
    }
}
