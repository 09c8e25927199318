package dev.procession.junit;

import dev.procession.process.ArgumentMatch;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Waits until a process is there and fresh: on a class before its first test, on a test before that. It comes after the
 * start of what is managed there, and before the before-methods.
 *
 * <p>With {@link #process()} or {@link #pidFile()} it means a process that somebody else starts: a build, a script, a
 * service manager.
 *
 * <pre>{@code
 * @WaitForStart(process = "nginx", ready = @Ready(http = "http://localhost:8080/health", timeout = "30s"))
 * class ShopIT { ... }
 * }</pre>
 *
 * <p>If there is none in time, tests fail with a {@link dev.procession.process.DidNotStartException}; if there are only
 * older ones, with an {@link dev.procession.process.OldStartTimeException}, which names them; if it is there but not ready,
 * with a {@link dev.procession.process.WaitTimeoutException}.
 *
 * <p>Without these two it belongs to the {@link ManagedProcess} that stands on the same class, field, test or parameter:
 * its {@link #ready()} takes the place of that one's, unless only that one says something.
 *
 * <pre>{@code
 * @ManagedProcess(name = "redis", command = {"redis-server", "--port", "${port}"})
 * @WaitForStart(ready = @Ready(log = "Ready to accept connections", timeout = "10s"))
 * class CacheIT { ... }
 * }</pre>
 *
 * <p>Repeatable; usable on annotations of one's own; inherited from superclasses and interfaces. Safe under parallel
 * execution.
 */
@Target({ElementType.TYPE, ElementType.ANNOTATION_TYPE, ElementType.FIELD, ElementType.METHOD, ElementType.PARAMETER})
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Inherited
@Repeatable(WaitForStart.Several.class)
@ExtendWith(ProcessionExtension.class)
public @interface WaitForStart {

    /**
     * The name of a program, as {@code pidof} takes it, or its path; see {@link dev.procession.process.ProcessQuery}. It
     * may hold the placeholders {@code ${basedir}}, {@code ${java}}, {@code ${env:X}} and {@code ${sys:X}}.
     */
    String process() default "";

    /** Arguments that it must have; they may hold the same placeholders. */
    String[] args() default {};

    /** How the arguments are compared. */
    ArgumentMatch match() default ArgumentMatch.EXACT;

    /**
     * In place of {@link #process()}: a file that holds its pid. A path, whose last part may be a glob; without a slash the
     * NAME of a file {@code ~/pids/NAME.pid}. The same placeholders.
     */
    String pidFile() default "";

    /**
     * The {@link ManagedProcess} that is meant.
     *
     * @return default: the only one that stands there
     */
    String name() default "";

    /** Whether an older process will not do. One that is managed is always fresh. */
    boolean fresh() default true;

    /** From when on a process that somebody else starts is fresh. */
    Since since() default Since.RUN;

    /**
     * What must hold beside its being there. All of it must come to pass within the timeout: by default 30 s and, if other
     * conditions are given without one, the configuration parameter {@code procession.ready.timeout}.
     *
     * <p>Of a process that somebody else starts, {@code tcp} (a number, or {@code host:port}), {@code http} and
     * {@code status} (a URL), {@code file}, {@code unixSocket} and {@code aliveFor} can be asked. A listener on this machine
     * must be its own, or of what it has started; a file must have been written since its start; relative paths start in the
     * directory the JVM was started in.
     */
    Ready ready() default @Ready(timeout = "30s");

    /** Holds several; there is no need to write it. */
    @Target({ElementType.TYPE, ElementType.ANNOTATION_TYPE, ElementType.FIELD, ElementType.METHOD, ElementType.PARAMETER
    })
    @Retention(RetentionPolicy.RUNTIME)
    @Documented
    @Inherited
    @ExtendWith(ProcessionExtension.class)
    @interface Several {

        /** Each of them. */
        WaitForStart[] value();
    }
}
