package dev.procession.launch;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;
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

    /** A longer line is given in pieces of so many bytes, so that output without line ends cannot fill the heap. */
    static final int LONGEST_LINE = 1 << 20;

    private static final int BUFFER = 64 * 1024;

    /** Of how many buffers {@link #readPieces} reads. */
    private static final int MOST_PIECES = 16;

    /** How much {@link #readPieces} reads at most. */
    static final int MOST_AT_ONCE = MOST_PIECES * BUFFER;

    private final LogFile file;
    private long position;
    private long lost;
    private final ByteArrayOutputStream unterminated = new ByteArrayOutputStream();

    /**
     * @param from the first byte that counts
     */
    public LineCursor(Path file, long from) {
        this(new LogFile(file, LogLoss.of(String.valueOf(file.getFileName())), from), from);
    }

    LineCursor(LogFile file, long from) {
        this.file = file;
        this.position = from;
    }

    /**
     * Gives every line that has been completed between the last call and this one: what is written meanwhile is for the
     * next.
     *
     * @return whether the file had grown
     */
    public boolean readLines(Consumer<String> lines) {
        long end = file.end();
        boolean grown = false;
        boolean more;
        do {
            more = readPiece(lines);
            grown |= more;
            // Once more at the end: a mark may stand there.
        } while (more && position <= end);
        return grown;
    }

    /**
     * Reads on, but no more than a mebibyte, and gives the lines that are complete by then.
     *
     * @param stopped asked now and then whether not to go on
     * @return whether there may be more
     */
    boolean readPieces(Consumer<String> lines, BooleanSupplier stopped) {
        boolean more = true;
        for (int i = 0; i < MOST_PIECES && more && !stopped.getAsBoolean(); i++) {
            more = readPiece(lines);
        }
        return more;
    }

    private boolean readPiece(Consumer<String> lines) {
        LogFile.Piece piece = file.read(position, BUFFER);
        if ((piece.startsLine() || piece.start() > position) && unterminated.size() > 0) {
            give(lines);
        }
        lost += piece.start() - position;
        position = piece.start() + piece.bytes().length;
        split(piece.bytes(), lines);
        return piece.bytes().length > 0;
    }

    /** Whether the last line that it has read has come to its end. */
    boolean isBetweenLines() {
        return unterminated.size() == 0;
    }

    /** Up to where it has read. */
    long position() {
        return position;
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
