package dev.procession.cleanup;

import dev.procession.launch.CommandText;
import dev.procession.launch.RunCookie;
import dev.procession.os.OperatingSystem;
import dev.procession.os.Sockets.Listener;
import dev.procession.process.Durations;
import dev.procession.process.ProcessInfo;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Finds out who listens on a port, and whether that is one of ours. Thread safe. */
public final class PortOwners {

    private static final int CONNECT_MILLIS = 500;

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
            return answers(port) ? Optional.of("a process that this platform does not name") : Optional.empty();
        }
        return covering(port).stream().findFirst().map(this::describe);
    }

    /**
     * Who listens on a socket in the file system.
     *
     * @return for messages; empty if nobody does, or nobody can tell who
     */
    public Optional<String> anybody(Path socket) {
        List<Long> inodes = system.sockets().listeners(socket);
        return system.processes().scan().stream()
                .filter(row ->
                        system.processes().socketInodes(row.pid()).stream().anyMatch(inodes::contains))
                .findFirst()
                .map(this::describe);
    }

    /**
     * Who listens on a port of this machine and certainly does not belong to a tree. Whoever cannot be identified, as
     * another user's process cannot, is no stranger.
     */
    public Optional<String> stranger(int port, long rootPid, ProcessTree tree) {
        List<Listener> listeners = covering(port);
        Set<Long> ours = new HashSet<>(system.processes().socketInodes(rootPid));
        if (listeners.stream().allMatch(listener -> ours.contains(listener.inode()))) {
            return Optional.empty();
        }
        tree.members().forEach(member -> ours.addAll(system.processes().socketInodes(member.pid())));
        return listeners.stream()
                .filter(listener -> !ours.contains(listener.inode()))
                .flatMap(listener -> owner(listener).stream())
                .findFirst()
                .map(this::describe);
    }

    /** Tried by connecting: a bind would also fail where an earlier server has left nothing but closed connections. */
    private static boolean answers(int port) {
        for (String address : List.of("127.0.0.1", "::1")) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(address, port), CONNECT_MILLIS);
                return true;
            } catch (IOException e) {
                // Nobody there, or no such address family.
            }
        }
        return false;
    }

    /** The listeners that a connection to this machine's own addresses can reach. */
    private List<Listener> covering(int port) {
        return system.sockets().listeners(port).stream()
                .filter(listener -> isLocal(listener.address()))
                .toList();
    }

    private static boolean isLocal(InetAddress address) {
        byte[] bytes = address.getAddress();
        // ::ffff:127.0.0.1, as the kernel shows an IPv4 address bound through an IPv6 socket, arrives as IPv4 from
        // Java.
        return address.isAnyLocalAddress() || address.isLoopbackAddress() || bytes[0] == 127;
    }

    private Optional<ProcessInfo> owner(Listener listener) {
        return system.processes().scan().stream()
                .filter(row -> system.processes().socketInodes(row.pid()).contains(listener.inode()))
                .findFirst();
    }

    private String describe(Listener listener) {
        return owner(listener)
                .map(this::describe)
                .orElse("a process of user id " + listener.userId() + " that cannot be looked into from here");
    }

    private String describe(ProcessInfo row) {
        long ticks = system.processes().nowTicks() - row.id().startTicks();
        String run = system.processes().environment(row.pid()).stream()
                .filter(variable -> variable.startsWith(RunCookie.PROCESS + "="))
                .map(variable -> ", started by Procession as " + variable.substring(RunCookie.PROCESS.length() + 1))
                .findFirst()
                .orElse("");
        return "pid " + row.pid() + " (" + CommandText.of(row, system.processes()) + "), up for "
                + Durations.describe(Duration.ofMillis(Math.max(0, ticks) * 10)) + run;
    }
}
