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
 * After a test, or after the last one of a class, everything that is meant must be dead, when what is managed there has been
 * stopped. It is waited for; what is started anew meanwhile counts as alive. Whoever is left fails the test or class and is
 * named with pid, parent, age and command. A failure of the test itself stays in front.
 *
 * <pre>{@code
 * @WaitForDeath(process = "python", args = "apps/worker.py", timeout = "10s")
 * @Test
 * void shutdownEndsTheWorkers() { ... }
 * }</pre>
 *
 * <p>Who is meant is said by exactly one of {@link #process()}, {@link #pidFile()} and {@link #name()}. Never meant are this
 * JVM and who has started it. Nobody is ended; for that there is {@link KillStragglers}, which comes after it.
 *
 * <p>Repeatable; usable on annotations of one's own; inherited from superclasses and interfaces. Safe under parallel
 * execution, but a process that another test has at that moment is waited for, too, if it is meant.
 */
@Target({ElementType.TYPE, ElementType.ANNOTATION_TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Inherited
@Repeatable(WaitForDeath.Several.class)
@ExtendWith(ProcessionExtension.class)
public @interface WaitForDeath {

    /** As in {@link WaitForStart#process()}. */
    String process() default "";

    /** Arguments that it must have. */
    String[] args() default {};

    /** How the arguments are compared. */
    ArgumentMatch match() default ArgumentMatch.EXACT;

    /** As in {@link WaitForStart#pidFile()}. */
    String pidFile() default "";

    /**
     * A {@link ManagedProcess} that is visible there, with everything that it has started. If it lives longer than the test
     * or class, its end is expected from the beginning of that on: the test is to end it. One that its restart policy starts
     * again is not dead between two runs.
     */
    String name() default "";

    /**
     * Who may stay: pids; names of programs, as {@code pidof} takes them; names of a {@link ManagedProcess} that is visible
     * there, for it and everything that it has started.
     */
    String[] ignore() default {};

    /** How long at most: {@code 500ms}, {@code 10s}, {@code 2m}, {@code PT10S}; {@code 0s} is one look. */
    String timeout() default "30s";

    /** Holds several; there is no need to write it. */
    @Target({ElementType.TYPE, ElementType.ANNOTATION_TYPE, ElementType.METHOD})
    @Retention(RetentionPolicy.RUNTIME)
    @Documented
    @Inherited
    @ExtendWith(ProcessionExtension.class)
    @interface Several {

        /** Each of them. */
        WaitForDeath[] value();
    }
}
