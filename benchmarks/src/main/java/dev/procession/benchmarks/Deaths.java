package dev.procession.benchmarks;

import static org.awaitility.Awaitility.await;

import dev.procession.process.ProcessInfo;
import java.io.PrintStream;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** From kill(2) to the return of a thread that was already waiting for the death. */
final class Deaths {

    private static final long POLL_MILLIS = 100;

    private final Random random = new Random(1);
    private final ExecutorService waiter = Executors.newSingleThreadExecutor(task -> {
        Thread thread = new Thread(task, "waiter");
        thread.setDaemon(true);
        return thread;
    });
    private final HelperProcess helper;

    private Deaths(HelperProcess helper) {
        this.helper = helper;
    }

    static void run(Effort effort, PrintStream out) throws Exception {
        try (HelperProcess helper = new HelperProcess()) {
            Deaths deaths = new Deaths(helper);
            int seldom = effort.quick() ? 2 : 4;
            List<Entrant> entrants = List.of(
                    new Entrant("Procession, child's exit", () -> deaths.own(Starter.PROCESSION, false)),
                    new Entrant("Procession, DeathWatch on a foreign process", () -> deaths.foreign(true)),
                    new Entrant("Process.onExit", () -> deaths.own(Starter.BUILDER_FILE, false)),
                    new Entrant("NuProcess.waitFor", seldom, () -> deaths.own(Starter.NUPROCESS, false)),
                    new Entrant("Awaitility, default polling", seldom, () -> deaths.own(Starter.BUILDER_FILE, true)),
                    new Entrant("every 100 ms", seldom, deaths::everyHundred),
                    new Entrant("ProcessHandle.onExit on a foreign process", 2 * seldom, () -> deaths.foreign(false)));
            List<Result> results = Contest.run(entrants, effort.warmUp(40), effort.samples(200));
            deaths.waiter.shutdownNow();
            Table.print(out, "death: kill to noticed", results);
            Table.goal(out, "p50 at most 0.50", results.get(0).millis(0, 50));
            Table.goal(out, "p50 at most 0.50 (foreign)", results.get(1).millis(0, 50));
        }
    }

    private long[] own(Starter starter, boolean awaitility) throws Exception {
        try (Started started = starter.start()) {
            Runnable kill = started::kill;
            Leftovers.add(kill);
            long[] time = awaitility
                    ? sample(started.pid(), POLL_MILLIS, () -> {
                        Process process = ((Starter.ByBuilder) started).process();
                        await().until(() -> !process.isAlive());
                        return null;
                    })
                    : sample(started.pid(), 0, () -> {
                        noticed(started);
                        return null;
                    });
            Leftovers.remove(kill);
            return time;
        }
    }

    private static void noticed(Started started) throws Exception {
        if (started instanceof Starter.ByBuilder builder) {
            builder.process().onExit().get(Starter.DEADLINE_SECONDS, TimeUnit.SECONDS);
        } else {
            started.awaitDeath();
        }
    }

    private long[] everyHundred() throws Exception {
        try (Started started = Starter.BUILDER_FILE.start()) {
            Process process = ((Starter.ByBuilder) started).process();
            return sample(started.pid(), POLL_MILLIS, () -> {
                while (process.isAlive()) {
                    Thread.sleep(POLL_MILLIS);
                }
                return null;
            });
        }
    }

    /** A child of the helper, which reaps it: a ProcessHandle would take a zombie for alive. */
    private long[] foreign(boolean procession) throws Exception {
        long pid = helper.ask(Helper.SPAWN, 0, 0);
        try {
            ProcessInfo row = Starter.SYSTEM.processes().find(pid).orElseThrow();
            ProcessHandle handle = ProcessHandle.of(pid).orElseThrow();
            return sample(
                    pid,
                    procession ? 0 : 1000,
                    () -> procession
                            ? Starter.SYSTEM.deaths().death(row.id()).get(Starter.DEADLINE_SECONDS, TimeUnit.SECONDS)
                            : handle.onExit().get(Starter.DEADLINE_SECONDS, TimeUnit.SECONDS));
        } finally {
            helper.ask(Helper.TIDY, 0, 0);
        }
    }

    /**
     * @param period over which the moment of the kill is spread, so that whoever polls is hit at any phase
     */
    private long[] sample(long pid, long period, Callable<?> waiting) throws Exception {
        Future<Long> noticed = waiter.submit(() -> {
            waiting.call();
            return System.nanoTime();
        });
        TimeUnit.MICROSECONDS.sleep(8_000 + random.nextInt(1 + 1000 * (int) period));
        long killed = Libc.killed(pid);
        return new long[] {noticed.get(2 * Starter.DEADLINE_SECONDS, TimeUnit.SECONDS) - killed};
    }
}
