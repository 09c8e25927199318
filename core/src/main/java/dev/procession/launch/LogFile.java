package dev.procession.launch;

import dev.procession.os.FileCut;
import dev.procession.os.FileWatch;
import dev.procession.os.FileWatch.Registration;
import dev.procession.os.OwnFile;
import dev.procession.process.ProcessionException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One log, and the backups it was rotated into, as one long row of bytes. Thread safe.
 *
 * <p>A position counts from the first byte that was ever written: it means the same byte before and after a rotation, and
 * what was rotated away leaves a gap that readers notice. Whoever reads and whoever rotates must share the instance. A file
 * that somebody else has emptied counts as rotated away, without a backup: it is shorter than it was, or begins otherwise, for
 * which it must have been looked at before, or has lost the room that was reserved for it.
 */
final class LogFile {

    /** How often what was written while the last round was copied is copied, too. */
    private static final int MOST_ROUNDS = 64;

    private static final int BUFFER = 64 * 1024;

    /** How much of the beginning is remembered: more than what two programs say alike at their starts. */
    private static final int BEGINNING = 512;

    /** How much room is reserved; more than is there after it was emptied, until somebody looks. */
    private static final long RESERVE = 64 * 1024;

    private final Path path;
    private final LogLoss loss;

    /** Held during a whole rotation; the other monitor only for its last step, so that readers need not wait for copies. */
    private final Object rotation = new Object();

    /** The position of the file's first byte. */
    private long base;

    /** How long the file was when last looked at. */
    private long seen;

    /** The first bytes, as far as they had come when last looked at; empty when they were moved since. */
    private byte[] beginning = new byte[0];

    /** Who reserves room for it. */
    private FileCut cut = FileCut.NONE;

    /** The file that was last known to stand there. */
    private @Nullable Object key;

    /** Whether it has room that it would lose with all that is in it. */
    private boolean reserved;

    /** What is in {@code .1}, {@code .2} and so on. */
    private final List<Backup> backups = new ArrayList<>();

    /** Where a line ends in any case: the process that wrote what stands before has ended. */
    private final TreeSet<Long> marks = new TreeSet<>();

    private record Backup(long start, long end) {}

    /**
     * Some bytes that follow each other.
     *
     * @param start the position of the first; after the one asked for if what was there is gone
     * @param bytes none at the end
     * @param startsLine whether the first begins a line whatever stands before it
     */
    record Piece(long start, byte[] bytes, boolean startsLine) {}

    LogFile(Path path) {
        this(path, LogLoss.of(String.valueOf(path.getFileName())), 0);
    }

    /**
     * @param loss told when somebody else has emptied it
     * @param seen how long the file was when somebody looked last
     */
    LogFile(Path path, LogLoss loss, long seen) {
        this.path = path;
        this.loss = loss;
        this.seen = seen;
        this.key = key();
    }

    Path path() {
        return path;
    }

    /** What there is to say when somebody else has emptied it. */
    Optional<String> loss() {
        return loss.text();
    }

    /** The position after the last byte. */
    synchronized long end() {
        try (RandomAccessFile log = open(path)) {
            // In this order: the look may move the base.
            long length = look(log);
            return base + length;
        } catch (IOException e) {
            throw cannotRead(e);
        }
    }

    /** How long the file itself is, in bytes. */
    long length() throws IOException {
        return Files.size(path);
    }

    /** The position of the oldest byte that is left. */
    synchronized long oldest() {
        return backups.isEmpty() ? base : backups.get(backups.size() - 1).start();
    }

    /**
     * What comes from now on is another process's: it goes on with no line of the one before.
     *
     * @return the position that it begins at
     */
    synchronized long mark() {
        long end = end();
        marks.add(end);
        return end;
    }

    private UncheckedIOException cannotRead(IOException e) {
        return new UncheckedIOException("Cannot read the log " + path + ": " + why(e), e);
    }

    /** Why it could not be read, for messages that name it themselves. */
    static String why(@Nullable IOException e) {
        if (e instanceof NoSuchFileException) {
            return "it is not there";
        }
        String reason = e instanceof FileSystemException failure ? failure.getReason() : null;
        return reason == null ? String.valueOf(e) : reason;
    }

    /**
     * Notices that somebody has emptied the file.
     *
     * @return how long it is
     */
    private long look(RandomAccessFile log) throws IOException {
        byte[] first = read(log, 0, BEGINNING);
        long length = log.length();
        boolean beginsAlike = first.length >= beginning.length
                && Arrays.equals(first, 0, beginning.length, beginning, 0, beginning.length);
        if (length < seen || !beginsAlike || hasLostItsRoom(length)) {
            emptied();
            // What was read just now may have stood there before.
            first = read(log, 0, BEGINNING);
            length = log.length();
        }
        beginning = first;
        seen = length;
        return length;
    }

    private long look() throws IOException {
        try (RandomAccessFile log = open(path)) {
            return look(log);
        }
    }

    /** Asked last: what was read before it is then from before that, or known to be doubtful. */
    private boolean hasLostItsRoom(long length) {
        reserved = reserved && length < RESERVE;
        return reserved && cut.room(path).orElse(RESERVE) < RESERVE;
    }

    private void emptied() {
        // Another file in its place, as after a clean build, was not written over by the process.
        if (Objects.equals(key(), key)) {
            loss.noticed(path);
        }
        base += seen;
        forgetMarks();
        marks.add(base);
        reserve();
    }

    /** Which file it is, whatever its name; null where that cannot be told. */
    private @Nullable Object key() {
        try {
            return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                    .fileKey();
        } catch (IOException e) {
            return null;
        }
    }

    /** Sees to it that even the first look of all shows whether somebody has emptied it, as far as the file system can that. */
    synchronized void reserve(FileCut with) {
        cut = with;
        reserve();
    }

    private void reserve() {
        key = key();
        // Not every file system shows what it has promised.
        reserved = path.toFile().length() < RESERVE
                && cut.reserve(path, RESERVE)
                && cut.room(path).orElse(0) >= RESERVE;
    }

    /**
     * Sees to it that the beginning is known soon, although nobody may read: what is emptied later is then noticed whenever
     * somebody does.
     *
     * @param end completes when nothing more will be written
     */
    void watchBeginning(FileWatch watch, CompletableFuture<?> end) {
        CompletableFuture<?> known = new CompletableFuture<>();
        Runnable look = () -> {
            if (knowsBeginning()) {
                known.complete(null);
            }
        };
        try {
            Registration registration = watch.onChange(path, look);
            CompletableFuture.anyOf(known, end).whenComplete((done, failure) -> registration.close());
        } catch (ProcessionException e) {
            // There are too many watches, or it has been removed: this is worth no failure.
        }
        look.run();
        end.whenComplete((done, failure) -> look.run());
    }

    private synchronized boolean knowsBeginning() {
        try (RandomAccessFile log = open(path)) {
            look(log);
        } catch (IOException e) {
            // Somebody has removed it; who reads it will say so.
        }
        return beginning.length == BEGINNING;
    }

    /**
     * Reads the next bytes that are there, as many as one file has and one process has written.
     *
     * @param most how many at most, above 0
     */
    synchronized Piece read(long from, int most) {
        try (RandomAccessFile log = open(path)) {
            look(log);
            for (int i = backups.size() - 1; i >= 0; i--) {
                Backup backup = backups.get(i);
                if (from < backup.end()) {
                    long start = Math.max(from, backup.start());
                    byte[] bytes = readBackup(i, start - backup.start(), limit(start, backup.end(), most));
                    if (bytes.length > 0) {
                        return piece(start, bytes);
                    }
                    // Somebody has removed it.
                }
            }
            long start = Math.max(from, base);
            return piece(start, read(log, start - base, limit(start, base + seen, most)));
        } catch (IOException e) {
            throw cannotRead(e);
        }
    }

    private Piece piece(long start, byte[] bytes) {
        return new Piece(start, bytes, marks.contains(start));
    }

    private int limit(long start, long end, int most) {
        Long mark = marks.higher(start);
        long until = mark == null ? end : Math.min(mark, end);
        return (int) Math.max(0, Math.min(until - start, most));
    }

    private byte[] readBackup(int index, long offset, int length) {
        try (RandomAccessFile backup = open(backup(index + 1))) {
            return read(backup, offset, length);
        } catch (IOException e) {
            return new byte[0];
        }
    }

    /** Not a channel: that one closes itself when the reading thread is interrupted. */
    private static RandomAccessFile open(Path file) throws IOException {
        OwnFile.require(file);
        return new RandomAccessFile(file.toFile(), "r");
    }

    private static byte[] read(RandomAccessFile file, long offset, int length) throws IOException {
        byte[] bytes = new byte[length];
        file.seek(offset);
        int read = 0;
        // Until all is there, or the file was cut short meanwhile.
        for (int more = 0; read < length && more >= 0; more = file.read(bytes, read, length - read)) {
            read += more;
        }
        return Arrays.copyOf(bytes, read);
    }

    private Path backup(int number) {
        return path.resolveSibling(path.getFileName() + "." + number);
    }

    /**
     * Moves what is in the file into {@code .1}, and what is there into {@code .2}; or, without backups, throws it away. The
     * process has the file open and goes on writing to it: therefore it is copied until it hardly grows any more, and then
     * what was copied is cut off; or, where that cannot be done, the file is emptied at once. Who writes faster than can be
     * copied is not waited for: what is written meanwhile stays or, where the file is emptied, is lost.
     */
    void rotate(int count, FileCut cut) throws IOException {
        synchronized (rotation) {
            // The folder may belong to another user: through a link of his, we would empty a file that is not his.
            try (FileChannel log = FileChannel.open(
                    path, StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
                if (count == 0) {
                    throwAway(log);
                } else {
                    rotate(log, path.resolveSibling(path.getFileName() + ".rotating"), count, cut);
                }
            }
        }
    }

    private synchronized void throwAway(FileChannel log) throws IOException {
        long length = look();
        log.truncate(0);
        moved(length, 0);
        forgetMarks();
    }

    private void rotate(FileChannel log, Path copy, int count, FileCut cut) throws IOException {
        Files.deleteIfExists(copy);
        boolean moved = false;
        try (FileChannel backup = FileChannel.open(copy, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);
            copy(log, backup, buffer);
            synchronized (this) {
                if (look() < log.position()) {
                    throw new IOException("somebody else has emptied " + path + " meanwhile");
                }
                long length = cutOrEmpty(log, backup, buffer, cut);
                moved = true;
                shift(copy, length, count);
            }
        } finally {
            if (!moved) {
                Files.deleteIfExists(copy);
            }
        }
    }

    /** @return how much was moved into the backup */
    private long cutOrEmpty(FileChannel log, FileChannel backup, ByteBuffer buffer, FileCut cut) throws IOException {
        // A file cannot be cut up to its end: the last of it stays.
        long whole = (log.position() - 1) / FileCut.UNIT * FileCut.UNIT;
        if (whole > 0 && cut.cut(path, whole)) {
            moved(whole, log.size());
            backup.truncate(whole);
            return whole;
        }
        long all = copy(log, backup, buffer);
        log.truncate(0);
        moved(all, 0);
        return all;
    }

    private void moved(long length, long left) {
        base += length;
        seen = left;
        beginning = new byte[0];
        reserve();
    }

    /** @return how much is copied by now */
    private static long copy(FileChannel log, FileChannel backup, ByteBuffer buffer) throws IOException {
        long left = log.size() - log.position();
        long before = Long.MAX_VALUE;
        // As long as it gets less, or is hardly anything.
        for (int round = 0; round < MOST_ROUNDS && left > 0 && (left < before / 2 || left <= BUFFER); round++) {
            long end = log.position() + left;
            while (log.position() < end && log.read(buffer) >= 0) {
                buffer.flip();
                while (buffer.hasRemaining()) {
                    backup.write(buffer);
                }
                buffer.clear();
            }
            before = left;
            left = log.size() - log.position();
        }
        return log.position();
    }

    private void shift(Path copy, long length, int count) throws IOException {
        backups.add(0, new Backup(base - length, base));
        boolean shifted = false;
        try {
            for (int number = Math.min(count, backups.size()); number > 1; number--) {
                if (Files.exists(backup(number - 1), LinkOption.NOFOLLOW_LINKS)) {
                    Files.move(backup(number - 1), backup(number), StandardCopyOption.REPLACE_EXISTING);
                }
            }
            Files.move(copy, backup(1), StandardCopyOption.REPLACE_EXISTING);
            shifted = true;
        } finally {
            if (!shifted) {
                // What is where, nobody knows any more.
                backups.clear();
            }
            while (backups.size() > count) {
                backups.remove(backups.size() - 1);
            }
            forgetMarks();
        }
    }

    private void forgetMarks() {
        marks.headSet(oldest()).clear();
    }
}
