package dev.procession.cli;

import dev.procession.process.ArgumentMatch;
import dev.procession.process.Durations;
import dev.procession.process.FoundProcess;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Waits until nobody is there. */
@Command(
        name = "wait-for-death",
        exitCodeOnExecutionException = Errors.INTERNAL,
        description = {
            "Waits until no such process is there any more.",
            "One that is started anew meanwhile is waited for, too."
        },
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {"0:None is there.", "1:One is still there at the end."})
final class WaitForDeath implements Callable<Integer> {

    static final int STILL_THERE = 1;

    @Spec
    CommandSpec spec;

    @Parameters(index = "0", paramLabel = "TIMEOUT", description = "How long at most; 0 looks once.")
    String timeout;

    @Parameters(
            index = "1",
            paramLabel = "NAME",
            description = "As pidof takes it; or a program's path; or the name of a script (.py, .sh).")
    String name;

    @Parameters(index = "2..*", paramLabel = "ARGS", description = "Each must be part of one of its arguments.")
    List<String> arguments = List.of();

    @Option(names = "--exact", description = "Each ARGS must be a whole argument.")
    boolean exact;

    @Mixin
    HelpOption help;

    @Override
    public Integer call() {
        Duration patience = Times.duration("TIMEOUT", timeout);
        Sought sought = Sought.named(name, arguments, exact ? ArgumentMatch.EXACT : ArgumentMatch.LOOSE);
        List<FoundProcess> left = sought.awaitDeath(patience);
        if (left.isEmpty()) {
            return 0;
        }
        PrintWriter err = spec.commandLine().getErr();
        err.println("Still there after " + Durations.describe(patience) + ": " + sought);
        left.forEach(process -> err.println(
                "  " + process + ", up for " + Durations.describe(process.id().age())));
        return STILL_THERE;
    }
}
