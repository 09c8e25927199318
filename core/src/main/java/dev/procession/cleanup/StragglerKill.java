package dev.procession.cleanup;

import dev.procession.launch.RunCookie;
import dev.procession.launch.RunCookie.Origin;
import dev.procession.os.OperatingSystem;
import dev.procession.os.backend.Backend;
import dev.procession.process.Durations;
import dev.procession.process.FoundProcess;
import dev.procession.process.OwnLine;
import dev.procession.process.ProcessId;
import dev.procession.process.ProcessInfo;
import dev.procession.process.ProcessQuery;
import dev.procession.process.ProcessSelection;
import dev.procession.process.ProcessSource;
import dev.procession.process.ProcessionException;
import dev.procession.process.RunState;
import dev.procession.process.Signal;
import dev.procession.process.StopFailedException;
import dev.procession.process.Straggler;
import dev.procession.watch.PidFile;
import dev.procession.watch.ProcessWatch;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Ends processes that nobody manages any more, whoever started them: TERM, the grace period, KILL. Who is started anew
 * meanwhile and is meant as well is ended, too. Immutable and thread safe.
 *
 * <p>Spared, and named in the result and the log, are what a run of Procession that still lives has started, here or in
 * another namespace, or knows by its folder, log or leased port; its JVM, and who has started that; what serves a run, as the
 * carriers of its output do; the pipelines that this JVM and those who have started it are in, and the leaders of their
 * sessions; whoever has the pid of a pidfile that is from the future; and, unless that is asked for, what runs as another
 * user. This JVM, who has started it, and the subshells of these are no stragglers.
 */
public final class StragglerKill {

    private static final Logger LOG = System.getLogger("dev.procession");

    /** How long KILL may take to have its effect. */
    private static final Duration VERIFICATION = Duration.ofSeconds(10);

    /** Whoever keeps something running has started it anew after that long. */
    private static final Duration RESTART = Duration.ofSeconds(1);

    private static final Duration POLL = Duration.ofMillis(20);

    private static final long INIT = 1;

    /** Who is started anew is told to end that soon, even if another one takes its time. */
    private static final Duration LOOK = Duration.ofMillis(500);

    private final ProcessSelection selection;
    private final Duration gracePeriod;
    private final boolean removePidFile;
    private final boolean anyUser;
    private final boolean logs;

    private StragglerKill(
            ProcessSelection selection, Duration gracePeriod, boolean removePidFile, boolean anyUser, boolean logs) {
        this.selection = selection;
        this.gracePeriod = gracePeriod;
        this.removePidFile = removePidFile;
        this.anyUser = anyUser;
        this.logs = logs;
    }

    /**
     * Of those that are meant; the grace period is 5 s.
     *
     * @throws dev.procession.process.InvalidSpecException if anybody at all could be meant
     */
    public static StragglerKill of(ProcessSelection selection) {
        selection.checkNarrow();
        return new StragglerKill(
                selection,
                Duration.ofSeconds(5),
                false,
                selection instanceof ProcessQuery named && named.namesUser(),
                true);
    }

    /**
     * Of those with a name and arguments that contain these.
     *
     * @see ProcessQuery#named
     */
    public static StragglerKill named(String name, String... arguments) {
        return of(ProcessQuery.named(name).args(arguments).loose());
    }

    /**
     * How long they may take to end by themselves before they are sent KILL.
     *
     * @throws dev.procession.process.InvalidSpecException if it is negative or longer than a year
     */
    public StragglerKill gracePeriod(Duration gracePeriod) {
        Durations.check("gracePeriod", gracePeriod);
        return new StragglerKill(selection, gracePeriod, removePidFile, anyUser, logs);
    }

    /** KILL at once. */
    public StragglerKill force() {
        return gracePeriod(Duration.ZERO);
    }

    /** Removes the pidfiles afterwards, unless their process was spared; does nothing if the selection has none. */
    public StragglerKill removePidFile() {
        return new StragglerKill(selection, gracePeriod, true, anyUser, logs);
    }

    /** Those of other users, too; a query that names a user need not be told. */
    public StragglerKill anyUser() {
        return new StragglerKill(selection, gracePeriod, removePidFile, true, logs);
    }

    /** Whoever is spared is named in the result alone, for callers that tell of it in their own way. */
    public StragglerKill withoutLog() {
        return new StragglerKill(selection, gracePeriod, removePidFile, anyUser, false);
    }

    /**
     * What has been done.
     *
     * @param killed who was found and is gone, as it was before
     * @param spared who was found and left alone, and why
     */
    public record Outcome(List<Straggler> killed, List<Straggler> spared) {
        public Outcome {
            killed = List.copyOf(killed);
            spared = List.copyOf(spared);
        }
    }

    /**
     * Ends them. If the thread is interrupted the grace period is over.
     *
     * @throws StopFailedException if one survives KILL, or is started anew each time; it is named, and who starts it
     */
    public Outcome run() {
        return new Run(Backend.current()).run();
    }

    /** For one thread. */
    private final class Run {

        private final OperatingSystem system;
        private final ProcessSource source = ProcessSource.ofMachine();
        private final Set<Long> ownLine = OwnLine.pids(source);
        private final OptionalLong user;
        private final List<String> environment;
        private final Map<ProcessId, Straggler> met = new LinkedHashMap<>();
        private final Map<ProcessId, Straggler> spared = new LinkedHashMap<>();

        Run(OperatingSystem system) {
            this.system = system;
            this.user = system.processes().userId(ProcessHandle.current().pid());
            this.environment = System.getenv().entrySet().stream()
                    .map(variable -> variable.getKey() + "=" + variable.getValue())
                    .toList();
        }

        Outcome run() {
            boolean interrupted = Thread.interrupted();
            try {
                if (!interrupted && !gracePeriod.isZero()) {
                    interrupted = !ask();
                }
                kill();
            } finally {
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
            if (logs) {
                spared.values()
                        .forEach(straggler -> LOG.log(
                                Level.WARNING, straggler + "; it was meant by " + selection + ", but was left alone"));
            }
            if (removePidFile && spared.isEmpty() && selection instanceof PidFile file) {
                file.remove();
            }
            return new Outcome(List.copyOf(met.values()), List.copyOf(spared.values()));
        }

        /** @return false if it was interrupted, and hence is to be quick */
        private boolean ask() {
            long deadline = System.nanoTime() + gracePeriod.toNanos();
            Set<ProcessId> told = new HashSet<>();
            List<ProcessInfo> left = look();
            while (!left.isEmpty() && System.nanoTime() < deadline) {
                for (ProcessInfo row : left) {
                    if (told.add(row.id())) {
                        tell(row);
                    }
                }
                Duration remaining = Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
                try {
                    ProcessWatch.ofJvm()
                            .awaitDeath(
                                    ProcessSelection.ofIds(
                                            left.stream().map(ProcessInfo::id).toList()),
                                    remaining.compareTo(LOOK) < 0 ? remaining : LOOK);
                } catch (ProcessionException e) {
                    if (Thread.interrupted()) {
                        return false;
                    }
                    throw e;
                }
                left = look();
            }
            return true;
        }

        private void kill() {
            long deadline = System.nanoTime() + VERIFICATION.toNanos();
            List<ProcessInfo> survivors = sweep(deadline);
            List<ProcessInfo> anew = List.of();
            while (survivors.isEmpty() && !(anew = startedAnew()).isEmpty() && System.nanoTime() < deadline) {
                survivors = sweep(deadline);
            }
            List<ProcessInfo> left = survivors.isEmpty() ? anew : survivors;
            if (!left.isEmpty()) {
                throw new StopFailedException(left.stream()
                        .flatMap(row -> whoStartsAnew(row).stream())
                        .findFirst()
                        .orElseGet(() -> "KILL had no effect within " + Durations.describe(VERIFICATION) + " on "
                                + StragglerReport.of(system, left, row -> "it is " + row.state())));
            }
        }

        private List<ProcessInfo> sweep(long deadline) {
            return new Sweep(system.signaller(), this::look)
                    .run(Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
        }

        /** A parent that has outlived it, and that has nothing to do with us, may be there to keep it running. */
        private List<ProcessInfo> startedAnew() {
            long deadline = System.nanoTime() + RESTART.toNanos();
            List<ProcessInfo> left = List.of();
            while (left.isEmpty() && haveParents() && System.nanoTime() < deadline) {
                LockSupport.parkNanos(this, POLL.toNanos());
                left = look();
            }
            return left;
        }

        private boolean haveParents() {
            return met.values().stream()
                    .anyMatch(straggler -> straggler.parentPid() > INIT
                            && !ownLine.contains(straggler.parentPid())
                            && source.find(straggler.parentPid())
                                    .filter(parent -> !parent.isDead() && !met.containsKey(parent.id()))
                                    .isPresent());
        }

        /** @param row of one that was met: by now it may be dead, and have no command line any more */
        private Optional<String> whoStartsAnew(ProcessInfo row) {
            long ended = met.values().stream()
                    .filter(other ->
                            other.parentPid() == row.parentPid() && !other.id().equals(row.id()))
                    .count();
            return row.parentPid() <= INIT || ended == 0
                    ? Optional.empty()
                    : source.look(row.parentPid())
                            .map(parent -> "What is meant by " + selection + " was ended "
                                    + (ended == 1 ? "once" : ended + " times") + " within "
                                    + Durations.describe(VERIFICATION) + ", and each time " + parent
                                    + " started it anew, the last time as pid " + row.pid() + " ("
                                    + met.get(row.id()).command() + "); end pid " + parent.pid()
                                    + " instead");
        }

        private void tell(ProcessInfo row) {
            system.signaller().send(row.id(), Signal.TERM);
            if (row.state() == RunState.STOPPED) {
                // Else it would never learn of it.
                system.signaller().send(row.id(), Signal.CONT);
            }
        }

        private List<ProcessInfo> look() {
            List<ProcessInfo> left = new ArrayList<>();
            List<ProcessInfo> news = new ArrayList<>();
            Map<ProcessId, String> reasons = new LinkedHashMap<>();
            Moment moment = new Moment();
            for (FoundProcess found : selection.find()) {
                if (OwnLine.includes(ownLine, found, source)) {
                    continue;
                }
                if (met.containsKey(found.id())) {
                    left.add(found.info());
                } else if (!spared.containsKey(found.id())) {
                    news.add(found.info());
                    moment.reasonToSpare(found)
                            .ifPresentOrElse(reason -> reasons.put(found.id(), reason), () -> left.add(found.info()));
                }
            }
            if (selection instanceof PidFile file) {
                file.doubtful().forEach((found, reason) -> {
                    if (!spared.containsKey(found.id()) && !OwnLine.includes(ownLine, found, source)) {
                        news.add(found.info());
                        reasons.put(found.id(), reason);
                    }
                });
            }
            Function<ProcessInfo, String> why = row -> reasons.getOrDefault(row.id(), "it was meant by " + selection);
            for (Straggler straggler : StragglerReport.of(system, news, why)) {
                (reasons.containsKey(straggler.id()) ? spared : met).put(straggler.id(), straggler);
            }
            return left;
        }

        private Optional<String> mark(List<String> environment) {
            return environment.stream()
                    .filter(variable -> variable.startsWith(RunCookie.PROCESS + "="))
                    .findFirst();
        }

        /** What is around at the moment of one look; looked at only if somebody new is found. */
        private final class Moment {

            private @Nullable Bystanders bystanders;
            private @Nullable LiveRuns runs;

            Optional<String> reasonToSpare(FoundProcess found) {
                return bystanders()
                        .reason(found.info())
                        .or(() -> serving(found))
                        .or(() -> managed(found))
                        .or(() -> recorded(found))
                        .or(() -> running(found))
                        .or(() -> foreign(found));
            }

            private Bystanders bystanders() {
                if (bystanders == null) {
                    bystanders = Bystanders.of(ownLine, system.processes());
                }
                return bystanders;
            }

            private LiveRuns runs() {
                if (runs == null) {
                    runs = new LiveRuns(system);
                }
                return runs;
            }

            private Optional<String> serving(FoundProcess found) {
                return system.processes().environment(found.pid()).contains(Watchdog.MARK)
                        ? Optional.of("it serves a run of Procession, and ends with what it serves")
                        : Optional.empty();
            }

            /** What this JVM starts by itself carries the mark that this JVM carries, and no other. */
            private Optional<String> managed(FoundProcess found) {
                List<String> other = system.processes().environment(found.pid());
                if (mark(other).equals(mark(environment))) {
                    return Optional.empty();
                }
                List<Origin> origins = RunCookie.originsIn(other);
                return origins.stream()
                        .filter(origin -> runs().isAlive(origin.jvm()))
                        .reduce((outer, inner) -> inner)
                        .map(origin -> "it belongs to '" + origin.name() + "', which a run that is still alive manages"
                                + " (JVM pid " + origin.jvm().pid() + ")");
            }

            /** Who has erased its environment, as servers that rewrite their titles do, is known by the records. */
            private Optional<String> recorded(FoundProcess found) {
                return runs().managerOf(found.info(), ownLine)
                        .map(jvm -> "it belongs to what a run that is still alive manages (JVM pid " + jvm.pid() + ")");
            }

            private Optional<String> running(FoundProcess found) {
                Optional<ProcessId> jvm = runs().jvmBelow(found.info());
                if (jvm.isPresent()) {
                    return Optional.of(
                            jvm.get().equals(found.id())
                                    ? "it is the JVM of a run that is still alive"
                                    : "it has started the JVM of a run that is still alive (JVM pid "
                                            + jvm.get().pid() + ")");
                }
                return runs().isWhereAnotherLives(found.info())
                        ? Optional.of("it runs in another pid or time namespace, in which a run that is still alive"
                                + " manages processes")
                        : Optional.empty();
            }

            private Optional<String> foreign(FoundProcess found) {
                OptionalLong owner = system.processes().userId(found.pid());
                return anyUser || owner.isEmpty() || owner.equals(user)
                        ? Optional.empty()
                        : Optional.of("it runs as another user, id " + owner.getAsLong());
            }
        }
    }
}
