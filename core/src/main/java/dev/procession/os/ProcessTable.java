package dev.procession.os;

import dev.procession.process.CommandLineTest;
import dev.procession.process.FoundProcess;
import dev.procession.process.ProcessId;
import dev.procession.process.ProcessInfo;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What is running on this machine. A process that vanishes while it is looked at is no error, it is just absent.
 *
 * <p>Thread safe. What another user's process hides is given as empty.
 */
public interface ProcessTable {

    /** The row of a pid, zombies included. */
    Optional<ProcessInfo> find(long pid);

    /** All rows, in no order. */
    List<ProcessInfo> scan();

    /**
     * The rows and command lines of those whose command line passes a test, in no order; without those that have ended.
     *
     * @param test is asked at least once for each process; whoever has no command line has one of length 0
     */
    default List<FoundProcess> scan(CommandLineTest test) {
        List<FoundProcess> found = new ArrayList<>();
        for (ProcessInfo row : scan()) {
            List<String> line = row.isDead() ? List.of() : commandLine(row.pid());
            byte[] bytes =
                    line.isEmpty() ? new byte[0] : (String.join("\0", line) + "\0").getBytes(StandardCharsets.UTF_8);
            if (!row.isDead() && test.test(bytes, bytes.length)) {
                found.add(new FoundProcess(row, line));
            }
        }
        return found;
    }

    /**
     * Whether a process runs this program file, under whatever name, or one that had this path when it was started; false
     * where that is not told. A link to a file of quite another name may be one of several programs in that file, as with
     * busybox: then whoever was started as another one of them does not run it.
     */
    default boolean runs(long pid, Path program) {
        return false;
    }

    /**
     * A number that a process has in common with what it has forked, until one of them executes another program; empty
     * where that is not told.
     */
    default OptionalLong image(long pid) {
        return OptionalLong.empty();
    }

    /** The arguments, argv[0] first; empty for zombies, kernel threads and processes that have gone. */
    List<String> commandLine(long pid);

    /** The environment a process was started with, {@code KEY=value}; a program may have overwritten its own. */
    List<String> environment(long pid);

    /** The inode numbers of the sockets a process holds open. */
    List<Long> socketInodes(long pid);

    /** Whether a process has a file open for writing; false where that is not told. */
    default boolean writes(long pid, Path file) {
        return false;
    }

    /**
     * The folder a process works in; empty where that is not told. One that has been removed is still given by its path.
     */
    Optional<Path> workingDirectory(long pid);

    /** The inode number of the pipe that a descriptor of a process is an end of; empty if it is none, or is hidden. */
    default OptionalLong pipe(long pid, int descriptor) {
        return OptionalLong.empty();
    }

    /**
     * In which namespaces a process runs, as far as pids and ticks mean something else in others; empty where that is not
     * told.
     */
    default Optional<String> namespaces(long pid) {
        return Optional.empty();
    }

    /** Which start of the machine this is, in which pids and ticks mean something; empty where that is not told. */
    default Optional<String> boot() {
        return Optional.empty();
    }

    /**
     * The files that a process has as standard output and standard error, without those that are no files; empty where that
     * is not told. One that has been removed is still given by its path.
     */
    default List<Path> outputs(long pid) {
        return List.of();
    }

    /** The user a process runs as, the effective one; empty where that is not told. */
    OptionalLong userId(long pid);

    /** The current moment on the scale of {@link ProcessId#startTicks()}: hundredths of a second. */
    long nowTicks();

    /** This JVM. */
    default ProcessId self() {
        long pid = ProcessHandle.current().pid();
        return find(pid).map(ProcessInfo::id).orElseGet(() -> new ProcessId(pid, 0));
    }

    /** Whether exactly this process is there and has not ended. */
    default boolean isAlive(ProcessId id) {
        return find(id.pid())
                .filter(row -> row.id().equals(id) && !row.isDead())
                .isPresent();
    }
}
