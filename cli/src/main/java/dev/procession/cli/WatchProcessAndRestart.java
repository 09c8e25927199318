package dev.procession.cli;

import java.io.PrintStream;
import java.util.List;

/** As the original, which shows its usage on stdout; but each word stays one argument. */
final class WatchProcessAndRestart extends Original {

    WatchProcessAndRestart() {
        super("watchProcessAndRestart", """
                Usage: watchProcessAndRestart [cmd]

                Runs [cmd], and runs it again whenever it ends, until it exits with 55.""", 1);
    }

    @Override
    PrintStream usageStream() {
        return System.out;
    }

    @Override
    int run(List<String> words) {
        return new Keeper(words, System.err).run();
    }
}
