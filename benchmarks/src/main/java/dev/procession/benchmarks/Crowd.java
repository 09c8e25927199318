package dev.procession.benchmarks;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Live children of one kind. */
final class Crowd {

    private Crowd() {}

    /** What is done among them. */
    interface Body {
        void run() throws Exception;
    }

    /** Starts them, does it, and ends them. */
    static void around(Body body, Starter starter, int size) throws Exception {
        List<Started> members = new CopyOnWriteArrayList<>();
        Runnable killAll = () -> members.forEach(Started::kill);
        Leftovers.add(killAll);
        try {
            for (int i = 0; i < size; i++) {
                members.add(starter.start());
            }
            body.run();
        } finally {
            killAll.run();
            members.forEach(Started::close);
            Leftovers.remove(killAll);
        }
    }
}
