package dev.procession.process;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.ServiceLoader;
import java.util.Set;

/**
 * What a {@link ProcessQuery} asks of the machine it runs on. Found through {@link ServiceLoader}, so that the words need
 * not know the operating system; whoever uses the library has nothing to do with it. Thread safe.
 */
public interface ProcessSource {

    /** That of this JVM. */
    static ProcessSource ofMachine() {
        return Holder.SOURCE;
    }

    /** Loaded by our own class loader: the caller's may be that of a plugin or of a test. */
    final class Holder {
        private static final ProcessSource SOURCE = ServiceLoader.load(
                        ProcessSource.class, ProcessSource.class.getClassLoader())
                .findFirst()
                .orElseThrow(() -> new ProcessionException("No implementation of " + ProcessSource.class.getName()
                        + " was found; a jar that was put together" + " of several must keep their META-INF/services"));

        private Holder() {}
    }

    /**
     * The living processes whose command line passes a test, in no order. It never loads native code.
     *
     * @param test is asked at least once for each process
     */
    List<FoundProcess> scan(CommandLineTest test);

    /** The row of a pid, zombies included. */
    Optional<ProcessInfo> find(long pid);

    /** The arguments, argv[0] first; empty where there are none. */
    List<String> commandLine(long pid);

    /**
     * Whoever has a pid now and has not ended, with his command line: both are of one process, even if the pid is given to
     * somebody else meanwhile.
     */
    default Optional<FoundProcess> look(long pid) {
        return find(pid)
                .filter(row -> !row.isDead())
                .map(row -> new FoundProcess(row, commandLine(pid)))
                .filter(this::isThere);
    }

    /** Whether a process has not ended: then all that was read by its pid before is its own. */
    default boolean isThere(FoundProcess process) {
        return find(process.pid())
                .filter(row -> row.id().equals(process.id()) && !row.isDead())
                .isPresent();
    }

    /**
     * Whether a process runs this program file, under whatever name, or one that had this path when it was started; false
     * where that is not told.
     */
    boolean runs(long pid, Path program);

    /**
     * Whether a process runs as a user, by his effective id.
     *
     * @param user a name or a number
     * @throws InvalidSpecException if this machine knows no such user
     */
    boolean isOf(long pid, String user);

    /** The pids, among these, of those who listen on a TCP port. */
    Set<Long> listeners(int port, List<Long> among);

    /**
     * A number that a process has in common with what it has forked, until one of them executes another program; empty
     * where that is not told.
     */
    OptionalLong image(long pid);

    /** The current moment on the scale of {@link ProcessId#startTicks()}: hundredths of a second. */
    long nowTicks();

    /** The current moment by the wall clock. */
    default Instant now() {
        return Instant.now();
    }

    /**
     * Sends a signal to exactly this process.
     *
     * @return false if it has gone, may not be signalled by us, or must not be: init, this JVM, who has started it
     */
    boolean send(ProcessId id, Signal signal);
}
