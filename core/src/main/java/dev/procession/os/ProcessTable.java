package dev.procession.os;

import dev.procession.process.ProcessId;
import dev.procession.process.ProcessInfo;
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

    /** The arguments, argv[0] first; empty for zombies, kernel threads and processes that have gone. */
    List<String> commandLine(long pid);

    /** The environment a process was started with, {@code KEY=value}; a program may have overwritten its own. */
    List<String> environment(long pid);

    /** The inode numbers of the sockets a process holds open. */
    List<Long> socketInodes(long pid);

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
