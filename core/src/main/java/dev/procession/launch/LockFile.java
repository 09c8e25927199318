package dev.procession.launch;

import dev.procession.process.ProcessionException;
import java.io.IOException;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A file whose bytes JVMs lock, each to say that something is its own. Nothing is ever read from it or written to it. Thread
 * safe.
 *
 * <p>The kernel drops all of a JVM's locks on a file when any of its descriptors for that file is closed, silently.
 * Therefore a class loader has exactly one channel for it, and never closes it. That is why the channel is asynchronous:
 * the JDK closes others when they are collected, as with their class loader, and other class loaders of the JVM would lose
 * their locks. Between class loaders, the JDK refuses a lock that another channel holds.
 */
final class LockFile implements AutoCloseable {

    private static final OpenOption[] EXISTING = {
        StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS
    };

    private final Path path;
    private final AsynchronousFileChannel channel;

    private LockFile(Path path, AsynchronousFileChannel channel) {
        this.path = path;
        this.channel = channel;
    }

    /**
     * Opens it, and makes it where there is none.
     *
     * @param purpose what JVMs share out by it, for messages
     * @param permissions of one that is made
     * @throws ProcessionException if it can be neither opened nor made, or is no file of its own
     */
    static LockFile open(Path path, String purpose, Set<PosixFilePermission> permissions) {
        for (int attempt = 0; ; attempt++) {
            try {
                // Opened without "create": kernels refuse that for other users' files in shared folders, even to root.
                AsynchronousFileChannel channel = AsynchronousFileChannel.open(path, EXISTING);
                requireFileOfItsOwn(path);
                return new LockFile(path, channel);
            } catch (NoSuchFileException e) {
                create(path, purpose, permissions);
            } catch (IOException e) {
                throw new ProcessionException(
                        "Cannot open " + path + ", through which JVMs share out " + purpose + ": " + e
                                + ". Make it readable and writable for "
                                + (permissions.contains(PosixFilePermission.OTHERS_WRITE) ? "everybody" : "its owner")
                                + ", or remove it.",
                        e);
            }
            if (attempt == 3) {
                throw new ProcessionException("Cannot keep " + path + ": somebody removes it as soon as it is there");
            }
        }
    }

    /** By a second name for it, another user could have us hold locks on somebody's database. */
    private static void requireFileOfItsOwn(Path path) throws IOException {
        if (!Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .isRegularFile()) {
            throw new IOException("it is no regular file");
        }
        if (path.getFileSystem().supportedFileAttributeViews().contains("unix")
                && !Files.getAttribute(path, "unix:nlink", LinkOption.NOFOLLOW_LINKS)
                        .equals(1)) {
            throw new IOException("it has other names besides");
        }
    }

    private static void create(Path path, String purpose, Set<PosixFilePermission> permissions) {
        try {
            Files.createFile(path);
            if (path.getFileSystem().supportedFileAttributeViews().contains("posix")) {
                // After the creation, so that the umask does not count.
                Files.setPosixFilePermissions(path, permissions);
            }
        } catch (FileAlreadyExistsException e) {
            // Another JVM was first; its file serves.
        } catch (IOException e) {
            throw new ProcessionException(
                    "Cannot create " + path + ", through which JVMs share out " + purpose + ": " + e, e);
        }
    }

    Path path() {
        return path;
    }

    /**
     * Locks one byte, until the lock is released or this JVM ends.
     *
     * @return null if somebody else holds it: another JVM, another class loader, or this one
     * @throws ProcessionException if the file system refuses
     */
    @Nullable
    FileLock tryLock(long position) {
        try {
            return channel.tryLock(position, 1, false);
        } catch (OverlappingFileLockException e) {
            return null;
        } catch (IOException e) {
            throw new ProcessionException("Cannot lock a byte of " + path + ", as all JVMs do that use it: " + e, e);
        }
    }

    /** Idempotent; to a lock that went with its channel, nothing happens. */
    static void release(@Nullable FileLock lock) {
        try {
            if (lock != null) {
                lock.release();
            }
        } catch (IOException e) {
            // The channel is gone, and with it the lock.
        }
    }

    /** Drops all locks of this JVM on the file, whoever's they are. */
    @Override
    public void close() throws IOException {
        channel.close();
    }
}
