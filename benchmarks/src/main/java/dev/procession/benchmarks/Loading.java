package dev.procession.benchmarks;

import dev.procession.os.backend.Backend;
import java.io.PrintStream;
import java.util.List;

/** What the first use costs in a fresh JVM: native code is loaded once. */
final class Loading {

    private Loading() {}

    /** Prints the nanoseconds of one first use. */
    public static void main(String[] arguments) throws Exception {
        long start = System.nanoTime();
        if (arguments[0].equals("jna")) {
            Class.forName("com.sun.jna.Native");
        } else if (!Backend.current().description().equals(arguments[0])) {
            throw new IllegalStateException(Backend.current().description());
        }
        System.out.println(System.nanoTime() - start);
    }

    static void run(Effort effort, PrintStream out) throws Exception {
        List<Entrant> entrants = List.of(
                new Entrant("Backend.current(), native", () -> fresh("native", List.of())),
                new Entrant("of that JNA itself", () -> fresh("jna", List.of())),
                new Entrant(
                        "Backend.current(), portable",
                        () -> fresh("portable", List.of("-D" + Backend.PROPERTY + "=portable"))));
        Table.print(
                out,
                "load: first use in a fresh JVM",
                Contest.run(entrants, effort.quick() ? 0 : 1, effort.quick() ? 1 : 15));
    }

    private static long[] fresh(String expected, List<String> options) throws Exception {
        return new long[] {
            Long.parseLong(
                    Spawning.answer(Main.java(Loading.class, options, expected)).strip())
        };
    }
}
