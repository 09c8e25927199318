package dev.procession.os.portable;

import dev.procession.os.DeathWatch;
import dev.procession.os.ProcessTable;
import dev.procession.process.ProcessId;
import java.util.concurrent.CompletableFuture;

/** Deaths by looking at the process table: {@code ProcessHandle.onExit} takes a zombie for alive, for ever. */
public final class PollingDeathWatch implements DeathWatch {

    private final Poller poller;
    private final ProcessTable table;

    PollingDeathWatch(Poller poller, ProcessTable table) {
        this.poller = poller;
        this.table = table;
    }

    @Override
    public CompletableFuture<Void> death(ProcessId id) {
        CompletableFuture<Void> death = new CompletableFuture<>();
        if (!table.isAlive(id)) {
            death.complete(null);
            return death;
        }
        poller.add(death, () -> {
            if (!table.isAlive(id)) {
                death.complete(null);
            }
        });
        death.whenComplete((done, failure) -> poller.remove(death));
        return death;
    }
}
