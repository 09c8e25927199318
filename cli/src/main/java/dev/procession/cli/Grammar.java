package dev.procession.cli;

import picocli.CommandLine;

/** Which words of a command line are options, and which belong to somebody else's command line. */
final class Grammar {

    private Grammar() {}

    static CommandLine root(Object command) {
        return new CommandLine(command);
    }

    /** What holds for a command and those that were added to it. */
    static CommandLine shared(CommandLine root) {
        // An argument that starts with @ is no file to be read here.
        return root.setExpandAtFiles(false)
                .setPosixClusteredShortOptionsAllowed(false)
                .setParameterExceptionHandler(Errors::usage)
                .setExecutionExceptionHandler(Errors::failure);
    }

    /** Our options may stand anywhere; all that is none of them is an argument of the process that is sought. */
    static CommandLine search(Object command) {
        return new CommandLine(command).setUnmatchedOptionsArePositionalParams(true);
    }

    /** From the first word that is no option on, all belong to the command that is to be run. */
    static CommandLine wrapper(Object command) {
        return new CommandLine(command).setStopAtPositional(true);
    }
}
