package dev.procession.cleanup;

import dev.procession.launch.CommandText;
import dev.procession.launch.RunCookie;
import dev.procession.os.OperatingSystem;
import dev.procession.os.ProcessTable;
import dev.procession.process.Durations;
import dev.procession.process.ProcessId;
import dev.procession.process.ProcessInfo;
import dev.procession.process.RunState;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What still lives of the run of a JVM that has gone. What was once seen to belong to it stays its own. For one thread.
 */
final class FormerTree {

    private final OperatingSystem system;
    private final ProcessTable table;
    private final FormerRun run;
    private final ProcessId self;
    private final Map<ProcessId, String> known = new HashMap<>();

    FormerTree(OperatingSystem system, FormerRun run) {
        this.system = system;
        this.table = system.processes();
        this.run = run;
        this.self = table.self();
    }

    /**
     * A process, and why it is taken for one of the run.
     *
     * @param command what it ran when it was found
     * @param age how long it had been up
     * @param sign a sentence about it, without its end
     */
    record Found(ProcessInfo row, String command, Duration age, String sign) {

        String describe() {
            return "pid " + row.pid() + " (" + command + "), up for " + Durations.describe(age);
        }
    }

    private Found found(ProcessInfo row, String sign) {
        long ticks = Math.max(0, table.nowTicks() - row.id().startTicks());
        return new Found(row, CommandText.of(row, table), Duration.ofMillis(ticks * 10), sign);
    }

    /** Whoever is certainly the run's, by a fresh scan. */
    List<Found> certain() {
        Scan scan = new Scan(table.scan());
        Map<ProcessInfo, String> signs = new LinkedHashMap<>();
        for (ProcessInfo row : scan.rows) {
            sign(row, scan).filter(sign -> !isSpared(row, scan)).ifPresent(sign -> signs.put(row, sign));
        }
        List<ProcessInfo> members = new ArrayList<>(signs.keySet());
        for (int i = 0; i < members.size(); i++) {
            ProcessInfo parent = members.get(i);
            for (ProcessInfo child : scan.children.getOrDefault(parent.pid(), List.of())) {
                // One that is older than its parent has had another, whose pid this one was given.
                boolean isNew = child.id().startTicks() >= parent.id().startTicks() && !signs.containsKey(child);
                if (isNew && !isSpared(child, scan)) {
                    signs.put(child, "it descends from pid " + parent.pid());
                    members.add(child);
                }
            }
        }
        signs.forEach((row, sign) -> known.put(row.id(), sign));
        return members.stream()
                .filter(row -> !row.isDead())
                .map(row -> found(row, signs.getOrDefault(row, "")))
                .toList();
    }

    private Optional<String> sign(ProcessInfo row, Scan scan) {
        String before = known.get(row.id());
        if (before != null) {
            return Optional.of(before);
        }
        if (run.leaders().contains(row.id()) || run.others().contains(row.id())) {
            return Optional.of("its record names it");
        }
        for (ProcessId leader : run.leaders()) {
            // Nobody else is given the number while the leader has it, be it as a zombie.
            if (scan.isPresent(leader) && (row.session() == leader.pid() || row.group() == leader.pid())) {
                return Optional.of("it is in the session of pid " + leader.pid() + ", which its record names");
            }
        }
        if (!isSince(row)) {
            return Optional.empty();
        }
        List<String> runs = runsOf(row);
        if (runs.contains(run.run())) {
            return Optional.of("it carries the mark of that run");
        }
        return runs.isEmpty() && isOrphan(row, scan) && !row.hasTerminal() ? signOfOutput(row, scan) : Optional.empty();
    }

    /** Nobody else's output goes to one of the run's logs; unless the folder is another run's by now. */
    private Optional<String> signOfOutput(ProcessInfo row, Scan scan) {
        return table.outputs(row.pid()).stream()
                .filter(run::isLog)
                .findFirst()
                .filter(log -> scan.liveRuns().managerOf(row, scan.ancestors).isEmpty())
                .map(log -> "it writes its output to " + log + ", a log of that run");
    }

    private static boolean isOrphan(ProcessInfo row, Scan scan) {
        return row.parentPid() <= 1 || scan.ancestors.contains(row.parentPid());
    }

    /** Whoever may be the run's, but as well somebody else's. */
    List<Found> suspicious() {
        Scan scan = new Scan(table.scan());
        List<Found> suspicious = new ArrayList<>();
        for (ProcessInfo row : scan.rows) {
            if (!row.isDead() && isSince(row) && !known.containsKey(row.id())) {
                suspicion(row, scan)
                        // Who carries a mark is known to be of that run and no other.
                        .filter(sign -> !isSpared(row, scan) && runsOf(row).isEmpty())
                        .ifPresent(sign -> suspicious.add(found(row, sign)));
            }
        }
        return suspicious;
    }

    private Optional<String> suspicion(ProcessInfo row, Scan scan) {
        for (ProcessId leader : run.leaders()) {
            boolean inSession = row.session() == leader.pid() || row.group() == leader.pid();
            // A number that was given to a newcomer had been free: its session is the newcomer's.
            if (inSession && !scan.byPid.containsKey(leader.pid())) {
                return Optional.of(
                        "it is in the session " + leader.pid() + ", which its record names, but whose leader has gone");
            }
        }
        if (isOrphan(row, scan)) {
            Optional<Path> directory = table.workingDirectory(row.pid());
            if (directory.filter(run.signs()::owns).isPresent()) {
                return Optional.of("it works in " + directory.get());
            }
        }
        return Optional.empty();
    }

    /** Whoever carries the run's mark, be it on this machine or in a container of it. */
    List<Found> marked() {
        Scan scan = new Scan(table.scan());
        return scan.rows.stream()
                .filter(row -> !row.isDead() && isSince(row) && runsOf(row).contains(run.run()))
                .filter(row -> !isSpared(row, scan))
                .map(row -> found(row, "it carries the mark of that run"))
                .toList();
    }

    /** Whether its watchdog is there and not paused: it does all this better. */
    boolean hasWatchdog() {
        return table.scan().stream()
                .anyMatch(row -> isSince(row)
                        && !row.isDead()
                        && row.state() != RunState.STOPPED
                        && Watchdog.isOf(run.run(), table.commandLine(row.pid()))
                        && table.environment(row.pid()).contains(Watchdog.MARK));
    }

    private boolean isSince(ProcessInfo row) {
        return row.id().startTicks() >= run.jvm().startTicks();
    }

    private List<String> runsOf(ProcessInfo row) {
        return RunCookie.runsIn(table.environment(row.pid()));
    }

    /** Ourselves and what we stand on; a watchdog, which the end of its own pipe ends; what a living run answers for. */
    private boolean isSpared(ProcessInfo row, Scan scan) {
        if (row.pid() <= 1 || row.id().equals(self) || scan.ancestors.contains(row.pid()) || scan.isInOurGroup(row)) {
            return true;
        }
        List<String> environment = table.environment(row.pid());
        return environment.contains(Watchdog.MARK)
                || RunCookie.runsIn(environment).stream()
                        .flatMap(other -> RunCookie.jvmOf(other).stream())
                        // The record of this one is locked, by us.
                        .anyMatch(jvm -> !jvm.equals(run.jvm())
                                && (table.isAlive(jvm) || scan.liveRuns().isAlive(jvm)));
    }

    /** The rows of one moment, and who is whose. */
    private final class Scan {
        private final List<ProcessInfo> rows;
        private final Map<Long, ProcessInfo> byPid;
        private final Map<Long, List<ProcessInfo>> children;
        private final Set<Long> ancestors = new HashSet<>();
        private @Nullable LiveRuns liveRuns;

        Scan(List<ProcessInfo> rows) {
            this.rows = rows;
            this.byPid = rows.stream().collect(Collectors.toMap(ProcessInfo::pid, row -> row, (one, other) -> one));
            this.children = rows.stream().collect(Collectors.groupingBy(ProcessInfo::parentPid));
            ProcessInfo above = byPid.get(self.pid());
            while (above != null && ancestors.add(above.parentPid())) {
                above = byPid.get(above.parentPid());
            }
        }

        LiveRuns liveRuns() {
            if (liveRuns == null) {
                liveRuns = new LiveRuns(system);
            }
            return liveRuns;
        }

        boolean isPresent(ProcessId id) {
            ProcessInfo row = byPid.get(id.pid());
            return row != null && row.id().equals(id);
        }

        boolean isInOurGroup(ProcessInfo row) {
            ProcessInfo own = byPid.get(self.pid());
            return own != null && row.group() == own.group();
        }
    }
}
