package dev.procession.os;

import dev.procession.process.ProcessId;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All that a spawn needs, resolved: nothing is looked up on a PATH or expanded any more.
 *
 * @param executable the absolute path of the program
 * @param arguments the whole argv, argv[0] included
 * @param environment variables laid over the inherited ones
 * @param inheritEnvironment whether the JVM's own variables are passed on, byte by byte
 * @param directory the working directory, existing
 * @param stdin the file read as standard input, or null for an empty one
 * @param stdout the regular file standard output is appended to, existing; or {@linkplain #inputOf somebody's input}
 * @param stderr the same for standard error; may be the same file
 */
public record SpawnRequest(
        Path executable,
        List<String> arguments,
        Map<String, String> environment,
        boolean inheritEnvironment,
        Path directory,
        @Nullable Path stdin,
        Path stdout,
        Path stderr) {

    /** Where Linux shows what a process has open. */
    private static final Path OPEN = Path.of("/proc");

    /** As a log: what is written is thrown away. */
    public static final Path NOWHERE = Path.of(File.separatorChar == '/' ? "/dev/null" : "NUL");

    public SpawnRequest {
        arguments = List.copyOf(arguments);
        environment = Map.copyOf(environment);
    }

    /** As a log: what is written goes into the pipe that a process, such as a little program, reads by that descriptor. */
    public static Path inputOf(ProcessId reader, int descriptor) {
        return OPEN.resolve(reader.pid() + "/fd/" + descriptor);
    }

    /** Whether a log is {@linkplain #inputOf somebody's input}. */
    public static boolean isInput(Path log) {
        return log.startsWith(OPEN);
    }

    /** The same with other logs. */
    public SpawnRequest logs(Path out, Path err) {
        return new SpawnRequest(executable, arguments, environment, inheritEnvironment, directory, stdin, out, err);
    }

    /**
     * Looks at the logs before anybody opens them: a FIFO would hold the opening thread in the kernel until somebody
     * reads it.
     *
     * @throws SpawnException if one is neither a regular file nor {@linkplain #inputOf somebody's input}
     */
    public void checkLogs() throws SpawnException {
        for (Path log : List.of(stdout, stderr)) {
            if (!log.equals(NOWHERE) && !isInput(log) && !Files.isRegularFile(log, LinkOption.NOFOLLOW_LINKS)) {
                throw new SpawnException("the log " + log + " is no regular file");
            }
        }
    }
}
