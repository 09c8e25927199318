package dev.procession.testkit;

import dev.procession.launch.RunCookie;
import dev.procession.os.Child;
import dev.procession.os.OperatingSystem;
import dev.procession.os.SpawnException;
import dev.procession.os.SpawnRequest;
import dev.procession.process.ExitStatus;
import dev.procession.process.ProcessId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** The children that one test spawns directly; closing it ends them and what they have started. For one thread. */
public final class Trial implements AutoCloseable {

    private static final AtomicLong NUMBERS = new AtomicLong();

    private final OperatingSystem system;
    private final Path folder;
    private final Map<Child, SpawnRequest> children = new HashMap<>();

    public Trial(OperatingSystem system, Path folder) {
        this.system = system;
        this.folder = folder;
    }

    public Program program(String executable, String... arguments) {
        return new Program(executable, arguments);
    }

    /** A shell script; its arguments are {@code $1} and so on. */
    public Program script(String script, String... arguments) {
        List<String> all = new ArrayList<>(List.of("-c", script, "sh"));
        all.addAll(List.of(arguments));
        return new Program("/bin/sh", all.toArray(String[]::new));
    }

    public Child spawn(SpawnRequest request) throws SpawnException {
        Child child = system.spawner().spawn(request);
        children.put(child, request);
        return child;
    }

    public Path stdout(Child child) {
        return request(child).stdout();
    }

    /** Waits for the end and gives what was written to standard output. */
    public String output(Child child) {
        Await.result(child.exit());
        return read(request(child).stdout());
    }

    /** Waits for the end and gives what was written to standard error. */
    public String errors(Child child) {
        Await.result(child.exit());
        return read(request(child).stderr());
    }

    private SpawnRequest request(Child child) {
        SpawnRequest request = children.get(child);
        if (request == null) {
            throw new AssertionError("Expected a child of this trial, but was " + child.id());
        }
        return request;
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        for (Child child : children.keySet()) {
            // Until it is reaped, and portably until it is dead, the pid is certainly its own.
            if (Processes.TABLE
                    .find(child.id().pid())
                    .filter(row -> row.id().equals(child.id()))
                    .isPresent()) {
                Set<ProcessId> tree = Processes.treeOf(child.id().pid());
                Processes.kill(system, tree);
            }
            Await.result(child.exit());
            child.reap();
        }
    }

    /** What to spawn. */
    public final class Program {
        private final String executable;
        private final List<String> arguments = new ArrayList<>();
        private final Map<String, String> environment = new LinkedHashMap<>();
        private boolean inherits = true;
        private Path directory = folder;
        private @Nullable Path stdin;
        private Path stdout;
        private Path stderr;

        private Program(String executable, String... arguments) {
            long number = NUMBERS.incrementAndGet();
            this.executable = executable;
            this.arguments.add(executable);
            this.arguments.addAll(List.of(arguments));
            this.environment.putAll(
                    RunCookie.of(Processes.identity(ProcessHandle.current().pid()), "trial", number)
                            .variables());
            this.stdout = folder.resolve("stdout-" + number);
            this.stderr = folder.resolve("stderr-" + number);
        }

        public Program with(String variable, String value) {
            environment.put(variable, value);
            return this;
        }

        /** Nothing but this, not even the mark of our run. */
        public Program withOnly(Map<String, String> variables) {
            environment.clear();
            environment.putAll(variables);
            inherits = false;
            return this;
        }

        public Program in(Path folder) {
            this.directory = folder;
            return this;
        }

        public Program stdin(Path file) {
            this.stdin = file;
            return this;
        }

        public Program stdout(Path file) {
            this.stdout = file;
            return this;
        }

        public Program stderr(Path file) {
            this.stderr = file;
            return this;
        }

        public SpawnRequest request() {
            try {
                for (Path log : List.of(stdout, stderr)) {
                    if (!Files.exists(log)) {
                        Files.createFile(log);
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return new SpawnRequest(
                    Path.of(executable), arguments, environment, inherits, directory, stdin, stdout, stderr);
        }

        public Child spawn() throws SpawnException {
            return Trial.this.spawn(request());
        }

        public ExitStatus run() throws SpawnException {
            return Await.result(spawn().exit());
        }

        public String output() throws SpawnException {
            return Trial.this.output(spawn());
        }
    }
}
