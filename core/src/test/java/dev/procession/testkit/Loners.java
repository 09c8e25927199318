package dev.procession.testkit;

import dev.procession.os.backend.Backend;
import dev.procession.process.ProcessId;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Orphans in sessions of their own, with no variables but those given; closing it ends them. For one thread. */
public final class Loners implements AutoCloseable {

    private static final String OWN = "echo $$ >\"$0.new\"; mv \"$0.new\" \"$0\"; exec \"$@\"";

    private final Path folder;
    private final Set<ProcessId> started = new LinkedHashSet<>();

    /** @param folder for files of its own */
    public Loners(Path folder) {
        this.folder = folder;
    }

    /** One that sleeps. */
    public ProcessId in(Path directory, String... variables) throws IOException, InterruptedException {
        return start(directory, List.of(variables), "sleep", "1000");
    }

    public ProcessId start(Path directory, List<String> variables, String... program)
            throws IOException, InterruptedException {
        Path pid = Files.createTempFile(folder, "loner", "");
        Files.delete(pid);
        List<String> command = new ArrayList<>(
                List.of("sh", "-c", "cd \"$1\" && shift && \"$@\" &", "sh", directory.toString(), "env", "-i"));
        command.add("PATH=/usr/bin:/bin");
        command.addAll(variables);
        command.addAll(List.of("setsid", "sh", "-c", OWN, pid.toString()));
        command.addAll(List.of(program));
        new ProcessBuilder(command)
                .redirectInput(new File("/dev/null"))
                .redirectOutput(Redirect.DISCARD)
                .redirectError(Redirect.DISCARD)
                .start()
                .waitFor();
        ProcessId id = Processes.identity(Await.lines(pid, 1).get(0));
        started.add(id);
        Await.until("it is the program itself", () -> {
            List<String> line = Processes.TABLE.commandLine(id.pid());
            return !line.isEmpty() && !line.contains(OWN);
        });
        return id;
    }

    /** What one of them has started, and what would outlive it. */
    public ProcessId adopt(String pid) {
        ProcessId id = Processes.identity(pid);
        started.add(id);
        return id;
    }

    @Override
    public void close() {
        Processes.kill(Backend.current(), started);
    }
}
