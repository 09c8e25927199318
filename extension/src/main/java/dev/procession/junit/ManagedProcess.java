package dev.procession.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Starts a program before the tests of a class, waits until it is ready, and ends it and everything it started after them.
 *
 * <p>It is there from the first of: construction of the test instance, {@code @BeforeAll}, resolution of a parameter. If
 * it cannot be started or does not become ready, the tests fail with the reason and nothing is left running. If it dies
 * and nobody asked it to, every test that was under way fails, also one that would have passed.
 *
 * <p>Repeatable; usable on annotations of one's own; inherited from superclasses and interfaces; {@code @Nested} classes
 * see the processes of the classes around them. A name may be used once in such a hierarchy. Processes start in the order
 * of their declaration. Safe under parallel execution.
 *
 * <p>Logs are in {@code target/procession/TESTCLASS/NAME}, and published with the report of a failed test.
 *
 * <pre>{@code
 * @ManagedProcess(name = "redis", command = {"redis-server", "--port", "${port}", "--save", ""})
 * class CacheIT {
 *     @Test
 *     void answers(SupervisedProcess redis, @Port int port) { ... }
 * }
 * }</pre>
 */
@Target({ElementType.TYPE, ElementType.ANNOTATION_TYPE})
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Inherited
@Repeatable(ManagedProcesses.class)
@ExtendWith(ProcessionExtension.class)
public @interface ManagedProcess {

    /**
     * The program and its arguments. No shell is involved. A name without a slash is looked up on the child's PATH, a
     * relative path is taken from the directory the JVM was started in.
     *
     * <p>Placeholders: {@code ${port}} a free port, leased to this process; {@code ${directory}} its working directory;
     * {@code ${basedir}}, {@code ${java}}, {@code ${classpath}} of this JVM; {@code ${env:X}}, {@code ${sys:X}} and
     * {@code ${sys:X:-default}}. {@code @{…}} means the same; <code>$$&#123;</code> is a literal.
     */
    String[] command();

    /**
     * The name, of {@code [A-Za-z0-9._-]+}.
     *
     * @return default: the base name of the program
     */
    String name() default "";

    /** When it counts as ready; by default when it listens on its port or, without one, has lived for a second. */
    Ready ready() default @Ready;

    /** Variables over the inherited ones, {@code "KEY=value"}; values may hold placeholders. */
    String[] env() default {};

    /** Whether it gets the JVM's variables. */
    boolean inheritEnvironment() default true;

    /**
     * The working directory: an existing folder of one's own, which is never emptied.
     *
     * @return default: a fresh folder, {@code target/procession/TESTCLASS/NAME/work}
     */
    String directory() default "";

    /** How it is stopped: by default TERM, 10 s later KILL, the whole tree. */
    Stop stop() default @Stop;

    /** Whether the tests are skipped, visibly, where the program is not installed. By default they fail. */
    boolean disabledWithoutCommand() default false;
}
