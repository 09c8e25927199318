package dev.procession.supervise;

import dev.procession.cleanup.PortOwners;
import dev.procession.launch.FileRemedy;
import dev.procession.launch.Launch;
import dev.procession.launch.Launch.Prepared;
import dev.procession.launch.UnusableCommandException;
import dev.procession.os.OperatingSystem;
import dev.procession.os.SpawnException;
import dev.procession.process.ExitStatus;
import dev.procession.process.ProcessionException;
import dev.procession.process.StartFailedException;
import dev.procession.readiness.FilesBefore;
import dev.procession.readiness.Ownership;
import dev.procession.readiness.ReadinessProbe;
import dev.procession.readiness.ReadinessProbes;
import dev.procession.readiness.ReadinessWait;
import dev.procession.readiness.ReadinessWait.Outcome;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.PrimitiveIterator;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The steps from a description to a process that is ready, and the message when one of them fails. For one thread, and one
 * start.
 */
final class StartSequence implements AutoCloseable {

    private final OperatingSystem system;
    private final Launch launch;
    private final BiConsumer<Duration, String> heartbeat;
    private final PortOwners owners;
    private final List<ReadinessProbe> probes = new ArrayList<>();
    private FilesBefore before = FilesBefore.of(List.of());
    private @Nullable Prepared prepared;

    /** @param heartbeat is given the time spent and what is still awaited, without secrets, every 5 s while it lasts */
    StartSequence(OperatingSystem system, Launch launch, BiConsumer<Duration, String> heartbeat) {
        this.system = system;
        this.launch = launch;
        this.heartbeat = heartbeat;
        this.owners = new PortOwners(system);
    }

    /**
     * Looks that its ports are free, finds the program, and makes its folders fresh.
     *
     * @throws StartFailedException if it cannot be started
     */
    void prepare() {
        requireFreePorts();
        try {
            prepared = launch.prepare(system.processes(), system.folders());
        } catch (UnusableCommandException e) {
            throw new StartFailedException(
                    launch.spec().name(), FailureReport.notStarted(launch, e.problem(), e.fix(), e.attribute()), e);
        } catch (ProcessionException e) {
            throw notStarted(String.valueOf(e.getMessage()), FileRemedy.of(e, "mend that"), e);
        }
        for (Path socket : launch.readySockets()) {
            Optional<String> owner = owners.anybody(socket);
            if (owner.isPresent()) {
                throw notStarted(
                        "the unix socket " + socket + " is already served by " + owner.get(),
                        "stop that process, or put the socket below ${directory}",
                        null);
            }
        }
        before = FilesBefore.of(launch.readyFiles());
    }

    private void requireFreePorts() {
        PrimitiveIterator.OfInt ports = ReadinessProbes.portsToBeFree(launch).iterator();
        while (ports.hasNext()) {
            int port = ports.nextInt();
            requireFree(port, owners.anybody(port));
        }
        ReadinessProbes.addressesToBeFree(launch)
                .forEach(address -> requireFree(address.getPort(), owners.anybody(address)));
    }

    private void requireFree(int port, Optional<String> owner) {
        if (owner.isPresent()) {
            throw notStarted(
                    "port " + port + " is already served by " + owner.get(),
                    "stop that process, or let ${port} choose a free port",
                    null);
        }
    }

    private Prepared prepared() {
        if (prepared == null) {
            throw new IllegalStateException("Expected a start that was prepared, but it was not");
        }
        return prepared;
    }

    /**
     * Starts it.
     *
     * @throws StartFailedException if it cannot be; nothing was started then
     */
    Run spawn() {
        try {
            return Run.spawn(system, launch, prepared());
        } catch (SpawnException e) {
            throw notStarted(String.valueOf(e.getMessage()), "do what the system's answer asks for", e);
        } catch (ProcessionException e) {
            throw notStarted(String.valueOf(e.getMessage()), FileRemedy.of(e, "mend that"), e);
        }
    }

    private StartFailedException notStarted(String problem, String fix, @Nullable Exception cause) {
        return new StartFailedException(
                launch.spec().name(), FailureReport.notStarted(launch, problem, fix, "command"), cause);
    }

    /** Begins to wait until it is ready, has ended, or the startup timeout has passed. Looks wake the calling thread. */
    ReadinessWait awaitReady(Run run) {
        Thread waiter = Thread.currentThread();
        Runnable wakeUp = () -> LockSupport.unpark(waiter);
        run.child().exit().whenComplete((status, failure) -> wakeUp.run());
        Ownership ownership = owners.ownership(launch.spec().name(), run.tree());
        probes.addAll(ReadinessProbes.conditions(
                launch,
                prepared().readyCommand(),
                before,
                run.log(),
                ownership,
                system.spawner(),
                run.child().exit(),
                wakeUp));
        List<ReadinessProbe> conditions = List.copyOf(probes);
        List<ReadinessProbe> vetoes = ReadinessProbes.vetoes(launch, run.log(), wakeUp);
        probes.addAll(vetoes);
        Duration timeout = launch.spec().ready().timeout();
        return new ReadinessWait(
                conditions,
                vetoes,
                run.child().exit(),
                launch.spec().ready().isOneShot(),
                timeout,
                (elapsed, waiting) -> heartbeat.accept(elapsed, launch.secrets().mask(waiting)));
    }

    /**
     * The failure for an outcome. Called when the process has been stopped.
     *
     * @param own how it had ended by itself, or null
     * @param listening the ports on which it listened when the time was up
     * @param stopped whether somebody stopped it while it was starting
     */
    StartFailedException notReady(
            Run run, Outcome outcome, @Nullable ExitStatus own, Set<Integer> listening, boolean stopped) {
        Optional<String> portOwner =
                launch.port().isPresent() ? owners.anybody(launch.port().getAsInt()) : Optional.empty();
        String message = FailureReport.notReady(
                launch, outcome, run.child().id().pid(), own, run.log(), portOwner, listening, stopped);
        return new StartFailedException(
                launch.spec().name(), message, own, run.log().files());
    }

    String mask(String text) {
        return launch.secrets().mask(text);
    }

    Set<Integer> portsOf(Run run) {
        return owners.portsOf(run.tree());
    }

    /** Gives up what the probes had begun. */
    @Override
    public void close() {
        probes.forEach(ReadinessProbe::close);
    }
}
