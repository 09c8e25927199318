package dev.procession.os.linux;

import dev.procession.os.ProcessTable;
import dev.procession.os.SafeTargets;
import dev.procession.os.Signaller;
import dev.procession.process.ProcessId;
import dev.procession.process.Signal;

/** Signals through a pidfd, verified between open and send: a pid that was used again is never hit. */
public final class LinuxSignaller implements Signaller {

    private final ProcessTable table;
    private final SafeTargets targets;

    LinuxSignaller(ProcessTable table) {
        this.table = table;
        this.targets = SafeTargets.asSeenIn(table);
    }

    @Override
    public boolean send(ProcessId id, Signal signal) {
        int pidfd = Libc.pidfdOpen(targets.check(id).pid());
        if (pidfd < 0) {
            return false;
        }
        try {
            return table.isAlive(id) && Libc.pidfdSendSignal(pidfd, signal.number()) == 0;
        } finally {
            Libc.close(pidfd);
        }
    }
}
