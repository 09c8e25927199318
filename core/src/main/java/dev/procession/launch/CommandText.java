package dev.procession.launch;

import dev.procession.os.ProcessTable;
import dev.procession.process.CommandLine;
import dev.procession.process.ProcessInfo;
import java.nio.file.Path;
import java.util.List;

/** Commands and paths as messages show them. */
public final class CommandText {

    private CommandText() {}

    /**
     * A command that can be pasted into a shell, cut if it is very long. What stands where secrets stand is replaced by
     * {@code ***}.
     */
    public static String of(List<String> command) {
        return CommandLine.text(command);
    }

    /** The same, of a process whose secrets are known: they are replaced wherever they stand. */
    public static String of(List<String> command, Secrets secrets) {
        // Before it is quoted and cut, either of which would change a secret so that it is not found.
        return CommandLine.quoted(
                CommandLine.mask(command).stream().map(secrets::mask).toList());
    }

    /**
     * What a process runs: its command line or, for one that has none at the moment or has ended, its name in brackets as
     * ps does.
     */
    public static String of(ProcessInfo row, ProcessTable processes) {
        List<String> line = processes.commandLine(row.pid());
        // The pid of one that has gone can be somebody else's.
        return line.isEmpty() || !processes.isAlive(row.id()) ? "[" + row.name() + "]" : of(line);
    }

    /** A path as seen from the directory the JVM was started in, if it lies below. */
    public static String of(Path path) {
        Path base = Path.of("").toAbsolutePath();
        return path.startsWith(base) && !path.equals(base)
                ? base.relativize(path).toString()
                : path.toString();
    }
}
