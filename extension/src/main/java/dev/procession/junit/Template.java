package dev.procession.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A file that is written into the working directory before the start. Of placeholders, only the form
 * <code>@&#123;port&#125;</code> is replaced in it; a dollar sign is nothing special.
 */
@Target({})
@Retention(RetentionPolicy.RUNTIME)
@Documented
public @interface Template {

    /** What is read, as UTF-8: {@code "classpath:/nginx.conf"}, or a path from the directory the JVM was started in. */
    String from();

    /** Where it is written, relative to the working directory. */
    String to();
}
