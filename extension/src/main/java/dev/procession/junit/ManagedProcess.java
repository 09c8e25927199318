package dev.procession.junit;

import dev.procession.launch.ProcessSpec;
import dev.procession.process.Signal;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Starts a program before tests, waits until it is ready, and ends it and everything it started after them.
 *
 * <p>On a class or static field it lives as long as the class, on an instance field, a test method or a parameter of one as
 * long as the test; {@link #scope()} can say otherwise. A field or parameter that carries it is given the process.
 *
 * <p>The processes of a class are there from the first of: construction of the test instance, {@code @BeforeAll},
 * resolution of a parameter. If one cannot be started or does not become ready, the tests fail with the reason and nothing
 * is left running. If one dies and nobody asked it to, every test that was under way fails, also one that would have passed;
 * if {@link #restart()} has it started again, only that it is given up is such a failure.
 *
 * <p>Repeatable; usable on annotations of one's own; inherited from superclasses and interfaces; {@code @Nested} classes
 * see the processes of the classes around them. A name may be used once in such a hierarchy. Independent processes start at
 * the same time; {@link #dependsOn()} makes an order. Safe under parallel execution.
 *
 * <p>Logs are in {@code target/procession/TESTCLASS/NAME}, those of a single test in
 * {@code target/procession/TESTCLASS/METHOD/NAME}, those shared by the run in {@code target/procession/run-PID/NAME}; they
 * are published with the report of a failed test. The configuration parameter {@code procession.folder} puts them
 * elsewhere; the others are listed with this package.
 *
 * <pre>{@code
 * @ManagedProcess(name = "redis", command = {"redis-server", "--port", "${port}", "--save", ""})
 * class CacheIT {
 *     @Test
 *     void answers(SupervisedProcess redis, @Port int port) { ... }
 * }
 * }</pre>
 */
@Target({ElementType.TYPE, ElementType.ANNOTATION_TYPE, ElementType.FIELD, ElementType.METHOD, ElementType.PARAMETER})
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Inherited
@Repeatable(ManagedProcesses.class)
@ExtendWith(ProcessionExtension.class)
public @interface ManagedProcess {

    /**
     * As {@link #stdin()}: a pipe that stays open for {@code SupervisedProcess.send}. As {@link #output()}: pipes between it
     * and its logs.
     */
    String PIPE = ProcessSpec.PIPE;

    /**
     * The program and its arguments. No shell is involved. A name without a slash is looked up on the child's PATH, a
     * relative path is taken from the directory the JVM was started in.
     *
     * <p>Placeholders: {@code ${port}} a free port, leased to this process, {@code ${port:NAME}} another of its
     * {@link #ports()}; {@code ${directory}} its working directory; {@code ${process:NAME:port}},
     * {@code ${process:NAME:port:PORT}} and {@code ${process:NAME:directory}} of another process, which need not be started
     * before; {@code ${basedir}}, {@code ${java}}, {@code ${classpath}} of this JVM; {@code ${env:X}}, {@code ${sys:X}} and
     * {@code ${sys:X:-default}}. {@code @{…}} means the same; <code>$$&#123;</code> is a literal.
     */
    String[] command();

    /**
     * The name, of {@code [A-Za-z0-9._-]+}.
     *
     * @return default: that of the field or parameter, where it is compiled in; else the base name of the program
     */
    String name() default "";

    /** When it counts as ready; by default when it listens on its ports or, without any, has lived for a second. */
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

    /** Files that are written into the working directory before the start. */
    Template[] files() default {};

    /**
     * Further ports: a name, such as {@code "http"}, for one that is leased, or {@code "http=8081"} for one that is pinned.
     * {@code "port=8080"} pins the main port.
     */
    String[] ports() default {};

    /** A system property that holds the main port while the process is in scope. It belongs to the whole JVM. */
    String portProperty() default "";

    /** What it reads from standard input: a text, or {@link #PIPE}. By default it is empty. */
    String stdin() default "";

    /**
     * How its output comes into its logs, {@code stdout.log} and {@code stderr.log}.
     *
     * @return default: it writes to the files themselves, which costs nothing. {@link #PIPE}: through pipes, which a {@code
     *     cat} for each carries into the files, for programs and scripts that open {@code /dev/stdout} or {@code /dev/stderr}:
     *     that empties a file, but loses nothing of a pipe. Only on Linux
     */
    String output() default "";

    /**
     * Folders in which programs are looked for that are not on the PATH, such as {@code "/usr/lib/postgresql/&#42;/bin"}.
     * Of several that match, the highest version comes first.
     */
    String[] searchPath() default {};

    /** As whom it runs. */
    RunAs runAs() default @RunAs;

    /** The names of the processes that must be ready before this one is started. They are stopped after it. */
    String[] dependsOn() default {};

    /** Whether its lines are shown on the console, as {@code [name] line}. */
    boolean consoleLog() default false;

    /** How long it lives, and who shares it. */
    Scope scope() default Scope.AUTO;

    /** How it is stopped: by default TERM, after the grace period KILL, the whole tree. */
    Stop stop() default @Stop;

    /** Whether it is started again when it has ended; by default never. */
    Restart restart() default @Restart;

    /**
     * The exit codes, 0 to 255, that are a good end, as supervisord's {@code exitcodes}: after one of them
     * {@code UNEXPECTED} of {@link #restart()} does not start it again. With {@code {}} there is none.
     */
    int[] expectedExitCodes() default 0;

    /**
     * Its place in the order, as supervisord's {@code priority}: the lower, the earlier started and the later stopped. What
     * must be ready before is said by {@link #dependsOn()}.
     */
    int priority() default 999;

    /** What makes it read its configuration again. */
    Signal reloadSignal() default Signal.HUP;

    /** Whether the tests are skipped, visibly, where the program is not installed. By default they fail. */
    boolean disabledWithoutCommand() default false;
}
