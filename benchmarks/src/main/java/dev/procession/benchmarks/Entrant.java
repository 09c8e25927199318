package dev.procession.benchmarks;

/**
 * One of the methods that are compared.
 *
 * @param name as in the table
 * @param every takes part in every n-th round only, for what is slow
 * @param sample measures once
 */
record Entrant(String name, int every, Sample sample) {

    Entrant(String name, Sample sample) {
        this(name, 1, sample);
    }

    /** One measurement: what is prepared before and cleaned up after it does not count. */
    interface Sample {

        /** The nanoseconds of each phase; a sample without phases has one. */
        long[] take() throws Exception;
    }

    static long[] since(long start) {
        return new long[] {System.nanoTime() - start};
    }
}
