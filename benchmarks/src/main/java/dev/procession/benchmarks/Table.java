package dev.procession.benchmarks;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;

/** Prints results as plain text. */
final class Table {

    private static final String ROW = "  %-46s %6s %9s %9s %8s%n";

    private Table() {}

    static void print(PrintStream out, String title, List<Result> results) {
        print(out, title, results, 0);
    }

    static void print(PrintStream out, String title, List<Result> results, int phase) {
        out.println();
        out.printf(Locale.ROOT, ROW, title, "n", "p50", "p99", "x");
        double first = results.get(0).millis(phase, 50);
        for (Result result : results) {
            double median = result.millis(phase, 50);
            out.printf(
                    Locale.ROOT,
                    ROW,
                    "  " + result.name(),
                    result.count(),
                    number(median),
                    number(result.millis(phase, 99)),
                    number(median / first));
        }
    }

    /** What was hoped for beside what was seen; nothing depends on it. */
    static void goal(PrintStream out, String goal, double seen) {
        out.println("  goal: " + goal + "; here " + number(seen));
    }

    static String number(double value) {
        return String.format(Locale.ROOT, value < 100 ? "%.2f" : "%.0f", value);
    }
}
