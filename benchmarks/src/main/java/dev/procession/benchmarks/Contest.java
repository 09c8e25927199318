package dev.procession.benchmarks;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Measures entrants in turn, in each round in another order, so that whatever drifts hits all of them alike. */
final class Contest {

    private static final long SETTLE_MILLIS = 3;

    private Contest() {}

    /**
     * @param warmUp rounds that do not count
     * @param rounds rounds that count
     */
    static List<Result> run(List<Entrant> entrants, int warmUp, int rounds) throws Exception {
        List<Result> results =
                entrants.stream().map(entrant -> new Result(entrant.name())).toList();
        List<Integer> order = order(entrants.size());
        Random random = new Random(1);
        for (int round = -warmUp; round < rounds; round++) {
            Collections.shuffle(order, random);
            for (int i : order) {
                Entrant entrant = entrants.get(i);
                if (Math.floorMod(round, entrant.every()) == 0) {
                    settle();
                    long[] sample = entrant.sample().take();
                    if (round >= 0) {
                        results.get(i).add(sample);
                    }
                }
            }
        }
        return results;
    }

    /** Lets the threads and processes of the sample before come to rest: it must not be the next one that pays. */
    static void settle() throws InterruptedException {
        Thread.sleep(SETTLE_MILLIS);
    }

    static List<Integer> order(int size) {
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            order.add(i);
        }
        return order;
    }
}
