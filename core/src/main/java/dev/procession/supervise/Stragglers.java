package dev.procession.supervise;

import dev.procession.process.Straggler;
import dev.procession.process.StragglersException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What has outlived a process, and whether that was told. Thread safe. */
final class Stragglers {

    private static final Logger LOG = System.getLogger("dev.procession");

    private final String name;
    private final StragglerPolicy policy;
    private final List<Straggler> all = new ArrayList<>();
    private List<Straggler> untold = List.of();

    Stragglers(String name, StragglerPolicy policy) {
        this.name = name;
        this.policy = policy;
    }

    boolean areIgnored() {
        return policy == StragglerPolicy.IGNORE;
    }

    /** They have been ended, or will be in a moment. */
    void add(List<Straggler> found) {
        synchronized (this) {
            all.addAll(found);
            if (policy == StragglerPolicy.FAIL) {
                untold = Stream.concat(untold.stream(), found.stream()).toList();
            }
        }
        if (policy == StragglerPolicy.KILL) {
            found.forEach(straggler ->
                    LOG.log(Level.WARNING, "'" + name + "' left a straggler, which was ended: " + straggler));
        }
    }

    synchronized List<Straggler> all() {
        return List.copyOf(all);
    }

    /** Those that are to be a failure, told once. */
    private synchronized List<Straggler> take() {
        List<Straggler> taken = untold;
        untold = List.of();
        return taken;
    }

    /** @throws StragglersException if some of these are to be a failure and were not told yet */
    static void throwUntold(List<Stragglers> of) {
        List<String> names = new ArrayList<>();
        List<Straggler> all = new ArrayList<>();
        for (Stragglers stragglers : of) {
            List<Straggler> taken = stragglers.take();
            if (!taken.isEmpty()) {
                names.add("'" + stragglers.name + "'");
                all.addAll(taken);
            }
        }
        if (!all.isEmpty()) {
            throw new StragglersException(
                    String.join(", ", names) + " left " + (all.size() == 1 ? "a process" : all.size() + " processes")
                            + " behind; " + (all.size() == 1 ? "it has" : "they have") + " been ended",
                    all,
                    "let " + String.join(", ", names)
                            + " end what it starts before it ends itself; or let stragglers be"
                            + " ended with no more than a line in the log (KILL instead of FAIL)");
        }
    }
}
