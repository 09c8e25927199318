package dev.procession.os.linux;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import dev.procession.os.Child;
import dev.procession.process.ExitStatus;
import dev.procession.process.ProcessId;
import dev.procession.process.Signal;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A child by posix_spawn: it stays a zombie, and keeps its ids, from its exit until {@link #reap()}. */
final class LinuxChild implements Child {

    private static final int CLD_EXITED = 1;
    private static final int CLD_DUMPED = 3;

    private final ProcessId id;
    private final int pidfd;
    private final EpollLoop loop;
    private final CompletableFuture<ExitStatus> exit = new CompletableFuture<>();
    private long token;
    private boolean idsAreOurs = true;
    private boolean reaped;

    private LinuxChild(ProcessId id, int pidfd, EpollLoop loop) {
        this.id = id;
        this.pidfd = pidfd;
        this.loop = loop;
    }

    /** Takes over the pidfd, which is closed when the child is reaped. */
    static LinuxChild watched(ProcessId id, int pidfd, EpollLoop loop) {
        LinuxChild child = new LinuxChild(id, pidfd, loop);
        child.watch();
        return child;
    }

    private synchronized void watch() {
        token = loop.add(pidfd, this::publishExit);
    }

    private void publishExit() {
        ExitStatus status = waitid(Libc.WEXITED | Libc.WNOHANG | Libc.WNOWAIT);
        if (status != null) {
            unwatch(status);
            exit.complete(status);
        }
    }

    private synchronized void unwatch(ExitStatus status) {
        loop.remove(pidfd, token);
        // Whoever learned the status instead of us has reaped it, and its ids are anybody's.
        idsAreOurs = !(status instanceof ExitStatus.Unknown);
    }

    private @Nullable ExitStatus waitid(int options) {
        try (Memory info = new Memory(128)) {
            info.clear();
            if (Libc.waitid(Libc.P_PIDFD, pidfd, Pointer.nativeValue(info), options) != 0) {
                int errno = Native.getLastError();
                return errno == Libc.EINTR
                        ? null
                        : new ExitStatus.Unknown(
                                OptionalInt.empty(),
                                "the system gave it to somebody else, as it does when the JVM was started with"
                                        + " SIGCHLD ignored: " + Libc.describe(errno));
            }
            if (info.getInt(16) == 0) {
                return null;
            }
            int code = info.getInt(8);
            int status = info.getInt(24);
            return code == CLD_EXITED
                    ? new ExitStatus.Code(status)
                    : new ExitStatus.Signalled(status, code == CLD_DUMPED);
        }
    }

    @Override
    public ProcessId id() {
        return id;
    }

    @Override
    public boolean leadsSession() {
        return true;
    }

    @Override
    public CompletableFuture<ExitStatus> exit() {
        return exit;
    }

    @Override
    public synchronized boolean signal(Signal signal) {
        return !reaped && !exit.isDone() && Libc.pidfdSendSignal(pidfd, signal.number()) == 0;
    }

    @Override
    public synchronized boolean signalGroup(Signal signal) {
        return !reaped && idsAreOurs && Libc.killGroup(id.pid(), signal.number()) == 0;
    }

    @Override
    public synchronized void reap() {
        if (!reaped && exit.isDone()) {
            reaped = true;
            waitid(Libc.WEXITED | Libc.WNOHANG);
            Libc.close(pidfd);
        }
    }
}
