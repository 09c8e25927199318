package dev.procession.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Gives an {@code int} parameter or field the port that was leased to a process. */
@Target({ElementType.PARAMETER, ElementType.FIELD})
@Retention(RetentionPolicy.RUNTIME)
@Documented
public @interface Port {

    /**
     * The name of the process.
     *
     * @return default: the only process that has a port
     */
    String process() default "";
}
