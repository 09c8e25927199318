package dev.procession.benchmarks;

import dev.procession.launch.ProcessSpec;
import dev.procession.supervise.Supervisor;
import java.io.File;
import java.io.PrintStream;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** What the fixture adds around a trivial server, against the same by hand. */
final class Fixture {

    private static final Path PERL = Path.of("/usr/bin/perl");

    /** Listens on the port that is given to it; ends by itself after a minute, whatever happens to us. */
    private static final String SERVER = "alarm 60;"
            + "socket(S, PF_INET, SOCK_STREAM, 0) && setsockopt(S, SOL_SOCKET, SO_REUSEADDR, 1)"
            + " && bind(S, sockaddr_in($ARGV[0], INADDR_LOOPBACK)) && listen(S, 16) or die $!;"
            + "accept(C, S) while 1";

    private static final List<String> PHASES = List.of("start to ready", "stop to gone", "both");

    private Fixture() {}

    static void run(Effort effort, PrintStream out) throws Exception {
        if (!Files.isExecutable(PERL)) {
            out.println("\n  fixture: skipped, there is no " + PERL);
            return;
        }
        List<Result> results = Contest.run(
                List.of(
                        new Entrant("by hand: connect every 1 ms, destroy, waitFor", Fixture::byHand),
                        new Entrant("Procession: create, start, close", Fixture::procession)),
                effort.warmUp(50),
                effort.samples(200));
        for (int phase = 0; phase < PHASES.size(); phase++) {
            Table.print(out, "fixture: " + PHASES.get(phase), results, phase);
        }
        Table.goal(
                out,
                "adds at most 5.00 ms",
                results.get(1).millis(2, 50) - results.get(0).millis(2, 50));
    }

    private static long[] phases(long start, long ready, long gone) {
        return new long[] {ready - start, gone - ready, gone - start};
    }

    private static long[] procession() {
        long start = System.nanoTime();
        long ready;
        try (Supervisor supervisor = Supervisor.create(Leftovers.folder().resolve("fixture"))) {
            supervisor.start(ProcessSpec.command(PERL.toString(), "-MSocket", "-e", SERVER, "${port}")
                    .build());
            ready = System.nanoTime();
        }
        return phases(start, ready, System.nanoTime());
    }

    private static long[] byHand() throws Exception {
        long start = System.nanoTime();
        long deadline = start + TimeUnit.SECONDS.toNanos(Starter.DEADLINE_SECONDS);
        int port;
        try (ServerSocket socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        File log = Leftovers.folder().resolve("by-hand.log").toFile();
        Process process = new ProcessBuilder(PERL.toString(), "-MSocket", "-e", SERVER, Integer.toString(port))
                .redirectOutput(log)
                .redirectErrorStream(true)
                .start();
        Runnable kill = process::destroyForcibly;
        Leftovers.add(kill);
        while (!Waits.isOpen(port)) {
            if (System.nanoTime() > deadline || !process.isAlive()) {
                throw new TimeoutException("the server does not listen");
            }
            Thread.sleep(1);
        }
        long ready = System.nanoTime();
        process.destroy();
        if (!process.waitFor(Starter.DEADLINE_SECONDS, TimeUnit.SECONDS)) {
            throw new TimeoutException("the server does not end");
        }
        long[] phases = phases(start, ready, System.nanoTime());
        Leftovers.remove(kill);
        return phases;
    }
}
