package dev.procession.os;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * Files that we have made where a program may have put something else in their place: a link to a file that is not ours,
 * or a named pipe, whose opening waits for the other end. What is no regular file itself is never opened.
 */
public final class OwnFile {

    private OwnFile() {}

    /**
     * Looks before somebody opens it.
     *
     * @throws IOException if it is not there, or no regular file
     */
    public static void require(Path file) throws IOException {
        if (!Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .isRegularFile()) {
            throw new FileSystemException(file.toString(), null, "it is no regular file, and nothing else is opened");
        }
    }

    /** Writes it anew in one step: whoever reads it finds the old content or the new one. What was there is not opened. */
    public static void replace(Path file, byte[] content) throws IOException {
        replace(file, file.resolveSibling(file.getFileName() + ".new"), content);
    }

    /** @param unfinished where it is written first, in the same folder */
    public static void replace(Path file, Path unfinished, byte[] content) throws IOException {
        try {
            Files.deleteIfExists(unfinished);
            Files.write(unfinished, content, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(unfinished);
        }
    }

    /**
     * Empties it. What is not there is made, and what is something else is removed first.
     *
     * @throws IOException also if somebody else makes or removes it at the same time
     */
    public static void begin(Path file) throws IOException {
        if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            FileChannel.open(
                            file,
                            StandardOpenOption.WRITE,
                            StandardOpenOption.TRUNCATE_EXISTING,
                            LinkOption.NOFOLLOW_LINKS)
                    .close();
        } else {
            Files.deleteIfExists(file);
            Files.createFile(file);
        }
    }

    /**
     * The end of it, as UTF-8.
     *
     * @param most how many bytes at most
     * @throws IOException if it cannot be read, or is no regular file
     */
    public static String tail(Path file, int most) throws IOException {
        require(file);
        // Not a channel: that one closes itself when the reading thread is interrupted.
        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "r")) {
            byte[] bytes = new byte[(int) Math.min(open.length(), most)];
            open.seek(Math.max(0, open.length() - most));
            int read = 0;
            for (int more = 0; more >= 0 && read < bytes.length; more = open.read(bytes, read, bytes.length - read)) {
                read += more;
            }
            return new String(bytes, 0, read, StandardCharsets.UTF_8);
        }
    }
}
