package dev.procession.cleanup;

import dev.procession.launch.CommandText;
import dev.procession.launch.RunCookie;
import dev.procession.launch.RunCookie.Origin;
import dev.procession.os.OperatingSystem;
import dev.procession.os.Sockets.Listener;
import dev.procession.os.Sockets.ListeningSocket;
import dev.procession.os.Sockets.PathListener;
import dev.procession.process.Durations;
import dev.procession.process.ProcessInfo;
import dev.procession.process.ProcessSelection;
import dev.procession.readiness.Ownership;
import dev.procession.readiness.PortOwnership;
import dev.procession.readiness.UnixSocketProbe;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Finds out who listens on a port or at a path, and who writes a file, and whether that is one of ours. Thread safe. */
public final class PortOwners {

    private static final String UNNAMED = "a process that this platform does not name";
    private static final int CONNECT_MILLIS = 500;

    private static final List<InetAddress> LOOPBACK =
            Stream.of("127.0.0.1", "::1").map(PortOwners::literal).toList();

    private final OperatingSystem system;

    public PortOwners(OperatingSystem system) {
        this.system = system;
    }

    /**
     * Who listens on a port of this machine, whoever it is.
     *
     * @return for messages; empty if nobody does
     */
    public Optional<String> anybody(int port) {
        if (!system.sockets().seesListeners()) {
            return answers(port) ? Optional.of(UNNAMED) : Optional.empty();
        }
        return covering(port).stream().findFirst().map(this::describe);
    }

    /**
     * Who is reached at an address of this machine, whoever it is.
     *
     * @return for messages; empty if nobody is
     */
    public Optional<String> anybody(InetSocketAddress address) {
        if (!system.sockets().seesListeners()) {
            return answers(address) ? Optional.of(UNNAMED) : Optional.empty();
        }
        return system.sockets().listeners(address.getPort()).stream()
                .filter(listener -> TreeOwnership.covers(listener.address(), address.getAddress()))
                .findFirst()
                .map(this::describe);
    }

    /**
     * Who listens on a socket in the file system.
     *
     * @return for messages; empty if nobody does
     */
    public Optional<String> anybody(Path socket) {
        List<PathListener> listeners = system.sockets().listeners(socket);
        if (listeners.isEmpty() && !UnixSocketProbe.isServed(socket)) {
            return Optional.empty();
        }
        return listeners.stream()
                .flatMap(listener -> holders(listener).stream())
                .findFirst()
                .or(() -> whoListens(socket))
                .map(this::describe)
                .or(() -> listeners.stream().findFirst().map(PortOwners::describeUnknown))
                .or(() -> Optional.of(UNNAMED));
    }

    /** Who has made the socket listen that is reached at a path; empty if he has ended, or nobody can tell. */
    Optional<ProcessInfo> whoListens(Path socket) {
        // Of another user than then, it may be somebody else with that pid.
        return system.sockets()
                .whoListens(socket)
                .flatMap(caller -> system.processes()
                        .find(caller.pid())
                        .filter(row -> !row.isDead()
                                && system.processes().userId(row.pid()).equals(OptionalLong.of(caller.userId()))));
    }

    /**
     * Tells the probes of one start whose listeners they reach.
     *
     * @param name the process that is being started, for the log
     */
    public Ownership ownership(String name, ProcessTree tree) {
        return new TreeOwnership(system, this, name, tree);
    }

    /**
     * Tells probes whether the listeners that they reach belong to processes that somebody else has started.
     *
     * @param processes who they are at the moment
     */
    public Ownership ownership(ProcessSelection processes) {
        return new SelectionOwnership(system, this, processes);
    }

    /**
     * Whether somebody listens on a port of this machine who may be of a tree: of it for certain, or hidden from here.
     *
     * @param ownership of that tree
     */
    public boolean isPerhaps(PortOwnership ownership, int port) {
        return anybody(port).isPresent() && ownership.objection(LOOPBACK, port).isEmpty();
    }

    /** The ports on which a tree listens, in ascending order; none where this platform does not tell. */
    public Set<Integer> portsOf(ProcessTree tree) {
        Set<Long> ours = new HashSet<>();
        tree.root().ifPresent(root -> ours.addAll(system.processes().socketInodes(root.pid())));
        tree.members().forEach(member -> ours.addAll(system.processes().socketInodes(member.pid())));
        Set<Integer> ports = new TreeSet<>();
        system.sockets().listeners().stream()
                .filter(listener -> ours.contains(listener.inode()))
                .forEach(listener -> ports.add(listener.port()));
        return ports;
    }

    private static InetAddress literal(String address) {
        try {
            return InetAddress.getByName(address);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("Expected an address, but was " + address, e);
        }
    }

    /** Tried by connecting: a bind would also fail where an earlier server has left nothing but closed connections. */
    private static boolean answers(int port) {
        return LOOPBACK.stream().anyMatch(address -> answers(new InetSocketAddress(address, port)));
    }

    private static boolean answers(InetSocketAddress address) {
        try (Socket socket = new Socket()) {
            socket.connect(address, CONNECT_MILLIS);
            return true;
        } catch (IOException e) {
            // Nobody there, or no such address family.
            return false;
        }
    }

    /** The listeners that a connection to this machine's own addresses can reach. */
    private List<Listener> covering(int port) {
        return system.sockets().listeners(port).stream()
                .filter(listener -> listener.address().isAnyLocalAddress()
                        || listener.address().isLoopbackAddress())
                .toList();
    }

    /** Who holds a listener, the oldest first: a server before the workers that it has forked. */
    List<ProcessInfo> holders(ListeningSocket listener) {
        return system.processes().scan().stream()
                .filter(row -> !row.isDead()
                        && system.processes().socketInodes(row.pid()).contains(listener.inode()))
                .sorted(Comparator.comparingLong(row -> row.id().startTicks()))
                .toList();
    }

    /** Who has a file open for writing, the oldest first. */
    List<ProcessInfo> writers(Path file) {
        return system.processes().scan().stream()
                .filter(row -> !row.isDead() && system.processes().writes(row.pid(), file))
                .sorted(Comparator.comparingLong(row -> row.id().startTicks()))
                .toList();
    }

    private String describe(Listener listener) {
        return holders(listener).stream().findFirst().map(this::describe).orElseGet(() -> describeUnknown(listener));
    }

    static String describeUnknown(ListeningSocket listener) {
        return "a process of user id " + listener.userId() + " that cannot be looked into from here";
    }

    String describe(ProcessInfo row) {
        long ticks = system.processes().nowTicks() - row.id().startTicks();
        String origin = RunCookie.originIn(system.processes().environment(row.pid()))
                .map(this::describe)
                .orElse("");
        return "pid " + row.pid() + " (" + CommandText.of(row, system.processes()) + "), up for "
                + Durations.describe(Duration.ofMillis(Math.max(0, ticks) * 10)) + origin;
    }

    /** A server of yesterday's tests is told from one of tests that run at this moment. */
    private String describe(Origin origin) {
        String run = origin.jvm().equals(system.processes().self())
                ? "this run"
                : new LiveRuns(system).isAlive(origin.jvm()) ? "a run that is still alive" : "a run that has ended";
        return ", started by Procession as '" + origin.name() + "' in " + run + " (JVM pid "
                + origin.jvm().pid() + ")";
    }
}
