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
import java.util.concurrent.ThreadLocalRandom;

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

    private final Path file;

    /** A stream, since an interrupt of whoever writes to a channel closes that, and the lock would be lost. */
    private final FileOutputStream stream;

    private boolean failed;
    private boolean deleted;

    private RunRecord(Path file, FileOutputStream stream) {
        this.file = file;
        this.stream = stream;
    }

    /** Begins one; it is locked and has its first lines before anybody can take it for a record. */
    static RunRecord begin(Path folder, Machine machine, ProcessId jvm) throws IOException {
        String name = RunCookie.runOf(jvm) + "-"
                + Long.toString(ThreadLocalRandom.current().nextLong(Long.MAX_VALUE), Character.MAX_RADIX);
        Path unfinished = folder.resolve(name + UNFINISHED);
        Files.createFile(
                unfinished, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        FileOutputStream stream = new FileOutputStream(unfinished.toFile());
        boolean complete = false;
        try {
            if (stream.getChannel().tryLock() == null) {
                throw new IOException(unfinished + " is locked by somebody");
            }
            RunRecord record = new RunRecord(folder.resolve(name + SUFFIX), stream);
            record.append(FormerRun.header(machine, jvm, Path.of("").toAbsolutePath()));
            Files.move(unfinished, record.file, StandardCopyOption.ATOMIC_MOVE);
            record.keepOpen();
            complete = true;
            return record;
        } finally {
            if (!complete) {
                stream.close();
                Files.deleteIfExists(unfinished);
            }
        }
    }

    /** When a class loader is collected, so is its stream, and the lock lost: a hook without a task prevents that. */
    private void keepOpen() {
        try {
            Runtime.getRuntime().addShutdownHook(new Thread(stream::getChannel, "procession-record"));
        } catch (IllegalStateException e) {
            // The JVM is ending: it keeps everything for the rest of its life.
        }
    }

    Path file() {
        return file;
    }

    /** Adds a line. */
    synchronized void add(String line) {
        if (deleted || failed) {
            return;
        }
        try {
            append(line + "\n");
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
        stream.write(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Nothing of the run is left. Idempotent. */
    synchronized void delete() {
        deleted = true;
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            LOG.log(Level.WARNING, "The run record " + file + " cannot be removed: " + e + "; remove it");
        }
    }
}
