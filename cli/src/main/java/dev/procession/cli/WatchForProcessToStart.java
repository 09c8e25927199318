package dev.procession.cli;

import dev.procession.process.ArgumentMatch;
import dev.procession.process.DidNotStartException;
import dev.procession.process.Epoch;
import dev.procession.process.OldStartTimeException;
import dev.procession.watch.ProcessWatch;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/** As the original, with parameters compared loosely, as its documentation says. */
final class WatchForProcessToStart extends Original {

    WatchForProcessToStart() {
        super("watchForProcessToStart", """
                Usage: watchForProcessToStart [timeout] [processName] (optional list of params).

                Waits at most [timeout] seconds until such a process has been started.

                Exits with 51 if only one is there that was started too long ago, and with 52 if none is.""", 2);
    }

    @Override
    int run(List<String> words) {
        Duration timeout = seconds(words.get(0));
        String name = words.get(1);
        Sought sought = Sought.named(name, words.subList(2, words.size()), ArgumentMatch.LOOSE);
        try {
            ProcessWatch.ofJvm().awaitStart(sought.withoutCallers(), Epoch.ago(WaitForStart.window(timeout)), timeout);
            return 0;
        } catch (OldStartTimeException e) {
            String pids = e.old().stream().map(old -> Long.toString(old.pid())).collect(Collectors.joining(","));
            System.err.println("Old start-time for service " + name + " on pids " + pids + ". Please check!");
            return WaitForStart.OLD;
        } catch (DidNotStartException e) {
            System.err.println(
                    "Service " + name + " did not start within " + timeout.toSeconds() + " seconds! Please Check!");
            return WaitForStart.NONE;
        }
    }
}
