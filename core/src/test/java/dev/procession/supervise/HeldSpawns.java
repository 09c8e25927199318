package dev.procession.supervise;

import dev.procession.os.Child;
import dev.procession.os.FedChild;
import dev.procession.os.OperatingSystem;
import dev.procession.os.SpawnException;
import dev.procession.os.SpawnRequest;
import dev.procession.os.Spawner;
import dev.procession.testkit.Await;
import java.util.concurrent.atomic.AtomicInteger;

/** The real system, with spawns that a test can hold for as long as it wants something else to happen meanwhile. */
final class HeldSpawns implements Spawner {

    private final OperatingSystem system;
    private volatile boolean holding;
    private volatile boolean reached;
    private final AtomicInteger spawns = new AtomicInteger();

    HeldSpawns(OperatingSystem system) {
        this.system = system;
    }

    OperatingSystem system() {
        return new OperatingSystem(
                system.processes(),
                this,
                system.signaller(),
                system.deaths(),
                system.files(),
                system.sockets(),
                system.description());
    }

    void hold() {
        holding = true;
    }

    /** How often somebody wanted one. */
    int count() {
        return spawns.get();
    }

    void awaitSpawn() {
        Await.until("a spawn is held", () -> reached);
    }

    void release() {
        holding = false;
    }

    @Override
    public Child spawn(SpawnRequest request) throws SpawnException {
        awaitRelease();
        return system.spawner().spawn(request);
    }

    @Override
    public FedChild spawnFed(SpawnRequest request) throws SpawnException {
        awaitRelease();
        return system.spawner().spawnFed(request);
    }

    private void awaitRelease() {
        spawns.incrementAndGet();
        if (holding) {
            reached = true;
            Await.until("it is released", () -> !holding);
        }
    }
}
