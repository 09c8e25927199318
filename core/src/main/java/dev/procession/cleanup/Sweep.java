package dev.procession.cleanup;

import dev.procession.os.Signaller;
import dev.procession.process.ProcessId;
import dev.procession.process.ProcessInfo;
import dev.procession.process.ProcessionException;
import dev.procession.process.Signal;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * Kills processes that nobody waits for, while they may start others: STOP until a look finds nobody new, then KILL, again
 * until two looks find nobody.
 */
public final class Sweep {

    private static final Duration POLL = Duration.ofMillis(4);
    private static final int MOST_FREEZE_LOOKS = 20;

    private final Signaller signaller;
    private final Supplier<List<ProcessInfo>> look;

    /** @param look finds all of them that live, the new ones included */
    public Sweep(Signaller signaller, Supplier<List<ProcessInfo>> look) {
        this.signaller = signaller;
        this.look = look;
    }

    /**
     * Runs in this thread. However long a look takes, everybody is sent KILL, and given the time to end by it.
     *
     * @param patience how long KILL may take to have its effect, from the first on
     * @return who has survived it
     */
    public List<ProcessInfo> run(Duration patience) {
        freeze(look.get()).forEach(row -> send(row.id(), Signal.KILL));
        long deadline = System.nanoTime() + patience.toNanos();
        int quiet = 0;
        while (true) {
            long begun = System.nanoTime();
            List<ProcessInfo> left = look.get();
            quiet = left.isEmpty() ? quiet + 1 : 0;
            if (quiet == 2 || begun - deadline >= 0) {
                return left;
            }
            LockSupport.parkNanos(this, POLL.toNanos());
            freeze(left).forEach(row -> send(row.id(), Signal.KILL));
        }
    }

    private List<ProcessInfo> freeze(List<ProcessInfo> found) {
        Set<ProcessId> frozen = new HashSet<>();
        List<ProcessInfo> all = found;
        boolean anybodyNew = true;
        for (int looks = 0; anybodyNew && looks < MOST_FREEZE_LOOKS; looks++) {
            anybodyNew = false;
            for (ProcessInfo row : all) {
                if (frozen.add(row.id())) {
                    anybodyNew = true;
                    send(row.id(), Signal.STOP);
                }
            }
            if (anybodyNew) {
                all = look.get();
            }
        }
        // Who turns out to be somebody else's goes on.
        all.forEach(row -> frozen.remove(row.id()));
        frozen.forEach(id -> send(id, Signal.CONT));
        return all;
    }

    private void send(ProcessId id, Signal signal) {
        try {
            signaller.send(id, signal);
        } catch (ProcessionException e) {
            // One that cannot be signalled at this moment must not keep the rest from it; the next look finds it again.
        }
    }
}
