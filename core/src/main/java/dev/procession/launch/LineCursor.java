package dev.procession.launch;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * Reads a growing file line by line, from a given byte on. For one thread at a time.
 *
 * <p>Lines end in LF or CR LF. Each is decoded by itself as UTF-8; bytes that are none become the replacement character.
 */
public final class LineCursor {

    /** A longer line is given in pieces, so that output without line ends cannot fill the heap. */
    static final int LONGEST_LINE = 1 << 20;

    private final Path file;
    private long position;
    private final ByteArrayOutputStream unterminated = new ByteArrayOutputStream();

    /**
     * @param from the first byte that counts
     */
    public LineCursor(Path file, long from) {
        this.file = file;
        this.position = from;
    }

    /**
     * Gives every line that has been completed since the last call.
     *
     * @return whether the file had grown
     */
    public boolean readLines(Consumer<String> lines) {
        // Not a channel: that one closes itself when the reading thread is interrupted.
        try (RandomAccessFile log = new RandomAccessFile(file.toFile(), "r")) {
            if (log.length() < position) {
                // Somebody emptied it; what follows is new.
                position = 0;
                unterminated.reset();
            }
            log.seek(position);
            byte[] buffer = new byte[64 * 1024];
            boolean grown = false;
            for (int length = log.read(buffer); length > 0; length = log.read(buffer)) {
                grown = true;
                position += length;
                split(buffer, length, lines);
            }
            return grown;
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read the log " + file, e);
        }
    }

    private void split(byte[] bytes, int length, Consumer<String> lines) {
        int start = 0;
        for (int i = 0; i < length; i++) {
            if (bytes[i] == '\n' || unterminated.size() + i - start >= LONGEST_LINE) {
                unterminated.write(bytes, start, i - start);
                lines.accept(unterminated());
                unterminated.reset();
                // At the limit the byte itself belongs to the next piece.
                start = bytes[i] == '\n' ? i + 1 : i;
            }
        }
        unterminated.write(bytes, start, length - start);
    }

    /** The last line, as far as it has come; empty if the file ends in a line end. */
    public String unterminated() {
        String line = unterminated.toString(StandardCharsets.UTF_8);
        return line.endsWith("\r") ? line.substring(0, line.length() - 1) : line;
    }
}
