package dev.procession.launch;

import dev.procession.process.Durations;
import dev.procession.process.ExitStatus;
import dev.procession.process.InvalidSpecException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Whether a process that has ended is started again, when, and how often a start may fail.
 *
 * <p>A start has failed when the process ends before it is running, or cannot be spawned; it is running once it is ready and
 * has lived for the start seconds. Failed starts in a row are counted: after more than {@link #startRetries} the process is
 * given up ({@code FATAL}), as by supervisord. What dies later is started again without a limit.
 *
 * <p>Immutable and thread safe: each method returns a changed copy.
 */
public final class RestartPolicy {

    /** As {@link #startRetries()}: it is never given up. */
    public static final int UNLIMITED = -1;

    /** supervisord's {@code startretries}. */
    private static final int START_RETRIES = 3;

    /** Not started again, and no second try of a start: a death is a failure of the test. */
    public static final RestartPolicy NEVER = new RestartPolicy(RestartMode.NEVER, Set.of(), Backoff.linear(), null, 0);

    private final RestartMode mode;
    private final Set<Integer> exitCodes;
    private final Backoff backoff;
    private final @Nullable Duration startSeconds;
    private final int startRetries;

    private RestartPolicy(
            RestartMode mode,
            Set<Integer> exitCodes,
            Backoff backoff,
            @Nullable Duration startSeconds,
            int startRetries) {
        this.mode = mode;
        this.exitCodes = exitCodes;
        this.backoff = backoff;
        this.startSeconds = startSeconds;
        this.startRetries = startRetries;
    }

    /**
     * A policy with supervisord's defaults: linear backoff, 3 retries.
     *
     * @param exitCodes with {@link RestartMode#UNTIL_EXIT} and {@link RestartMode#ON_LISTED_EXIT} the codes meant, at least
     *     one; with others none
     * @throws InvalidSpecException if that is not so, or one is not between 0 and 255
     */
    public static RestartPolicy of(RestartMode mode, int... exitCodes) {
        if (mode.listsCodes() == (exitCodes.length == 0)) {
            throw new InvalidSpecException(
                    "restart.exitCodes",
                    mode.listsCodes()
                            ? "is empty, but " + mode + " needs codes"
                            : "is given, but " + mode + " has none",
                    mode.listsCodes()
                            ? "list at least one, such as 55"
                            : "leave it out, or use UNTIL_EXIT or ON_LISTED_EXIT; what counts as a good end is"
                                    + " 'expectedExitCodes'");
        }
        return new RestartPolicy(
                mode,
                codes("restart.exitCodes", exitCodes),
                Backoff.linear(),
                null,
                mode == RestartMode.NEVER ? 0 : START_RETRIES);
    }

    /** {@link #NEVER}. */
    public static RestartPolicy never() {
        return NEVER;
    }

    /** After every end but those with an expected exit code, as supervisord. */
    public static RestartPolicy unexpected() {
        return of(RestartMode.UNEXPECTED);
    }

    /** After every end but those with code 0. */
    public static RestartPolicy onFailure() {
        return of(RestartMode.ON_FAILURE);
    }

    /** After every end. */
    public static RestartPolicy always() {
        return of(RestartMode.ALWAYS);
    }

    /** Until it ends with one of these codes. */
    public static RestartPolicy untilExit(int... codes) {
        return of(RestartMode.UNTIL_EXIT, codes);
    }

    /** Only if it ended with one of these codes. */
    public static RestartPolicy onListedExit(int... codes) {
        return of(RestartMode.ON_LISTED_EXIT, codes);
    }

    /** As Twisted's procmon: after every end, running at once, 1 s, 2 s, 4 s … after early deaths, without a limit. */
    public static RestartPolicy procmon() {
        return always().backoff(Backoff.exponential())
                .startSeconds(Duration.ZERO)
                .unlimited();
    }

    /** As processman: after failures, running at once, after a random pause of up to 5 s, without a limit. */
    public static RestartPolicy processman() {
        return onFailure().backoff(Backoff.random()).startSeconds(Duration.ZERO).unlimited();
    }

    /** As {@code watchProcessAndRestart}: until it ends with 55, running at once, after 0.5 s, without a limit. */
    public static RestartPolicy watchProcessAndRestart() {
        return untilExit(55)
                .backoff(Backoff.fixed(Duration.ofMillis(500)))
                .startSeconds(Duration.ZERO)
                .unlimited();
    }

    /** How long to wait between starts. Default {@link Backoff#linear()}. */
    public RestartPolicy backoff(Backoff value) {
        return new RestartPolicy(mode, exitCodes, value, startSeconds, startRetries);
    }

    /**
     * How long it must live to be running, as supervisord's {@code startsecs}. What is ready but has not lived so long is
     * not yet running. With 0 it is running at once. Default: no more than readiness asks for, which is 1 s where there is
     * nothing else to ask for; given, it replaces that.
     */
    public RestartPolicy startSeconds(Duration value) {
        Durations.check("restart.startSeconds", value);
        return new RestartPolicy(mode, exitCodes, backoff, value, startRetries);
    }

    /**
     * How many failed starts in a row are followed by another, as supervisord's {@code startretries}: N retries are N + 1
     * starts. Default 3, with {@link RestartMode#NEVER} 0.
     *
     * @throws InvalidSpecException if it is negative and not {@link #UNLIMITED}
     */
    public RestartPolicy startRetries(int value) {
        if (value < UNLIMITED) {
            throw new InvalidSpecException("restart.startRetries", "is " + value, "give 0 or more, or -1 for no limit");
        }
        return new RestartPolicy(mode, exitCodes, backoff, startSeconds, value);
    }

    /** It is never given up. */
    public RestartPolicy unlimited() {
        return startRetries(UNLIMITED);
    }

    /** After which ends. */
    public RestartMode mode() {
        return mode;
    }

    /** The codes that the mode means; empty with most. */
    public Set<Integer> exitCodes() {
        return exitCodes;
    }

    /** How long to wait between starts. */
    public Backoff backoff() {
        return backoff;
    }

    /** How long it must live to be running; null if only readiness decides. */
    public @Nullable Duration startSeconds() {
        return startSeconds;
    }

    /** How many failed starts in a row are followed by another; {@link #UNLIMITED} for all. */
    public int startRetries() {
        return startRetries;
    }

    /** Whether that many failed starts in a row are too many. */
    public boolean givesUpAfter(int failedStarts) {
        return startRetries != UNLIMITED && failedStarts > startRetries;
    }

    /**
     * Whether it is started again after such an end.
     *
     * @param expected the exit codes that are expected of the process
     */
    public boolean restartsAfter(ExitStatus status, Set<Integer> expected) {
        return mode.restartsAfter(status, expected, exitCodes);
    }

    /**
     * Checks and sorts exit codes.
     *
     * @throws InvalidSpecException if one is not between 0 and 255
     */
    static Set<Integer> codes(String attribute, int... codes) {
        for (int code : codes) {
            if (code < 0 || code > 255) {
                throw new InvalidSpecException(attribute, "holds " + code, "exit codes are 0 to 255");
            }
        }
        return Set.copyOf(Arrays.stream(codes).boxed().collect(Collectors.toCollection(TreeSet::new)));
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof RestartPolicy policy
                && mode == policy.mode
                && exitCodes.equals(policy.exitCodes)
                && backoff.equals(policy.backoff)
                && Objects.equals(startSeconds, policy.startSeconds)
                && startRetries == policy.startRetries;
    }

    @Override
    public int hashCode() {
        return Objects.hash(mode, exitCodes, backoff, startSeconds, startRetries);
    }

    /** For messages: {@code ON_FAILURE, 3 retries}, {@code UNTIL_EXIT(55), unlimited}. */
    @Override
    public String toString() {
        return mode
                + (exitCodes.isEmpty()
                        ? ""
                        : new TreeSet<>(exitCodes)
                                .stream().map(String::valueOf).collect(Collectors.joining(", ", "(", ")")))
                + (startRetries == UNLIMITED
                        ? ", unlimited"
                        : ", " + startRetries + (startRetries == 1 ? " retry" : " retries"));
    }
}
