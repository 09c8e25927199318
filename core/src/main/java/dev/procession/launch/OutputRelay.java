package dev.procession.launch;

import dev.procession.os.Child;
import dev.procession.os.FedChild;
import dev.procession.os.ForwardingChild;
import dev.procession.os.OperatingSystem;
import dev.procession.os.SpawnException;
import dev.procession.os.SpawnRequest;
import dev.procession.process.ExitStatus;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * Carries what one process and its heirs write into their log files, through pipes: for those who open {@code /dev/stdout} or
 * {@code /dev/stderr} themselves, which empties a file, but only opens a pipe once more. Nothing at all for a process that
 * writes to its files. Thread safe.
 *
 * <p>Each pipe is read by a {@code cat} that needs no JVM: one that stands still, or is killed, neither holds up nor loses
 * what is written. It ends when the last of its writers has, whoever that is, and not before: it is deaf to the signals that
 * ask a process to end, in a session of its own, no member of the tree, and marked like a watchdog, so that no clean-up takes
 * it for anybody. The shell that has started it holds the pipe open when it fails, as on a full disk, and tries again: with
 * its last reader a pipe would kill who writes there.
 *
 * <p>Each pipe was made beside its log and removed at once: by where it was, what writes there is known for the process's own,
 * as what writes into the log itself is.
 */
public final class OutputRelay implements AutoCloseable {

    private static final Logger LOG = System.getLogger("dev.procession");

    private static final Path SHELL = Path.of("/bin/sh");

    /**
     * Until its input ends it is a writer itself, since with the last of them cat ends. One that fails is news at once, by the
     * end of this shell; another goes on.
     */
    private static final String CARRY = """
            trap '' HUP INT TERM
            mkfifo -m 600 "$PIPE" || exit
            exec 3<>"$PIPE" 4<"$PIPE"
            cat <&4 3>&- &
            read -r end
            exec 3>&-
            wait $! && exit
            status=$?
            (until cat <&4; do sleep 0.1 || sleep 1; done) &
            exit $status
            """;

    private static final String PROGRAMS = "/usr/local/bin:/usr/bin:/bin";

    /** By which every clean-up knows that the end of its input ends it. */
    private static final String MARK = "PROCESSION_WATCHDOG";

    /** The descriptor by which the shell reads the pipe, and the last that it opens: a shell opens the lowest that is free. */
    private static final int PIPE = 4;

    private static final List<String> NEEDED = List.of("cat", "mkfifo", "sleep");

    /** A pipe is its maker's alone, but what runs as another user by then opens it, too. */
    private static final Set<PosixFilePermission> WRITTEN_BY_ALL = Set.of(
            PosixFilePermission.OWNER_READ,
            PosixFilePermission.OWNER_WRITE,
            PosixFilePermission.GROUP_WRITE,
            PosixFilePermission.OTHERS_WRITE);

    /** How long the news of an end waits for what was written before: whoever it has left may write without a pause. */
    private static final long LONGEST_DRAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(800);

    /** How long a shell may take to make a pipe, on a machine under load. */
    private static final long LONGEST_OPENING_NANOS = TimeUnit.SECONDS.toNanos(20);

    private static final long POLL_NANOS = TimeUnit.MICROSECONDS.toNanos(200);

    private final SpawnRequest request;
    private final List<Carrier> carriers;

    private OutputRelay(SpawnRequest request, List<Carrier> carriers) {
        this.request = request;
        this.carriers = carriers;
    }

    /** The shell of one {@code cat}, which holds the pipe open for writers until it is no longer fed. */
    private record Carrier(FedChild shell) {

        Child child() {
            return shell.child();
        }

        Path pipe() {
            return SpawnRequest.inputOf(child().id(), PIPE);
        }

        /** Whether nothing is on its way: it has ended, or it waits at an empty pipe. */
        boolean isIdle() {
            if (child().exit().isDone()) {
                return true;
            }
            // For writing, too: opened for reading alone, a pipe without a writer waits for one.
            try (RandomAccessFile pipe = new RandomAccessFile(pipe().toFile(), "rw");
                    FileInputStream rest = new FileInputStream(pipe.getFD())) {
                // In this order: what it has taken, it writes before it sleeps again.
                return rest.available() == 0 && isCatAsleep();
            } catch (IOException e) {
                // It is just ending; the news of that comes.
                return false;
            }
        }

        private boolean isCatAsleep() throws IOException {
            Optional<ProcessHandle> cat = ProcessHandle.of(child().id().pid())
                    .flatMap(handle -> handle.children().findAny());
            if (cat.isEmpty()) {
                return false;
            }
            String stat = Files.readString(Path.of("/proc/" + cat.get().pid() + "/stat"), StandardCharsets.ISO_8859_1);
            return stat.startsWith(") S", stat.lastIndexOf(')'));
        }

        /** Waits until the shell has opened the pipe, and removes its name: who reaches it from now on was given it. */
        void awaitOpen(Path name) throws IOException {
            long deadline = System.nanoTime() + LONGEST_OPENING_NANOS;
            while (!isOpen(name)) {
                if (child().exit().isDone() || System.nanoTime() > deadline) {
                    throw new IOException("mkfifo has failed");
                }
                LockSupport.parkNanos(this, POLL_NANOS);
            }
            Files.delete(name);
            Files.setPosixFilePermissions(pipe(), WRITTEN_BY_ALL);
        }

        private boolean isOpen(Path name) throws IOException {
            try {
                return Files.isSameFile(name, pipe());
            } catch (NoSuchFileException e) {
                // It is not made yet, or the shell has ended.
                return false;
            }
        }
    }

    /**
     * Looks that this machine has what it takes.
     *
     * @throws UnusableCommandException if it has not
     */
    static void requirePossible() throws UnusableCommandException {
        String missing = !Files.isDirectory(Path.of("/proc/self/fd"))
                ? "the folder /proc/PID/fd of Linux"
                : !Files.isExecutable(SHELL)
                        ? SHELL.toString()
                        : NEEDED.stream()
                                .filter(program -> !isThere(program))
                                .findFirst()
                                .map(program -> "the program " + program)
                                .orElse("");
        if (!missing.isEmpty()) {
            throw new UnusableCommandException(
                    "output",
                    "'output' is PIPE, but " + missing + " is not there",
                    "leave 'output' out, and let the program write with >&2 or tee -a instead of opening /dev/stdout"
                            + " or /dev/stderr");
        }
    }

    private static boolean isThere(String program) {
        return Stream.of(PROGRAMS.split(":")).anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }

    /**
     * Begins to carry, if the description says so. To be closed when the process has been spawned, or could not be.
     *
     * @throws SpawnException if that is not possible
     */
    public static OutputRelay begin(OperatingSystem system, ProcessSpec spec, SpawnRequest request)
            throws SpawnException {
        if (!spec.output().piped()) {
            return new OutputRelay(request, List.of());
        }
        List<Carrier> carriers = new ArrayList<>();
        boolean begun = false;
        try {
            carriers.add(carrier(system, spec, request.stdout()));
            if (!request.stderr().equals(request.stdout())) {
                carriers.add(carrier(system, spec, request.stderr()));
            }
            begun = true;
            return new OutputRelay(
                    request.logs(
                            carriers.get(0).pipe(),
                            carriers.get(carriers.size() - 1).pipe()),
                    List.copyOf(carriers));
        } finally {
            if (!begun) {
                carriers.forEach(carrier -> carrier.shell().feed().close());
            }
        }
    }

    private static Carrier carrier(OperatingSystem system, ProcessSpec spec, Path log) throws SpawnException {
        Path name = log.resolveSibling(log.getFileName() + ".pipe");
        // Not as an argument: nobody who looks for a process by its folder is to find this one.
        Map<String, String> environment = Map.of("PATH", PROGRAMS, "PIPE", name.toString(), MARK, "1");
        SpawnRequest request = new SpawnRequest(
                SHELL,
                List.of(SHELL.toString(), "-c", CARRY, "procession-relay"),
                environment,
                false,
                Path.of("/"),
                null,
                log,
                SpawnRequest.NOWHERE);
        Carrier carrier = null;
        boolean open = false;
        try {
            Files.deleteIfExists(name);
            carrier = new Carrier(system.spawner().spawnFed(request));
            carrier.awaitOpen(name);
            open = true;
        } catch (IOException e) {
            throw new SpawnException(
                    "cannot make the pipe " + name + " (" + e.getMessage() + "): look whether the disk is full; if that"
                            + " file system has no pipes, leave 'output' out or choose a folder on another",
                    e);
        } finally {
            if (carrier != null && !open) {
                carrier.shell().feed().close();
                carrier.child().discard();
            }
        }
        Child child = carrier.child();
        child.exit().thenAccept(status -> ended(child, status, spec, log));
        return carrier;
    }

    private static void ended(Child carrier, ExitStatus status, ProcessSpec spec, Path log) {
        carrier.reap();
        if (!status.isSuccess()) {
            LOG.log(
                    Level.WARNING,
                    "'" + spec.name() + "': the cat that carries its output into " + log + " has failed (" + status
                            + "), and what it carried is lost: look whether the disk is full; another cat tries to carry"
                            + " on until it can");
        }
    }

    /** What to spawn instead. */
    public SpawnRequest request() {
        return request;
    }

    /** The child as whoever reads its logs must see it: its end is news only when they hold what it has written before. */
    public Child carried(Child child) {
        return carriers.isEmpty() ? child : new Carried(child, carriers);
    }

    /** From here on only the process and its heirs write: with the last of them it ends. */
    @Override
    public void close() {
        carriers.forEach(carrier -> carrier.shell().feed().close());
    }

    private static final class Carried extends ForwardingChild {
        private final List<Carrier> carriers;
        private final CompletableFuture<ExitStatus> exit = new CompletableFuture<>();

        Carried(Child child, List<Carrier> carriers) {
            super(child);
            this.carriers = carriers;
            child.exit().thenAccept(this::publish);
        }

        /** In a thread of its own: the one that brings the news serves every process, and brings those of the carriers. */
        private void publish(ExitStatus status) {
            Thread drain = new Thread(
                    () -> {
                        awaitDrained();
                        exit.complete(status);
                    },
                    "procession-drain");
            drain.setDaemon(true);
            try {
                drain.start();
            } catch (OutOfMemoryError e) {
                // No thread is left to be had: the news counts for more than the last lines.
                exit.complete(status);
            }
        }

        private void awaitDrained() {
            long deadline = System.nanoTime() + LONGEST_DRAIN_NANOS;
            while (!isDrained() && System.nanoTime() < deadline) {
                LockSupport.parkNanos(this, POLL_NANOS);
            }
        }

        @Override
        public boolean isDrained() {
            return carriers.stream().allMatch(Carrier::isIdle);
        }

        @Override
        public CompletableFuture<ExitStatus> exit() {
            return exit;
        }
    }
}
