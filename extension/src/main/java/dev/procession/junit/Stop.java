package dev.procession.junit;

import dev.procession.launch.StopScope;
import dev.procession.process.Signal;
import java.lang.annotation.Documented;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** How a process is stopped: the stop signal, the grace period, then KILL, then a look that it has really gone. */
@Target({})
@Retention(RetentionPolicy.RUNTIME)
@Documented
public @interface Stop {

    /** The stop signal. PostgreSQL takes INT for "now, but cleanly", nginx takes QUIT. */
    Signal signal() default Signal.TERM;

    /**
     * How long it may take before KILL: {@code 500ms}, {@code 10s}, {@code 2m}, {@code PT10S}.
     *
     * @return default, the empty string: the configuration parameter {@code procession.stop.gracePeriod}, else 10 s
     */
    String gracePeriod() default "";

    /** Who is made to end. */
    StopScope scope() default StopScope.TREE;

    /** How often signal and grace period are repeated before KILL. */
    int retries() default 0;

    /**
     * Names of programs that are left alone, as far as they have sessions of their own: helpers that the first of several
     * services starts for all of them, as Erlang's {@code epmd}. They end with the JVM. Each service that can be the first
     * has to say so:
     *
     * <pre>{@code
     * @ManagedProcess(name = "one", command = {"erl", "-noinput", "-sname", "one"}, stop = @Stop(leave = "epmd"))
     * @ManagedProcess(name = "two", command = {"erl", "-noinput", "-sname", "two"}, stop = @Stop(leave = "epmd"))
     * }</pre>
     *
     * <p>Without it, to stop {@code one} would end the {@code epmd} that {@code two} is registered with: whether a helper is
     * shared or is the server itself, which others are connected to as well, nobody can see from outside.
     */
    String[] leave() default {};
}
