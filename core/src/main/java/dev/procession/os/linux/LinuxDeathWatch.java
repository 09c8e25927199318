package dev.procession.os.linux;

import com.sun.jna.Native;
import dev.procession.os.DeathWatch;
import dev.procession.os.ProcessTable;
import dev.procession.process.ProcessId;
import dev.procession.process.ProcessionException;
import java.util.concurrent.CompletableFuture;

/** Deaths by pidfd, noticed in the one thread of an {@link EpollLoop}. */
public final class LinuxDeathWatch implements DeathWatch {

    private final EpollLoop loop;
    private final ProcessTable table;

    LinuxDeathWatch(EpollLoop loop, ProcessTable table) {
        this.loop = loop;
        this.table = table;
    }

    @Override
    public CompletableFuture<Void> death(ProcessId id) {
        CompletableFuture<Void> death = new CompletableFuture<>();
        int pidfd = Libc.pidfdOpen(id.pid());
        int errno = pidfd < 0 ? Native.getLastError() : 0;
        // The descriptor is taken first: whoever it names now is whom the look that follows describes.
        if (!table.isAlive(id)) {
            if (pidfd >= 0) {
                Libc.close(pidfd);
            }
            death.complete(null);
            return death;
        }
        if (pidfd < 0) {
            throw new ProcessionException("Cannot watch " + id + ": " + Libc.describe(errno));
        }
        long token;
        try {
            token = loop.add(pidfd, () -> death.complete(null));
        } catch (ProcessionException e) {
            Libc.close(pidfd);
            throw e;
        }
        // Whichever comes first, the death or a cancel, ends the watch exactly once.
        death.whenComplete((done, failure) -> {
            loop.remove(pidfd, token);
            Libc.close(pidfd);
        });
        return death;
    }
}
