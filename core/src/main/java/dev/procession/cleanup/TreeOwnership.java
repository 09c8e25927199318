package dev.procession.cleanup;

import dev.procession.os.OperatingSystem;
import dev.procession.os.Sockets.Listener;
import dev.procession.process.ProcessId;
import dev.procession.process.ProcessInfo;
import dev.procession.readiness.PortOwnership;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Whether listeners belong to the tree of one start: ours, somebody else's for certain, or of an owner whom nobody can
 * tell. Thread safe.
 */
final class TreeOwnership implements PortOwnership {

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
    public Optional<String> objection(Collection<InetAddress> probed, int port) {
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
        Set<Long> ours = new HashSet<>();
        tree.root().ifPresent(root -> ours.addAll(system.processes().socketInodes(root.pid())));
        // Most often the root listens itself; then nobody else needs to be looked at.
        if (covering.stream().allMatch(listener -> ours.contains(listener.inode()))) {
            return Optional.empty();
        }
        for (int looks = 0; looks < MOST_LOOKS; looks++) {
            tree.members().forEach(member -> ours.addAll(system.processes().socketInodes(member.pid())));
            for (Listener listener : covering) {
                Optional<ProcessInfo> stranger =
                        ours.contains(listener.inode()) ? Optional.empty() : stranger(listener, ours);
                if (stranger.isPresent()) {
                    return stranger.map(owners::describe);
                }
            }
            if (covering.stream().allMatch(listener -> ours.contains(listener.inode()))) {
                return Optional.empty();
            }
        }
        boolean anyOurs = listeners.stream().anyMatch(listener -> ours.contains(listener.inode()));
        return covering.stream()
                .filter(listener -> !ours.contains(listener.inode()))
                .filter(listener -> stillListens(listener) && !isTakenForOurs(listener, anyOurs))
                .findFirst()
                .map(PortOwners::describeUnknown);
    }

    /**
     * Who certainly is not one of us and holds a listener.
     *
     * @param ours gets the listener's inode if one of us is found to hold it
     */
    private Optional<ProcessInfo> stranger(Listener listener, Set<Long> ours) {
        List<ProcessInfo> holders = owners.holders(listener);
        if (holders.isEmpty()) {
            return Optional.empty();
        }
        // Asked only now: a holder may be younger than the members of a moment ago.
        Set<ProcessId> all = new HashSet<>();
        tree.root().ifPresent(root -> all.add(root.id()));
        tree.members().forEach(member -> all.add(member.id()));
        if (holders.stream().anyMatch(holder -> all.contains(holder.id()))) {
            ours.add(listener.inode());
            return Optional.empty();
        }
        // One that has ended by now can have been a member all the same.
        return holders.stream()
                .filter(holder -> system.processes().isAlive(holder.id()))
                .findFirst();
    }

    /** Of one that has been closed meanwhile nobody is found either. */
    private boolean stillListens(Listener listener) {
        return system.sockets().listeners(listener.port()).stream()
                .anyMatch(present -> present.inode() == listener.inode());
    }

    /** A member that runs as another user hides its listeners; a start must not fail for that. */
    private boolean isTakenForOurs(Listener listener, boolean anyOurs) {
        OptionalLong ourUser =
                tree.root().map(root -> system.processes().userId(root.pid())).orElse(OptionalLong.empty());
        if (anyOurs && !ourUser.equals(OptionalLong.of(listener.userId()))) {
            return false;
        }
        sayOnce("'" + name + "': nobody can tell who owns the listener on port " + listener.port() + " (user id "
                + listener.userId() + "); it is taken for ours");
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
