package dev.procession.launch;

import dev.procession.os.FileCut;
import dev.procession.os.FileWatch;
import dev.procession.os.OwnEnvironment.Variable;
import dev.procession.os.ProcessTable;
import dev.procession.os.SharedFolders;
import dev.procession.os.SpawnRequest;
import dev.procession.os.backend.Backend;
import dev.procession.process.ExitStatus;
import dev.procession.process.InvalidSpecException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A description made concrete: its placeholders are expanded. Its program and folders are looked at when it is asked for a
 * {@link #request}. Owns its allocation until it is closed. Thread safe.
 */
public final class Launch implements AutoCloseable {

    private static final String EXEC = "exec";

    private final ProcessSpec spec;
    private final Allocation allocation;
    private final RunCookie cookie;

    /** Variables and properties that stand somewhere in it by now, by reference. Only written during construction. */
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
    private final LogLoss loss;
    private volatile @Nullable RunFolder claimed;

    /** Its output, from where the latest run begins; empty before the first. */
    private volatile List<LogPart> output = List.of();

    /**
     * Expands everything.
     *
     * @param others what may be referred to, by name; not kept, since it is as large as all of them together
     * @throws InvalidSpecException for a placeholder without a value
     */
    public Launch(Allocation allocation, RunCookie cookie, Map<String, Allocation> others) {
        this.allocation = allocation;
        this.spec = allocation.spec();
        this.cookie = cookie;
        this.directory = allocation.directory();
        this.command = expand("command", spec.command(), others);
        Map<String, String> variables = new LinkedHashMap<>();
        spec.environment().forEach((key, value) -> variables.put(key, expand("env", value, others)));
        variables.putAll(cookie.variables());
        this.environment = Map.copyOf(variables);
        this.stdin = expand("stdin", spec.stdin(), others);
        Map<Path, String> rendered = new LinkedHashMap<>();
        spec.files()
                .forEach(template -> rendered.put(
                        directory.resolve(template.to()).normalize(),
                        Placeholders.expandTemplate(template.text(), reference -> value("files", reference, others))));
        this.files = rendered;
        this.tcp = expand("tcp", spec.ready().tcp(), others);
        this.http = expand("http", spec.ready().http(), others);
        this.readyFiles = paths("file", spec.ready().file(), others);
        this.readySockets = paths("unixSocket", spec.ready().unixSocket(), others);
        this.readyCommand = expand("ready.command", spec.ready().command(), others);
        this.secrets = gatherSecrets();
        this.loss = LogLoss.of(spec);
    }

    private Secrets gatherSecrets() {
        List<Variable> known = new ArrayList<>();
        environment.forEach((name, value) -> known.add(Variable.of(name, value)));
        referredTo.forEach((reference, value) -> known.add(Variable.of(reference.substring(4), value)));
        if (spec.inheritEnvironment()) {
            Backend.current().environment().variables().stream()
                    .filter(variable -> !environment.containsKey(variable.name()))
                    .forEach(known::add);
        }
        List<String> arguments = new ArrayList<>(command);
        arguments.addAll(readyCommand);
        arguments.addAll(http);
        arguments.addAll(tcp);
        return Secrets.of(arguments, known);
    }

    private List<Path> paths(String attribute, List<String> texts, Map<String, Allocation> others) {
        return expand(attribute, texts, others).stream()
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

    private List<String> expand(String attribute, List<String> texts, Map<String, Allocation> others) {
        return texts.stream().map(text -> expand(attribute, text, others)).toList();
    }

    private String expand(String attribute, String text, Map<String, Allocation> others) {
        return Placeholders.expand(attribute, text, reference -> value(attribute, reference, others));
    }

    private Optional<String> value(String attribute, String reference, Map<String, Allocation> others) {
        Optional<String> process = Placeholders.processOf(reference);
        if (process.isEmpty()) {
            Optional<String> value = allocation.value(reference);
            if (Placeholders.isVariable(reference)) {
                value.ifPresent(text -> referredTo.put(reference, text));
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
                            + "there are: " + names(others));
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

    private static String names(Map<String, Allocation> others) {
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
                        .map(folder -> expandHere("searchPath", folder, base))
                        .toList());
    }

    private static String expandHere(String attribute, String text, Path base) {
        return Placeholders.expand(attribute, text, reference -> valueHere(attribute, reference, base));
    }

    /** The programs are looked for before anything is known of ports and folders. */
    private static Optional<String> valueHere(String attribute, String reference, Path base) {
        if (Placeholders.isVariable(reference)) {
            return Placeholders.variable(reference);
        }
        if (reference.equals("basedir")) {
            return Optional.of(base.toString());
        }
        throw new InvalidSpecException(
                attribute,
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
        String path = spec.environment().get("PATH");
        try {
            String program = expandHere("command", spec.command().get(0), base);
            resolver(base, path == null ? null : expandHere("env", path, base), spec)
                    .resolve(program);
            return Optional.empty();
        } catch (UnusableCommandException e) {
            return e.isMissing() ? Optional.of(e.problem()) : Optional.empty();
        } catch (InvalidSpecException e) {
            // It depends on what only the start knows, such as a port, or it is wrong, which the start says.
            return Optional.empty();
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
     * Looks for the program, makes the folders fresh, and says what to spawn. For a further run everything stays in the
     * folders, and the logs go on: then only the program, the user and the folders are looked at again, and the text that it
     * is fed is written again.
     *
     * @throws UnusableCommandException if the program or the user's own directory is not there or cannot be used
     */
    public Prepared prepare(ProcessTable processes) throws UnusableCommandException {
        return prepare(processes, SharedFolders.BY_JDK);
    }

    /** @param folders what writes files into a folder that the process's user can change */
    public Prepared prepare(ProcessTable processes, SharedFolders folders) throws UnusableCommandException {
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
        if (spec.output().piped()) {
            OutputRelay.requirePossible();
        }
        Identity identity = Identity.of(spec.runAs(), spec.name());
        boolean further = !output.isEmpty();
        RunFolder folder = further ? Objects.requireNonNull(claimed) : freshFolder(processes, identity);
        Path input = null;
        try {
            List<Path> made = new ArrayList<>();
            if (further) {
                made.addAll(folder.again(files, spec.directory() == null));
            } else {
                folder.render(
                        files,
                        spec.directory() == null,
                        identity.ids()
                                .map(ids -> FileMaker.shared(folders, directory, ids))
                                .orElse(FileMaker.BY_PATH));
            }
            if (probe.isPresent() && folder.makeProbeLog()) {
                made.add(folder.probeLog());
            }
            if (!stdin.isEmpty() && !isFed()) {
                input = folder.feed(stdin.getBytes(StandardCharsets.UTF_8));
                made.add(input);
            }
            identity.giveTo(further ? made : folder.contents());
        } catch (IOException e) {
            throw new UnusableCommandException(
                    "files", "its files cannot be written: " + e, FileRemedy.of(e, "make room for them there"));
        }
        identity.requireAccess(directory);
        SpawnRequest request = request(identity, executable, command, input, folder.stdout(), folder.stderr());
        SpawnRequest readyRequest = probe.isEmpty()
                ? null
                : request(identity, probe.get(), readyCommand, null, folder.probeLog(), folder.probeLog());
        try {
            beginOutput(folder);
        } catch (UncheckedIOException e) {
            // Where the last run has put a pipe in its place, say.
            Throwable cause = Objects.requireNonNullElse(e.getCause(), e);
            throw new UnusableCommandException(
                    "command",
                    "its log cannot be written on: " + cause.getMessage(),
                    "let the program leave its log files alone");
        }
        return new Prepared(request, Optional.ofNullable(readyRequest), identity);
    }

    /**
     * Says what to spawn for another program that is run beside the process: in its directory, with its environment, as its
     * user. The files of its output are the caller's to remove.
     *
     * @throws IllegalStateException before {@link #prepare}
     * @throws InvalidSpecException for a placeholder without a value
     * @throws UnusableCommandException if there is no such program, or it cannot be used
     */
    public SpawnRequest beside(List<String> argv) throws UnusableCommandException, IOException {
        RunFolder folder = claimed;
        if (folder == null) {
            throw new IllegalStateException("Expected '" + spec.name() + "' to be prepared, but it is not");
        }
        List<String> words = argv.stream()
                .map(word -> Placeholders.expand(EXEC, word, this::valueBeside))
                .toList();
        Path executable = resolver().resolve(words.get(0));
        Identity identity = Identity.of(spec.runAs(), spec.name());
        Path out = folder.scratch(".stdout");
        try {
            Path err = folder.scratch(".stderr");
            // A script may open them again, as /dev/stderr.
            identity.giveTo(List.of(out, err));
            return request(identity, executable, words, null, out, err);
        } catch (UnusableCommandException | IOException | RuntimeException e) {
            Files.deleteIfExists(out);
            throw e;
        }
    }

    private Optional<String> valueBeside(String reference) {
        if (Placeholders.processOf(reference)
                .filter(other -> !other.equals(spec.name()))
                .isPresent()) {
            throw new InvalidSpecException(
                    EXEC,
                    "has ${" + reference + "}, but refers only to '" + spec.name() + "' itself",
                    "take it from the other process, such as other.port()");
        }
        return value(EXEC, reference, Map.of());
    }

    private RunFolder freshFolder(ProcessTable processes, Identity identity) {
        RunFolder failed = claimed;
        if (failed != null) {
            // It was given up half made; what it has rendered into the user's own folder would be in the way.
            failed.release();
        }
        RunFolder fresh = RunFolder.fresh(
                allocation.folder(),
                processes,
                cookie.element(),
                spec.output().merged(),
                identity.ids().isPresent());
        claimed = fresh;
        return fresh;
    }

    /** Notes where the run begins whose process is spawned next. */
    private void beginOutput(RunFolder folder) {
        List<LogPart> parts = output;
        if (parts.isEmpty()) {
            output = folder.logs().stream()
                    .map(log -> new LogPart(new LogFile(log, loss, 0), 0))
                    .toList();
            return;
        }
        // Nobody writes now: it may be emptied as a whole.
        rotation(FileCut.NONE).ifPresent(LogRotation::rotateIfDue);
        output = parts.stream()
                .map(part -> new LogPart(part.file(), part.file().mark()))
                .toList();
    }

    /**
     * Sees to it that it is known when a process has emptied the files that it writes to. To be called when it is prepared,
     * before it is spawned.
     */
    public void guardOutput(FileCut cut) {
        if (!spec.output().piped()) {
            output.forEach(part -> part.file().reserve(cut));
        }
    }

    /**
     * The output of the run that was prepared last: what is written from then on. {@link ProcessLog#allRuns} shows what came
     * before.
     *
     * @param exit completes when that run has ended
     * @throws IllegalStateException before {@link #prepare}
     */
    public ProcessLog log(FileWatch watch, CompletableFuture<ExitStatus> exit) {
        List<LogPart> parts = output;
        if (parts.isEmpty()) {
            throw new IllegalStateException(
                    "Expected '" + spec.name() + "' to be prepared before its log is asked for, but it is not");
        }
        parts.forEach(part -> part.file().watchBeginning(watch, exit));
        return new ProcessLog(spec.name(), watch, exit, secrets, parts);
    }

    /**
     * What keeps its logs below their limit, to be called about once a second while it runs; the same files after a restart.
     * Empty without a limit, and before {@link #prepare}.
     *
     * @param cut what takes away what was moved into a backup
     */
    public Optional<LogRotation> rotation(FileCut cut) {
        List<LogPart> parts = output;
        return spec.output().rotates() && !parts.isEmpty()
                ? Optional.of(new LogRotation(
                        spec.name(), parts.stream().map(LogPart::file).toList(), spec.output(), cut))
                : Optional.empty();
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

    /** Gives ports and folder back; what the folder holds stays. Idempotent. */
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
