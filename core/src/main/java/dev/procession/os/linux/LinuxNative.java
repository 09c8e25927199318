package dev.procession.os.linux;

import com.sun.jna.Native;
import dev.procession.os.DeathWatch;
import dev.procession.os.FileCut;
import dev.procession.os.FileWatch;
import dev.procession.os.OwnEnvironment;
import dev.procession.os.ProcessTable;
import dev.procession.os.SharedFolders;
import dev.procession.os.Signaller;
import dev.procession.os.Sockets;
import dev.procession.os.Spawner;
import dev.procession.process.ProcessInfo;
import dev.procession.process.ProcessionException;
import java.time.Duration;

/**
 * The native capabilities, each made by doing once what it is for: a method here either returns something that works or
 * throws.
 *
 * <p>One instance serves one JVM; it owns the watching thread.
 */
public final class LinuxNative {

    /** How long the watching thread stays when nothing is watched any more, since that is seldom the end. */
    private static final Duration LINGER = Duration.ofSeconds(2);

    private final EpollLoop loop;
    private final ProcessTable table;
    private final SecondLook secondLook;

    /** @throws LinkageError or ProcessionException where native code cannot be used at all */
    public LinuxNative(ProcessTable table) {
        this.table = table;
        int pidfd = Libc.pidfdOpen(ProcessHandle.current().pid());
        if (pidfd < 0) {
            throw new ProcessionException("the kernel has no pidfd_open; Linux 5.4 is the oldest that serves");
        }
        try {
            if (Libc.pidfdSendSignal(pidfd, 0) != 0) {
                throw new ProcessionException("pidfd_send_signal is not permitted here");
            }
            // Of ourselves it must say "no child of yours" (ECHILD, 10); an older kernel says "no such kind of id".
            if (Libc.waitid(Libc.P_PIDFD, pidfd, 0, Libc.WEXITED | Libc.WNOHANG) != -1 || Native.getLastError() != 10) {
                throw new ProcessionException("the kernel has no waitid(P_PIDFD); Linux 5.4 is the oldest that serves");
            }
        } finally {
            Libc.close(pidfd);
        }
        loop = new EpollLoop(LINGER);
        secondLook = OwnersView.orNone();
    }

    /** That of {@code /proc}, and for a root without all rights what other users' processes hide from it. */
    public ProcessTable processes() {
        return secondLook == SecondLook.NONE ? table : new ProcfsTable(secondLook);
    }

    /** Needs glibc 2.34, for a spawn that leaks no descriptor. */
    public Spawner spawner() {
        return new LinuxSpawner(loop, table);
    }

    public Signaller signaller() {
        return new LinuxSignaller(table);
    }

    public DeathWatch deathWatch() {
        DeathWatch watch = new LinuxDeathWatch(loop, table);
        table.find(ProcessHandle.current().pid())
                .map(ProcessInfo::id)
                .ifPresent(self -> watch.death(self).cancel(false));
        return watch;
    }

    public FileWatch fileWatch() {
        return new InotifyFileWatch(loop);
    }

    /** Whether it works depends on the file system of each file. */
    public FileCut fileCut() {
        return new LinuxFileCut();
    }

    public SharedFolders sharedFolders() {
        return new LinuxSharedFolders();
    }

    public OwnEnvironment environment() {
        return new LibcEnvironment();
    }

    public Sockets sockets() {
        return new SockDiagSockets();
    }
}
