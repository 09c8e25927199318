package dev.procession.cli;

import dev.procession.process.ArgumentMatch;
import java.util.ArrayList;
import java.util.List;

/** As the original: exact unless {@code --loose} stands anywhere among the words. */
final class GetPids extends Original {

    private static final String LOOSE = "--loose";

    GetPids() {
        super("getPids", """
                Usage: getPids programName (--loose) [extra]

                Prints the pids of all processes that pidof would find and that have each [extra] among their arguments.

                    --loose    An [extra] need only be part of an argument.""", 1);
    }

    @Override
    List<String> plain(List<String> words) {
        List<String> plain = new ArrayList<>(words);
        plain.remove(LOOSE);
        return plain;
    }

    @Override
    int run(List<String> words) {
        List<String> plain = plain(words);
        ArgumentMatch match = words.contains(LOOSE) ? ArgumentMatch.LOOSE : ArgumentMatch.EXACT;
        Pids.print(Sought.named(plain.get(0), plain.subList(1, plain.size()), match), System.out);
        return 0;
    }
}
