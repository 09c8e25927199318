package dev.procession.supervise;

import dev.procession.launch.ProcessSpec;
import dev.procession.launch.Readiness;
import dev.procession.launch.StopPolicy;
import dev.procession.os.OperatingSystem;
import dev.procession.process.ProcessId;
import dev.procession.testkit.Await;
import dev.procession.testkit.Processes;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A supervisor of one test, and shell scripts as its processes: each is ready when it has printed {@code ready}. */
final class Stage implements AutoCloseable {

    static final StopPolicy PATIENT = StopPolicy.DEFAULT.gracePeriod(Duration.ofMinutes(5));
    static final StopPolicy QUICK = StopPolicy.DEFAULT.gracePeriod(Duration.ofMillis(300));

    /** Ignores TERM, and so do its children. */
    static final String DEAF = "trap '' TERM; echo ready; while :; do sleep 0.05; done";

    private final Path folder;
    private final Supervisor supervisor;

    Stage(OperatingSystem system, Path folder) {
        this.folder = folder;
        this.supervisor = Supervisor.builder().folder(folder).build(system);
    }

    Supervisor supervisor() {
        return supervisor;
    }

    Path folder() {
        return folder;
    }

    static ProcessSpec.Builder script(String name, String script, String... arguments) {
        String[] command = new String[4 + arguments.length];
        command[0] = "sh";
        command[1] = "-c";
        command[2] = script;
        command[3] = "sh";
        System.arraycopy(arguments, 0, command, 4, arguments.length);
        return ProcessSpec.command(command)
                .name(name)
                .ready(Readiness.DEFAULT.log("^ready$"))
                .stop(PATIENT);
    }

    SupervisedProcess start(String name, String script, StopPolicy stop, String... arguments) {
        return supervisor.start(script(name, script, arguments).stop(stop).build());
    }

    /** The processes whose pids it has printed, each on a line of its own. */
    static List<ProcessId> printed(SupervisedProcess process, int count) {
        Path file = process.log().stdout().files().get(0);
        Await.until(count + " pids in " + file, () -> pids(process).size() >= count);
        return pids(process).stream().map(Processes::identity).toList();
    }

    private static List<String> pids(SupervisedProcess process) {
        return process.log().stdout().lines().stream()
                .filter(line -> line.matches("\\d+"))
                .toList();
    }

    static void awaitLine(SupervisedProcess process, String line) {
        process.log().await("^" + line + "$", Duration.ofSeconds(60));
    }

    @Override
    public void close() {
        supervisor.close();
    }
}
