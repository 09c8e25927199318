package dev.procession.testkit;

import dev.procession.launch.RunCookie;
import dev.procession.os.OperatingSystem;
import dev.procession.os.linux.ProcfsTable;
import dev.procession.process.ProcessId;
import dev.procession.process.ProcessInfo;
import dev.procession.process.Signal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Looks at the machine's processes, and ends those of a test by their identity. */
public final class Processes {

    public static final ProcfsTable TABLE = new ProcfsTable();

    private Processes() {}

    /** Whoever has this pid now, which must be a living process. */
    public static ProcessId identity(long pid) {
        return TABLE.find(pid)
                .filter(row -> !row.isDead())
                .map(ProcessInfo::id)
                .orElseThrow(() -> new AssertionError("Expected a living process with pid " + pid));
    }

    public static ProcessId identity(String pid) {
        return identity(Long.parseLong(pid));
    }

    public static boolean isAlive(ProcessId id) {
        return TABLE.isAlive(id);
    }

    /** Between fork and exec it still is whoever has started it, in that one's session and with its words. */
    public static void awaitCommand(ProcessId id, String... words) {
        Await.until(
                id + " runs " + List.of(words),
                () -> TABLE.commandLine(id.pid()).equals(List.of(words)));
    }

    public static void awaitDeath(ProcessId id) {
        Await.until(id + " is dead", () -> !isAlive(id));
    }

    /** A process and all that lives in its session or descends from it. */
    public static Set<ProcessId> treeOf(long pid) {
        List<ProcessInfo> rows = TABLE.scan();
        Set<ProcessId> tree = new HashSet<>();
        Set<Long> pids = new HashSet<>(Set.of(pid));
        boolean grown = true;
        while (grown) {
            grown = false;
            for (ProcessInfo row : rows) {
                boolean belongs = pids.contains(row.pid()) || row.session() == pid || pids.contains(row.parentPid());
                if (belongs && !row.isDead() && tree.add(row.id())) {
                    pids.add(row.pid());
                    grown = true;
                }
            }
        }
        return tree;
    }

    /** The living processes that this JVM has started, zombies included, and those that carry the mark of its run. */
    public static Set<ProcessInfo> startedHere() {
        long self = ProcessHandle.current().pid();
        String run = run();
        Set<ProcessInfo> found = new HashSet<>();
        for (ProcessInfo row : TABLE.scan()) {
            List<String> environment = row.pid() == self ? List.of() : TABLE.environment(row.pid());
            boolean isWatchdog = environment.contains("PROCESSION_WATCHDOG=1");
            if (!isWatchdog && (row.parentPid() == self || isMarked(environment, run))) {
                found.add(row);
            }
        }
        return found;
    }

    /** The living processes that carry the mark of a run, as {@link #runOf} names it. */
    public static Set<ProcessId> marked(String run) {
        return TABLE.scan().stream()
                .filter(row -> !row.isDead() && isMarked(TABLE.environment(row.pid()), run))
                .map(ProcessInfo::id)
                .collect(Collectors.toSet());
    }

    private static boolean isMarked(List<String> environment, String run) {
        return environment.stream()
                .filter(variable -> variable.startsWith(RunCookie.RUN + "="))
                .anyMatch(variable ->
                        ("/" + variable.substring(RunCookie.RUN.length() + 1) + "/").contains("/" + run + "/"));
    }

    /** The living watchdogs of a JVM: one, but for the moment in which it is replaced. */
    public static Set<ProcessId> watchdogsOf(ProcessId jvm) {
        return TABLE.scan().stream()
                .filter(row -> row.parentPid() == jvm.pid() && !row.isDead())
                .filter(row -> TABLE.environment(row.pid()).contains("PROCESSION_WATCHDOG=1"))
                .map(ProcessInfo::id)
                .collect(Collectors.toSet());
    }

    /** The living processes whose working directory lies in a folder. */
    public static List<ProcessInfo> workingIn(Path folder) {
        List<ProcessInfo> rows = TABLE.scan();
        Set<Long> watchdogs = rows.stream()
                .map(ProcessInfo::pid)
                .filter(Processes::isWatchdog)
                .collect(Collectors.toSet());
        return rows.stream()
                .filter(row -> !row.isDead()
                        && !watchdogs.contains(row.pid())
                        && !watchdogs.contains(row.parentPid())
                        && TABLE.workingDirectory(row.pid())
                                .filter(directory -> directory.startsWith(folder))
                                .isPresent())
                .toList();
    }

    /** Of any run. One whose JVM has vanished goes through the folders of all processes, to see where they are. */
    private static boolean isWatchdog(long pid) {
        return TABLE.commandLine(pid).stream().anyMatch(Set.of("procession-watchdog", "procession-look")::contains);
    }

    /** This JVM as children's environments name it. */
    public static String run() {
        return runOf(identity(ProcessHandle.current().pid()));
    }

    /** A JVM as its children's environments name it. */
    public static String runOf(ProcessId jvm) {
        return jvm.pid() + "-" + jvm.startTicks();
    }

    /**
     * Whether a child of the portable backend cannot react to a signal, because this JVM was started with the signal
     * ignored, as by {@code nohup} or a shell's {@code &}, and passes that on.
     */
    public static boolean isIgnoredBy(OperatingSystem system, Signal signal) {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
            long ignored = lines.filter(line -> line.startsWith("SigIgn:"))
                    .mapToLong(line -> Long.parseUnsignedLong(line.substring(7).strip(), 16))
                    .findFirst()
                    .orElseThrow();
            return !system.description().equals("native") && (ignored >> (signal.number() - 1) & 1) == 1;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static void kill(OperatingSystem system, Set<ProcessId> processes) {
        processes.forEach(id -> system.signaller().send(id, Signal.KILL));
        processes.forEach(Processes::awaitDeath);
    }
}
