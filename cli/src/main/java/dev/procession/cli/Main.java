package dev.procession.cli;

import java.util.List;
import picocli.AutoComplete.GenerateCompletion;
import picocli.CommandLine;

/** Puts the commands together. */
public final class Main {

    private static final String COMPLETION = "generate-completion";

    private static final List<String> COMMANDS =
            List.of("pids", "wait-for-start", "wait-for-death", "keep-running", "kill-stragglers", COMPLETION);

    private Main() {}

    /** Runs one command and ends this JVM with its exit code. */
    public static void main(String... arguments) {
        // What core logs is for whoever has called us: one line, no date, no class, no stack trace.
        System.setProperty("java.util.logging.SimpleFormatter.format", "procession: %5$s%n");
        String[] exact = OwnArguments.exactly(arguments);
        System.exit(run(exact.length == 0 ? "" : exact[0], exact));
    }

    private static int run(String name, String... arguments) {
        return switch (name) {
            case "getPids" -> new GetPids().execute(arguments);
            case "watchForProcessToStart" -> new WatchForProcessToStart().execute(arguments);
            case "watchForProcessToDie" -> new WatchForProcessToDie().execute(arguments);
            case "watchProcessAndRestart" -> new WatchProcessAndRestart().execute(arguments);
            default -> commands(name).execute(arguments);
        };
    }

    /** Reading the annotations of a command takes a while: those of the others are only read where they are shown. */
    private static CommandLine commands(String name) {
        boolean isAlone = COMMANDS.contains(name) && !name.equals(COMPLETION);
        CommandLine root = Grammar.root(new Procession());
        for (String command : COMMANDS) {
            if (!isAlone || command.equals(name)) {
                root.addSubcommand(command, command(command));
            }
        }
        return Grammar.shared(root);
    }

    private static CommandLine command(String name) {
        return switch (name) {
            case "pids" -> Grammar.search(new Pids());
            case "wait-for-start" -> Grammar.search(new WaitForStart());
            case "wait-for-death" -> Grammar.search(new WaitForDeath());
            case "keep-running" -> Grammar.wrapper(new KeepRunning());
            case "kill-stragglers" -> Grammar.search(new KillStragglers());
            default -> Grammar.wrapper(new GenerateCompletion());
        };
    }
}
