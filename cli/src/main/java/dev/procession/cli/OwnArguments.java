package dev.procession.cli;

import dev.procession.process.ProcessSource;
import java.util.List;

/**
 * What we were called with. In a locale without UTF-8, as containers have it, the JVM itself cannot decode an argument that
 * is not ASCII; the kernel still has its bytes.
 */
final class OwnArguments {

    private OwnArguments() {}

    static String[] exactly(String... arguments) {
        if (String.join("", arguments).chars().allMatch(sign -> sign < 128)) {
            return arguments;
        }
        List<String> line =
                ProcessSource.ofMachine().commandLine(ProcessHandle.current().pid());
        return line.size() < arguments.length
                ? arguments
                : line.subList(line.size() - arguments.length, line.size()).toArray(String[]::new);
    }
}
