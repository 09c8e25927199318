package dev.procession.launch;

import dev.procession.os.ProcessTable;
import dev.procession.os.SpawnRequest;
import dev.procession.process.InvalidSpecException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A description made concrete: its placeholders are expanded. Its program and folders are looked at when it is asked for a
 * {@link #request}. Owns its allocation until it is closed. Thread safe.
 */
public final class Launch implements AutoCloseable {

    private final ProcessSpec spec;
    private final Allocation allocation;
    private final RunCookie cookie;
    private final Map<String, Allocation> others;

    /** Variables and properties whose values stand somewhere in it by now. Only written during construction. */
    private final Map<String, String> referredTo = new LinkedHashMap<>();

    private final Path directory;
    private final List<String> command;
    private final Map<String, String> environment;
    private final String stdin;
    private final Map<Path, String> files;
    private final List<String> tcp;
    private final List<String> http;
    private final List<Path> readyFiles;
    private final List<Path> readySockets;
    private final List<String> readyCommand;
    private final Secrets secrets;
    private volatile @Nullable RunFolder claimed;

    /**
     * Expands everything.
     *
     * @param others what may be referred to, by name
     * @throws InvalidSpecException for a placeholder without a value
     */
    public Launch(Allocation allocation, RunCookie cookie, Map<String, Allocation> others) {
        this.allocation = allocation;
        this.spec = allocation.spec();
        this.cookie = cookie;
        this.others = Map.copyOf(others);
        this.directory = allocation.directory();
        this.command = expand("command", spec.command());
        Map<String, String> variables = new LinkedHashMap<>();
        spec.environment().forEach((key, value) -> variables.put(key, expand("env", value)));
        variables.putAll(cookie.variables());
        this.environment = Map.copyOf(variables);
        this.stdin = expand("stdin", spec.stdin());
        Map<Path, String> rendered = new LinkedHashMap<>();
        spec.files()
                .forEach(template -> rendered.put(
                        directory.resolve(template.to()).normalize(),
                        Placeholders.expandTemplate(template.text(), reference -> value("files", reference))));
        this.files = rendered;
        this.tcp = expand("tcp", spec.ready().tcp());
        this.http = expand("http", spec.ready().http());
        this.readyFiles = paths("file", spec.ready().file());
        this.readySockets = paths("unixSocket", spec.ready().unixSocket());
        this.readyCommand = expand("ready.command", spec.ready().command());
        this.secrets = gatherSecrets();
    }

    private Secrets gatherSecrets() {
        Map<String, String> all = new LinkedHashMap<>();
        if (spec.inheritEnvironment()) {
            all.putAll(System.getenv());
        }
        all.putAll(environment);
        all.putAll(referredTo);
        List<String> arguments = new ArrayList<>(command);
        arguments.addAll(readyCommand);
        arguments.addAll(http);
        arguments.addAll(tcp);
        return Secrets.of(arguments, all);
    }

    private List<Path> paths(String attribute, List<String> texts) {
        return expand(attribute, texts).stream()
                .map(text -> path(attribute, text))
                .toList();
    }

    private Path path(String attribute, String text) {
        try {
            return directory.resolve(text);
        } catch (InvalidPathException e) {
            throw new InvalidSpecException(
                    attribute,
                    "is \"" + text + "\", which is no path here: " + e.getReason(),
                    "correct it; for names outside ASCII start the JVM with LC_ALL=C.UTF-8");
        }
    }

    private List<String> expand(String attribute, List<String> texts) {
        return texts.stream().map(text -> expand(attribute, text)).toList();
    }

    private String expand(String attribute, String text) {
        return Placeholders.expand(attribute, text, reference -> value(attribute, reference));
    }

    private Optional<String> value(String attribute, String reference) {
        Optional<String> process = Placeholders.processOf(reference);
        if (process.isEmpty()) {
            Optional<String> value = allocation.value(reference);
            if (Placeholders.isVariable(reference)) {
                value.ifPresent(text -> referredTo.put(reference.substring(4), text));
            }
            return value;
        }
        Allocation other = process.get().equals(spec.name()) ? allocation : others.get(process.get());
        if (other == null) {
            throw new InvalidSpecException(
                    attribute,
                    "has ${" + reference + "}, but there is no process '" + process.get() + "'",
                    Suggestion.nearest(process.get(), others.keySet())
                                    .map(near -> "did you mean '" + near + "'? ")
                                    .orElse("")
                            + "there are: " + names());
        }
        Optional<String> port = Placeholders.portOf(reference);
        return Optional.of(other.valueForOthers(port.orElse(null))
                .orElseThrow(() -> new InvalidSpecException(
                        attribute,
                        "has ${" + reference + "}, but '" + process.get() + "' has "
                                + (other.ports().isEmpty()
                                        ? "no port"
                                        : "only "
                                                + String.join(
                                                        ", ", other.ports().keySet())),
                        "put ${port} into " + other.spec().declarationOf("command")
                                + ", or declare the port in its 'ports'")));
    }

    private String names() {
        return others.isEmpty()
                ? "none beside it"
                : others.keySet().stream()
                        .sorted()
                        .map(name -> "'" + name + "'")
                        .collect(Collectors.joining(", "));
    }

    /** Looks a program up where the child will: its own PATH counts, else the one it inherits. */
    private static CommandResolver resolver(Path base, @Nullable String ownPath, ProcessSpec spec) {
        return new CommandResolver(
                base,
                Optional.ofNullable(ownPath)
                        .or(() -> spec.inheritEnvironment()
                                ? Optional.ofNullable(System.getenv("PATH"))
                                : Optional.empty()),
                spec.searchPath().stream()
                        .map(folder ->
                                Placeholders.expand("searchPath", folder, reference -> valueHere(reference, base)))
                        .toList());
    }

    /** The programs are looked for before anything is known of ports and folders. */
    private static Optional<String> valueHere(String reference, Path base) {
        if (Placeholders.isVariable(reference)) {
            return Placeholders.variable(reference);
        }
        if (reference.equals("basedir")) {
            return Optional.of(base.toString());
        }
        throw new InvalidSpecException(
                "searchPath",
                "refers to ${" + reference + "}, which is not known when programs are looked for",
                "use ${basedir}, ${env:NAME} or ${sys:NAME}");
    }

    private CommandResolver resolver() {
        return resolver(allocation.base(), environment.get("PATH"), spec);
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

    /** Its ports and folders. */
    public Allocation allocation() {
        return allocation;
    }

    public RunCookie cookie() {
        return cookie;
    }

    /** The main port; empty if it has none. */
    public OptionalInt port() {
        return allocation.port();
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

    /** The files to wait for, absolute. */
    public List<Path> readyFiles() {
        return readyFiles;
    }

    /** The sockets in the file system to wait for, absolute. */
    public List<Path> readySockets() {
        return readySockets;
    }

    /** The command to wait for, placeholders expanded; empty for none. */
    public List<String> readyCommand() {
        return readyCommand;
    }

    /** The working directory. */
    public Path directory() {
        return directory;
    }

    /** What must not appear in messages. */
    public Secrets secrets() {
        return secrets;
    }

    /** Whether its standard input is a pipe that stays open. */
    public boolean isFed() {
        return spec.stdin().equals(ProcessSpec.PIPE);
    }

    /**
     * Looks for the program, makes the folders fresh, and says what to spawn.
     *
     * @throws UnusableCommandException if the program or the user's own directory is not there or cannot be used
     */
    public Prepared prepare(ProcessTable processes) throws UnusableCommandException {
        Path executable = resolver().resolve(command.get(0));
        Optional<Path> probe = Optional.empty();
        if (!readyCommand.isEmpty()) {
            probe = Optional.of(resolveReadyCommand());
        }
        if (spec.directory() != null && !Files.isDirectory(directory)) {
            throw new UnusableCommandException(
                    "directory",
                    "the working directory " + directory + " is not there",
                    "make it, or leave 'directory' out");
        }
        Identity identity = Identity.of(spec.runAs(), spec.name());
        RunFolder fresh = RunFolder.fresh(allocation.folder(), processes, cookie.element());
        claimed = fresh;
        Path input = null;
        try {
            fresh.render(files, spec.directory() == null);
            if (!stdin.isEmpty() && !isFed()) {
                input = Files.write(fresh.stdin(), stdin.getBytes(StandardCharsets.UTF_8));
            }
            identity.giveTo(fresh);
        } catch (IOException e) {
            throw new UnusableCommandException(
                    "files", "its files cannot be written: " + e, "make room for them there");
        }
        identity.requireAccess(directory);
        SpawnRequest request = request(identity, executable, command, input, fresh.stdout(), fresh.stderr());
        SpawnRequest readyRequest = probe.isEmpty()
                ? null
                : request(identity, probe.get(), readyCommand, null, fresh.probeLog(), fresh.probeLog());
        return new Prepared(request, Optional.ofNullable(readyRequest), identity);
    }

    private Path resolveReadyCommand() throws UnusableCommandException {
        try {
            return resolver().resolve(readyCommand.get(0));
        } catch (UnusableCommandException e) {
            throw new UnusableCommandException("ready", "of its 'ready.command', " + e.problem(), e.fix());
        }
    }

    private SpawnRequest request(
            Identity identity, Path executable, List<String> argv, @Nullable Path in, Path out, Path err)
            throws UnusableCommandException {
        List<String> arguments = new ArrayList<>(argv);
        arguments.set(0, executable.toString());
        List<String> whole = identity.wrap(arguments);
        return new SpawnRequest(
                Path.of(whole.get(0)), whole, environment, spec.inheritEnvironment(), directory, in, out, err);
    }

    /** Gives ports and folder back. Idempotent. */
    @Override
    public void close() {
        RunFolder folderInUse = claimed;
        if (folderInUse != null) {
            folderInUse.release();
        }
        allocation.close();
    }

    /**
     * What to spawn.
     *
     * @param request the process itself
     * @param readyCommand the command of its readiness condition, if it has one
     * @param identity as whom both run
     */
    public record Prepared(SpawnRequest request, Optional<SpawnRequest> readyCommand, Identity identity) {}
}
