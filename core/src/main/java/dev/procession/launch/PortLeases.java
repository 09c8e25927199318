package dev.procession.launch;

import dev.procession.os.Sockets;
import dev.procession.process.ProcessionException;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.BitSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * TCP ports that no other process of this kind is given, in this JVM or another, until they are given back. Thread safe.
 *
 * <p>A lease is a lock on one byte of a file that all JVMs of the user share, at the port's number as offset. Those of other
 * users are excluded by a second file, which everybody may lock: as far as nobody abuses that.
 *
 * <p>Ports come from 20000 to 32767, without the ranges from which the kernel takes the near end of connections: a client
 * cannot take a leased port by accident, nor connect to itself. A JVM takes one after the other, from a random start: of
 * neighbours, the kernel makes one lock, and what was given back a moment ago is the last to be given again.
 */
public final class PortLeases {

    static final int FIRST = 20_000;
    static final int LAST = 32_767;

    private static final int SPAN = LAST - FIRST + 1;

    private static final Logger LOG = System.getLogger("dev.procession");

    private final @Nullable LockFile own;
    private final @Nullable LockFile everybodys;
    private final Set<Integer> taken;
    private final BitSet excluded;

    private final AtomicInteger next =
            new AtomicInteger(ThreadLocalRandom.current().nextInt(SPAN));

    /** Whether locks of other users have turned out to mean nothing. */
    private volatile boolean distrusting;

    /**
     * @param own by which the JVMs of this user exclude each other; null if there is none
     * @param everybodys by which other users exclude each other; null if there is none
     */
    PortLeases(@Nullable LockFile own, @Nullable LockFile everybodys, Set<Integer> taken, BitSet excluded) {
        this.own = own;
        this.everybodys = everybodys;
        this.taken = taken;
        this.excluded = excluded;
    }

    /** The leases of this machine. */
    public static PortLeases ofMachine() {
        return Holder.MACHINE;
    }

    private static final class Holder {
        static final PortLeases MACHINE = new PortLeases(
                UserLocks.ofUser()
                        .file("ports", "Other JVMs that start at the same time may be given the same ports")
                        .orElse(null),
                everybodys(Path.of("/tmp")).orElse(null),
                ConcurrentHashMap.newKeySet(),
                excludedPorts());
    }

    /** Without it nothing is lost but that other users are excluded before they listen. */
    static Optional<LockFile> everybodys(Path folder) {
        if (!Files.isDirectory(folder)) {
            return Optional.empty();
        }
        try {
            return Optional.of(openForEverybody(folder.resolve("procession-ports.lock")));
        } catch (ProcessionException e) {
            LOG.log(Level.WARNING, "JVMs of other users may be given the same ports: " + e.getMessage());
            return Optional.empty();
        }
    }

    static LockFile openForEverybody(Path file) {
        return LockFile.open(file, "ports", PosixFilePermissions.fromString("rw-rw-rw-"));
    }

    /** The file of this user's JVMs. */
    Optional<Path> lockFile() {
        return Optional.ofNullable(own).map(LockFile::path);
    }

    /**
     * Takes a port that is free on all addresses of both families.
     *
     * @param sockets knows which are free
     * @throws ProcessionException if all are taken
     */
    public Lease take(Sockets sockets) {
        Optional<Lease> lease = takeAny(sockets);
        if (lease.isEmpty() && everybodys != null && !distrusting && isAnyLeft(sockets)) {
            distrusting = true;
            LOG.log(
                    Level.WARNING,
                    "All ports between " + FIRST + " and " + LAST + " that are free are locked in " + everybodys.path()
                            + " by other users, which is not taken seriously any more. Look by 'lslocks' who that is,"
                            + " and remove the file");
            lease = takeAny(sockets);
        }
        return lease.orElseThrow(() -> new ProcessionException("No port is left between " + FIRST + " and " + LAST
                + ": stop what is running, or take those out of net.ipv4.ip_local_port_range"));
    }

    private Optional<Lease> takeAny(Sockets sockets) {
        for (int i = 0; i < SPAN; i++) {
            int port = FIRST + Math.floorMod(next.getAndIncrement(), SPAN);
            if (!excluded.get(port) && taken.add(port)) {
                Lease lease = tryLock(port, sockets::canBind, !distrusting);
                if (lease != null) {
                    return Optional.of(lease);
                }
            }
        }
        return Optional.empty();
    }

    /** Whether another user's lock is all that keeps us from one. */
    private boolean isAnyLeft(Sockets sockets) {
        for (int port = FIRST; port <= LAST; port++) {
            if (!excluded.get(port) && taken.add(port)) {
                Lease lease = tryLock(port, sockets::canBind, false);
                if (lease != null) {
                    lease.close();
                    return true;
                }
            }
        }
        return false;
    }

    /**
     * Takes one certain port, whoever may listen there. Locks of other users do not count for it: should one of them have it
     * indeed, its listener will be found.
     *
     * @return empty if another process of this kind holds it
     */
    public Optional<Lease> take(int port) {
        return taken.add(port) ? Optional.ofNullable(tryLock(port, candidate -> true, false)) : Optional.empty();
    }

    /** What this class loader has leased. */
    Set<Integer> taken() {
        return Set.copyOf(taken);
    }

    private @Nullable Lease tryLock(int port, IntPredicate usable, boolean excludedByOthers) {
        FileLock mine = null;
        FileLock forOthers = null;
        boolean leased = false;
        try {
            if (own != null) {
                mine = own.tryLock(port);
                if (mine == null) {
                    return null;
                }
            }
            if (everybodys != null) {
                forOthers = everybodys.tryLock(port);
                if (forOthers == null && excludedByOthers) {
                    return null;
                }
            }
            leased = usable.test(port);
            return leased ? new Lease(port, mine, forOthers, taken) : null;
        } finally {
            if (!leased) {
                LockFile.release(forOthers);
                LockFile.release(mine);
                taken.remove(port);
            }
        }
    }

    private static BitSet excludedPorts() {
        BitSet ports = new BitSet();
        addRanges(ports, "/proc/sys/net/ipv4/ip_local_port_range", "\\s+");
        addRanges(ports, "/proc/sys/net/ipv4/ip_local_reserved_ports", "-");
        return ports;
    }

    static void addRanges(BitSet ports, String file, String separator) {
        Pattern form = Pattern.compile("(\\d{1,5})(?:" + separator + "(\\d{1,5}))?");
        try (InputStream in = new FileInputStream(file)) {
            for (String range : new String(in.readAllBytes(), StandardCharsets.US_ASCII).split(",")) {
                Matcher ends = form.matcher(range.strip());
                if (ends.matches()) {
                    String last = ends.group(2) == null ? ends.group(1) : ends.group(2);
                    ports.set(Integer.parseInt(ends.group(1)), Integer.parseInt(last) + 1);
                }
            }
        } catch (IOException e) {
            // No such setting on this platform; the test bind still protects.
        }
    }

    /** A port that is ours until it is closed. */
    public static final class Lease implements AutoCloseable {
        private final int port;
        private final @Nullable FileLock mine;
        private final @Nullable FileLock forOthers;
        private final Set<Integer> taken;
        private boolean closed;

        private Lease(int port, @Nullable FileLock mine, @Nullable FileLock forOthers, Set<Integer> taken) {
            this.port = port;
            this.mine = mine;
            this.forOthers = forOthers;
            this.taken = taken;
        }

        public int port() {
            return port;
        }

        /** Gives the port back. Idempotent. */
        @Override
        public synchronized void close() {
            if (!closed) {
                closed = true;
                LockFile.release(forOthers);
                LockFile.release(mine);
                taken.remove(port);
            }
        }
    }
}
