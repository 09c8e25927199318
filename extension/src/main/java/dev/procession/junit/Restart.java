package dev.procession.junit;

import dev.procession.launch.RestartMode;
import dev.procession.launch.RestartPolicy;
import java.lang.annotation.Documented;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Whether a process is started again when it has ended, when, and how often a start may fail.
 *
 * <pre>{@code
 * @ManagedProcess(
 *         command = {"./worker", "${port}"},
 *         restart = @Restart(value = ON_FAILURE, backoff = @Backoff(EXPONENTIAL), startRetries = 10))
 * }</pre>
 *
 * <p>A start has failed when the process ends before it is running, or cannot be spawned; it is running once it is ready and
 * has lived for the {@link #startSeconds()}. Failed starts in a row are counted: after more than {@link #startRetries()} the
 * process is given up ({@code FATAL}), as by supervisord. What dies later is started again without a limit.
 *
 * <p>With a policy other than {@link RestartMode#NEVER} a death is what the policy is for and fails no test; giving up does.
 * The next test that shares the process waits until it is back, for as long as its {@link Ready#timeout()}, and fails if it
 * is not. What the policy leaves down, such as after an expected exit code, fails the next test too, naming the test in which
 * it ended: nothing that a test may rely on is dead when it begins.
 */
@Target({})
@Retention(RetentionPolicy.RUNTIME)
@Documented
public @interface Restart {

    /** As {@link #startRetries()}: it is never given up. */
    int UNLIMITED = RestartPolicy.UNLIMITED;

    /** As {@link #startRetries()}: 3, as supervisord's; with {@link RestartMode#NEVER} 0. */
    int BY_MODE = Integer.MIN_VALUE;

    /**
     * After which ends. The modes are those of supervisord, procmon, processman, {@code watchProcessAndRestart} and Perl's
     * Supervisor.
     *
     * @return default: after none, so that a death nobody asked for fails the tests that were under way
     */
    RestartMode value() default RestartMode.NEVER;

    /**
     * The codes, 0 to 255, that {@link RestartMode#UNTIL_EXIT} and {@link RestartMode#ON_LISTED_EXIT} mean, at least one;
     * the other modes have none. {@code watchProcessAndRestart} goes on until 55.
     */
    int[] exitCodes() default {};

    /** How long to wait between starts; by default 1 s, 2 s, 3 s …, as supervisord. */
    Backoff backoff() default @Backoff;

    /**
     * How long it must live to be running, as supervisord's {@code startsecs}: {@code 500ms}, {@code 10s}, {@code 2m},
     * {@code PT10S}. What is ready but has not lived so long is not yet running; with {@code 0s} it is running at once.
     *
     * @return default, the empty string: no more than readiness asks for, which is 1 s where there is nothing else to ask
     *     for; given, it replaces that
     */
    String startSeconds() default "";

    /**
     * How many failed starts in a row are followed by another, as supervisord's {@code startretries}: N retries are N + 1
     * starts. 0 or more, or {@link #UNLIMITED}, as with procmon and processman.
     *
     * @return default: {@link #BY_MODE}
     */
    int startRetries() default BY_MODE;
}
