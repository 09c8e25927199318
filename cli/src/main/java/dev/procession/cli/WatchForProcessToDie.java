package dev.procession.cli;

import dev.procession.process.ArgumentMatch;
import java.time.Duration;
import java.util.List;

/** As the original, with parameters compared loosely, as its documentation says. */
final class WatchForProcessToDie extends Original {

    WatchForProcessToDie() {
        super("watchForProcessToDie", """
                Usage: watchForProcessToDie [timeout] [processName] (optional list of params).

                Waits at most [timeout] seconds until no such process is there; exits with 1 if one still is.""", 2);
    }

    @Override
    int run(List<String> words) {
        Duration timeout = seconds(words.get(0));
        String name = words.get(1);
        Sought sought = Sought.named(name, words.subList(2, words.size()), ArgumentMatch.LOOSE);
        if (sought.awaitDeath(timeout).isEmpty()) {
            return 0;
        }
        System.err.println("Service " + name + " failed to stop within " + timeout.toSeconds()
                + " seconds. Please manually check that everything is working correctly.");
        return WaitForDeath.STILL_THERE;
    }
}
