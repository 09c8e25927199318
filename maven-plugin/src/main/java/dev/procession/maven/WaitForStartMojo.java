package dev.procession.maven;

import dev.procession.process.ArgumentMatch;
import dev.procession.process.Durations;
import dev.procession.process.Epoch;
import dev.procession.process.FoundProcess;
import dev.procession.process.InvalidSpecException;
import dev.procession.process.ProcessSelection;
import dev.procession.watch.ProcessWatch;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Date;
import java.util.List;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.jspecify.annotations.Nullable;

/**
 * Waits until a process is there that somebody else starts, and that is fresh: what was there before this build began will
 * not do, unless that is said. Fails the build if there is none in time, or only an older one, which is named.
 *
 * <p>By default it comes before the integration tests, which need the process; put it behind the goal that starts it. Works
 * without a pom, too.
 */
@Mojo(
        name = "wait-for-start",
        defaultPhase = LifecyclePhase.PRE_INTEGRATION_TEST,
        requiresProject = false,
        threadSafe = true)
public final class WaitForStartMojo extends ProcessesMojo {

    private static final String RUN = "RUN";

    /** Before this, there was nothing. */
    private static final Epoch EVER = new Epoch(0);

    /** How long at most: {@code 500ms}, {@code 10s}, {@code 2m}, {@code PT10S}; {@code 0s} is one look. */
    @Parameter(property = "procession.timeout", defaultValue = "30s")
    private String timeout = "";

    /** Whether an older process will not do. */
    @Parameter(property = "procession.fresh", defaultValue = "true")
    private String fresh = "";

    /** From when on a process is fresh: {@code RUN}, the beginning of this build; or a moment such as {@code 2026-11-20T18:30:00Z}. */
    @Parameter(property = "procession.since", defaultValue = RUN)
    private String since = "";

    /** In place of {@code since}: how long before this call a process may have been started to be fresh, such as {@code 5m}. */
    @Parameter(property = "procession.within")
    private @Nullable String within;

    public WaitForStartMojo() {
        super(ArgumentMatch.EXACT);
    }

    @Override
    void run(ProcessSelection selection) {
        Duration patience = duration("timeout", timeout);
        Epoch epoch = epoch();
        long begin = System.nanoTime();
        List<FoundProcess> found = ProcessWatch.ofJvm().awaitStart(selection, epoch, patience);
        String after = Durations.describe(Duration.ofNanos(System.nanoTime() - begin));
        found.forEach(process -> getLog().info("Found after " + after + ": " + process + ", up for "
                + Durations.describe(process.id().age())));
    }

    private Epoch epoch() {
        if (!flag("fresh", fresh)) {
            refuseBesideFresh("since", since.equals(RUN) ? null : since);
            refuseBesideFresh("within", within);
            return EVER;
        }
        if (within != null && !since.equals(RUN)) {
            throw new InvalidSpecException(
                    "within", "is \"" + within + "\" beside <since>, \"" + since + "\"", "keep one of them");
        }
        return within != null ? Epoch.ago(duration("within", within)) : Epoch.at(moment());
    }

    private static void refuseBesideFresh(String name, @Nullable String value) {
        if (value != null) {
            throw new InvalidSpecException(
                    name, "is \"" + value + "\", but <fresh> is false, and any age will do", "keep one of them");
        }
    }

    private Instant moment() {
        if (since.equals(RUN)) {
            // Whoever embeds Maven need not have set it.
            Date start = session().getStartTime();
            return (start == null ? new Date() : start).toInstant();
        }
        try {
            return Instant.parse(since);
        } catch (DateTimeParseException e) {
            throw new InvalidSpecException(
                    "since",
                    "is \"" + since + "\"" + (since.equals("TEST") ? ", but a build begins no test" : ""),
                    "write RUN or a moment such as 2026-11-20T18:30:00Z, or use <within>");
        }
    }
}
