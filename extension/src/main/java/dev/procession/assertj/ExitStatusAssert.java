package dev.procession.assertj;

import dev.procession.process.ExitStatus;
import dev.procession.process.Signal;
import java.util.OptionalInt;
import java.util.function.Predicate;
import org.assertj.core.api.AbstractAssert;
import org.jspecify.annotations.Nullable;

/** Assertions about how a process ended. For one thread. */
public class ExitStatusAssert extends AbstractAssert<ExitStatusAssert, ExitStatus> {

    public ExitStatusAssert(@Nullable ExitStatus actual) {
        super(actual, ExitStatusAssert.class);
    }

    /**
     * It ended by itself, with this code. A signal is no code.
     *
     * <pre>{@code
     * assertThat(new ExitStatus.Code(3)).hasCode(3); // passes
     * assertThat(new ExitStatus.Code(3)).hasCode(0); // fails
     * }</pre>
     */
    public ExitStatusAssert hasCode(int code) {
        return expect(actual(new ExitStatus.Code(code)::equals), "exit code " + code);
    }

    /**
     * It ended by itself, with code 0.
     *
     * <pre>{@code
     * assertThat(new ExitStatus.Code(0)).isSuccess(); // passes
     * assertThat(new ExitStatus.Code(1)).isSuccess(); // fails
     * }</pre>
     */
    public ExitStatusAssert isSuccess() {
        return expect(actual(ExitStatus::isSuccess), "success, exit code 0");
    }

    /**
     * It ended with another code than 0, or was killed. What is unknown is no failure either.
     *
     * <pre>{@code
     * assertThat(new ExitStatus.Code(1)).isFailure(); // passes
     * assertThat(new ExitStatus.Code(0)).isFailure(); // fails
     * }</pre>
     */
    public ExitStatusAssert isFailure() {
        return expect(
                actual(status -> !status.isSuccess() && !(status instanceof ExitStatus.Unknown)),
                "a failure, another exit code than 0 or a signal");
    }

    /**
     * This signal killed it. A program that handles the signal and exits was not killed, also if its exit code is 128 and
     * the signal's number.
     *
     * <pre>{@code
     * assertThat(new ExitStatus.Signalled(9, false)).wasKilledBy(Signal.KILL); // passes
     * assertThat(new ExitStatus.Code(137)).wasKilledBy(Signal.KILL); // fails
     * }</pre>
     */
    public ExitStatusAssert wasKilledBy(Signal signal) {
        return expect(
                actual(status -> status instanceof ExitStatus.Signalled signalled && signalled.by(signal)),
                "killed by " + signal);
    }

    /**
     * A shell would show this number: the code, or 128 and the signal's number.
     *
     * <pre>{@code
     * assertThat(new ExitStatus.Signalled(9, false)).hasShellCode(137); // passes
     * assertThat(new ExitStatus.Signalled(9, false)).hasShellCode(9); // fails
     * }</pre>
     */
    public ExitStatusAssert hasShellCode(int code) {
        return expect(actual(status -> status.shellCode().equals(OptionalInt.of(code))), "shell code " + code);
    }

    private boolean actual(Predicate<ExitStatus> expected) {
        isNotNull();
        return expected.test(actual);
    }

    private ExitStatusAssert expect(boolean holds, String expectation) {
        if (!holds) {
            failWithMessage("%s", "Expected " + expectation + ", but was " + actual);
        }
        return this;
    }
}
