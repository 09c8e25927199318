package dev.procession.assertj;

import dev.procession.expect.Expectations;
import dev.procession.expect.Finding;
import dev.procession.process.Durations;
import dev.procession.process.InvalidSpecException;
import dev.procession.process.ProcessionException;
import dev.procession.process.Signal;
import dev.procession.process.WaitTimeoutException;
import dev.procession.supervise.ProcessState;
import dev.procession.supervise.SupervisedProcess;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;
import org.assertj.core.api.AbstractAssert;
import org.jspecify.annotations.Nullable;

/**
 * Assertions about a process. For one thread.
 *
 * <p>Each is one look, but for {@link #diesWithin} and {@link #logsWithin}, which wait. A failure shows what was expected
 * and found, the process's state, pid, exit status and command, and the last lines of its log with its path; what looks
 * like a secret is hidden.
 *
 * <p>Who asserts that a process has ended, or how, has asked for its end: if one of {@link #hasExited},
 * {@link #hasExitCode}, {@link #wasKilledBy} and {@link #exitedGracefully} finds it ended, or {@link #diesWithin} waits for
 * that, the death does not fail the test for being unasked. The other assertions leave that as it is.
 */
public class ProcessAssert extends AbstractAssert<ProcessAssert, SupervisedProcess> {

    public ProcessAssert(@Nullable SupervisedProcess actual) {
        super(actual, ProcessAssert.class);
    }

    /**
     * It lives: it has been started and has not ended. It need not be ready, and may be paused.
     *
     * <pre>{@code
     * assertThat(supervisor.start(spec)).isRunning(); // passes
     * api.stop();
     * assertThat(api).isRunning(); // fails
     * }</pre>
     */
    public ProcessAssert isRunning() {
        return check(Expectations::running);
    }

    /**
     * Others can rely on it: it is ready or, as a one-shot, has done its work. See {@link SupervisedProcess#isReady()}.
     *
     * <pre>{@code
     * assertThat(supervisor.start(spec)).isReady(); // passes
     * api.kill();
     * assertThat(api).isReady(); // fails
     * }</pre>
     */
    public ProcessAssert isReady() {
        return check(Expectations::ready);
    }

    /**
     * It lives and belongs to this test run: it was started at or after the start of this JVM.
     *
     * <pre>{@code
     * assertThat(supervisor.start(spec)).isFresh(); // passes
     * api.stop();
     * assertThat(api).isFresh(); // fails
     * }</pre>
     */
    public ProcessAssert isFresh() {
        return check(Expectations::fresh);
    }

    /**
     * It was started at this moment or after it.
     *
     * <pre>{@code
     * Instant before = Instant.now();
     * SupervisedProcess api = supervisor.start(spec);
     * assertThat(api).hasStartedAfter(before); // passes
     * assertThat(api).hasStartedAfter(Instant.now()); // fails
     * }</pre>
     */
    public ProcessAssert hasStartedAfter(Instant moment) {
        return check(process -> Expectations.startedAfter(process, moment));
    }

    /**
     * Its state is this one.
     *
     * <pre>{@code
     * api.stop();
     * assertThat(api).hasState(ProcessState.STOPPED); // passes
     * assertThat(api).hasState(ProcessState.EXITED); // fails: that is an end by itself
     * }</pre>
     */
    public ProcessAssert hasState(ProcessState state) {
        return check(process -> Expectations.state(process, state));
    }

    /**
     * It has been started again at least once, see {@link SupervisedProcess#restarts()}.
     *
     * <pre>{@code
     * await().untilAsserted(() -> assertThat(worker).hasRestarted()); // passes after a death, with @Restart(ALWAYS)
     * assertThat(supervisor.start(spec)).hasRestarted(); // fails
     * }</pre>
     */
    public ProcessAssert hasRestarted() {
        return check(Expectations::restarted);
    }

    /**
     * It has been started again exactly so often; with 0 never.
     *
     * <pre>{@code
     * assertThat(supervisor.start(spec)).hasRestarted(0); // passes
     * assertThat(worker).hasRestarted(2); // fails if it was three times
     * }</pre>
     *
     * @throws InvalidSpecException if it is negative
     */
    public ProcessAssert hasRestarted(int times) {
        return check(process -> Expectations.restarted(process, times));
    }

    /**
     * It has ended, however.
     *
     * <pre>{@code
     * api.stop();
     * assertThat(api).hasExited(); // passes
     * assertThat(supervisor.start(spec)).hasExited(); // fails
     * }</pre>
     */
    public ProcessAssert hasExited() {
        return check(Expectations::exited);
    }

    /**
     * It has ended by itself, with this code. A signal is no code.
     *
     * <pre>{@code
     * job.awaitExit(Duration.ofSeconds(5));
     * assertThat(job).hasExitCode(0); // passes
     * assertThat(job).hasExitCode(3); // fails
     * }</pre>
     */
    public ProcessAssert hasExitCode(int code) {
        return check(process -> Expectations.exitCode(process, code));
    }

    /**
     * This signal has killed it. A program that handles the signal and exits was not killed.
     *
     * <pre>{@code
     * api.kill();
     * assertThat(api).wasKilledBy(Signal.KILL); // passes
     * assertThat(api).wasKilledBy(Signal.TERM); // fails
     * }</pre>
     */
    public ProcessAssert wasKilledBy(Signal signal) {
        return check(process -> Expectations.killedBy(process, signal));
    }

    /**
     * It has ended as it was to, without force: with code 0, of a one-shot with one of the codes of its readiness; killed
     * by its stop signal; or with the code 128 and the stop signal's number, as a JVM does.
     *
     * <pre>{@code
     * api.stop();
     * assertThat(api).exitedGracefully(); // passes if TERM was enough
     * api.kill();
     * assertThat(api).exitedGracefully(); // fails
     * }</pre>
     */
    public ProcessAssert exitedGracefully() {
        return check(Expectations::endedGracefully);
    }

    /**
     * It ends by itself, or by somebody else's doing, before the time is up; also if it had ended already. Waits for it,
     * and goes on the moment it ends. Its end was asked for then, as with {@link SupervisedProcess#awaitExit}.
     *
     * <pre>{@code
     * api.signal(Signal.TERM);
     * assertThat(api).diesWithin(Duration.ofSeconds(5)).hasExitCode(0); // passes
     * assertThat(supervisor.start(spec)).diesWithin(Duration.ofMillis(100)); // fails
     * }</pre>
     *
     * @param timeout 0 is one look
     * @throws InvalidSpecException if the timeout is negative or longer than a year
     * @throws ProcessionException if the thread is interrupted, which it still is then
     */
    public ProcessAssert diesWithin(Duration timeout) {
        Durations.check("timeout", timeout);
        return check(process -> {
            try {
                process.awaitExit(timeout);
                return Optional.empty();
            } catch (WaitTimeoutException e) {
                return Expectations.finding(
                        process,
                        "die within " + Durations.describe(timeout),
                        "is still " + process.state(),
                        "look at what it waits for; a signal it ignores does not end it, kill() does");
            }
        });
    }

    /**
     * It listens on a TCP port, or something that it has started does. Where the platform does not tell whose a listener
     * is, whoever listens there is taken for it.
     *
     * <pre>{@code
     * assertThat(api).isListeningOn(api.port()); // passes
     * assertThat(api).isListeningOn(1); // fails
     * }</pre>
     *
     * @throws InvalidSpecException if no port can have that number
     */
    public ProcessAssert isListeningOn(int port) {
        return check(process -> Expectations.listensOn(process, port));
    }

    /**
     * It listens on one of its ports, or something that it has started does; the main one's name is {@code port}.
     *
     * <pre>{@code
     * assertThat(api).isListeningOn("port"); // passes
     * assertThat(api).isListeningOn("admin"); // fails if it has not opened that yet
     * }</pre>
     *
     * @throws IllegalStateException if it has no port of that name, listing those it has
     */
    public ProcessAssert isListeningOn(String port) {
        return check(process -> Expectations.listensOn(process, process.port(port)));
    }

    /**
     * A line of either stream contains a match, of all that it has written in this run so far.
     *
     * <pre>{@code
     * assertThat(api).hasLogged("listening on port \\d+"); // passes
     * assertThat(api).hasLogged("shutting down"); // fails
     * }</pre>
     *
     * @throws InvalidSpecException if it is no regular expression
     */
    public ProcessAssert hasLogged(String regex) {
        return check(process -> Expectations.logged(process, Expectations.regex(regex)));
    }

    /**
     * No line of either stream contains a match, of all that it has written in this run so far.
     *
     * <pre>{@code
     * assertThat(api).hasNotLogged("ERROR"); // passes
     * assertThat(api).hasNotLogged("listening"); // fails
     * }</pre>
     *
     * @throws InvalidSpecException if it is no regular expression
     */
    public ProcessAssert hasNotLogged(String regex) {
        return check(process -> Expectations.notLogged(process, Expectations.regex(regex)));
    }

    /**
     * A line of either stream contains a match before the time is up; one that was written before counts. Waits for it,
     * and fails at once if the process ends without one. An end that nobody asked for stays that.
     *
     * <pre>{@code
     * assertThat(api).logsWithin("listening", Duration.ofSeconds(5)); // passes
     * assertThat(api).logsWithin("shutting down", Duration.ofMillis(100)); // fails
     * }</pre>
     *
     * @param timeout 0 is one look
     * @throws InvalidSpecException if it is no regular expression, or the timeout is negative or longer than a year
     * @throws ProcessionException if the thread is interrupted, which it still is then
     */
    public ProcessAssert logsWithin(String regex, Duration timeout) {
        Durations.check("timeout", timeout);
        Expectations.regex(regex);
        return check(process -> {
            try {
                process.log().await(regex, timeout);
                return Optional.empty();
            } catch (WaitTimeoutException e) {
                return Expectations.finding(
                        process,
                        "log a line matching /" + regex + "/ within " + Durations.describe(timeout),
                        process.exitStatus()
                                .map(status -> "ended without one: " + status)
                                .orElse("wrote none"),
                        "look at what it logged; the expression is searched in each line");
            }
        });
    }

    /**
     * Nothing lives that it has started, directly or not, by a fresh scan; see {@link SupervisedProcess#descendants()}.
     * The process itself does not count.
     *
     * <pre>{@code
     * assertThat(redis).hasNoDescendants(); // passes
     * assertThat(postgres).hasNoDescendants(); // fails while its workers run
     * }</pre>
     */
    public ProcessAssert hasNoDescendants() {
        return check(Expectations::noDescendants);
    }

    private ProcessAssert check(Function<SupervisedProcess, Optional<Finding>> look) {
        isNotNull();
        look.apply(actual).ifPresent(finding -> failWithMessage("%s", finding.message()));
        return this;
    }
}
