package dev.procession.benchmarks;

/**
 * How much is measured.
 *
 * @param quick a smoke run, to see that everything works
 */
record Effort(boolean quick) {

    int samples(int full) {
        return quick ? Math.max(3, full / 25) : full;
    }

    int warmUp(int full) {
        return quick ? Math.max(1, full / 25) : full;
    }
}
