package dev.procession.junit;

import dev.procession.launch.Backoff.Kind;
import java.lang.annotation.Documented;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * How long to wait before a process is started again, the longer the more often it has died soon.
 *
 * <p>Durations are written {@code 500ms}, {@code 10s}, {@code 2m}, {@code PT10S}, and lie between 0 and a year. The empty
 * string is the kind's own default.
 */
@Target({})
@Retention(RetentionPolicy.RUNTIME)
@Documented
public @interface Backoff {

    /**
     * How the pauses grow. By their defaults, {@link Kind#LINEAR} is supervisord's, {@link Kind#EXPONENTIAL} procmon's,
     * {@link Kind#DOUBLE_PLUS_ONE} procmon's of Twisted 1.3, {@link Kind#RANDOM} processman's and {@link Kind#FIXED} that
     * of {@code watchProcessAndRestart}.
     */
    Kind value() default Kind.LINEAR;

    /**
     * The first pause, by which {@link Kind#LINEAR} also grows; with {@link Kind#RANDOM} the shortest that can be drawn,
     * with {@link Kind#FIXED} each one.
     *
     * @return default: 1 s; with {@link Kind#RANDOM} 0, with {@link Kind#FIXED} 500 ms
     */
    String shortest() default "";

    /**
     * No pause is longer, as procmon's {@code maxRestartDelay}. {@link Kind#FIXED} has none.
     *
     * @return default: 1 h; with {@link Kind#RANDOM} 5 s
     */
    String longest() default "";

    /**
     * How long it must have lived not to count as having died soon, as procmon's {@code threshold}: then it is started
     * again without a pause, and the count begins anew. {@link Kind#RANDOM} and {@link Kind#FIXED} do not count.
     *
     * @return default: 1 s
     */
    String threshold() default "";
}
