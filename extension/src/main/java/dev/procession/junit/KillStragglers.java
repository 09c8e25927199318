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
 * Ends processes that somebody has left, before a test or class and after it: TERM, the grace period, KILL. Before it, that
 * comes before anything is started; after it, when everything has been stopped.
 *
 * <pre>{@code
 * @KillStragglers(process = "java", args = "legacy-server.jar")
 * class MigrationIT { ... }
 * }</pre>
 *
 * <p>Who is meant is said by exactly one of {@link #process()}, {@link #pattern()} and {@link #pidFile()}. Spared are what a
 * run of Procession that is still alive manages, also this one, its JVM and who has started that, and what runs as another
 * user; all are named in the log.
 * This JVM and who has started it are never meant. Each process that was ended gets a line in the log. If one survives KILL,
 * the test or class fails with a {@link dev.procession.process.StopFailedException}.
 *
 * <p>Repeatable; usable on annotations of one's own; inherited from superclasses and interfaces. Under parallel execution,
 * what other tests manage is spared; what they have started by themselves is not, if it is meant.
 */
@Target({ElementType.TYPE, ElementType.ANNOTATION_TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Inherited
@Repeatable(KillStragglers.Several.class)
@ExtendWith(ProcessionExtension.class)
public @interface KillStragglers {

    /** As in {@link WaitForStart#process()}. */
    String process() default "";

    /** Arguments that it must have. */
    String[] args() default {};

    /** How the arguments are compared: here by parts of them, unless this says otherwise. */
    ArgumentMatch match() default ArgumentMatch.LOOSE;

    /**
     * In place of {@link #process()}: a regular expression that is found anywhere in the command line, its arguments joined
     * by blanks.
     */
    String pattern() default "";

    /** As in {@link WaitForStart#pidFile()}. */
    String pidFile() default "";

    /** When. */
    When when() default When.BOTH;

    /** KILL at once. */
    boolean force() default false;

    /** How long they may take to end by themselves: {@code 500ms}, {@code 10s}, {@code 2m}, {@code PT10S}. */
    String gracePeriod() default "5s";

    /** Whether the pidfiles are removed then, unless their process was spared. */
    boolean removePidFile() default false;

    /** Holds several; there is no need to write it. */
    @Target({ElementType.TYPE, ElementType.ANNOTATION_TYPE, ElementType.METHOD})
    @Retention(RetentionPolicy.RUNTIME)
    @Documented
    @Inherited
    @ExtendWith(ProcessionExtension.class)
    @interface Several {

        /** Each of them. */
        KillStragglers[] value();
    }
}
