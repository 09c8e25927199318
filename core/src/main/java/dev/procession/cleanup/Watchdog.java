package dev.procession.cleanup;

import dev.procession.launch.RealPath;
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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A little shell process that outlives the JVM, to end what the JVM can no longer end: after a KILL, an out-of-memory
 * exit, a crash. It learns of every group that is started, and of the JVM's end by the end of its input. Thread safe.
 *
 * <p>It is started with the first process, and again if it dies or has {@linkplain #retire retired}. It carries no cookie,
 * and a variable of its own that exempts it from every clean-up: the end of its pipe ends it.
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

    private static final long FULL_PIPE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    /** Paths are bytes to a shell: those of the platform, whatever Java writes elsewhere. */
    private static final Charset PATHS = paths();

    private final OperatingSystem system;
    private final String run;
    private final RunRecords records;
    private final Supplier<List<Shell>> shells;

    /** Guards what follows, and the order of what is written. */
    private final Object lock = new Object();

    private final Set<ProcessId> leaders = new LinkedHashSet<>();
    private final Set<ProcessId> others = new LinkedHashSet<>();
    private int othersAtLastLook;

    /** What is told of each folder, by the name under which it is given back. */
    private final Map<Path, String> folders = new LinkedHashMap<>();

    private int lastFolder;
    private final Set<Integer> ports = new LinkedHashSet<>();
    private final Set<String> users = new LinkedHashSet<>();
    private @Nullable RunRecord record;
    private @Nullable FedChild shell;
    private boolean begun;
    private int starts;

    /** Whether it is known to the user that there is none. */
    private boolean said;

    Watchdog(OperatingSystem system, String run, RunRecords records) {
        this(system, run, records, Shell::onThisMachine);
    }

    /** @param shells those that may be used, the best first */
    Watchdog(OperatingSystem system, String run, RunRecords records, Supplier<List<Shell>> shells) {
        this.system = system;
        this.run = run;
        this.records = records;
        this.shells = shells;
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
            if (shell != null || starts > MOST_STARTS || !Files.exists(Path.of("/proc"))) {
                return;
            }
            starts++;
            try {
                if (starts > MOST_STARTS) {
                    throw new ProcessionException("it has died " + MOST_STARTS + " times");
                }
                FedChild fed = spawn();
                shell = fed;
                said = false;
                tellAll();
                fed.child().exit().thenRun(() -> replace(fed));
            } catch (SpawnException | ProcessionException e) {
                if (!said) {
                    said = true;
                    LOG.log(
                            Level.WARNING,
                            "There is no watchdog: if this JVM is killed, what it started stays until the next one looks"
                                    + " for it. Cause: " + e.getMessage());
                }
            }
        }
    }

    private FedChild spawn() throws SpawnException {
        SpawnException cause = new SpawnException("no shell was found, neither "
                + Shell.NAMES.get(0) + " nor "
                + String.join(", ", Shell.NAMES.subList(1, Shell.NAMES.size())) + "; install one as /bin/sh");
        for (Shell candidate : shells.get()) {
            try {
                return system.spawner().spawnFed(request(candidate));
            } catch (SpawnException e) {
                cause = e;
            }
        }
        throw cause;
    }

    private SpawnRequest request(Shell with) {
        return new SpawnRequest(
                with.program(),
                List.of(
                        "sh",
                        "-c",
                        Script.WATCHDOG,
                        NAME,
                        run,
                        record == null ? "" : record.file().toString(),
                        Script.LOOK,
                        with.program().toString(),
                        with.applet(),
                        isAnythingKnown() ? "no" : "yes"),
                Map.of("PATH", "/usr/local/bin:/usr/bin:/bin", "PROCESSION_WATCHDOG", "1"),
                false,
                Path.of("/"),
                null,
                SpawnRequest.NOWHERE,
                SpawnRequest.NOWHERE);
    }

    private boolean isAnythingKnown() {
        return !(leaders.isEmpty() && others.isEmpty() && folders.isEmpty() && ports.isEmpty() && users.isEmpty());
    }

    /** To one that has taken another's place. */
    private void tellAll() {
        if (isAnythingKnown()) {
            standing().forEach(this::tell);
            tell(".");
        }
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

    /** By what it knows whom it ends with the JVM, at this moment. */
    RunSigns signs() {
        synchronized (lock) {
            Set<ProcessId> watched = new LinkedHashSet<>(leaders);
            watched.addAll(others);
            Set<Path> real = new LinkedHashSet<>();
            folders.values()
                    .forEach(line -> PathText.decode(line.substring(line.indexOf(' ') + 1))
                            .ifPresent(real::add));
            return new RunSigns(watched, real, ports);
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
            forgetTheDead();
            others.add(process);
            note(line("=", process));
        }
    }

    /** Not at each of many: a look at all of them for each would be the square of their number. */
    private void forgetTheDead() {
        if (others.size() < 2 * othersAtLastLook) {
            return;
        }
        for (ProcessId other : List.copyOf(others)) {
            if (!system.processes().isAlive(other)) {
                others.remove(other);
                note(line("-", other));
            }
        }
        othersAtLastLook = others.size();
    }

    /**
     * Sees to it that an orphan ends with the JVM which works in a folder, has a file there for its output, or listens on a
     * port, if it was started after the JVM and has no terminal. To be called before anything is started that could be known
     * by that alone: from then on there is no moment in which it would stay. That it is called twice does no harm.
     *
     * @param marks whose folder and ports are the run's alone, until they are {@linkplain #forget given back}; the folder
     *     absolute
     */
    public void know(TreeMarks marks) {
        synchronized (lock) {
            if (!folders.containsKey(marks.folder())) {
                Path real = RealPath.of(marks.folder());
                if (real.getNameCount() > 0) {
                    lastFolder++;
                    String line = "/" + lastFolder + " " + PathText.encode(real);
                    folders.put(marks.folder(), line);
                    note(line);
                }
            }
            for (int port : marks.ports()) {
                if (ports.add(port)) {
                    note("p " + port);
                }
            }
        }
    }

    /** To be called before the folder and the ports can be somebody else's. */
    public void forget(TreeMarks marks) {
        synchronized (lock) {
            String line = folders.remove(marks.folder());
            if (line != null) {
                note("- " + line.substring(0, line.indexOf(' ')));
            }
            for (int port : marks.ports()) {
                if (ports.remove(port)) {
                    note("- p " + port);
                }
            }
        }
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
            dismissShell();
            if (record != null) {
                record.delete();
            }
        }
    }

    /** Not by the end of its input: it would look for whatever bears the mark of the run, and that can be another's. */
    private void dismissShell() {
        FedChild dismissed = shell;
        // Whoever dies when it is no longer ours is not replaced.
        shell = null;
        if (dismissed != null) {
            dismissed.child().signal(Signal.KILL);
        }
    }

    /**
     * Leaves if there is nothing that it could end, until the next {@link #start}: shell, record, and what it keeps in the
     * JVM. To be called while nobody is about to start a process.
     *
     * @return false if there is something; then all stays as it is
     */
    public boolean retire() {
        synchronized (lock) {
            if (!(leaders.isEmpty() && folders.isEmpty() && ports.isEmpty())
                    || others.stream().anyMatch(system.processes()::isAlive)) {
                return false;
            }
            others.clear();
            othersAtLastLook = 0;
            users.clear();
            dismissShell();
            if (record != null) {
                record.delete();
                record = null;
            }
            begun = false;
            starts = 0;
            return true;
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

    /** All that counts now. */
    private List<String> standing() {
        List<String> lines = new ArrayList<>();
        leaders.forEach(leader -> lines.add(line("+", leader)));
        others.forEach(other -> lines.add(line("=", other)));
        lines.addAll(folders.values());
        ports.forEach(port -> lines.add("p " + port));
        users.forEach(user -> lines.add("u " + user));
        return lines;
    }

    /** For now, and for a JVM that finds neither this one nor its watchdog any more. */
    private void note(String line) {
        tell(line);
        if (record != null) {
            record.add(line, this::standing);
        }
    }

    /** One that does not take it is paused or stuck: another takes its place, and is told all. */
    private void tell(String line) {
        FedChild told = shell;
        if (told == null) {
            return;
        }
        byte[] bytes = (line + "\n").getBytes(PATHS);
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        int written = 0;
        while (written < bytes.length) {
            int taken = told.feed().write(bytes, written);
            if (taken < 0) {
                // It has died, and is replaced when that is noticed.
                return;
            }
            written += taken;
            if (taken == 0) {
                if (System.nanoTime() > deadline) {
                    LOG.log(Level.DEBUG, "The watchdog does not take \"" + line + "\"; it is replaced");
                    told.child().signal(Signal.KILL);
                    return;
                }
                LockSupport.parkNanos(this, FULL_PIPE_NANOS);
            }
        }
        told.feed().flush(PATIENCE);
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
