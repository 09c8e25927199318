package dev.procession.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** As whom and with which umask and priority a process runs; by default as the JVM itself. */
@Target({})
@Retention(RetentionPolicy.RUNTIME)
@Documented
public @interface RunAs {

    /**
     * A user's name or number. It applies where the JVM runs as root; elsewhere it is ignored, and the log says so: a
     * developer's machine need not be like CI. The process's folders and logs are given to that user.
     */
    String user() default "";

    /** A group's name or number; by default the user's own. */
    String group() default "";

    /** Three octal digits, such as {@code "027"}. */
    String umask() default "";

    /** -20 to 19, added to the JVM's own priority value. Below 0 it needs root. */
    int nice() default 0;
}
