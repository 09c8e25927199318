package dev.procession.cli;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Runs a command again and again. */
@Command(
        name = "keep-running",
        exitCodeOnExecutionException = Errors.INTERNAL,
        description = {
            "Runs a command, and again half a second after each end of it, until it exits with 55.",
            "It runs in the foreground. HUP, INT and TERM are passed on to it; when it has ended then, it is not started"
                    + " again."
        },
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {
            "  0:The command has exited with 55.",
            "  2:It cannot be run at all.",
            "any:What the command has ended with after a signal (128 and more: by which)."
        })
final class KeepRunning implements Callable<Integer> {

    @Parameters(arity = "1..*", paramLabel = "CMD", description = "A program and its arguments; no shell reads them.")
    List<String> command;

    @Mixin
    HelpOption help;

    @Override
    public Integer call() {
        return new Keeper(command, System.err).run();
    }
}
