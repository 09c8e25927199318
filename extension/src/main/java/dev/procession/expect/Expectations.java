package dev.procession.expect;

import dev.procession.launch.LineText;
import dev.procession.launch.LogMatch;
import dev.procession.process.ExitStatus;
import dev.procession.process.InvalidSpecException;
import dev.procession.process.Signal;
import dev.procession.process.Straggler;
import dev.procession.supervise.ProcessState;
import dev.procession.supervise.SupervisedProcess;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;

/** Looks at a process, once and without waiting; empty if it is as expected. Thread safe. */
public final class Expectations {

    private static final String LOOK = "look at what it logged";

    private static final String AWAIT_END = "wait for its end, with diesWithin or until(isDead(…))";

    private static final String AWAIT_RESTART = "for a restart that is yet to come wait, with untilAsserted";

    private Expectations() {}

    /** It lives. */
    public static Optional<Finding> running(SupervisedProcess process) {
        boolean lives = process.wasStarted() && process.exitStatus().isEmpty();
        return expect(lives, process, "be running", LOOK);
    }

    /** Others can rely on it. */
    public static Optional<Finding> ready(SupervisedProcess process) {
        return expect(process.isReady(), process, "be ready", LOOK);
    }

    /** It lives, and is of this run. */
    public static Optional<Finding> fresh(SupervisedProcess process) {
        return expect(process.isFresh(), process, "be fresh", LOOK);
    }

    /** Its state is this one. */
    public static Optional<Finding> state(SupervisedProcess process, ProcessState expected) {
        return expect(process.state() == expected, process, "be " + expected, LOOK);
    }

    /** It was started at this moment or after it. */
    public static Optional<Finding> startedAfter(SupervisedProcess process, Instant moment) {
        if (!process.wasStarted()) {
            return expect(false, process, "have been started after " + moment, LOOK);
        }
        Instant startedAt = process.startedAt();
        return startedAt.isBefore(moment)
                ? finding(
                        process,
                        "have been started after " + moment,
                        "was started at " + startedAt,
                        "take the moment before it is started")
                : Optional.empty();
    }

    /** It has been started again. */
    public static Optional<Finding> restarted(SupervisedProcess process) {
        return process.restarts() > 0
                ? Optional.empty()
                : finding(process, "have been restarted", "never was", AWAIT_RESTART);
    }

    /**
     * It has been started again so often.
     *
     * @throws InvalidSpecException if nothing can have happened so often
     */
    public static Optional<Finding> restarted(SupervisedProcess process, int times) {
        if (times < 0) {
            throw new InvalidSpecException("times", "is " + times, "give 0 or more");
        }
        int restarts = process.restarts();
        return restarts == times
                ? Optional.empty()
                : finding(
                        process,
                        "have been restarted " + times(times),
                        "was " + times(restarts),
                        restarts < times ? AWAIT_RESTART : LOOK);
    }

    private static String times(int count) {
        return count + (count == 1 ? " time" : " times");
    }

    /** It has ended. */
    public static Optional<Finding> exited(SupervisedProcess process) {
        return expect(asksForEnd(process).isPresent(), process, "have exited", AWAIT_END);
    }

    /** It has ended by itself with this code. */
    public static Optional<Finding> exitCode(SupervisedProcess process, int code) {
        return ended(process, new ExitStatus.Code(code)::equals, "have ended with exit code " + code, LOOK);
    }

    /** This signal has ended it. */
    public static Optional<Finding> killedBy(SupervisedProcess process, Signal signal) {
        return ended(
                process,
                status -> status instanceof ExitStatus.Signalled signalled && signalled.by(signal),
                "have been killed by " + signal,
                "a program that handles the signal ends with an exit code, often " + (128 + signal.number()));
    }

    /** It has ended as it was to, without force. */
    public static Optional<Finding> endedGracefully(SupervisedProcess process) {
        Signal stop = process.spec().stop().signal();
        Set<Integer> codes = process.spec().ready().exit();
        String wanted = process.spec().ready().isOneShot()
                ? codes.stream().sorted().map(String::valueOf).collect(Collectors.joining(" or "))
                : "0";
        return ended(
                process,
                status -> status instanceof ExitStatus.Code code
                        ? codes.contains(code.value())
                                || (codes.isEmpty() && code.value() == 0)
                                || code.value() == 128 + stop.number()
                        : status instanceof ExitStatus.Signalled signalled && signalled.by(stop),
                "have ended gracefully",
                "that is exit code " + wanted + ", or an end by its stop signal " + stop + ", also as exit code "
                        + (128 + stop.number()));
    }

    /** Who asks how it ended takes it for granted that it does: from then on its end is expected. */
    private static Optional<ExitStatus> asksForEnd(SupervisedProcess process) {
        return process.exitStatus().map(status -> process.awaitExit(Duration.ZERO));
    }

    private static Optional<Finding> ended(
            SupervisedProcess process, Predicate<ExitStatus> expected, String expectation, String remedy) {
        Optional<ExitStatus> end = asksForEnd(process);
        if (end.isEmpty()) {
            return expect(false, process, expectation, AWAIT_END);
        }
        return expected.test(end.get()) ? Optional.empty() : finding(process, expectation, "was " + end.get(), remedy);
    }

    /** It, or something that it has started, listens on this TCP port. */
    public static Optional<Finding> listensOn(SupervisedProcess process, int port) {
        if (port < 1 || port > 65_535) {
            throw new InvalidSpecException("port", "is " + port, "ports are from 1 to 65535");
        }
        if (!process.wasStarted()) {
            return expect(false, process, "listen on port " + port, LOOK);
        }
        if (process.isListeningOn(port)) {
            return Optional.empty();
        }
        Set<Integer> others = process.listeningPorts();
        Optional<String> owner = process.listenerOn(port);
        String found = others.isEmpty()
                ? "listens on no TCP port"
                : "listens on port " + others.stream().map(String::valueOf).collect(Collectors.joining(", "));
        return finding(
                process,
                "listen on port " + port,
                "it " + found
                        + owner.map(who -> "; port " + port + " is taken by " + who)
                                .orElse(""),
                others.isEmpty() ? LOOK : "let it use the port that it is given");
    }

    /** A line of this run matches. */
    public static Optional<Finding> logged(SupervisedProcess process, Pattern regex) {
        String expectation = "have logged a line matching /" + regex + "/";
        if (!process.wasStarted()) {
            return expect(false, process, expectation, LOOK);
        }
        return process.log().find(regex).isPresent()
                ? Optional.empty()
                : finding(
                        process,
                        expectation,
                        "there is none",
                        "for a line that is yet to come wait, with logsWithin or until(hasLogged(…))");
    }

    /** No line of this run matches, so far. */
    public static Optional<Finding> notLogged(SupervisedProcess process, Pattern regex) {
        Optional<LogMatch> match = process.wasStarted() ? process.log().findForCertain(regex) : Optional.empty();
        return match.flatMap(found -> finding(
                process,
                "have logged no line matching /" + regex + "/",
                "there is \"" + LineText.of(found.line(), process.log().secrets()) + "\"",
                LOOK));
    }

    /** Nothing that it has started lives. */
    public static Optional<Finding> noDescendants(SupervisedProcess process) {
        List<Straggler> descendants = process.wasStarted() ? process.descendants() : List.of();
        return descendants.isEmpty()
                ? Optional.empty()
                : finding(
                        process,
                        "have no descendants",
                        "there " + (descendants.size() == 1 ? "is" : "are") + " " + descendants.size()
                                + descendants.stream()
                                        .map(descendant -> "\n    " + descendant)
                                        .collect(Collectors.joining()),
                        "let it end what it starts");
    }

    /**
     * A regular expression.
     *
     * @throws InvalidSpecException if it is none
     */
    public static Pattern regex(String regex) {
        try {
            return Pattern.compile(regex);
        } catch (PatternSyntaxException e) {
            throw new InvalidSpecException(
                    "regex",
                    "is \"" + regex + "\", which is no regular expression: " + e.getDescription() + " at index "
                            + e.getIndex(),
                    "escape characters that are meant literally with a backslash");
        }
    }

    private static Optional<Finding> expect(
            boolean holds, SupervisedProcess process, String expectation, String remedy) {
        return holds ? Optional.empty() : finding(process, expectation, "was " + state(process), remedy);
    }

    /**
     * It is not as expected.
     *
     * @param expectation continues {@code Expected 'api' to}
     * @param found continues {@code but}
     */
    public static Optional<Finding> finding(
            SupervisedProcess process, String expectation, String found, String remedy) {
        return Optional.of(
                new Finding(process, "Expected '" + process.name() + "' to " + expectation + ", but " + found, remedy));
    }

    private static String state(SupervisedProcess process) {
        return process.state()
                + process.exitStatus().map(status -> " (" + status + ")").orElse("");
    }
}
