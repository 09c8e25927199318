package dev.procession.maven;

import dev.procession.cleanup.StragglerKill;
import dev.procession.process.ArgumentMatch;
import dev.procession.process.Durations;
import dev.procession.process.InvalidSpecException;
import dev.procession.process.ProcessSelection;
import java.time.Duration;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.jspecify.annotations.Nullable;

/**
 * Ends processes that somebody has left: TERM, the grace period, KILL. Spared, and named, are those that a living run of
 * Procession manages, who has started such a run, and those of other users unless {@code user} names them. Fails the build
 * if one survives KILL.
 *
 * <p>By default it comes before the integration tests: what an earlier build has left would be in their way, and if that was
 * killed, no goal of its own came after its tests. Put it before {@code start}: in one phase, goals run in the order of the
 * pom. Works without a pom, too.
 */
@Mojo(
        name = "kill-stragglers",
        defaultPhase = LifecyclePhase.PRE_INTEGRATION_TEST,
        requiresProject = false,
        threadSafe = true)
public final class KillStragglersMojo extends ProcessesMojo {

    /**
     * In place of {@code process}: a regular expression that is found anywhere in the command line, its arguments joined by
     * blanks.
     */
    @Parameter(property = "procession.pattern")
    private @Nullable String pattern;

    /** KILL at once. */
    @Parameter(property = "procession.force", defaultValue = "false")
    private String force = "";

    /** How long they may take to end by themselves: {@code 500ms}, {@code 10s}, {@code 2m}, {@code PT10S}. */
    @Parameter(property = "procession.gracePeriod", defaultValue = "5s")
    private String gracePeriod = "";

    /** Whether the files of {@code pidFile} are removed then, unless a process was spared. */
    @Parameter(property = "procession.removePidFile", defaultValue = "false")
    private String removePidFile = "";

    public KillStragglersMojo() {
        super(ArgumentMatch.LOOSE);
    }

    @Override
    @Nullable
    String pattern() {
        return pattern;
    }

    @Override
    void run(ProcessSelection selection) {
        StragglerKill kill = kill(selection);
        long begin = System.nanoTime();
        StragglerKill.Outcome outcome = kill.run();
        String after = Durations.describe(Duration.ofNanos(System.nanoTime() - begin));
        outcome.killed().forEach(straggler -> getLog().info("Ended within " + after + ": " + straggler));
        outcome.spared().forEach(straggler -> getLog().warn("Spared: " + straggler));
        if (outcome.killed().isEmpty() && outcome.spared().isEmpty()) {
            getLog().info("None is there to end: " + selection);
        }
    }

    private StragglerKill kill(ProcessSelection selection) {
        boolean removes = flag("removePidFile", removePidFile);
        if (removes && !hasPidFile()) {
            throw new InvalidSpecException("removePidFile", "is true without <pidFile>", "leave it out");
        }
        boolean forces = flag("force", force);
        StragglerKill kill = StragglerKill.of(selection)
                .gracePeriod(duration("gracePeriod", gracePeriod))
                .withoutLog();
        kill = forces ? kill.force() : kill;
        kill = removes ? kill.removePidFile() : kill;
        // A selection that is no query cannot say it by itself.
        return namesUser() ? kill.anyUser() : kill;
    }
}
