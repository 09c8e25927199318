package dev.procession.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Event;

/** Runs test classes inside a test. */
final class Kit {

    private Kit() {}

    static EngineExecutionResults run(Class<?>... testClasses) {
        return run(Map.of(), testClasses);
    }

    static EngineExecutionResults run(Map<String, String> configuration, Class<?>... testClasses) {
        return run(builder(testClasses).configurationParameters(configuration));
    }

    @SuppressWarnings({"deprecation", "removal"}) // JUnit 6 has another name for it, which 5.12 does not have.
    static EngineTestKit.Builder builder(Class<?>... testClasses) {
        return EngineTestKit.engine("junit-jupiter")
                .selectors(Stream.of(testClasses)
                        .map(testClass -> selectClass(testClass))
                        .toArray(DiscoverySelector[]::new))
                .outputDirectoryProvider(new PublishedFiles());
    }

    /** Runs, and looks that no process is left then. */
    static EngineExecutionResults run(EngineTestKit.Builder builder) {
        EngineExecutionResults results = builder.execute();
        assertThat(Leftovers.now()).as("processes left behind").isEmpty();
        return results;
    }

    /** Runs where processes are there that the tests know nothing of, as children of this JVM. */
    static EngineExecutionResults runBeside(Map<String, String> configuration, Class<?>... testClasses) {
        return builder(testClasses).configurationParameters(configuration).execute();
    }

    /** Runs classes there, of which everything must pass. */
    static void passBeside(Class<?>... testClasses) {
        requirePassed(runBeside(Map.of(), testClasses));
    }

    /** Runs classes of which everything must pass. */
    static void pass(Class<?>... testClasses) {
        requirePassed(run(testClasses));
    }

    private static void requirePassed(EngineExecutionResults results) {
        assertThat(failures(results)).isEmpty();
        assertThat(results.testEvents().succeeded().count()).as("tests run").isPositive();
        assertThat(results.allEvents().skipped().count()).as("skipped").isZero();
    }

    /** All failures of a run, of tests and of containers. */
    static List<Throwable> failures(EngineExecutionResults results) {
        return results.allEvents().failed().stream().map(Kit::throwable).toList();
    }

    private static Throwable throwable(Event event) {
        return event.getRequiredPayload(TestExecutionResult.class)
                .getThrowable()
                .orElseThrow();
    }

    /** The only failure of a run, of a test or of a container. */
    static Throwable failure(EngineExecutionResults results) {
        List<Throwable> failures = failures(results);
        if (failures.size() != 1) {
            throw new AssertionError("Expected one failure, but were " + failures);
        }
        return failures.get(0);
    }

    /** How the tests of a run ended: {@code name passed} or {@code name: message}. */
    static List<String> outcomes(EngineExecutionResults results) {
        return results.testEvents().finished().stream()
                .map(event -> event.getTestDescriptor().getDisplayName()
                        + event.getRequiredPayload(TestExecutionResult.class)
                                .getThrowable()
                                .map(failure -> ": " + normalised(failure.getMessage()))
                                .orElse(" passed"))
                .toList();
    }

    /** The message of a class whose processes cannot be had: it alone fails, and none of its tests is run. */
    static String startFailureOf(Class<?> testClass) {
        EngineExecutionResults results = run(testClass);
        Throwable failure = failure(results);
        assertThat(failure.getSuppressed()).isEmpty();
        assertThat(results.testEvents().started().count()).as("tests run").isZero();
        return normalised(failure.getMessage());
    }

    /** The message of the only failure, with what differs between runs replaced. */
    static String failureOf(Class<?> testClass) {
        return normalised(failure(run(testClass)).getMessage());
    }

    static String normalised(String message) {
        return message.replace(Path.of("").toAbsolutePath().toString(), "BASEDIR")
                .replaceAll("pid \\d+", "pid PID")
                .replaceAll("after \\d+(\\.\\d)? m?s of", "after TIME of")
                .replaceAll("up for \\d+(\\.\\d)? m?s", "up for TIME")
                .replaceAll("\\d+ tr(y|ies)", "N tries")
                .replaceAll("\\b(2\\d{4}|3[0-2]\\d{3})\\b", "PORT");
    }
}
