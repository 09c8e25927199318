package dev.procession.benchmarks;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** How long a start takes until it returns, and what a live child costs. */
final class Spawning {

    private static final int LIVE = 200;
    private static final int BLOCKS = 5;

    private Spawning() {}

    static void run(Effort effort, PrintStream out) throws Exception {
        List<Entrant> entrants = Stream.of(Starter.values())
                .map(starter -> new Entrant(starter.title(), () -> sample(starter)))
                .toList();
        List<Result> alone = Contest.run(entrants, effort.warmUp(300), effort.samples(300));
        Table.print(out, "spawn, no live children", alone);
        goal(out, alone);
        int live = effort.quick() ? LIVE / 5 : LIVE;
        List<Result> crowded = crowded(effort, live);
        Table.print(out, "spawn, " + live + " live children of the same kind", crowded);
        goal(out, crowded);
        footprints(live, out);
    }

    private static void goal(PrintStream out, List<Result> results) {
        double ratio = results.get(Starter.BUILDER_SETSID.ordinal()).millis(0, 50)
                / results.get(Starter.PROCESSION.ordinal()).millis(0, 50);
        Table.goal(out, "at least 3 x as fast as with setsid", ratio);
    }

    private static long[] sample(Starter starter) throws Exception {
        long start = System.nanoTime();
        Started started = starter.start();
        long[] time = Entrant.since(start);
        Runnable kill = started::kill;
        Leftovers.add(kill);
        started.close();
        Leftovers.remove(kill);
        return time;
    }

    /** In blocks, since each kind must be alone with its own children. */
    private static List<Result> crowded(Effort effort, int live) throws Exception {
        List<Result> results =
                Stream.of(Starter.values()).map(s -> new Result(s.title())).toList();
        List<Integer> order = Contest.order(results.size());
        Random random = new Random(1);
        int blocks = effort.quick() ? 1 : BLOCKS;
        for (int block = 0; block < blocks; block++) {
            Collections.shuffle(order, random);
            for (int i : order) {
                Starter starter = Starter.values()[i];
                Result result = results.get(i);
                Crowd.Body measure = () -> {
                    for (int n = 0; n < effort.samples(200) / blocks; n++) {
                        Contest.settle();
                        result.add(sample(starter));
                    }
                };
                Crowd.around(measure, starter, live);
            }
        }
        return results;
    }

    private static void footprints(int live, PrintStream out) throws Exception {
        out.println();
        out.printf("  %-46s %9s %9s%n", "per live child, in a JVM of its own", "threads", "fds");
        for (Starter starter : Starter.values()) {
            if (starter == Starter.BUILDER_SETSID_SEEN) {
                continue;
            }
            String[] answer = answer(Main.java(
                            Footprint.class,
                            List.of("-XX:TieredStopAtLevel=1"),
                            starter.name(),
                            Integer.toString(live)))
                    .split("\\s+");
            out.printf(
                    "  %-46s %9s %9s%n",
                    "  " + starter.title(),
                    Table.number(Double.parseDouble(answer[0])),
                    Table.number(Double.parseDouble(answer[1])));
        }
    }

    /** What a short-lived program prints. */
    static String answer(List<String> command) throws Exception {
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        Runnable kill = process::destroyForcibly;
        Leftovers.add(kill);
        boolean ended = process.waitFor(60, TimeUnit.SECONDS);
        if (!ended || process.exitValue() != 0) {
            process.destroyForcibly();
            throw new IllegalStateException(command + (ended ? " failed" : " did not end in time"));
        }
        Leftovers.remove(kill);
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
}
