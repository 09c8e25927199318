package dev.procession.launch;

import dev.procession.process.InvalidSpecException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Everything there is to say about a process before it runs. Checked once, when it is built; what depends on the machine
 * (is the program there?) is checked when it is started.
 *
 * <p>Immutable and thread safe. {@code command}, {@code environment} values and {@code ready} may hold placeholders; see
 * {@link Placeholders}.
 *
 * <pre>{@code
 * ProcessSpec redis = ProcessSpec.command("redis-server", "--port", "${port}", "--save", "")
 *         .ready(Readiness.DEFAULT.log("Ready to accept connections"))
 *         .build();
 * }</pre>
 */
public final class ProcessSpec {

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]+");

    private final String name;
    private final List<String> command;
    private final Map<String, String> environment;
    private final boolean inheritEnvironment;
    private final @Nullable Path directory;
    private final Readiness ready;
    private final StopPolicy stop;
    private final String declaration;

    private ProcessSpec(Builder builder) {
        this.command = checkedCommand(builder.command);
        this.name = checkedName(builder.name != null ? builder.name : baseName(command.get(0)), builder.name != null);
        this.environment = Map.copyOf(builder.environment);
        this.inheritEnvironment = builder.inheritEnvironment;
        this.directory = builder.directory;
        this.ready = builder.ready;
        this.stop = builder.stop;
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

    /** When it counts as ready. */
    public Readiness ready() {
        return ready;
    }

    /** How it is stopped. */
    public StopPolicy stop() {
        return stop;
    }

    /** Whether anything in it refers to the main port, so that one is leased. */
    public boolean hasPort() {
        return Placeholders.references(this).contains("port");
    }

    private void checkPort() {
        boolean told = Placeholders.referencesToldToTheProcess(this).contains("port");
        boolean http = ready.http().stream().anyMatch(text -> text.startsWith("/"));
        boolean wanted = hasPort() || http || ready.tcp().contains("port");
        if (wanted && !told) {
            throw new InvalidSpecException(
                    http ? "http" : ready.tcp().isEmpty() ? "http" : "tcp",
                    "means the main port, but nothing tells the process which one that is",
                    "put ${port} into its command or env, or give a fixed port as a number or URL");
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
        private Readiness ready = Readiness.DEFAULT;
        private StopPolicy stop = StopPolicy.DEFAULT;
        private @Nullable String declaration;

        private Builder(List<String> command) {
            this.command = command;
        }

        /** The name, unique in its supervisor; also the name of its folder. */
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

        public Builder ready(Readiness value) {
            this.ready = value;
            return this;
        }

        public Builder stop(StopPolicy value) {
            this.stop = value;
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
                Placeholders.check(spec);
                spec.ready.check();
                spec.checkPort();
                return spec;
            } catch (InvalidSpecException e) {
                throw declaration == null ? e : e.at(declaration);
            }
        }
    }
}
