package dev.procession.maven;

import dev.procession.cleanup.StragglerReport;
import dev.procession.os.backend.Backend;
import dev.procession.process.ArgumentMatch;
import dev.procession.process.Durations;
import dev.procession.process.Epoch;
import dev.procession.process.FoundProcess;
import dev.procession.process.ProcessSelection;
import dev.procession.process.StragglersException;
import dev.procession.watch.ProcessWatch;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.jspecify.annotations.Nullable;

/**
 * Waits until everything that is meant is dead; what is started anew meanwhile is waited for, too. Fails the build if
 * something is left in time, which is named. Nobody is ended; for that there is {@code kill-stragglers}.
 *
 * <p>By default it comes after the integration tests, whose end was to be that of the process, too; put it behind
 * {@code stop}. The result of the tests is looked at later, by Failsafe's {@code verify}. Works without a pom, too.
 */
@Mojo(
        name = "wait-for-death",
        defaultPhase = LifecyclePhase.POST_INTEGRATION_TEST,
        requiresProject = false,
        threadSafe = true)
public final class WaitForDeathMojo extends ProcessesMojo {

    /** How long at most: {@code 500ms}, {@code 10s}, {@code 2m}, {@code PT10S}; {@code 0s} is one look. */
    @Parameter(property = "procession.timeout", defaultValue = "30s")
    private String timeout = "";

    /**
     * Who may stay: pids, or names of programs as {@code pidof} takes them, with an element for each; as a property they are
     * separated by commas.
     */
    @Parameter(property = "procession.ignore")
    private @Nullable List<@Nullable String> ignore;

    public WaitForDeathMojo() {
        super(ArgumentMatch.EXACT);
    }

    @Override
    void run(ProcessSelection selection) {
        Duration patience = duration("timeout", timeout);
        ProcessSelection awaited = IgnoredProcesses.read(ignore == null ? List.of() : list("ignore", ignore))
                .without(selection);
        Epoch began = Epoch.now();
        long begin = System.nanoTime();
        List<FoundProcess> left = ProcessWatch.ofJvm().awaitDeath(awaited, patience);
        if (!left.isEmpty()) {
            throw stillThere(awaited, patience, left, began);
        }
        getLog().info("None is alive after " + Durations.describe(Duration.ofNanos(System.nanoTime() - begin)) + ": "
                + awaited);
    }

    private static StragglersException stillThere(
            ProcessSelection awaited, Duration patience, List<FoundProcess> left, Epoch began) {
        String pids = left.stream().map(process -> Long.toString(process.pid())).collect(Collectors.joining(" "));
        return new StragglersException(
                "Expected to be dead within " + Durations.describe(patience) + ": " + awaited + ", but "
                        + (left.size() == 1 ? "a process is" : left.size() + " processes are") + " alive",
                StragglerReport.of(
                        Backend.current(),
                        left.stream().map(FoundProcess::info).toList(),
                        row -> began.isFresh(row.id()) ? "it was started meanwhile" : "it was there before"),
                "end " + (left.size() == 1 ? "it" : "them") + " with 'kill " + pids
                        + "', or wait longer with <timeout> (procession.timeout); name in <ignore> (procession.ignore)"
                        + " what may stay");
    }
}
