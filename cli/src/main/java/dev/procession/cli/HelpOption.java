package dev.procession.cli;

import picocli.CommandLine.Option;

/** Has no short form: that may well be an argument of the process which is sought. */
final class HelpOption {

    @Option(names = "--help", usageHelp = true, description = "Shows this.")
    boolean help;
}
