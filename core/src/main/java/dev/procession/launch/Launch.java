package dev.procession.launch;

import dev.procession.launch.PortLeases.Lease;
import dev.procession.os.ProcessTable;
import dev.procession.os.Sockets;
import dev.procession.os.SpawnRequest;
import dev.procession.process.InvalidSpecException;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A description made concrete: its port is leased, its placeholders are expanded. Its program and folders are looked at
 * when it is asked for a {@link #request}. Owns the lease until it is closed. Thread safe.
 */
public final class Launch implements AutoCloseable {

    private final ProcessSpec spec;
    private final Path base;
    private final Path folder;
    private final @Nullable Lease lease;
    private final RunCookie cookie;
    private final List<String> command;
    private final Map<String, String> environment;
    private final List<String> tcp;
    private final List<String> http;
    private volatile @Nullable RunFolder claimed;

    /**
     * Leases the port, if anything refers to it, and expands.
     *
     * @param base the directory the JVM was started in
     * @param folder the process's folder, absolute
     * @param sockets knows which ports are free
     * @throws InvalidSpecException for a placeholder without a value
     */
    public Launch(ProcessSpec spec, Path base, Path folder, RunCookie cookie, Sockets sockets) {
        this.spec = spec;
        this.base = base;
        this.folder = folder;
        this.cookie = cookie;
        this.lease = spec.hasPort() ? PortLeases.ofMachine().take(sockets) : null;
        boolean expanded = false;
        try {
            this.command = expand("command", spec.command());
            Map<String, String> variables = new LinkedHashMap<>();
            spec.environment().forEach((key, value) -> variables.put(key, expand("env", value)));
            variables.putAll(cookie.variables());
            this.environment = Map.copyOf(variables);
            this.tcp = expand("tcp", spec.ready().tcp());
            this.http = expand("http", spec.ready().http());
            expanded = true;
        } finally {
            if (!expanded) {
                close();
            }
        }
    }

    private List<String> expand(String attribute, List<String> texts) {
        return texts.stream().map(text -> expand(attribute, text)).toList();
    }

    private String expand(String attribute, String text) {
        return Placeholders.expand(attribute, text, this::value);
    }

    private Optional<String> value(String reference) {
        if (reference.startsWith("env:")) {
            return Optional.ofNullable(System.getenv(reference.substring(4)));
        }
        if (reference.startsWith("sys:")) {
            return Optional.ofNullable(System.getProperty(reference.substring(4)));
        }
        return Optional.of(
                switch (reference) {
                    case "port" -> Integer.toString(port().orElseThrow());
                    case "directory" -> directory().toString();
                    case "basedir" -> base.toString();
                    case "java" ->
                        Path.of(System.getProperty("java.home"), "bin", "java").toString();
                    case "classpath" -> classPath();
                    default -> throw new IllegalStateException("Expected a known placeholder, but was " + reference);
                });
    }

    /** Relative entries would mean something else in the child's working directory. */
    private String classPath() {
        List<String> entries = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            entries.add(base.resolve(entry).toString());
        }
        return String.join(File.pathSeparator, entries);
    }

    /** Looks a program up where the child will: its own PATH counts, else the one it inherits. */
    private static CommandResolver resolver(Path base, @Nullable String ownPath, ProcessSpec spec) {
        return new CommandResolver(
                base,
                Optional.ofNullable(ownPath)
                        .or(() -> spec.inheritEnvironment()
                                ? Optional.ofNullable(System.getenv("PATH"))
                                : Optional.empty()));
    }

    /**
     * Whether the program of a description is missing on this machine, without leasing or starting anything.
     *
     * @return what is missing, and where it was searched
     */
    public static Optional<String> missingProgram(ProcessSpec spec, Path base) {
        String program = spec.command().get(0);
        String path = spec.environment().get("PATH");
        if (!Placeholders.isPlain(program) || (path != null && !Placeholders.isPlain(path))) {
            return Optional.empty();
        }
        try {
            resolver(base, path, spec).resolve(program);
            return Optional.empty();
        } catch (UnusableCommandException e) {
            return e.isMissing() ? Optional.of(e.problem()) : Optional.empty();
        }
    }

    public ProcessSpec spec() {
        return spec;
    }

    public RunCookie cookie() {
        return cookie;
    }

    /** The leased main port; empty if nothing refers to it. */
    public OptionalInt port() {
        return lease == null ? OptionalInt.empty() : OptionalInt.of(lease.port());
    }

    /** The command as it is written, placeholders expanded. */
    public List<String> command() {
        return command;
    }

    /** The TCP endpoints to wait for, placeholders expanded. */
    public List<String> tcp() {
        return tcp;
    }

    /** The HTTP endpoints to wait for, placeholders expanded. */
    public List<String> http() {
        return http;
    }

    /** The working directory. */
    public Path directory() {
        Path own = spec.directory();
        return own == null ? folder.resolve("work") : base.resolve(own);
    }

    /**
     * Looks for the program, makes the folders fresh, and says what to spawn.
     *
     * @throws UnusableCommandException if the program or the user's own directory is not there or cannot be used
     */
    public SpawnRequest request(ProcessTable processes) throws UnusableCommandException {
        Path executable = resolver(base, environment.get("PATH"), spec).resolve(command.get(0));
        if (spec.directory() != null && !Files.isDirectory(directory())) {
            throw new UnusableCommandException(
                    "the working directory " + directory() + " is not there", "make it, or leave 'directory' out");
        }
        RunFolder fresh = RunFolder.fresh(folder, processes, cookie.element());
        claimed = fresh;
        List<String> arguments = new ArrayList<>(command);
        arguments.set(0, executable.toString());
        return new SpawnRequest(
                executable,
                arguments,
                environment,
                spec.inheritEnvironment(),
                directory(),
                null,
                fresh.stdout(),
                fresh.stderr());
    }

    /** Gives port and folder back. Idempotent. */
    @Override
    public void close() {
        RunFolder folderInUse = claimed;
        if (folderInUse != null) {
            folderInUse.release();
        }
        if (lease != null) {
            lease.close();
        }
    }
}
