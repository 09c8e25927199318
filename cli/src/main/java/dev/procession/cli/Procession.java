package dev.procession.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What stands before the commands. */
@Command(
        name = "procession",
        synopsisSubcommandLabel = "COMMAND",
        description = "Finds, awaits, keeps running and ends processes, whoever started them.",
        versionProvider = Procession.Version.class,
        footerHeading = "%n",
        footer = {
            "Times are seconds (30, 1.5) or carry a unit (500ms, 10s, 2m, 1h).",
            "Under the names getPids, watchForProcessToStart, watchForProcessToDie and",
            "watchProcessAndRestart the commands take, print and exit with what the tools",
            "of these names do."
        })
final class Procession implements Runnable {

    @Spec
    CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Shows this.")
    boolean help;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "Shows the version.")
    boolean version;

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(),
                "a command is missing; known are pids, wait-for-start, wait-for-death, keep-running"
                        + " and kill-stragglers");
    }

    /** As it stands in the jar's manifest. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Procession.class.getPackage().getImplementationVersion();
            return new String[] {"procession " + (version == null ? "(not from a jar)" : version)};
        }
    }
}
