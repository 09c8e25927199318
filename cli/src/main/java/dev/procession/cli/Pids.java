package dev.procession.cli;

import dev.procession.process.ArgumentMatch;
import dev.procession.process.ProcessSelection;
import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Prints who is there. */
@Command(
        name = "pids",
        exitCodeOnExecutionException = Errors.INTERNAL,
        description = {
            "Prints the pids of the processes with a name, the newest first.",
            "All stand on one line; without any there is none. Exits with 0 either way."
        })
final class Pids implements Callable<Integer> {

    @Parameters(
            index = "0",
            paramLabel = "NAME",
            description = "As pidof takes it; or a program's path; or the name of a script (.py, .sh).")
    String name;

    @Parameters(
            index = "1..*",
            paramLabel = "EXTRA",
            description = "Arguments that it must have, each as a whole, in any order.")
    List<String> extra = List.of();

    @Option(names = "--loose", description = "Each EXTRA need only be part of an argument.")
    boolean loose;

    @Mixin
    HelpOption help;

    @Override
    public Integer call() {
        print(Sought.named(name, extra, loose ? ArgumentMatch.LOOSE : ArgumentMatch.EXACT), System.out);
        return 0;
    }

    static void print(ProcessSelection selection, PrintStream out) {
        List<Long> pids = selection.pids();
        if (!pids.isEmpty()) {
            out.println(pids.stream().map(String::valueOf).collect(Collectors.joining(" ")));
        }
    }
}
