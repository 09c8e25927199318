package dev.procession.cleanup;

import dev.procession.os.OperatingSystem;
import dev.procession.os.Sockets.Listener;
import dev.procession.os.Sockets.ListeningSocket;
import dev.procession.os.Sockets.PathListener;
import dev.procession.process.ProcessId;
import dev.procession.process.ProcessInfo;
import dev.procession.readiness.Objection;
import dev.procession.readiness.Ownership;
import dev.procession.readiness.UnixSocketProbe;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Whether listeners belong to the tree of one start: ours, somebody else's for certain, or of an owner whom nobody can
 * tell. Thread safe.
 */
final class TreeOwnership implements Ownership {

    private static final Logger LOG = System.getLogger("dev.procession");

    /** A server that goes into the background hands its listener to a child and ends: one look can miss both. */
    private static final int MOST_LOOKS = 3;

    private final OperatingSystem system;
    private final PortOwners owners;
    private final String name;
    private final ProcessTree tree;

    /** Probes ask more than once, and several of them about the same port; a log line is worth reading once. */
    private final Set<String> said = ConcurrentHashMap.newKeySet();

    TreeOwnership(OperatingSystem system, PortOwners owners, String name, ProcessTree tree) {
        this.system = system;
        this.owners = owners;
        this.name = name;
        this.tree = tree;
    }

    @Override
    public Optional<Objection> objection(Collection<InetAddress> probed, int port) {
        if (!system.sockets().seesListeners()) {
            sayOnce("'" + name + "': port " + port
                    + " answers, owner unproved: this platform does not tell who listens;"
                    + " the port was free before the start, so it is taken for ours");
            return Optional.empty();
        }
        List<Listener> listeners = system.sockets().listeners(port);
        List<Listener> covering = listeners.stream()
                .filter(listener -> probed.stream().anyMatch(address -> covers(listener.address(), address)))
                .toList();
        return objection(
                "on port " + port, listeners, covering, () -> system.sockets().listeners(port), Optional::empty);
    }

    @Override
    public Optional<Objection> objection(Path socket) {
        List<PathListener> listeners = system.sockets().listeners(socket);
        String where = "at " + socket;
        if (listeners.isEmpty()) {
            Optional<ProcessInfo> caller = owners.whoListens(socket);
            if (caller.isEmpty()) {
                if (!UnixSocketProbe.isServed(socket)) {
                    return Optional.of(Objection.GONE);
                }
                sayOnce("'" + name + "': nobody can tell who owns the listener " + where + "; it is taken for ours");
            }
            return caller.filter(process -> !isAnyMember(List.of(process)))
                    .map(owners::describe)
                    .map(Objection::stranger);
        }
        return objection(
                where, listeners, listeners, () -> system.sockets().listeners(socket), () -> owners.whoListens(socket));
    }

    @Override
    public Optional<String> otherWriter(Path file) {
        List<ProcessInfo> writers = owners.writers(file);
        return writers.isEmpty() || isAnyMember(writers)
                ? Optional.empty()
                : Optional.of(owners.describe(writers.get(0)));
    }

    /**
     * What speaks against listeners.
     *
     * @param where they listen, for the log
     * @param listeners all that are there
     * @param covering those of them that are reached
     * @param present all that are there at the moment
     * @param caller who has made the one listen that is reached, as far as that is told; asked if its owner is hidden
     */
    private Optional<Objection> objection(
            String where,
            List<? extends ListeningSocket> listeners,
            List<? extends ListeningSocket> covering,
            Supplier<List<? extends ListeningSocket>> present,
            Supplier<Optional<ProcessInfo>> caller) {
        if (covering.isEmpty()) {
            return Optional.of(Objection.GONE);
        }
        Set<Long> ours = new HashSet<>();
        tree.root().ifPresent(root -> ours.addAll(system.processes().socketInodes(root.pid())));
        // Most often the root listens itself; then nobody else needs to be looked at.
        if (covering.stream().allMatch(listener -> ours.contains(listener.inode()))) {
            return Optional.empty();
        }
        for (int looks = 0; looks < MOST_LOOKS; looks++) {
            tree.members().forEach(member -> ours.addAll(system.processes().socketInodes(member.pid())));
            for (ListeningSocket listener : covering) {
                Optional<ProcessInfo> stranger =
                        ours.contains(listener.inode()) ? Optional.empty() : stranger(listener, ours);
                if (stranger.isPresent()) {
                    return stranger.map(owners::describe).map(Objection::stranger);
                }
            }
            if (covering.stream().allMatch(listener -> ours.contains(listener.inode()))) {
                return Optional.empty();
            }
        }
        boolean anyOurs = listeners.stream().anyMatch(listener -> ours.contains(listener.inode()));
        List<? extends ListeningSocket> unproved = covering.stream()
                .filter(listener -> !ours.contains(listener.inode()))
                .toList();
        // Of one that has been closed meanwhile nobody is found either.
        List<? extends ListeningSocket> now = present.get();
        List<? extends ListeningSocket> hidden =
                unproved.stream().filter(now::contains).toList();
        Optional<ProcessInfo> known = hidden.isEmpty() ? Optional.empty() : caller.get();
        if (known.isPresent()) {
            return known.filter(process -> !isAnyMember(List.of(process)))
                    .map(owners::describe)
                    .map(Objection::stranger);
        }
        return hidden.stream()
                .filter(listener -> !isTakenForOurs(where, listener, anyOurs))
                .findFirst()
                .map(PortOwners::describeUnknown)
                .map(Objection::stranger)
                .or(() -> hidden.size() < unproved.size() ? Optional.of(Objection.GONE) : Optional.empty());
    }

    /**
     * Who certainly is not one of us and holds a listener.
     *
     * @param ours gets the listener's inode if one of us is found to hold it
     */
    private Optional<ProcessInfo> stranger(ListeningSocket listener, Set<Long> ours) {
        List<ProcessInfo> holders = owners.holders(listener);
        if (holders.isEmpty()) {
            return Optional.empty();
        }
        if (isAnyMember(holders)) {
            ours.add(listener.inode());
            return Optional.empty();
        }
        // One that has ended by now can have been a member all the same.
        return holders.stream()
                .filter(holder -> system.processes().isAlive(holder.id()))
                .findFirst();
    }

    /** Looks for the members only now: they may be younger than those of a moment ago. */
    private boolean isAnyMember(List<ProcessInfo> processes) {
        Set<ProcessId> all = new HashSet<>();
        tree.root().ifPresent(root -> all.add(root.id()));
        tree.members().forEach(member -> all.add(member.id()));
        return processes.stream().anyMatch(process -> all.contains(process.id()));
    }

    /** A member that runs as another user hides its listeners; a start must not fail for that. */
    private boolean isTakenForOurs(String where, ListeningSocket listener, boolean anyOurs) {
        OptionalLong ourUser =
                tree.root().map(root -> system.processes().userId(root.pid())).orElse(OptionalLong.empty());
        if (anyOurs && !ourUser.equals(OptionalLong.of(listener.userId()))) {
            return false;
        }
        sayOnce("'" + name + "': nobody can tell who owns the listener " + where + " (user id " + listener.userId()
                + "); it is taken for ours");
        return true;
    }

    private void sayOnce(String message) {
        if (said.add(message)) {
            LOG.log(Level.INFO, message);
        }
    }

    /**
     * Whether a connection to an address can reach a listener on another. The wildcard of IPv6 takes IPv4 too, unless
     * its owner has forbidden that, which nobody can see in {@code /proc/net/tcp6}; so it is taken to.
     */
    static boolean covers(InetAddress listening, InetAddress probed) {
        if (listening.isAnyLocalAddress()) {
            return isIpv6(listening) || !isIpv6(probed);
        }
        // Connecting to a wildcard address is connecting to its family's loopback.
        return probed.isAnyLocalAddress()
                ? listening.getHostAddress().equals(isIpv6(probed) ? "0:0:0:0:0:0:0:1" : "127.0.0.1")
                : listening.equals(probed);
    }

    /** Java gives an IPv4 address in the clothes of IPv6, such as ::ffff:127.0.0.1, as IPv4. */
    private static boolean isIpv6(InetAddress address) {
        return address instanceof Inet6Address;
    }
}
