package dev.procession.junit;

import dev.procession.launch.Suggestion;
import dev.procession.process.Durations;
import dev.procession.process.Epoch;
import dev.procession.process.InvalidSpecException;
import dev.procession.process.ProcessSource;
import dev.procession.supervise.StragglerPolicy;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;

/**
 * What holds for a whole test run, read from JUnit's configuration parameters.
 *
 * @param folder the folder of all folders; relative ones start where the JVM was started
 * @param readyTimeout the startup timeout where an annotation has none
 * @param gracePeriod the grace period where an annotation has none
 * @param stragglers what becomes of what outlives its process
 * @param keepRunningOnFailure for how long at most the processes of a failed test are kept running; 0 is not at all
 * @param since when the build was started that runs the tests, if it says so
 */
record Settings(
        Path folder,
        Duration readyTimeout,
        Duration gracePeriod,
        StragglerPolicy stragglers,
        Duration keepRunningOnFailure,
        Optional<Epoch> since) {

    static final String FOLDER = "procession.folder";
    static final String READY_TIMEOUT = "procession.ready.timeout";
    static final String GRACE_PERIOD = "procession.stop.gracePeriod";
    static final String STRAGGLERS = "procession.stragglers";
    static final String KEEP_RUNNING_ON_FAILURE = "procession.keepRunningOnFailure";
    static final String SINCE = "procession.run.since";

    /** Those of a run without any parameter. */
    static final Settings DEFAULT = read(name -> Optional.empty());

    /**
     * Reads all parameters, also those that are not needed yet: a wrong one is an error before anything is started.
     *
     * @param parameters the value of each name
     * @throws ExtensionConfigurationException naming the parameter, its value and the fix
     */
    static Settings read(Function<String, Optional<String>> parameters) {
        try {
            return new Settings(
                    parameters.apply(FOLDER).map(Settings::folder).orElseGet(() -> Path.of("target", "procession")),
                    duration(READY_TIMEOUT, "60s", parameters),
                    duration(GRACE_PERIOD, "10s", parameters),
                    parameters.apply(STRAGGLERS).map(Settings::stragglers).orElse(StragglerPolicy.KILL),
                    duration(KEEP_RUNNING_ON_FAILURE, "0s", parameters),
                    parameters.apply(SINCE).map(Settings::epoch));
        } catch (InvalidSpecException e) {
            throw new ExtensionConfigurationException("configuration parameter " + e.getMessage(), e);
        }
    }

    private static Duration duration(String name, String byDefault, Function<String, Optional<String>> parameters) {
        Duration duration = Durations.parse(name, parameters.apply(name).orElse(byDefault));
        Durations.check(name, duration);
        return duration;
    }

    private static Path folder(String text) {
        if (text.isBlank()) {
            throw new InvalidSpecException(FOLDER, "is empty", "name a folder, or remove the parameter");
        }
        try {
            Path folder = Path.of(text.strip());
            if (Files.exists(folder) && !Files.isDirectory(folder)) {
                throw new InvalidSpecException(FOLDER, "is \"" + text + "\", which is a file", "name a folder");
            }
            return folder;
        } catch (InvalidPathException e) {
            throw new InvalidSpecException(
                    FOLDER, "is \"" + text + "\", which is no path: " + e.getReason(), "name a folder");
        }
    }

    private static Epoch epoch(String text) {
        if (!text.strip().matches("\\d{1,18}")) {
            throw new InvalidSpecException(
                    SINCE,
                    "is \"" + text + "\", which is no number of clock ticks",
                    "give the ticks of 10 ms from the start of this machine to that of the build");
        }
        Epoch epoch = new Epoch(Long.parseLong(text.strip()));
        long now = ProcessSource.ofMachine().nowTicks();
        if (epoch.ticks() > now) {
            throw new InvalidSpecException(
                    SINCE,
                    "is \"" + text + "\", which lies in the future: now it is " + now,
                    "take it from this machine, and anew for each build");
        }
        return epoch;
    }

    private static StragglerPolicy stragglers(String text) {
        String wanted = text.strip().toLowerCase(Locale.ROOT);
        List<String> names = Arrays.stream(StragglerPolicy.values())
                .map(policy -> policy.name().toLowerCase(Locale.ROOT))
                .toList();
        int index = names.indexOf(wanted);
        if (index < 0) {
            String near = Suggestion.nearest(wanted, names)
                    .map(name -> "did you mean \"" + name + "\"? ")
                    .orElse("");
            throw new InvalidSpecException(
                    STRAGGLERS,
                    "is \"" + text + "\", which is no policy",
                    near + "there are: " + String.join(", ", names));
        }
        return StragglerPolicy.values()[index];
    }
}
