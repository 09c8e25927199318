package dev.procession.cleanup;

import dev.procession.launch.RunCookie;
import dev.procession.process.ProcessId;
import java.io.FileOutputStream;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The file that tells a later JVM what this one has started, should it be killed together with its watchdog. Thread safe.
 *
 * <p>It is locked while this JVM lives. The kernel drops that lock when any descriptor of this JVM for the file is closed:
 * a JVM never opens a record of its own run, and each class loader has a file of its own.
 */
final class RunRecord {

    static final String SUFFIX = ".run";

    /** Of one that is still being made. */
    static final String UNFINISHED = ".new";

    private static final Logger LOG = System.getLogger("dev.procession");

    /** What a record may grow by before it is written anew, without what is over by now. */
    static final long MOST_BYTES = 1024 * 1024;

    private final Path file;
    private final String header;

    /** When a class loader is collected, so is its stream, and the lock lost: a hook without a task prevents that. */
    private final Thread keeper = new Thread(this::file, "procession-record");

    /** A stream, since an interrupt of whoever writes to a channel closes that, and the lock would be lost. */
    private FileOutputStream stream;

    /** The file that this one took the place of. Whoever has it open still must find it locked. */
    private @Nullable FileOutputStream former;

    private long grown;
    private long mostGrown = MOST_BYTES;
    private boolean failed;
    private boolean deleted;

    private RunRecord(Path file, String header, FileOutputStream stream) {
        this.file = file;
        this.header = header;
        this.stream = stream;
    }

    /** Begins one; it is locked and has its first lines before anybody can take it for a record. */
    static RunRecord begin(Path folder, Machine machine, ProcessId jvm) throws IOException {
        String name = RunCookie.runOf(jvm) + "-"
                + Long.toString(ThreadLocalRandom.current().nextLong(Long.MAX_VALUE), Character.MAX_RADIX);
        String header = FormerRun.header(machine, jvm, Path.of("").toAbsolutePath());
        Path file = folder.resolve(name + SUFFIX);
        RunRecord record = new RunRecord(file, header, whole(file, header));
        record.keepOpen();
        return record;
    }

    /** Puts a file with that text in its place, locked before anybody can see it there. */
    private static FileOutputStream whole(Path file, String text) throws IOException {
        String name = String.valueOf(file.getFileName());
        Path unfinished = file.resolveSibling(name.substring(0, name.length() - SUFFIX.length()) + UNFINISHED);
        Files.createFile(
                unfinished, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        FileOutputStream stream = new FileOutputStream(unfinished.toFile());
        boolean complete = false;
        try {
            if (stream.getChannel().tryLock() == null) {
                throw new IOException(unfinished + " is locked by somebody");
            }
            stream.write(text.getBytes(StandardCharsets.UTF_8));
            Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
            complete = true;
            return stream;
        } finally {
            if (!complete) {
                stream.close();
                Files.deleteIfExists(unfinished);
            }
        }
    }

    private void keepOpen() {
        try {
            Runtime.getRuntime().addShutdownHook(keeper);
        } catch (IllegalStateException e) {
            // The JVM is ending: it keeps everything for the rest of its life.
        }
    }

    private void close() throws IOException {
        try {
            Runtime.getRuntime().removeShutdownHook(keeper);
        } catch (IllegalStateException e) {
            // The JVM is ending, and with it goes everything.
        }
        if (former != null) {
            former.close();
        }
        stream.close();
    }

    Path file() {
        return file;
    }

    /**
     * Adds a line.
     *
     * @param standing all the lines that count now, this one taken into account: what the record is written anew with when
     *     it has grown too long
     */
    synchronized void add(String line, Supplier<List<String>> standing) {
        if (deleted || failed) {
            return;
        }
        try {
            append(line + "\n");
            if (grown > mostGrown) {
                writeAnew(String.join(
                        "",
                        standing.get().stream().map(counting -> counting + "\n").toList()));
            }
        } catch (IOException e) {
            failed = true;
            LOG.log(
                    Level.WARNING,
                    "The run record " + file + " cannot be continued: " + e
                            + "; make room there. If this JVM is killed together with its watchdog, the next one will not"
                            + " know all that it left.");
        }
    }

    /** In one piece, where the disk has room for it. */
    private void append(String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        stream.write(bytes);
        grown += bytes.length;
    }

    private void writeAnew(String lines) throws IOException {
        FileOutputStream next = whole(file, header + lines);
        if (former != null) {
            former.close();
        }
        former = stream;
        stream = next;
        grown = 0;
        // Where very much is standing, not for every line anew.
        mostGrown = Math.max(MOST_BYTES, lines.length());
    }

    /** Nothing of the run is left. Idempotent. */
    synchronized void delete() {
        deleted = true;
        try {
            Files.deleteIfExists(file);
            // Not before: a record that is not locked is that of a JVM which has gone.
            close();
        } catch (IOException e) {
            LOG.log(Level.WARNING, "The run record " + file + " cannot be removed: " + e + "; remove it");
        }
    }
}
