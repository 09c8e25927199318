package dev.procession.cleanup;

import dev.procession.launch.RunCookie;
import dev.procession.os.Child;
import dev.procession.os.FedChild;
import dev.procession.os.OperatingSystem;
import dev.procession.os.ProcessTable;
import dev.procession.os.SpawnException;
import dev.procession.os.SpawnRequest;
import dev.procession.os.backend.Backend;
import dev.procession.process.FoundProcess;
import dev.procession.process.ProcessId;
import dev.procession.process.ProcessInfo;
import dev.procession.process.ProcessionException;
import dev.procession.process.Signal;
import java.io.IOException;
import java.io.InputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A little shell process that outlives the JVM, to end what the JVM can no longer end: after a KILL, an out-of-memory
 * exit, a crash. It learns of every group that is started, and of the JVM's end by the end of its input. Thread safe.
 *
 * <p>It is started with the first process, and again if it dies. It carries no cookie, and a variable of its own that
 * exempts it from every clean-up: the end of its pipe ends it.
 */
public final class Watchdog {

    private static final Logger LOG = System.getLogger("dev.procession");

    /** The variable by which every clean-up knows a watchdog. */
    static final String MARK = "PROCESSION_WATCHDOG=1";

    /** What it calls itself; its run follows it. */
    private static final String NAME = "procession-watchdog";

    /** So often in a row it may die before that is reported and left so. */
    private static final int MOST_STARTS = 5;

    /** For a pipe that a thread of its own writes to. What is told of must be known, even if a KILL comes right behind it. */
    private static final Duration PATIENCE = Duration.ofMillis(500);

    private static final Path SHELL = Path.of("/bin/sh");

    /** More would not go into the pipe in one piece. */
    private static final int LONGEST_LINE = 4096;

    /** Paths are bytes to a shell: those of the platform, whatever Java writes elsewhere. */
    private static final Charset PATHS = paths();

    private final OperatingSystem system;
    private final String run;
    private final RunRecords records;

    /** Guards what follows, and the order of what is written. */
    private final Object lock = new Object();

    private final Set<ProcessId> leaders = new LinkedHashSet<>();
    private final Set<ProcessId> others = new LinkedHashSet<>();
    private final Set<Path> folders = new LinkedHashSet<>();
    private final Set<String> users = new LinkedHashSet<>();
    private @Nullable RunRecord record;
    private @Nullable FedChild shell;
    private boolean begun;
    private int starts;

    Watchdog(OperatingSystem system, String run, RunRecords records) {
        this.system = system;
        this.run = run;
        this.records = records;
    }

    /** The JVM's own. */
    public static Watchdog ofJvm() {
        return Holder.INSTANCE;
    }

    private static final class Holder {
        static final Watchdog INSTANCE = new Watchdog(
                Backend.current(), RunCookie.runOf(Backend.current().processes().self()), RunRecords.ofUser());
    }

    private static Charset paths() {
        try {
            return Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));
        } catch (IllegalArgumentException e) {
            return StandardCharsets.UTF_8;
        }
    }

    /**
     * Sees to it that one is there. To be called before a process is started: the cookie of the run covers the time until
     * its group is known.
     */
    public void start() {
        synchronized (lock) {
            if (!begun) {
                begun = true;
                record = records.begin(system.processes().self()).orElse(null);
            }
            if (shell != null
                    || starts > MOST_STARTS
                    || !Files.isExecutable(SHELL)
                    || !Files.exists(Path.of("/proc"))) {
                return;
            }
            starts++;
            try {
                if (starts > MOST_STARTS) {
                    throw new ProcessionException("it has died " + MOST_STARTS + " times");
                }
                FedChild fed = spawn();
                shell = fed;
                leaders.forEach(leader -> tell(line("+", leader)));
                others.forEach(other -> tell(line("=", other)));
                folders.forEach(folder -> tell("/ " + folder));
                users.forEach(user -> tell("u " + user));
                fed.child().exit().thenRun(() -> replace(fed));
            } catch (SpawnException | ProcessionException e) {
                LOG.log(
                        Level.WARNING,
                        "There is no watchdog: if this JVM is killed, what it started stays. Cause: " + e.getMessage());
            }
        }
    }

    private FedChild spawn() throws SpawnException {
        SpawnRequest request = new SpawnRequest(
                SHELL,
                List.of(
                        SHELL.toString(),
                        "-c",
                        Script.WATCHDOG,
                        NAME,
                        run,
                        record == null ? "" : record.file().toString(),
                        Script.LOOK),
                Map.of("PATH", "/usr/local/bin:/usr/bin:/bin", "PROCESSION_WATCHDOG", "1"),
                false,
                Path.of("/"),
                null,
                SpawnRequest.NOWHERE,
                SpawnRequest.NOWHERE);
        return system.spawner().spawnFed(request);
    }

    /** It died while the JVM lives: somebody killed it. Runs on the thread that watches everything, and only spawns. */
    private void replace(FedChild dead) {
        synchronized (lock) {
            dead.feed().close();
            dead.child().reap();
            if (shell == dead) {
                shell = null;
                start();
            }
        }
    }

    /** Sees to it that a child and its group end with the JVM, until the child is reaped. */
    public Child guard(Child child) {
        if (!child.leadsSession()) {
            return child;
        }
        watch(child.id());
        return new GuardedChild(child, this);
    }

    /** Whom it ends with the JVM, at this moment. */
    Set<ProcessId> watched() {
        synchronized (lock) {
            Set<ProcessId> watched = new LinkedHashSet<>(leaders);
            watched.addAll(others);
            return watched;
        }
    }

    private void watch(ProcessId leader) {
        synchronized (lock) {
            leaders.add(leader);
            note(line("+", leader));
        }
    }

    /** That group has gone; to be called before its leader is reaped and its number is free for others. */
    void forget(ProcessId leader) {
        synchronized (lock) {
            if (leaders.remove(leader)) {
                note("- " + leader.pid());
                // It served: what happens later is another matter than a shell that cannot stay alive.
                starts = Math.min(starts, 1);
            }
        }
    }

    /**
     * Sees to it that a process, and what it starts, ends with the JVM, although it has left the session of what started it
     * and bears no sign of the run. Nothing is asked of the caller when it ends.
     */
    public void alsoWatch(ProcessId process) {
        synchronized (lock) {
            if (leaders.contains(process) || others.contains(process)) {
                return;
            }
            for (ProcessId other : List.copyOf(others)) {
                if (!system.processes().isAlive(other)) {
                    others.remove(other);
                    note(line("-", other));
                }
            }
            others.add(process);
            note(line("=", process));
        }
    }

    /**
     * A folder that is this run's alone: an orphan that works in or below it when the JVM ends is the run's, if it was
     * started after the JVM and has no terminal.
     *
     * @param folder absolute; that it is told of it twice does no harm
     */
    public void folder(Path folder) {
        synchronized (lock) {
            Path real = withoutLinks(folder);
            if (!isKnown(real) && real.getNameCount() > 0 && fits(real.toString())) {
                folders.add(real);
                note("/ " + real);
            }
        }
    }

    private boolean isKnown(Path folder) {
        for (Path above = folder; above != null; above = above.getParent()) {
            if (folders.contains(above)) {
                return true;
            }
        }
        return false;
    }

    private static boolean fits(String path) {
        return path.indexOf('\n') < 0 && path.getBytes(PATHS).length <= LONGEST_LINE - 3;
    }

    /** As the kernel will name it to those who ask where a process works; the folder itself may still be missing. */
    private static Path withoutLinks(Path folder) {
        for (Path there = folder; there != null; there = there.getParent()) {
            try {
                return there.toRealPath().resolve(there.relativize(folder));
            } catch (IOException e) {
                // What stands above it may be there.
            }
        }
        return folder;
    }

    /** As whom processes are started: without the capability SYS_PTRACE, not even root can look into another's. */
    public void user(long user, long group) {
        synchronized (lock) {
            if (users.add(user + " " + group)) {
                note("u " + user + " " + group);
            }
        }
    }

    /** The JVM ends in order. If nothing is left of all this, no later JVM need look for it. */
    public void end() {
        synchronized (lock) {
            boolean nothingLeft = leaders.isEmpty() && others.stream().noneMatch(system.processes()::isAlive);
            if (nothingLeft && record != null) {
                record.delete();
            }
        }
    }

    /**
     * The JVM ends in order, and what is left of all this is to live on: there is no watchdog any more, and no later JVM
     * will look for it either.
     */
    public void dismiss() {
        synchronized (lock) {
            FedChild dismissed = shell;
            // Whoever dies when it is no longer ours is not replaced.
            shell = null;
            if (dismissed != null) {
                dismissed.child().signal(Signal.KILL);
            }
            if (record != null) {
                record.delete();
            }
        }
    }

    /** Those of all runs. Whoever may not look into their environments may read their command lines. */
    static List<ProcessInfo> all(ProcessTable table) {
        byte[] name = NAME.getBytes(StandardCharsets.US_ASCII);
        return table.scan((line, length) -> contains(line, length, name)).stream()
                .filter(found -> found.commandLine().indexOf(NAME) == 3)
                .map(FoundProcess::info)
                .toList();
    }

    private static boolean contains(byte[] line, int length, byte[] name) {
        for (int i = 0; i <= length - name.length; i++) {
            if (Arrays.equals(line, i, i + name.length, name, 0, name.length)) {
                return true;
            }
        }
        return false;
    }

    /** Whether a process is the watchdog of a run. */
    static boolean isOf(String run, List<String> commandLine) {
        int name = commandLine.indexOf(NAME);
        return name == 3 && commandLine.size() > 4 && commandLine.get(4).equals(run);
    }

    private static String line(String what, ProcessId process) {
        return what + " " + process.pid() + " " + process.startTicks();
    }

    /** For now, and for a JVM that finds neither this one nor its watchdog any more. */
    private void note(String line) {
        tell(line);
        if (record != null) {
            record.add(line);
        }
    }

    private void tell(String line) {
        byte[] bytes = (line + "\n").getBytes(PATHS);
        if (shell != null
                && (shell.feed().write(bytes, 0) != bytes.length
                        || !shell.feed().flush(PATIENCE))) {
            LOG.log(Level.DEBUG, "The watchdog did not take \"" + line + "\"; the run's cookie covers that");
        }
    }

    private static final class Script {
        static final String WATCHDOG = read("watchdog.sh");
        static final String LOOK = read("look.sh");

        private static String read(String name) {
            try (InputStream in = Watchdog.class.getResourceAsStream(name)) {
                if (in == null) {
                    throw new ProcessionException(name + " is missing beside " + Watchdog.class);
                }
                return new String(in.readAllBytes(), StandardCharsets.UTF_8);
            } catch (IOException e) {
                throw new ProcessionException(name + " cannot be read: " + e, e);
            }
        }
    }
}
