package dev.procession.supervise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.launch.RunCookie;
import dev.procession.os.Child;
import dev.procession.os.OperatingSystem;
import dev.procession.process.ProcessId;
import dev.procession.process.ProcessInfo;
import dev.procession.process.Signal;
import dev.procession.testkit.Await;
import dev.procession.testkit.Backends;
import dev.procession.testkit.ChildJvm;
import dev.procession.testkit.Processes;
import dev.procession.testkit.Trial;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many JVMs that are killed, and many processes of one: short here, long with the profile {@code soak}. */
class SoakTest {

    private static final int JVMS = Integer.getInteger("procession.soak.jvms", 6);
    private static final int AT_ONCE = 2;
    private static final int GROUPS = 50;
    private static final int LONGEST_MILLIS = 1_500;

    /** In its own session, in one of a child, and as an orphan of a dead parent in a third. */
    private static final String TREE =
            "sleep 600 & setsid sleep 600 & (setsid sleep 600 &); echo ready; exec sleep 600";

    /** Other moments every time; {@code -Dprocession.soak.seed} has the same ones again. */
    @Test
    void jvmsThatAreKilledWhileTheyStartAndStop_leaveNothing(@TempDir Path folder) throws Exception {
        long seed = Long.getLong("procession.soak.seed", new Random().nextLong());
        Random random = new Random(seed);
        AtomicInteger met = new AtomicInteger();
        List<Callable<String>> kills = new ArrayList<>();
        for (int i = 0; i < JVMS; i++) {
            Path own = Files.createDirectory(folder.resolve("jvm-" + i));
            String backend = i % 3 == 2 ? "portable" : "native";
            int moment = random.nextInt(LONGEST_MILLIS);
            boolean afterFirst = i % 2 == 1;
            kills.add(() -> killed(own, backend, afterFirst, moment, met));
        }
        ExecutorService workers = Executors.newFixedThreadPool(AT_ONCE, task -> {
            Thread thread = new Thread(task, "soak");
            thread.setDaemon(true);
            return thread;
        });
        long start = System.nanoTime();
        List<String> survivors = new ArrayList<>();
        try {
            for (Future<String> kill : workers.invokeAll(kills, 60L + 30L * JVMS, TimeUnit.SECONDS)) {
                survivors.add(kill.get());
            }
        } finally {
            workers.shutdownNow();
        }
        System.out.println("[soak] " + JVMS + " JVMs and "
                + met + " processes of theirs killed in "
                + TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start) + " s, seed " + seed);
        assertThat(survivors)
                .as("survivors, with -Dprocession.soak.seed=" + seed)
                .containsOnly("");
        assertThat(met).as("processes to kill").hasPositiveValue();
    }

    /**
     * Kills a JVM at a moment of its work, and tells what is wrong then.
     *
     * @param afterFirst whether the moment counts from the first process on, and not from before it
     */
    private static String killed(Path folder, String backend, boolean afterFirst, int moment, AtomicInteger met)
            throws Exception {
        OperatingSystem system = Backends.nativeOne();
        Process jvm = ChildJvm.of(Restless.class)
                .nativeAccess()
                .option("-Dprocession.backend=" + backend)
                .start(folder);
        String run = RunCookie.runOf(Processes.identity(jvm.pid()));
        Set<ProcessId> seen = new HashSet<>();
        try (Trial strangers =
                new Trial(system, Files.createDirectory(folder.resolveSibling(folder.getFileName() + "-strangers")))) {
            List<Child> beside = List.of(
                    strangers.program("/bin/sleep", "600").spawn(),
                    strangers
                            .program("/bin/sleep", "600")
                            .with(RunCookie.RUN, run + "0")
                            .spawn(),
                    strangers
                            .script("sleep 600 & wait")
                            .withOnly(Map.of("PATH", System.getenv("PATH"), "A", run))
                            .spawn());
            Await.lines(folder.resolve("jvm-stdout"), 1);
            if (afterFirst) {
                Await.until("there is a process", () -> belonging(folder, run).size() > 1);
            }
            TimeUnit.MILLISECONDS.sleep(moment);
            seen.addAll(belonging(folder, run));
            met.addAndGet(seen.size() - 1);
            boolean wasAlive = jvm.isAlive();

            jvm.destroyForcibly().waitFor();

            Await.until(
                    "the watchdog of run " + run + " has ended",
                    () -> watchdogs(run).isEmpty());
            seen.addAll(belonging(folder, run));
            Await.until(
                    "the dead are dead, at " + moment + " ms: " + seen,
                    () -> seen.stream().noneMatch(Processes::isAlive));
            Set<ProcessId> late = belonging(folder, run);
            seen.addAll(late);
            boolean untouched = beside.stream().allMatch(child -> Processes.isAlive(child.id()));
            String complaints = wasAlive ? "" : "ended by itself: " + Files.readString(folder.resolve("jvm-stderr"));
            return complaints + (late.isEmpty() ? "" : late + "; ") + (untouched ? "" : "strangers were hit");
        } finally {
            jvm.destroyForcibly().waitFor();
            seen.forEach(id -> system.signaller().send(id, Signal.KILL));
        }
    }

    /** By the working directory or the cookie, apart from the watchdog. */
    private static Set<ProcessId> belonging(Path folder, String run) {
        Set<ProcessId> found = new HashSet<>();
        Processes.workingIn(folder).forEach(row -> found.add(row.id()));
        for (ProcessInfo row : Processes.TABLE.scan()) {
            boolean marked = Processes.TABLE.environment(row.pid()).stream()
                    .filter(variable -> variable.startsWith(RunCookie.RUN + "="))
                    .anyMatch(variable -> List.of(variable.substring(RunCookie.RUN.length() + 1)
                                    .split("/"))
                            .contains(run));
            if (marked && !row.isDead()) {
                found.add(row.id());
            }
        }
        return found;
    }

    private static List<ProcessId> watchdogs(String run) {
        return Processes.TABLE.scan().stream()
                .filter(row -> {
                    List<String> command = Processes.TABLE.commandLine(row.pid());
                    return command.contains("procession-watchdog") && command.contains(run);
                })
                .map(ProcessInfo::id)
                .toList();
    }

    /** Starts trees and stops the oldest, until it is killed. */
    public static final class Restless {
        private static final int MOST_ALIVE = 3;

        public static void main(String[] arguments) throws Exception {
            Supervisor supervisor = Supervisor.create(Path.of("processes"));
            Deque<SupervisedProcess> alive = new ArrayDeque<>();
            System.out.println("up");
            for (int i = 0; i < 1_000; i++) {
                alive.add(supervisor.start(Stage.script("tree-" + i, TREE).build()));
                if (alive.size() > MOST_ALIVE) {
                    alive.remove().stop();
                }
            }
            Thread.sleep(600_000);
        }
    }

    @Test
    void fiftyGroupsOfAKilledJvm_areAllGone(@TempDir Path folder) throws Exception {
        Process jvm = ChildJvm.of(Crowd.class).nativeAccess().start(folder);
        try {
            Await.lines(folder.resolve("jvm-stdout"), 1);
            Set<ProcessId> crowd = new HashSet<>();
            Processes.workingIn(folder).forEach(row -> crowd.add(row.id()));
            crowd.remove(Processes.identity(jvm.pid()));
            assertThat(crowd).hasSize(GROUPS);
            long start = System.nanoTime();

            jvm.destroyForcibly();

            // Until its last descriptor is closed, nobody can know of its end.
            Await.until("the JVM is dead", () -> !jvm.isAlive());
            long dead = System.nanoTime();
            Await.until("all are dead", () -> crowd.stream().noneMatch(Processes::isAlive));
            System.out.println("[soak] " + GROUPS + " groups gone "
                    + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - dead) + " ms after their JVM, which took "
                    + TimeUnit.NANOSECONDS.toMillis(dead - start) + " ms to die");
        } finally {
            jvm.destroyForcibly().waitFor();
        }
    }

    /** Starts many and waits for its own end. */
    public static final class Crowd {
        public static void main(String[] arguments) throws Exception {
            Supervisor supervisor = Supervisor.create(Path.of("processes"));
            for (int i = 0; i < GROUPS; i++) {
                supervisor.start(
                        Stage.script("one-" + i, "echo ready; exec sleep 600").build());
            }
            System.out.println("up");
            Thread.sleep(600_000);
        }
    }
}
