package dev.procession.benchmarks;

import java.util.ArrayList;
import java.util.List;

/** The samples of one entrant. For one thread. */
final class Result {

    private final String name;
    private final List<long[]> samples = new ArrayList<>();

    Result(String name) {
        this.name = name;
    }

    String name() {
        return name;
    }

    void add(long[] sample) {
        samples.add(sample);
    }

    int count() {
        return samples.size();
    }

    /** A percentile of a phase in milliseconds, by nearest rank. */
    double millis(int phase, int percent) {
        long[] sorted =
                samples.stream().mapToLong(sample -> sample[phase]).sorted().toArray();
        int rank = (int) Math.ceil(percent / 100.0 * sorted.length);
        return sorted[Math.max(0, rank - 1)] / 1e6;
    }
}
