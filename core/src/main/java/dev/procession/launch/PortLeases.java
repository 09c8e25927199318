package dev.procession.launch;

import dev.procession.os.Sockets;
import dev.procession.process.ProcessionException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * TCP ports that no other process of this kind is given, in this JVM or another, until they are given back. Thread safe.
 *
 * <p>A lease is a lock on one byte of a file that all JVMs of the machine share, at the port's number as offset. The
 * kernel drops all of a JVM's locks on a file when any of its descriptors for that file is closed, silently. Therefore a
 * class loader has exactly one channel for it, and never closes it. Between the class loaders of one JVM, the JDK refuses
 * a lock that another channel holds.
 *
 * <p>Ports come from 20000 to 32767, without the ranges from which the kernel takes the near end of connections: a client
 * cannot take a leased port by accident, nor connect to itself.
 */
public final class PortLeases {

    static final int FIRST = 20_000;
    static final int LAST = 32_767;

    private final FileChannel channel;
    private final Set<Integer> taken;
    private final BitSet excluded;

    PortLeases(FileChannel channel, Set<Integer> taken, BitSet excluded) {
        this.channel = channel;
        this.taken = taken;
        this.excluded = excluded;
    }

    /** The leases of this machine. */
    public static PortLeases ofMachine() {
        return Holder.MACHINE;
    }

    private static final class Holder {
        static final PortLeases MACHINE =
                new PortLeases(keptOpen(open(lockFile())), ConcurrentHashMap.newKeySet(), excludedPorts());
    }

    /** When a class loader is collected, so is its channel, and the file closed: a hook without a task prevents that. */
    private static FileChannel keptOpen(FileChannel channel) {
        try {
            Runtime.getRuntime().addShutdownHook(new Thread(channel::isOpen, "procession-ports"));
        } catch (IllegalStateException e) {
            // The JVM is ending: it keeps everything for the rest of its life.
        }
        return channel;
    }

    static Path lockFile() {
        // Not java.io.tmpdir first: builds move that into their own folder, and then nobody shares it.
        Path tmp = Path.of("/tmp");
        Path folder = Files.isWritable(tmp) ? tmp : Path.of(System.getProperty("java.io.tmpdir"));
        return folder.resolve("procession-ports.lock");
    }

    static FileChannel open(Path file) {
        OpenOption[] existing = {StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS};
        for (int attempt = 0; ; attempt++) {
            try {
                // Opened without "create": kernels refuse that for other users' files in shared folders, even to root.
                return FileChannel.open(file, existing);
            } catch (NoSuchFileException e) {
                create(file);
            } catch (IOException e) {
                throw new ProcessionException(
                        "Cannot open " + file + ", through which JVMs share out ports: " + e
                                + ". Make it readable and writable for everybody, or remove it.",
                        e);
            }
            if (attempt == 3) {
                throw new ProcessionException("Cannot keep " + file + ": somebody removes it as soon as it is there");
            }
        }
    }

    private static void create(Path file) {
        try {
            Files.createFile(file);
            if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
                // After the creation, so that the umask does not count: other users' JVMs share it.
                Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));
            }
        } catch (FileAlreadyExistsException e) {
            // Another JVM was first; its file serves.
        } catch (IOException e) {
            throw new ProcessionException("Cannot create " + file + ", through which JVMs share out ports: " + e, e);
        }
    }

    /**
     * Takes a port that is free on all addresses of both families.
     *
     * @param sockets knows which are free
     * @throws ProcessionException if all are taken
     */
    public Lease take(Sockets sockets) {
        int span = LAST - FIRST + 1;
        int start = ThreadLocalRandom.current().nextInt(span);
        for (int i = 0; i < span; i++) {
            int port = FIRST + (start + i) % span;
            if (!excluded.get(port) && taken.add(port)) {
                Lease lease = tryLock(port, sockets::canBind);
                if (lease != null) {
                    return lease;
                }
            }
        }
        throw new ProcessionException("No port is left between " + FIRST + " and " + LAST
                + ": stop what is running, or take those out of net.ipv4.ip_local_port_range");
    }

    /**
     * Takes one certain port, whoever may listen there.
     *
     * @return empty if another process of this kind holds it
     */
    public Optional<Lease> take(int port) {
        return taken.add(port) ? Optional.ofNullable(tryLock(port, candidate -> true)) : Optional.empty();
    }

    /** What this class loader has leased. */
    Set<Integer> taken() {
        return Set.copyOf(taken);
    }

    private @Nullable Lease tryLock(int port, IntPredicate usable) {
        FileLock lock = null;
        boolean leased = false;
        try {
            lock = channel.tryLock(port, 1, false);
            leased = lock != null && usable.test(port);
            return leased ? new Lease(port, lock, taken) : null;
        } catch (OverlappingFileLockException e) {
            // Leased by another class loader of this JVM.
            return null;
        } catch (IOException e) {
            throw new ProcessionException("Cannot lock a port in the lock file of all JVMs: " + e, e);
        } finally {
            if (!leased) {
                release(port, lock, taken);
            }
        }
    }

    private static void release(int port, @Nullable FileLock lock, Set<Integer> taken) {
        try {
            if (lock != null) {
                lock.release();
            }
        } catch (IOException e) {
            // The channel is gone, and with it the lock.
        } finally {
            taken.remove(port);
        }
    }

    private static BitSet excludedPorts() {
        BitSet ports = new BitSet();
        addRanges(ports, "/proc/sys/net/ipv4/ip_local_port_range", "\\s+");
        addRanges(ports, "/proc/sys/net/ipv4/ip_local_reserved_ports", "-");
        return ports;
    }

    static void addRanges(BitSet ports, String file, String separator) {
        try (BufferedReader reader = Files.newBufferedReader(Path.of(file))) {
            String line = reader.readLine();
            for (String range : line == null || line.isBlank()
                    ? new String[0]
                    : line.strip().split(",")) {
                int[] ends = Arrays.stream(range.strip().split(separator))
                        .mapToInt(Integer::parseInt)
                        .toArray();
                ports.set(ends[0], ends[ends.length - 1] + 1);
            }
        } catch (IOException e) {
            // No such setting on this platform; the test bind still protects.
        }
    }

    /** A port that is ours until it is closed. */
    public static final class Lease implements AutoCloseable {
        private final int port;
        private final FileLock lock;
        private final Set<Integer> taken;

        private Lease(int port, FileLock lock, Set<Integer> taken) {
            this.port = port;
            this.lock = lock;
            this.taken = taken;
        }

        public int port() {
            return port;
        }

        /** Gives the port back. Idempotent. */
        @Override
        public synchronized void close() {
            if (lock.isValid()) {
                release(port, lock, taken);
            }
        }
    }
}
