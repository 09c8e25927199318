package dev.procession.os.portable;

import dev.procession.os.DeathWatch;
import dev.procession.os.FileWatch;
import dev.procession.os.ProcessTable;
import dev.procession.os.Signaller;
import dev.procession.os.Spawner;
import java.time.Duration;

/** The capabilities that need nothing but a JDK. One instance serves one JVM; it owns the polling thread. */
public final class Portable {

    /** How long the polling thread stays when there is nothing to look at any more, since that is seldom the end. */
    private static final Duration LINGER = Duration.ofSeconds(2);

    private final ProcessTable table;
    private final Poller poller = new Poller(LINGER);

    public Portable(ProcessTable table) {
        this.table = table;
    }

    public Spawner spawner() {
        return new PortableSpawner(table);
    }

    public Signaller signaller() {
        return new PortableSignaller(table);
    }

    public DeathWatch deathWatch() {
        return new PollingDeathWatch(poller, table);
    }

    public FileWatch fileWatch() {
        return new PollingFileWatch(poller);
    }
}
