package dev.procession.cli;

import dev.procession.process.InvalidSpecException;
import dev.procession.process.ProcessionException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/**
 * A command that behaves as the tool of ProcessUtils whose name it has: its arguments are words without options, its
 * messages and exit codes are those that scripts rely on. What goes wrong otherwise is a message, too, and 1.
 */
abstract class Original {

    private static final int FAILED = 1;

    private final String name;
    private final String usage;
    private final int fewest;

    /**
     * @param usage how it is to be called
     * @param fewest so many words it needs
     */
    Original(String name, String usage, int fewest) {
        this.name = name;
        this.usage = usage;
        this.fewest = fewest;
    }

    /**
     * Runs it.
     *
     * @param arguments its name, and the words behind it
     * @return the exit code
     */
    final int execute(String... arguments) {
        List<String> words = Arrays.asList(arguments).subList(1, arguments.length);
        if (words.equals(List.of("--help"))) {
            System.out.println(usage);
            return 0;
        }
        if (plain(words).size() < fewest) {
            usageStream().println(usage);
            return FAILED;
        }
        try {
            return run(words);
        } catch (InvalidSpecException e) {
            return failed("'" + word(e.attribute()) + "' " + e.problem() + "; " + e.fix());
        } catch (ProcessionException e) {
            return failed(e.getMessage());
        } catch (RuntimeException e) {
            return failed("unexpectedly failed: " + e);
        }
    }

    /** Core's attributes, as they stand in the usage. */
    private static String word(String attribute) {
        return switch (attribute) {
            case "process" -> "processName";
            case "args" -> "params";
            case "command" -> "cmd";
            default -> attribute;
        };
    }

    private int failed(String problem) {
        System.err.println(name + ": " + problem);
        return FAILED;
    }

    /** The words that are no options. */
    List<String> plain(List<String> words) {
        return words;
    }

    abstract int run(List<String> words);

    PrintStream usageStream() {
        return System.err;
    }

    /** Whole seconds, as the original takes them. */
    static Duration seconds(String text) {
        if (!text.strip().matches("[0-9]{1,8}")) {
            throw new InvalidSpecException(
                    "timeout",
                    "is \"" + text + "\", which is no whole number of seconds",
                    "write it like 30; 'procession wait-for-start' and 'wait-for-death' also take 1.5 and 500ms");
        }
        return Times.duration("timeout", text);
    }
}
