package dev.procession.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * When a process counts as ready. All conditions that are given must hold. Any of them replaces the default: it listens on
 * every port that was given to it; without one, it has lived for a second.
 *
 * <p>Waiting ends at once when the process dies. A listener that was on the port before the start always fails it.
 */
@Target({})
@Retention(RetentionPolicy.RUNTIME)
@Documented
public @interface Ready {

    /**
     * What must accept connections: {@code "port"} or {@code "${port}"} for the main port, the name of another, a number,
     * or {@code "host:port"}. Without a host, in either address family of this machine.
     */
    String[] tcp() default {};

    /**
     * What must answer a GET: a path on the main port, such as {@code "/health"}, on another, such as
     * {@code ":admin/health"}, or an {@code http://} URL.
     */
    String[] http() default {};

    /** The statuses that count as an answer, such as {@code "200"} or {@code "200..299,404"}. */
    String status() default "200..399";

    /**
     * A regular expression, found in a line that this run has written to standard output or standard error. The groups of
     * the first such line are to be had from {@code SupervisedProcess.readyLine()}.
     */
    String log() default "";

    /** How many lines must match {@link #log()}. */
    int times() default 1;

    /** A line that matches this regular expression fails the start at once. */
    String failOnLog() default "";

    /**
     * Files that this run must have made or changed; relative ones lie in the working directory. What somebody else has open
     * for writing, and nobody of this run, does not count. Who has changed a file and closed it at once, or only touched it,
     * no system tells; that is taken for this run. Below {@code ${directory}}, which is fresh and nobody else's, there is
     * no such doubt.
     */
    String[] file() default {};

    /**
     * Sockets in the file system on which the process, or what it has started, must accept connections; relative ones lie
     * in the working directory. Whoever else listens there fails the start.
     */
    String[] unixSocket() default {};

    /**
     * A program and its arguments that must exit with code 0, such as {@code {"pg_isready", "-p", "${port}"}}. It is run
     * again and again until it does, as the same user, with the same variables and in the same directory as the process.
     */
    String[] command() default {};

    /**
     * For a one-shot such as initdb: the process itself must end with one of these codes. It goes with no other condition.
     */
    int[] exit() default {};

    /** How long it must have lived, such as {@code "500ms"}. */
    String aliveFor() default "";

    /**
     * The startup timeout: {@code 500ms}, {@code 10s}, {@code 2m}, {@code PT10S}.
     *
     * @return default, the empty string: the configuration parameter {@code procession.ready.timeout}, else 60 s
     */
    String timeout() default "";
}
