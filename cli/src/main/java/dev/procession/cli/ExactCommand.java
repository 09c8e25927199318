package dev.procession.cli;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A command for a ProcessBuilder. In a locale without UTF-8, as containers have it, a JVM cannot write an argument that is
 * not ASCII; a shell then does it, and is replaced by the command.
 */
final class ExactCommand {

    private ExactCommand() {}

    static List<String> of(List<String> command) {
        Charset platform = Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));
        if (command.stream().allMatch(platform.newEncoder()::canEncode)) {
            return command;
        }
        StringBuilder script = new StringBuilder();
        for (String word : command) {
            // A substitution loses line ends at its end, hence the dot.
            script.append("word=$(printf '").append(octal(word)).append(".'); set -- \"$@\" \"${word%.}\"\n");
        }
        return List.of("/bin/sh", "-c", script + "exec \"$@\"", "sh");
    }

    private static String octal(String word) {
        StringBuilder text = new StringBuilder();
        for (byte sign : word.getBytes(StandardCharsets.UTF_8)) {
            text.append(String.format("\\%03o", sign & 0xff));
        }
        return text.toString();
    }
}
