package dev.procession.cleanup;

import dev.procession.cleanup.FormerTree.Found;
import dev.procession.os.OperatingSystem;
import dev.procession.os.ProcessTable;
import dev.procession.os.backend.Backend;
import dev.procession.process.Durations;
import dev.procession.process.ProcessId;
import dev.procession.process.ProcessInfo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * What a JVM has left behind that was killed together with its watchdog: the next JVM ends it before it starts anything,
 * and the log names each process. Only what is certainly that run's is ended; what may be somebody else's is named.
 * Thread safe.
 */
public final class Leftovers {

    private static final Logger LOG = System.getLogger("dev.procession");

    /** How long the records of other users and containers are kept. */
    private static final Duration LONGEST_KEPT = Duration.ofDays(7);

    /** How long KILL may take to have its effect. */
    private static final Duration LONGEST_END = Duration.ofSeconds(10);

    private static final long WATCHDOG_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    /** A record is some lines long; what is longer than this is none. */
    private static final int LONGEST_RECORD = 16 * 1024 * 1024;

    private final OperatingSystem system;
    private final RunRecords records;
    private boolean looked;

    Leftovers(OperatingSystem system, RunRecords records) {
        this.system = system;
        this.records = records;
    }

    /** Those that this JVM finds. */
    public static Leftovers ofJvm() {
        return Holder.INSTANCE;
    }

    private static final class Holder {
        static final Leftovers INSTANCE = new Leftovers(Backend.current(), RunRecords.ofUser());
    }

    /** Looks for them, and ends them, in this thread; on the first call only, for which the others wait. */
    public synchronized void end() {
        if (looked) {
            return;
        }
        looked = true;
        boolean interrupted = Thread.interrupted();
        try {
            for (Path file : records.files()) {
                try {
                    look(file);
                } catch (RuntimeException e) {
                    LOG.log(Level.WARNING, "What the run of " + file + " has left cannot be looked for; it stays", e);
                }
            }
        } catch (RuntimeException e) {
            LOG.log(Level.WARNING, "What earlier runs have left cannot be looked for; it stays", e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void look(Path file) {
        String name = String.valueOf(file.getFileName());
        try {
            if (name.endsWith(RunRecord.UNFINISHED)) {
                removeIfOld(file);
            } else if (name.endsWith(RunRecord.SUFFIX)) {
                ProcessTable table = system.processes();
                ProcessId jvm = FormerRun.jvmOf(name);
                // Of our own run not even a descriptor may be opened: closing it would drop the lock.
                if (!jvm.equals(table.self()) && !table.isAlive(jvm)) {
                    open(file, jvm);
                }
            }
        } catch (NoSuchFileException e) {
            // Another JVM has done this.
        } catch (ClosedByInterruptException e) {
            // Whoever is interrupted starts nothing. The record stays for the next JVM.
        } catch (IOException | UncheckedIOException | IllegalArgumentException e) {
            String problem = e instanceof IllegalArgumentException ? String.valueOf(e.getMessage()) : e.toString();
            LOG.log(
                    Level.WARNING,
                    "The run record " + file + " is ignored: " + problem
                            + ". Look whether its JVM has left anything, and remove it");
        }
    }

    private void open(Path file, ProcessId jvm) throws IOException {
        if (!Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .isRegularFile()) {
            throw new IllegalArgumentException("it is no regular file");
        }
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
            // Held by its JVM, which may be hidden from us in a container, or by another that acts on it already.
            if (channel.tryLock() == null || !Files.exists(file)) {
                return;
            }
            FormerRun run = FormerRun.parse(read(channel));
            if (!run.jvm().equals(jvm)) {
                throw new IllegalArgumentException("its name and its lines speak of different JVMs");
            }
            judge(file, run);
        } catch (OverlappingFileLockException e) {
            // Another class loader of this JVM acts on it already.
        }
    }

    private static String read(FileChannel channel) throws IOException {
        if (channel.size() > LONGEST_RECORD) {
            throw new IllegalArgumentException("it is " + channel.size() + " bytes long");
        }
        ByteBuffer bytes = ByteBuffer.allocate((int) channel.size());
        while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
            // Until all is there.
        }
        return StandardCharsets.UTF_8.decode(bytes.flip()).toString();
    }

    private void judge(Path file, FormerRun run) throws IOException {
        Machine here = Machine.here().orElseThrow();
        if (!run.machine().boot().equals(here.boot())) {
            // No process outlives its kernel.
            Files.deleteIfExists(file);
            return;
        }
        FormerTree tree = new FormerTree(system, run);
        awaitWatchdog(tree);
        if (!Files.exists(file)) {
            return;
        }
        long owner = Machine.number(Files.getAttribute(file, "unix:uid", LinkOption.NOFOLLOW_LINKS));
        if (owner != here.user()) {
            nameOnly(
                    file,
                    run,
                    tree,
                    "its record belongs to user id " + owner + ", and this JVM runs as user id " + here.user());
        } else if (run.machine().user() != here.user()) {
            nameOnly(
                    file,
                    run,
                    tree,
                    "that JVM ran as user id " + run.machine().user() + ", and this one runs as user id "
                            + here.user());
        } else if (!run.machine().pidNamespace().equals(here.pidNamespace())) {
            nameOnly(file, run, tree, "that JVM ran in another pid namespace, as a container has");
        } else {
            endAll(file, run, tree);
        }
    }

    /** The JVM may have been killed just now. */
    private static void awaitWatchdog(FormerTree tree) {
        long deadline = System.nanoTime() + WATCHDOG_NANOS;
        while (tree.hasWatchdog() && System.nanoTime() < deadline) {
            LockSupport.parkNanos(POLL_NANOS);
        }
    }

    private static void nameOnly(Path file, FormerRun run, FormerTree tree, String because) throws IOException {
        for (Found found : tree.marked()) {
            LOG.log(
                    Level.WARNING,
                    found.describe() + ", was left behind by " + run.describe() + ". It was not ended, because "
                            + because + "; end it with 'kill " + found.row().pid() + "'");
        }
        removeIfOld(file);
    }

    private static void removeIfOld(Path file) throws IOException {
        Instant written =
                Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS).toInstant();
        if (written.isBefore(Instant.now().minus(LONGEST_KEPT))) {
            Files.deleteIfExists(file);
        }
    }

    private void endAll(Path file, FormerRun run, FormerTree tree) throws IOException {
        String left = ", was left behind by " + run.describe() + ", which was killed together with its watchdog";
        Map<ProcessId, Found> all = new LinkedHashMap<>();
        List<ProcessInfo> survivors = end(tree, all);
        for (Found found : all.values()) {
            boolean survived = survivors.stream()
                    .anyMatch(other -> other.id().equals(found.row().id()));
            LOG.log(
                    Level.WARNING,
                    found.describe() + left
                            + (survived
                                    ? "; it could not be ended: KILL had no effect within "
                                            + Durations.describe(LONGEST_END)
                                    : "; it was ended")
                            + " (" + found.sign() + ")");
        }
        for (Found found : tree.suspicious()) {
            LOG.log(
                    Level.WARNING,
                    found.describe() + ", may have been left behind by " + run.describe()
                            + ", which was killed together with its watchdog: " + found.sign()
                            + ". It was not ended, since nobody can tell for certain that it is ours; if it is, end it"
                            + " with 'kill " + found.row().pid() + "'");
        }
        if (survivors.isEmpty()) {
            Files.deleteIfExists(file);
        }
    }

    /**
     * Ends what is certainly the run's.
     *
     * @param all gets whoever was found
     * @return who is still there
     */
    private List<ProcessInfo> end(FormerTree tree, Map<ProcessId, Found> all) {
        return new Sweep(system.signaller(), () -> note(tree.certain(), all)).run(LONGEST_END);
    }

    private static List<ProcessInfo> note(List<Found> found, Map<ProcessId, Found> all) {
        found.forEach(one -> all.putIfAbsent(one.row().id(), one));
        return found.stream().map(Found::row).toList();
    }
}
