package dev.procession.launch;

import dev.procession.os.ProcessTable;
import dev.procession.process.ProcessionException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A folder that no other process of this kind is given, in this JVM or another, until it is given back: two supervisors, or
 * the forks of a build, may be told to use the same one. Whoever comes second gets another beside it, {@code name~2}. Thread
 * safe.
 *
 * <p>As with a port, the lease is a lock on one byte of a file that all JVMs of the user share: it ends with its JVM, however
 * that ends, and of two that come at the same time one is the first.
 */
final class FolderLease implements AutoCloseable {

    private static final Logger LOG = System.getLogger("dev.procession");

    /** Who needs more has lost count of what it starts. */
    private static final int MOST = 1_000;

    /** Of offsets in the file: far from what other purposes could mean, and with one more to go. */
    private static final long FIRST = 1L << 61;

    private static final Set<Path> TAKEN = ConcurrentHashMap.newKeySet();

    private final Path folder;
    private final Path real;
    private final @Nullable FileLock lock;
    private boolean closed;

    private FolderLease(Path folder, Path real, @Nullable FileLock lock) {
        this.folder = folder;
        this.real = real;
        this.lock = lock;
    }

    private static final class Holder {
        static final Optional<LockFile> OF_USER = UserLocks.ofUser()
                .file("folders", "Other JVMs that start at the same time may be given the same folders");
    }

    /**
     * Takes a folder, or the next one beside it that is free. Nothing is made yet.
     *
     * @param wanted absolute
     * @throws ProcessionException if so many are in use that this cannot be meant
     */
    static FolderLease of(Path wanted, ProcessTable processes) {
        for (int number = 1; number <= MOST; number++) {
            Path candidate = number == 1 ? wanted : wanted.resolveSibling(wanted.getFileName() + "~" + number);
            FolderLease lease = tryTake(candidate, processes);
            if (lease != null) {
                if (number > 1) {
                    LOG.log(Level.INFO, "The folder " + wanted + " is in use by another; this one's is " + candidate);
                }
                return lease;
            }
        }
        throw new ProcessionException("The folder " + wanted + " is in use, as are " + (MOST - 1)
                + " beside it: stop what is running, or choose another folder or name.");
    }

    private static @Nullable FolderLease tryTake(Path folder, ProcessTable processes) {
        Path real = RealPath.of(folder);
        if (!TAKEN.add(real)) {
            return null;
        }
        FileLock lock = null;
        boolean taken = false;
        try {
            Optional<LockFile> locks = Holder.OF_USER;
            if (locks.isPresent()) {
                lock = locks.get().tryLock(offset(real));
            }
            // Another user's JVM, or one in a container, has only left its name there.
            taken = (locks.isEmpty() || lock != null) && !RunFolder.isInUse(folder, processes);
            return taken ? new FolderLease(folder, real, lock) : null;
        } finally {
            if (!taken) {
                LockFile.release(lock);
                TAKEN.remove(real);
            }
        }
    }

    /** That two folders have the same is next to impossible, and then one of them is called differently. */
    private static long offset(Path folder) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256")
                    .digest(folder.toString().getBytes(StandardCharsets.UTF_8));
            return FIRST | ByteBuffer.wrap(digest).getLong() & (FIRST - 1);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Expected SHA-256, which every JDK has", e);
        }
    }

    Path folder() {
        return folder;
    }

    /** Gives it back. Idempotent. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            LockFile.release(lock);
            TAKEN.remove(real);
        }
    }
}
