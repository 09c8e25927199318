package dev.procession.launch;

import dev.procession.launch.PortLeases.Lease;
import dev.procession.os.OperatingSystem;
import dev.procession.os.Sockets;
import dev.procession.process.InvalidSpecException;
import java.io.File;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a process is given before anything is started, so that others can be told of it: its ports and its folder. Owns the
 * leases until it is closed. Thread safe.
 */
public final class Allocation implements AutoCloseable {

    private final ProcessSpec spec;
    private final Path base;
    private final FolderLease folder;
    private final Map<String, Lease> leases;

    private Allocation(ProcessSpec spec, Path base, FolderLease folder, Map<String, Lease> leases) {
        this.spec = spec;
        this.base = base;
        this.folder = folder;
        this.leases = Collections.unmodifiableMap(leases);
    }

    /**
     * Leases the ports of a process, and its folder.
     *
     * @param base the directory the JVM was started in
     * @param folder the process's folder, absolute; if it is in use, another beside it is taken
     * @throws InvalidSpecException if a port is pinned that somebody else holds
     */
    public static Allocation of(ProcessSpec spec, Path base, Path folder, OperatingSystem system) {
        Map<String, Lease> leases = new LinkedHashMap<>();
        Allocation allocation = new Allocation(spec, base, FolderLease.of(folder, system.processes()), leases);
        boolean complete = false;
        try {
            for (String name : spec.portNames()) {
                leases.put(name, lease(spec, name, system.sockets()));
            }
            complete = true;
            return allocation;
        } finally {
            if (!complete) {
                allocation.close();
            }
        }
    }

    private static Lease lease(ProcessSpec spec, String name, Sockets sockets) {
        OptionalInt pinned = spec.pinned(name);
        if (pinned.isEmpty()) {
            return PortLeases.ofMachine().take(sockets);
        }
        int port = pinned.getAsInt();
        return PortLeases.ofMachine()
                .take(port)
                .orElseThrow(() -> new InvalidSpecException(
                        "ports",
                        "pins \"" + name + "\" to " + port
                                + ", which another process has that was started by Procession,"
                                + " here or in another JVM",
                        "let it be leased, as \"" + name + "\", or run the two one after the other"));
    }

    public ProcessSpec spec() {
        return spec;
    }

    /** The directory the JVM was started in. */
    Path base() {
        return base;
    }

    /** The folder of the process, with its logs. */
    public Path folder() {
        return folder.folder();
    }

    /** The number of the main port; empty if it has none. */
    public OptionalInt port() {
        return port(PortDeclaration.MAIN);
    }

    /** The number of a port; empty if it has none of that name. The main port's name is {@code port}. */
    public OptionalInt port(String name) {
        Lease lease = leases.get(name);
        return lease == null ? OptionalInt.empty() : OptionalInt.of(lease.port());
    }

    /** The numbers of its ports by name, the main one first. */
    public Map<String, Integer> ports() {
        Map<String, Integer> numbers = new LinkedHashMap<>();
        leases.forEach((name, lease) -> numbers.put(name, lease.port()));
        return numbers;
    }

    /** The numbers of those that were chosen for it; a pinned one is the user's choice. */
    public Set<Integer> leasedPorts() {
        return leases.entrySet().stream()
                .filter(lease -> spec.pinned(lease.getKey()).isEmpty())
                .map(lease -> lease.getValue().port())
                .collect(Collectors.toUnmodifiableSet());
    }

    /** The working directory. */
    public Path directory() {
        Path own = spec.directory();
        return own == null
                ? folder().resolve("work")
                : base.resolve(Placeholders.expand("directory", own.toString(), this::valueForDirectory));
    }

    private Optional<String> valueForDirectory(String reference) {
        if (reference.equals("directory") || reference.startsWith("process:")) {
            throw new InvalidSpecException(
                    "directory", "refers to ${" + reference + "}, which is not known yet", "leave that out");
        }
        return value(reference);
    }

    /** The value of a placeholder that is not about another process. */
    Optional<String> value(String reference) {
        if (Placeholders.isVariable(reference)) {
            return Placeholders.variable(reference);
        }
        if (reference.startsWith("port:")) {
            return Optional.of(Integer.toString(port(reference.substring(5)).orElseThrow()));
        }
        return Optional.of(
                switch (reference) {
                    case "port" -> Integer.toString(port().orElseThrow());
                    case "directory" -> directory().toString();
                    case "basedir" -> base.toString();
                    case "java" -> Placeholders.JAVA.toString();
                    case "classpath" -> classPath();
                    default -> throw new IllegalStateException("Expected a known placeholder, but was " + reference);
                });
    }

    /** Relative entries would mean something else in the child's working directory. */
    private String classPath() {
        List<String> entries = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            try {
                entries.add(base.resolve(entry).toString());
            } catch (InvalidPathException e) {
                throw new InvalidSpecException(
                        "${classpath}",
                        "has \"" + entry + "\", which is no path here: " + e.getReason(),
                        "start the JVM with LC_ALL=C.UTF-8");
            }
        }
        return String.join(File.pathSeparator, entries);
    }

    /**
     * The value of a placeholder about another process, of which this is the allocation.
     *
     * @param port the name of one of its ports, or null for its working directory
     */
    Optional<String> valueForOthers(@Nullable String port) {
        if (port == null) {
            return Optional.of(directory().toString());
        }
        OptionalInt number = port(port);
        return number.isPresent() ? Optional.of(Integer.toString(number.getAsInt())) : Optional.empty();
    }

    /** Gives the ports and the folder back. Idempotent. */
    @Override
    public void close() {
        leases.values().forEach(Lease::close);
        folder.close();
    }
}
