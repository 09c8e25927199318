package dev.procession.assertj;

import dev.procession.process.ExitStatus;
import dev.procession.process.ProcessQuery;
import dev.procession.supervise.SupervisedProcess;
import org.jspecify.annotations.Nullable;

/**
 * The entry point to the assertions about processes. Its {@code assertThat} can be imported statically beside that of
 * AssertJ itself.
 *
 * <pre>{@code
 * import static dev.procession.assertj.ProcessAssertions.assertThat;
 * import static org.assertj.core.api.Assertions.assertThat;
 *
 * assertThat(api).isReady().isListeningOn("http").hasNotLogged("ERROR");
 * }</pre>
 *
 * <p>To collect failures, {@code softly.proxy(ProcessAssert.class, SupervisedProcess.class, api)}.
 */
public final class ProcessAssertions {

    private ProcessAssertions() {}

    /** Begins assertions about a process. */
    public static ProcessAssert assertThat(@Nullable SupervisedProcess actual) {
        return new ProcessAssert(actual);
    }

    /**
     * Begins assertions about the processes that a query means, whoever has started them.
     *
     * <pre>{@code
     * assertThatProcesses(ProcessQuery.named("python").args("apps/worker.py")).areRunning();
     * }</pre>
     */
    public static ProcessQueryAssert assertThatProcesses(@Nullable ProcessQuery actual) {
        return new ProcessQueryAssert(actual);
    }

    /** Begins assertions about how a process ended. */
    public static ExitStatusAssert assertThat(@Nullable ExitStatus actual) {
        return new ExitStatusAssert(actual);
    }
}
