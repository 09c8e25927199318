package dev.procession.benchmarks;

import static org.awaitility.Awaitility.await;

import dev.procession.cleanup.PortOwners;
import dev.procession.cleanup.ProcessTree;
import dev.procession.cleanup.TreeMarks;
import dev.procession.launch.Allocation;
import dev.procession.launch.Launch;
import dev.procession.launch.PortLeases;
import dev.procession.launch.ProcessSpec;
import dev.procession.launch.RunCookie;
import dev.procession.os.OperatingSystem;
import dev.procession.readiness.FilesBefore;
import dev.procession.readiness.Ownership;
import dev.procession.readiness.ReadinessProbe;
import dev.procession.readiness.ReadinessProbes;
import dev.procession.readiness.ReadinessWait;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;

/** From the call of listen(), or the write of a line, to the return of the thread that waits for it. */
final class Waits {

    private static final OperatingSystem SYSTEM = Starter.SYSTEM;
    private static final Duration DEADLINE = Duration.ofSeconds(Starter.DEADLINE_SECONDS);
    private static final long POLL_MILLIS = 100;

    private final Random random = new Random(1);
    private final HelperProcess helper;
    private final RunCookie cookie;
    private int tokens;

    private Waits(HelperProcess helper) {
        this.helper = helper;
        this.cookie = RunCookie.of(helper.child().id(), "helper", 1);
    }

    /** One way to wait until something is so, by asking again and again. */
    private interface Polling {
        void until(Callable<Boolean> condition) throws Exception;
    }

    static void run(Effort effort, PrintStream out) throws Exception {
        try (HelperProcess helper = new HelperProcess()) {
            Waits waits = new Waits(helper);
            int seldom = effort.quick() ? 2 : 3;
            List<Result> ports = Contest.run(
                    List.of(
                            new Entrant("Procession, default rule", () -> waits.processionPort(5)),
                            new Entrant("Procession, 2 s into the start", 15, () -> waits.processionPort(2000)),
                            new Entrant("Awaitility, default polling", seldom, () -> waits.port(Waits::awaitility)),
                            new Entrant("every 100 ms", seldom, () -> waits.port(Waits::everyHundred))),
                    effort.warmUp(30),
                    effort.samples(150));
            Table.print(out, "ready: listen() to return", ports);
            Table.goal(out, "p50 at most 1.50", ports.get(0).millis(0, 50));
            List<Result> lines = Contest.run(
                    List.of(
                            new Entrant("Procession, log", waits::processionLine),
                            new Entrant("Awaitility, default polling", seldom, () -> waits.line(Waits::awaitility)),
                            new Entrant("every 100 ms", seldom, () -> waits.line(Waits::everyHundred))),
                    effort.warmUp(30),
                    effort.samples(150));
            Table.print(out, "ready: line written to return", lines);
            Table.goal(out, "p50 at most 1.00", lines.get(0).millis(0, 50));
        }
    }

    /** Spread over the period of whoever polls. */
    private long delay(int atLeastMillis) {
        return 1_000_000L * atLeastMillis + random.nextInt(1_000_000 * (int) POLL_MILLIS);
    }

    private long[] processionPort(int atLeastMillis) throws Exception {
        ProcessSpec spec = ProcessSpec.command("helper", "${port}").build();
        try (Launch launch = launch(spec)) {
            return procession(launch, Helper.LISTEN, launch.port().orElseThrow(), delay(atLeastMillis));
        } finally {
            helper.ask(Helper.TIDY, 0, 0);
        }
    }

    private long[] processionLine() throws Exception {
        helper.emptyLog();
        int token = ++tokens;
        ProcessSpec plain = ProcessSpec.command("helper").build();
        ProcessSpec spec = ProcessSpec.command("helper")
                .ready(plain.ready().log("ready " + token))
                .build();
        try (Launch launch = launch(spec)) {
            return procession(launch, Helper.WRITE, token, delay(5));
        }
    }

    private Launch launch(ProcessSpec spec) {
        return new Launch(Allocation.of(spec, Leftovers.folder(), Leftovers.folder(), SYSTEM), cookie, Map.of());
    }

    /** As a start does it, from the moment at which the process has been spawned. */
    private long[] procession(Launch launch, int command, int number, long delay) throws Exception {
        Thread waiter = Thread.currentThread();
        Runnable wakeUp = () -> LockSupport.unpark(waiter);
        ProcessTree tree = new ProcessTree(SYSTEM, helper.child(), TreeMarks.of(launch), id -> {});
        PortOwners owners = new PortOwners(SYSTEM);
        Ownership ownership = owners.ownership("helper", tree);
        List<ReadinessProbe> probes = ReadinessProbes.conditions(
                launch,
                Optional.empty(),
                FilesBefore.of(List.of()),
                helper.log(),
                ownership,
                SYSTEM.spawner(),
                helper.child().exit(),
                wakeUp);
        try {
            ReadinessWait wait = new ReadinessWait(
                    probes, List.of(), helper.child().exit(), false, DEADLINE, (elapsed, waiting) -> {});
            helper.tell(command, number, delay);
            Optional<ReadinessWait.Outcome> done = wait.look();
            while (done.isEmpty()) {
                LockSupport.parkNanos(this, wait.pauseNanos());
                done = wait.look();
            }
            ReadinessWait.Outcome outcome = done.get();
            long returned = System.nanoTime();
            if (outcome.kind() != ReadinessWait.Kind.READY) {
                throw new IllegalStateException("Expected it to be ready, but was " + outcome);
            }
            return new long[] {returned - helper.answer()};
        } finally {
            probes.forEach(ReadinessProbe::close);
        }
    }

    private long[] port(Polling polling) throws Exception {
        try (PortLeases.Lease lease = PortLeases.ofMachine().take(SYSTEM.sockets())) {
            helper.tell(Helper.LISTEN, lease.port(), delay(5));
            polling.until(() -> isOpen(lease.port()));
            long returned = System.nanoTime();
            return new long[] {returned - helper.answer()};
        } finally {
            helper.ask(Helper.TIDY, 0, 0);
        }
    }

    static boolean isOpen(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private long[] line(Polling polling) throws Exception {
        helper.emptyLog();
        int token = ++tokens;
        helper.tell(Helper.WRITE, token, delay(5));
        polling.until(() -> Files.readString(helper.stdout()).contains("ready " + token));
        long returned = System.nanoTime();
        return new long[] {returned - helper.answer()};
    }

    private static void awaitility(Callable<Boolean> condition) {
        await().until(condition);
    }

    private static void everyHundred(Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + DEADLINE.toNanos();
        while (!condition.call()) {
            if (System.nanoTime() > deadline) {
                throw new TimeoutException("it did not come to be");
            }
            Thread.sleep(POLL_MILLIS);
        }
    }
}
