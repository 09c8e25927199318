package dev.procession.cleanup;

import dev.procession.os.OperatingSystem;
import dev.procession.os.Sockets.Listener;
import dev.procession.os.Sockets.ListeningSocket;
import dev.procession.os.Sockets.PathListener;
import dev.procession.process.FoundProcess;
import dev.procession.process.ProcessId;
import dev.procession.process.ProcessInfo;
import dev.procession.process.ProcessSelection;
import dev.procession.readiness.Objection;
import dev.procession.readiness.Ownership;
import dev.procession.readiness.UnixSocketProbe;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Whether listeners belong to processes that somebody else has started: to themselves, their descendants, or others of
 * the sessions that they lead. One whose owner nobody can tell is taken for theirs. Thread safe.
 */
final class SelectionOwnership implements Ownership {

    private final OperatingSystem system;
    private final PortOwners owners;
    private final ProcessSelection selection;

    SelectionOwnership(OperatingSystem system, PortOwners owners, ProcessSelection selection) {
        this.system = system;
        this.owners = owners;
        this.selection = selection;
    }

    @Override
    public Optional<Objection> objection(Collection<InetAddress> probed, int port) {
        if (!system.sockets().seesListeners()) {
            return Optional.empty();
        }
        List<Listener> covering = system.sockets().listeners(port).stream()
                .filter(listener ->
                        probed.stream().anyMatch(address -> TreeOwnership.covers(listener.address(), address)))
                .toList();
        if (covering.isEmpty()) {
            // Whoever has answered may be a predecessor that has just been stopped.
            return Optional.of(Objection.GONE);
        }
        return objection(covering, () -> system.sockets().listeners(port));
    }

    @Override
    public Optional<Objection> objection(Path socket) {
        List<PathListener> listeners = system.sockets().listeners(socket);
        if (!listeners.isEmpty()) {
            return objection(listeners, () -> system.sockets().listeners(socket));
        }
        Optional<ProcessInfo> caller = owners.whoListens(socket);
        if (caller.isPresent()) {
            return caller.filter(process -> !belongs(process, selection.find()))
                    .map(owners::describe)
                    .map(Objection::stranger);
        }
        return UnixSocketProbe.isServed(socket) ? Optional.empty() : Optional.of(Objection.GONE);
    }

    @Override
    public Optional<String> otherWriter(Path file) {
        List<ProcessInfo> writers = owners.writers(file);
        List<FoundProcess> found = selection.find();
        return writers.isEmpty() || writers.stream().anyMatch(writer -> belongs(writer, found))
                ? Optional.empty()
                : Optional.of(owners.describe(writers.get(0)));
    }

    private Optional<Objection> objection(
            List<? extends ListeningSocket> listeners, Supplier<List<? extends ListeningSocket>> present) {
        for (ListeningSocket listener : listeners) {
            List<ProcessInfo> holders = owners.holders(listener);
            // Asked after the holders: one of these may just have been started.
            List<FoundProcess> found = selection.find();
            if (holders.isEmpty() && !present.get().contains(listener)) {
                return Optional.of(Objection.GONE);
            }
            if (!holders.isEmpty() && holders.stream().noneMatch(holder -> belongs(holder, found))) {
                return Optional.of(Objection.stranger(owners.describe(holders.get(0))));
            }
        }
        return Optional.empty();
    }

    private boolean belongs(ProcessInfo holder, List<FoundProcess> found) {
        Set<ProcessId> ids = new HashSet<>();
        Set<Long> sessions = new HashSet<>();
        found.forEach(process -> {
            ids.add(process.id());
            // Only one that it leads: that of a shell would hold all that the shell has started.
            if (process.info().session() == process.pid()) {
                sessions.add(process.pid());
            }
        });
        if (sessions.contains(holder.session())) {
            return true;
        }
        Set<Long> seen = new HashSet<>();
        Optional<ProcessInfo> candidate = Optional.of(holder);
        while (candidate.isPresent() && seen.add(candidate.get().pid())) {
            if (ids.contains(candidate.get().id())) {
                return true;
            }
            candidate = system.processes().find(candidate.get().parentPid());
        }
        return false;
    }
}
