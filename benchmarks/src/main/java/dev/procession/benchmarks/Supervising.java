package dev.procession.benchmarks;

import dev.procession.launch.ProcessSpec;
import dev.procession.launch.RestartPolicy;
import dev.procession.os.Child;
import dev.procession.os.SpawnRequest;
import dev.procession.process.ProcessId;
import dev.procession.process.Signal;
import dev.procession.supervise.ProcessState;
import dev.procession.supervise.Progress;
import dev.procession.supervise.SupervisedProcess;
import dev.procession.supervise.Supervisor;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What it costs to supervise very many processes, against loops that only start, kill and stop as many. */
final class Supervising {

    private static final int MANY = 1_000;
    private static final long LONGEST_SECONDS = 120;
    private static final List<String> PHASES =
            List.of("all started", "all killed from outside, until as many run again", "all stopped");

    private Supervising() {}

    /** So many processes, by one of the means that are compared. Closing ends them. */
    private interface Many extends AutoCloseable {

        /** Returns when all run. */
        void start(int size) throws Exception;

        /** Kills all, and returns when others run in their place. */
        void replace() throws Exception;

        /** Asks all to end, and returns when they have. */
        void stop() throws Exception;

        @Override
        void close();
    }

    private interface Maker {
        Many make(int round) throws Exception;
    }

    static void run(Effort effort, PrintStream out) throws Exception {
        int size = Integer.getInteger("supervise.size", effort.quick() ? MANY / 10 : MANY);
        List<Costs> costs = new ArrayList<>();
        List<Result> results = Contest.run(
                List.of(
                        entrant("spawner, in a loop", size, round -> new Spawned(false), null),
                        entrant("the same, each with folders and logs", size, round -> new Spawned(true), null),
                        entrant("ProcessBuilder to a file, in a loop", size, round -> new Built(), null),
                        entrant("Supervisor: add until RUNNING; crash; stopAll", size, Supervised::new, costs)),
                1,
                effort.quick() ? 3 : 7);
        for (int phase = 0; phase < PHASES.size(); phase++) {
            Table.print(out, "supervise, " + size + ": " + PHASES.get(phase), results, phase);
            if (phase == 0) {
                Table.goal(
                        out,
                        "start at most 1.50 x of a bare loop",
                        results.get(3).millis(0, 50) / results.get(0).millis(0, 50));
            }
        }
        Table.goal(
                out,
                "all stopped within the grace period of "
                        + ProcessSpec.command("true")
                                .build()
                                .stop()
                                .gracePeriod()
                                .toSeconds() + " s; slowest",
                results.get(3).millis(2, 100) / 1e3);
        Costs last = costs.get(costs.size() - 1);
        out.println();
        out.println("  supervise, " + size + ": threads of ours while all live: " + last.threads());
        Table.goal(
                out,
                "heap per process in low kilobytes",
                costs.stream().mapToDouble(Costs::heapKilobytes).min().orElseThrow());
    }

    /** What is held while all live. */
    private record Costs(Map<String, Long> threads, double heapKilobytes) {}

    private static Entrant entrant(String name, int size, Maker maker, @Nullable List<Costs> costs) {
        int[] round = {0};
        return new Entrant(name, () -> {
            Many many = maker.make(round[0]++);
            Runnable close = many::close;
            Leftovers.add(close);
            try {
                long before = costs == null ? 0 : usedHeap();
                long start = System.nanoTime();
                many.start(size);
                long started = System.nanoTime() - start;
                if (costs != null) {
                    costs.add(new Costs(ourThreads(), (usedHeap() - before) / 1024.0 / size));
                }
                start = System.nanoTime();
                many.replace();
                long replaced = System.nanoTime() - start;
                start = System.nanoTime();
                many.stop();
                return new long[] {started, replaced, System.nanoTime() - start};
            } finally {
                close.run();
                Leftovers.remove(close);
            }
        });
    }

    private static Map<String, Long> ourThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("procession-"))
                .collect(Collectors.groupingBy(name -> name, TreeMap::new, Collectors.counting()));
    }

    private static long usedHeap() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    private static void await(String what, BooleanSupplier condition) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LONGEST_SECONDS);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new TimeoutException(what + " not within " + LONGEST_SECONDS + " s");
            }
            Thread.sleep(1);
        }
    }

    /** By what the supervisor itself is built on. */
    private static final class Spawned implements Many {
        private final List<Child> children = new ArrayList<>();
        private final boolean foldersAndLogs;
        private final Path folder;

        Spawned(boolean foldersAndLogs) throws IOException {
            this.foldersAndLogs = foldersAndLogs;
            this.folder = Files.createTempDirectory(Leftovers.folder(), "spawned-");
            Files.createFile(folder.resolve("out.log"));
        }

        @Override
        public void start(int size) throws Exception {
            for (int i = 0; i < size; i++) {
                Leftovers.requireTime();
                children.add(foldersAndLogs ? spawnInFolder(i) : spawn(folder, folder.resolve("out.log"), null));
            }
        }

        private Child spawnInFolder(int i) throws Exception {
            Path own = folder.resolve("p" + i);
            Path work = Files.createDirectories(own.resolve("work"));
            Path out = own.resolve("stdout.log");
            Path err = own.resolve("stderr.log");
            for (Path log : List.of(out, err)) {
                if (!Files.exists(log)) {
                    Files.createFile(log);
                }
            }
            return spawn(work, out, err);
        }

        private static Child spawn(Path directory, Path out, @Nullable Path err) throws Exception {
            return Starter.SYSTEM
                    .spawner()
                    .spawn(new SpawnRequest(
                            Path.of(Starter.PROGRAM.get(0)),
                            Starter.PROGRAM,
                            Map.of(),
                            true,
                            directory,
                            null,
                            out,
                            err == null ? out : err));
        }

        @Override
        public void replace() throws Exception {
            int size = children.size();
            end(Signal.KILL);
            start(size);
        }

        @Override
        public void stop() throws Exception {
            end(Signal.TERM);
        }

        private void end(Signal signal) throws Exception {
            children.forEach(child -> child.signal(signal));
            for (Child child : children) {
                child.exit().get(LONGEST_SECONDS, TimeUnit.SECONDS);
                child.reap();
            }
            children.clear();
        }

        @Override
        public void close() {
            List.copyOf(children).forEach(child -> {
                Starter.SYSTEM.signaller().send(child.id(), Signal.KILL);
            });
        }
    }

    /** By the means of the JDK. */
    private static final class Built implements Many {
        private final List<Process> processes = new ArrayList<>();

        @Override
        public void start(int size) throws Exception {
            for (int i = 0; i < size; i++) {
                Leftovers.requireTime();
                processes.add(new ProcessBuilder(Starter.PROGRAM)
                        .redirectInput(new File("/dev/null"))
                        .redirectOutput(ProcessBuilder.Redirect.appendTo(
                                Leftovers.folder().resolve("built.log").toFile()))
                        .redirectErrorStream(true)
                        .start());
            }
        }

        @Override
        public void replace() throws Exception {
            int size = processes.size();
            processes.forEach(Process::destroyForcibly);
            awaitAll();
            start(size);
        }

        @Override
        public void stop() throws Exception {
            processes.forEach(Process::destroy);
            awaitAll();
        }

        private void awaitAll() throws Exception {
            for (Process process : processes) {
                if (!process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS)) {
                    throw new TimeoutException("pid " + process.pid() + " does not die");
                }
            }
            processes.clear();
        }

        @Override
        public void close() {
            List.copyOf(processes).forEach(Process::destroyForcibly);
        }
    }

    /** Added one by one, as a program does that reads a list of them. */
    private static final class Supervised implements Many {
        private final Supervisor supervisor;

        Supervised(int round) {
            supervisor = Supervisor.builder()
                    .folder(Leftovers.folder().resolve("supervised-" + round))
                    .progress(new Progress() {})
                    .build();
        }

        @Override
        public void start(int size) throws Exception {
            // They are running as soon as they live, and nothing delays the first restart.
            RestartPolicy policy = RestartPolicy.unexpected().startSeconds(Duration.ZERO);
            for (int i = 0; i < size; i++) {
                supervisor.add(ProcessSpec.command(Starter.PROGRAM.toArray(String[]::new))
                        .name("p" + i)
                        .restart(policy)
                        .build());
            }
            for (SupervisedProcess process : supervisor.processes()) {
                await(process.name() + " runs", () -> process.state() == ProcessState.RUNNING);
            }
        }

        @Override
        public void replace() throws Exception {
            Map<SupervisedProcess, ProcessId> before = new LinkedHashMap<>();
            supervisor.processes().forEach(process -> before.put(process, process.id()));
            before.values().forEach(id -> Starter.SYSTEM.signaller().send(id, Signal.KILL));
            for (SupervisedProcess process : before.keySet()) {
                await(
                        process.name() + " runs again",
                        () -> process.restarts() > 0 && process.state() == ProcessState.RUNNING);
            }
        }

        @Override
        public void stop() {
            supervisor.stopAll();
        }

        @Override
        public void close() {
            supervisor.close();
        }
    }
}
