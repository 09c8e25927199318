package dev.procession.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Gives an {@code int} parameter or field a port of a process. */
@Target({ElementType.PARAMETER, ElementType.FIELD})
@Retention(RetentionPolicy.RUNTIME)
@Documented
public @interface Port {

    /**
     * The name of the port.
     *
     * @return default: the main port
     */
    String value() default "port";

    /**
     * The name of the process.
     *
     * @return default: the only process that has such a port
     */
    String process() default "";
}
