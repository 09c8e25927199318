package dev.procession.cli;

import dev.procession.process.InvalidSpecException;
import dev.procession.process.ProcessionException;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** What went wrong as one message on stderr, with the words of the command line; never a stack trace. */
final class Errors {

    /** Core's attributes, as they are written here. */
    private static final Map<String, String> WORDS = Map.of(
            "process", "NAME",
            "args", "ARGS",
            "pattern", "--pattern",
            "user", "--user",
            "pidFile", "--pidfile",
            "gracePeriod", "--grace",
            "command", "CMD");

    /** Apart from all that a command tells by its exit code. */
    static final int INTERNAL = 70;

    private Errors() {}

    /** The command line cannot be read. */
    static int usage(ParameterException e, String[] arguments) {
        CommandSpec command = e.getCommandLine().getCommandSpec();
        String problem = e instanceof MissingParameterException missing ? missing(missing) : e.getMessage();
        if (e instanceof UnmatchedArgumentException unmatched) {
            problem = unmatched(command, unmatched);
        }
        return say(command, problem, command.exitCodeOnInvalidInput());
    }

    private static String missing(MissingParameterException e) {
        String names = e.getMissing().stream().map(ArgSpec::paramLabel).collect(Collectors.joining(" and "));
        return names.isEmpty() ? e.getMessage() : names + (e.getMissing().size() == 1 ? " is missing" : " are missing");
    }

    private static String unmatched(CommandSpec command, UnmatchedArgumentException e) {
        String word = e.getUnmatched().get(0);
        List<String> near = e.getSuggestions();
        String hint = near.isEmpty() ? "" : "; did you mean '" + near.get(0) + "'?";
        boolean isOption = word.startsWith("-") || command.subcommands().isEmpty();
        return "'" + word + "' is no " + (isOption ? "option" : "command") + hint;
    }

    /** The command line could be read, but could not be carried out. */
    static int failure(Exception e, CommandLine line, ParseResult result) {
        CommandSpec command = line.getCommandSpec();
        if (e instanceof InvalidSpecException invalid) {
            String attribute = WORDS.getOrDefault(invalid.attribute(), invalid.attribute());
            return say(
                    command,
                    "'" + attribute + "' " + invalid.problem() + "; " + invalid.fix(),
                    command.exitCodeOnInvalidInput());
        }
        String problem = e instanceof ProcessionException ? e.getMessage() : "unexpectedly failed: " + e;
        line.getErr().println(command.qualifiedName() + ": " + problem);
        return command.exitCodeOnExecutionException();
    }

    private static int say(CommandSpec command, String problem, int exitCode) {
        CommandLine line = command.commandLine();
        line.getErr().println(command.qualifiedName() + ": " + problem);
        line.getErr().println("Usage: " + line.getHelp().synopsis(0).strip());
        line.getErr().println("Try '" + command.qualifiedName() + " --help'.");
        return exitCode;
    }
}
