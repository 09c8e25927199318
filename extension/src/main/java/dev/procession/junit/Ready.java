package dev.procession.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * When a process counts as ready. All conditions that are given must hold. Any of {@code tcp}, {@code http}, {@code log}
 * and {@code aliveFor} replaces the default: it listens on the port that was given to it; without one, it has lived for a
 * second.
 *
 * <p>Waiting ends at once when the process dies. A listener that was on the port before the start always fails it.
 */
@Target({})
@Retention(RetentionPolicy.RUNTIME)
@Documented
public @interface Ready {

    /**
     * What must accept connections: {@code "port"} or {@code "${port}"} for the leased port, a number, or
     * {@code "host:port"}. Without a host, in either address family of this machine.
     */
    String[] tcp() default {};

    /** What must answer a GET: a path on the leased port, such as {@code "/health"}, or an {@code http://} URL. */
    String[] http() default {};

    /** The statuses that count as an answer, such as {@code "200"} or {@code "200..299,404"}. */
    String status() default "200..399";

    /** A regular expression, found in a line that this run has written to standard output or standard error. */
    String log() default "";

    /** How many lines must match {@link #log()}. */
    int times() default 1;

    /** A line that matches this regular expression fails the start at once. */
    String failOnLog() default "";

    /** How long it must have lived, such as {@code "500ms"}. */
    String aliveFor() default "";

    /** The startup timeout: {@code 500ms}, {@code 10s}, {@code 2m}, {@code PT10S}. */
    String timeout() default "60s";
}
