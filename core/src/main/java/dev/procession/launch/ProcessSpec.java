package dev.procession.launch;

import dev.procession.process.InvalidSpecException;
import dev.procession.process.Signal;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Everything there is to say about a process before it runs. Checked once, when it is built; what depends on the machine
 * (is the program there?) is checked when it is started.
 *
 * <p>Immutable and thread safe; equal if all is equal but the declaration. {@code command}, {@code environment} values,
 * {@code directory}, {@code files}, {@code stdin} and {@code ready} may hold placeholders; see {@link Placeholders}.
 *
 * <pre>{@code
 * ProcessSpec redis = ProcessSpec.command("redis-server", "--port", "${port}", "--save", "")
 *         .ready(Readiness.DEFAULT.log("Ready to accept connections"))
 *         .build();
 * }</pre>
 */
public final class ProcessSpec {

    /** As standard input: a pipe that stays open for {@code send}. */
    public static final String PIPE = "PIPE";

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]+");

    /** Most file systems have room for 255 bytes, and a folder beside another of that name has a number behind it. */
    private static final int LONGEST_NAME = 200;

    private final String name;
    private final List<String> command;
    private final Map<String, String> environment;
    private final boolean inheritEnvironment;
    private final @Nullable Path directory;
    private final List<Template> files;
    private final Map<String, Integer> ports;
    private final String portProperty;
    private final String stdin;
    private final List<String> searchPath;
    private final RunAs runAs;
    private final List<String> dependsOn;
    private final boolean consoleLog;
    private final OutputPolicy output;
    private final Readiness ready;
    private final StopPolicy stop;
    private final @Nullable RestartPolicy restart;
    private final Set<Integer> expectedExitCodes;
    private final int priority;
    private final boolean autostart;
    private final Signal reloadSignal;
    private final String declaration;

    private ProcessSpec(Builder builder) {
        this.command = checkedCommand(builder.command);
        this.name = checkedName(builder.name != null ? builder.name : baseName(command.get(0)), builder.name != null);
        this.environment = Map.copyOf(builder.environment);
        this.inheritEnvironment = builder.inheritEnvironment;
        this.directory = builder.directory;
        this.files = List.copyOf(builder.files);
        this.ports = Collections.unmodifiableMap(new LinkedHashMap<>(builder.ports));
        this.portProperty = builder.portProperty;
        this.stdin = builder.stdin;
        this.searchPath = List.copyOf(builder.searchPath);
        this.runAs = builder.runAs;
        this.dependsOn = List.copyOf(builder.dependsOn);
        this.consoleLog = builder.consoleLog;
        this.output = builder.output;
        this.ready = builder.ready;
        this.stop = builder.stop;
        this.restart = builder.restart;
        this.expectedExitCodes = builder.expectedExitCodes;
        this.priority = builder.priority;
        this.autostart = builder.autostart;
        this.reloadSignal = builder.reloadSignal;
        this.declaration = builder.declaration != null ? builder.declaration : "ProcessSpec '" + name + "'";
    }

    /**
     * Starts a description.
     *
     * @param command the program and its arguments; no shell is involved. A name without a slash is looked up on the
     *     child's PATH, a relative path is taken from the directory the JVM was started in.
     */
    public static Builder command(String... command) {
        return new Builder(List.of(command));
    }

    /** The name: {@code [A-Za-z0-9._-]+}; default the base name of the program. */
    public String name() {
        return name;
    }

    /** The program and its arguments, placeholders unexpanded. */
    public List<String> command() {
        return command;
    }

    /** Variables laid over the inherited ones, placeholders unexpanded. */
    public Map<String, String> environment() {
        return environment;
    }

    /** Whether the JVM's variables are passed on; default true. */
    public boolean inheritEnvironment() {
        return inheritEnvironment;
    }

    /** The user's own working directory, never emptied; null for a fresh one. */
    public @Nullable Path directory() {
        return directory;
    }

    /** What is written into the working directory before the start. */
    public List<Template> files() {
        return files;
    }

    /** The names of its ports, the main one's, {@code port}, included. */
    public Set<String> portNames() {
        Set<String> names = new LinkedHashSet<>();
        if (hasPort()) {
            names.add(PortDeclaration.MAIN);
        }
        names.addAll(ports.keySet());
        return names;
    }

    /** The number that a port is pinned to; empty for one that is leased. */
    public OptionalInt pinned(String port) {
        int number = ports.getOrDefault(port, PortDeclaration.ANY);
        return number == PortDeclaration.ANY ? OptionalInt.empty() : OptionalInt.of(number);
    }

    /** The system property that holds the main port while the process is in scope; empty for none. */
    public String portProperty() {
        return portProperty;
    }

    /** The text it is fed, placeholders unexpanded; empty, or {@link #PIPE}. */
    public String stdin() {
        return stdin;
    }

    /** Where programs are looked for that are not on the PATH: folders, which may hold {@code *} and {@code ?}. */
    public List<String> searchPath() {
        return searchPath;
    }

    /** As whom it runs. */
    public RunAs runAs() {
        return runAs;
    }

    /** The names of the processes that must be ready before this one is started; they are stopped after it. */
    public List<String> dependsOn() {
        return dependsOn;
    }

    /** Whether its lines are shown on the console; default false. */
    public boolean consoleLog() {
        return consoleLog;
    }

    /** Where its output goes, and how much of it is kept. */
    public OutputPolicy output() {
        return output;
    }

    /** When it counts as ready. */
    public Readiness ready() {
        return ready;
    }

    /** How it is stopped. */
    public StopPolicy stop() {
        return stop;
    }

    /** Whether it is started again when it has ended; empty if that was left open. */
    public Optional<RestartPolicy> restart() {
        return Optional.ofNullable(restart);
    }

    /** The exit codes that are a good end. */
    public Set<Integer> expectedExitCodes() {
        return expectedExitCodes;
    }

    /** Its place in the order: the lower, the earlier it is started and the later it is stopped. */
    public int priority() {
        return priority;
    }

    /** Whether a supervisor starts it by itself. */
    public boolean autostart() {
        return autostart;
    }

    /** What makes it read its configuration again. */
    public Signal reloadSignal() {
        return reloadSignal;
    }

    /** Whether it has a main port: something in it refers to one, or pins it. */
    public boolean hasPort() {
        return ports.containsKey(PortDeclaration.MAIN)
                || Placeholders.references(this).contains(PortDeclaration.MAIN);
    }

    private void checkPorts() {
        Set<String> told = Placeholders.referencesToldToTheProcess(this);
        ports.forEach((name, number) -> {
            boolean isMain = name.equals(PortDeclaration.MAIN);
            boolean isTold = told.contains("port:" + name) || (isMain && told.contains(name));
            if (number == PortDeclaration.ANY && !isTold) {
                throw new InvalidSpecException(
                        "ports",
                        "declares \"" + name + "\", but nothing tells the process which one that is",
                        "put ${" + (isMain ? name : "port:" + name)
                                + "} into its command, env or files, or pin it as \"" + name + "=8080\"");
            }
        });
        if (!ports.containsKey(PortDeclaration.MAIN) && !told.contains(PortDeclaration.MAIN)) {
            whatMeansTheMainPort().ifPresent(attribute -> {
                throw new InvalidSpecException(
                        attribute,
                        "means the main port, but nothing tells the process which one that is",
                        "put ${port} into its command or env, or give a fixed port as a number or URL");
            });
        }
        Placeholders.references(this).stream()
                .filter(reference -> reference.startsWith("port:"))
                .map(reference -> reference.substring("port:".length()))
                .filter(name -> !ports.containsKey(name))
                .findFirst()
                .ifPresent(name -> {
                    throw new InvalidSpecException(
                            "ports",
                            "has no \"" + name + "\", but ${port:" + name + "} refers to it",
                            Suggestion.nearest(name, ports.keySet())
                                            .map(near -> "did you mean ${port:" + near + "}? Otherwise ")
                                            .orElse("")
                                    + "add \"" + name + "\" to 'ports'");
                });
        if (!portProperty.isEmpty() && !hasPort()) {
            throw new InvalidSpecException(
                    "portProperty",
                    "is \"" + portProperty + "\", but the process has no main port",
                    "put ${port} into its command or env");
        }
    }

    private Optional<String> whatMeansTheMainPort() {
        if (ready.http().stream().anyMatch(text -> text.startsWith("/"))) {
            return Optional.of("http");
        }
        if (ready.tcp().contains(PortDeclaration.MAIN)) {
            return Optional.of("tcp");
        }
        return Placeholders.attributeThatRefersTo(PortDeclaration.MAIN, this);
    }

    private void checkDependencies() {
        if (dependsOn.contains(name)) {
            throw new InvalidSpecException("dependsOn", "holds \"" + name + "\", itself", "remove it");
        }
        if (ready.isOneShot() && restart != null && restart.mode() != RestartMode.NEVER) {
            throw new InvalidSpecException(
                    "restart",
                    "is " + restart.mode() + ", but with 'exit' its end is what it is started for",
                    "leave 'restart' out, or 'exit'");
        }
        if (ready.isOneShot() && stdin.equals(PIPE)) {
            throw new InvalidSpecException(
                    "stdin",
                    "is PIPE, but with 'exit' nobody can write to it before it has ended",
                    "give the text, or leave 'exit' out");
        }
    }

    /** Where this description stands, for messages: {@code @ManagedProcess on OrderIT}. */
    public String declaration() {
        return declaration;
    }

    /** Where to look when an attribute is to blame: {@code 'command' of @ManagedProcess on OrderIT}. */
    public String declarationOf(String attribute) {
        return "'" + attribute + "' of " + declaration;
    }

    private static List<String> checkedCommand(List<String> command) {
        if (command.isEmpty() || command.get(0).isEmpty()) {
            throw new InvalidSpecException(
                    "command",
                    command.isEmpty() ? "is empty" : "starts with an empty string",
                    "give the program and its arguments, such as {\"redis-server\", \"--port\", \"${port}\"}");
        }
        command.forEach(argument -> rejectNul("command", argument));
        if (command.size() == 1
                && command.get(0).strip().contains(" ")
                && !command.get(0).contains("/")) {
            throw new InvalidSpecException(
                    "command",
                    "is one string with spaces, \"" + masked(command.get(0)) + "\", and no shell will split it",
                    "give each argument as a string of its own");
        }
        return command;
    }

    private static String baseName(String program) {
        return program.substring(program.lastIndexOf('/') + 1);
    }

    private static String checkedName(String name, boolean given) {
        if (!NAME.matcher(name).matches() || name.equals(".") || name.equals("..")) {
            throw new InvalidSpecException(
                    "name",
                    "is \"" + name + "\"" + (given ? "" : ", taken from the command") + ", but it names a folder",
                    (given ? "use" : "give a name of") + " letters, digits, '.', '_' and '-' only");
        }
        if (name.length() > LONGEST_NAME) {
            throw new InvalidSpecException(
                    "name",
                    "has " + name.length() + " letters" + (given ? "" : ", taken from the command")
                            + ", but it names a folder",
                    (given ? "use " : "give a name of ") + LONGEST_NAME + " or fewer");
        }
        return name;
    }

    private static void rejectNul(String attribute, String text) {
        if (text.indexOf('\0') >= 0) {
            throw new InvalidSpecException(
                    attribute,
                    "holds a NUL character in \"" + masked(text).replace("\0", "\\0")
                            + "\", which no program can receive",
                    "remove it");
        }
    }

    private static String masked(String argument) {
        return Secrets.maskArguments(List.of(argument)).get(0);
    }

    private List<Object> parts() {
        return Arrays.asList(
                name,
                command,
                environment,
                inheritEnvironment,
                directory,
                files,
                ports,
                portProperty,
                stdin,
                searchPath,
                runAs,
                dependsOn,
                consoleLog,
                output,
                ready,
                stop,
                restart,
                expectedExitCodes,
                priority,
                autostart,
                reloadSignal);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ProcessSpec spec && parts().equals(spec.parts());
    }

    @Override
    public int hashCode() {
        return parts().hashCode();
    }

    @Override
    public String toString() {
        return name + " " + Secrets.maskArguments(command);
    }

    /** Collects a description. For one thread. */
    public static final class Builder {
        private final List<String> command;
        private @Nullable String name;
        private final Map<String, String> environment = new LinkedHashMap<>();
        private boolean inheritEnvironment = true;
        private @Nullable Path directory;
        private final List<Template> files = new ArrayList<>();
        private final Map<String, Integer> ports = new LinkedHashMap<>();
        private String portProperty = "";
        private String stdin = "";
        private final List<String> searchPath = new ArrayList<>();
        private RunAs runAs = RunAs.UNCHANGED;
        private final List<String> dependsOn = new ArrayList<>();
        private boolean consoleLog;
        private OutputPolicy output = OutputPolicy.DEFAULT;
        private Readiness ready = Readiness.DEFAULT;
        private StopPolicy stop = StopPolicy.DEFAULT;
        private @Nullable RestartPolicy restart;
        private Set<Integer> expectedExitCodes = Set.of(0);
        private int priority = 999;
        private boolean autostart = true;
        private Signal reloadSignal = Signal.HUP;
        private @Nullable String declaration;

        private Builder(List<String> command) {
            this.command = command;
        }

        /** The name, unique in its supervisor; also the name of its folder, of at most 200 letters. */
        public Builder name(String value) {
            this.name = value;
            return this;
        }

        /** Sets one variable over the inherited ones. */
        public Builder environment(String key, String value) {
            if (key.isEmpty() || key.indexOf('=') >= 0) {
                throw new InvalidSpecException("env", "has the variable name \"" + key + "\"", "write KEY=value");
            }
            rejectNul("env", key + "=" + value);
            environment.put(key, value);
            return this;
        }

        /** Whether the JVM's variables are passed on; default true. */
        public Builder inheritEnvironment(boolean value) {
            this.inheritEnvironment = value;
            return this;
        }

        /** The working directory, which must exist and is never emptied; default a fresh one. */
        public Builder directory(String path) {
            try {
                this.directory = Path.of(path);
            } catch (InvalidPathException e) {
                throw new InvalidSpecException(
                        "directory",
                        "is \"" + path + "\", which is no path here: " + e.getReason(),
                        "give an existing folder; for names outside ASCII start the JVM with LC_ALL=C.UTF-8");
            }
            return this;
        }

        /**
         * A file that is written into the working directory before the start.
         *
         * @param from {@code classpath:/nginx.conf}, or a path from the directory the JVM was started in
         * @param to where it is written, relative to the working directory
         */
        public Builder file(String from, String to) {
            Template template = Template.read(from, to);
            Path target = Path.of(to).normalize();
            if (files.stream().anyMatch(other -> Path.of(other.to()).normalize().equals(target))) {
                throw new InvalidSpecException("files", "writes \"" + to + "\" twice", "give one another 'to'");
            }
            files.add(template);
            return this;
        }

        /**
         * A further port.
         *
         * @param declaration a name, such as {@code http}, for one that is leased; or {@code http=8081} for one that is
         *     pinned. {@code port=8080} pins the main port.
         */
        public Builder port(String declaration) {
            PortDeclaration port = PortDeclaration.parse(declaration);
            if (ports.put(port.name(), port.pinned()) != null) {
                throw new InvalidSpecException("ports", "declares \"" + port.name() + "\" twice", "remove one of them");
            }
            return this;
        }

        /** The system property that holds the main port while the process is in scope. */
        public Builder portProperty(String name) {
            this.portProperty = name;
            return this;
        }

        /**
         * What it is fed.
         *
         * @param text the whole of it; or {@link #PIPE} for a pipe that stays open. Default: nothing
         */
        public Builder stdin(String text) {
            this.stdin = text;
            return this;
        }

        /**
         * Where programs are looked for that are not on the PATH.
         *
         * @param folders in this order; {@code *} and {@code ?} stand for parts of a name, of several that match the
         *     highest version comes first
         */
        public Builder searchPath(String... folders) {
            searchPath.addAll(List.of(folders));
            return this;
        }

        /** As whom it runs; default as the JVM itself. */
        public Builder runAs(RunAs value) {
            this.runAs = value;
            return this;
        }

        /** Which processes must be ready before it is started. They are stopped after it. */
        public Builder dependsOn(String... names) {
            dependsOn.addAll(List.of(names));
            return this;
        }

        /** Whether its lines are shown on the console, as {@code [name] line}; default false. */
        public Builder consoleLog(boolean value) {
            this.consoleLog = value;
            return this;
        }

        /** Where its output goes, and how much of it is kept; default two files without a limit. */
        public Builder output(OutputPolicy value) {
            this.output = value;
            return this;
        }

        public Builder ready(Readiness value) {
            this.ready = value;
            return this;
        }

        public Builder stop(StopPolicy value) {
            this.stop = value;
            return this;
        }

        /**
         * Whether it is started again when it has ended. Default: what is started as a fixture never is, so that a death fails
         * the test; what is added to a supervisor is after an unexpected end, as supervisord's {@code autorestart}.
         */
        public Builder restart(RestartPolicy value) {
            this.restart = value;
            return this;
        }

        /**
         * The exit codes that are a good end, as supervisord's {@code exitcodes}; default 0.
         *
         * @throws InvalidSpecException if one is not between 0 and 255
         */
        public Builder expectedExitCodes(int... codes) {
            this.expectedExitCodes = RestartPolicy.codes("expectedExitCodes", codes);
            return this;
        }

        /** Its place in the order of a supervisor: the lower, the earlier started and the later stopped; default 999. */
        public Builder priority(int value) {
            this.priority = value;
            return this;
        }

        /** Whether a supervisor starts it as soon as it has been added; default true. */
        public Builder autostart(boolean value) {
            this.autostart = value;
            return this;
        }

        /** What makes it read its configuration again; default HUP. */
        public Builder reloadSignal(Signal value) {
            this.reloadSignal = value;
            return this;
        }

        /** Where this description stands, for messages; default {@code ProcessSpec 'NAME'}. */
        public Builder declaration(String value) {
            this.declaration = value;
            return this;
        }

        /**
         * Checks and builds.
         *
         * @throws InvalidSpecException naming the attribute, the value and the fix
         */
        public ProcessSpec build() {
            try {
                ProcessSpec spec = new ProcessSpec(this);
                spec.checkPorts();
                spec.ready.check();
                spec.ready.command().forEach(argument -> rejectNul("ready.command", argument));
                spec.checkDependencies();
                return spec;
            } catch (InvalidSpecException e) {
                InvalidSpecException masked = e.reworded(Secrets.of(command, environment)::mask);
                throw declaration == null ? masked : masked.at(declaration);
            }
        }
    }
}
