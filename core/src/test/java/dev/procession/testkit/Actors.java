package dev.procession.testkit;

import dev.procession.os.Child;
import dev.procession.os.SpawnException;
import dev.procession.process.FoundProcess;
import dev.procession.process.ProcessId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** Processes that do nothing, under any name and with any arguments; closing it ends them. For one thread. */
public final class Actors implements AutoCloseable {

    /**
     * Reads from a pipe whose other end it has itself: no child is needed to wait. It looks up now and then, since a shell
     * does not hear of a signal that comes in the moment before it blocks.
     */
    private static final String WAITING =
            "exec 3<> <(:); wait $! 2>/dev/null; echo ready; until read -r -t 0.1 -u 3 x; do :; done";

    private static final String AS = "exec -a \"$0\" \"$@\"";

    private static final AtomicLong NUMBERS = new AtomicLong();

    private final Trial trial;
    private final Path folder;

    public Actors(Path folder) {
        this.trial = new Trial(Backends.nativeOne(), folder);
        this.folder = folder;
    }

    /** A word that no other process on this machine has. The kernel keeps 15 bytes of a name: they differ, too. */
    public static String word() {
        return "zed" + NUMBERS.incrementAndGet() + "n" + Processes.run().replace('-', 'x');
    }

    /** What waits, for scripts that do something else before. */
    public static String waiting() {
        return WAITING;
    }

    /** Its argv is the name, {@code -c}, a script that waits, and the arguments. */
    public ProcessId start(String name, String... arguments) throws SpawnException {
        return play(name, WAITING, arguments);
    }

    /** The same with a script of one's own, which says "ready" on its first line and waits. */
    public ProcessId play(String name, String script, String... arguments) throws SpawnException {
        return child(name, script, arguments).id();
    }

    public Child child(String name, String script, String... arguments) throws SpawnException {
        return start(name, list(List.of("/bin/bash", "-c", script), arguments), Map.of());
    }

    public Child child(String name, String script, Map<String, String> environment) throws SpawnException {
        return start(name, List.of("/bin/bash", "-c", script), environment);
    }

    /** A copy of bash, under a name that it need not know of. */
    public ProcessId execute(Path copyOfBash, String name) throws SpawnException {
        return start(name, List.of(copyOfBash.toString(), "-c", WAITING), Map.of())
                .id();
    }

    /** Its argv is the name, the path of a script, and the arguments. */
    public ProcessId script(String name, String path, String... arguments) throws SpawnException {
        Path file = folder.resolve(path);
        try {
            Files.createDirectories(file.getParent());
            Files.writeString(file, WAITING + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return start(name, list(List.of("/bin/bash", path), arguments), Map.of())
                .id();
    }

    private static List<String> list(List<String> first, String... others) {
        List<String> all = new ArrayList<>(first);
        all.addAll(Arrays.asList(others));
        return all;
    }

    /** Without the mark of our run: nobody's. */
    private Child start(String name, List<String> command, Map<String, String> environment) throws SpawnException {
        Map<String, String> all = new HashMap<>(environment);
        all.put("PATH", "/usr/bin:/bin");
        List<String> whole = list(List.of("-c", AS, name), command.toArray(String[]::new));
        Child child = trial.spawn(trial.program("/bin/bash", whole.toArray(String[]::new))
                .withOnly(all)
                .in(folder)
                .request());
        Await.lines(trial.stdout(child), 1);
        return child;
    }

    public Trial trial() {
        return trial;
    }

    public static List<ProcessId> ids(List<FoundProcess> found) {
        return found.stream().map(FoundProcess::id).toList();
    }

    @Override
    public void close() {
        trial.close();
    }
}
