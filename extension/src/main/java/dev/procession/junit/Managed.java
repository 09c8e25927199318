package dev.procession.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Says which process is meant by a parameter or field of type
 * {@link dev.procession.supervise.SupervisedProcess SupervisedProcess} or {@link dev.procession.launch.ProcessLog
 * ProcessLog}. A field needs it, a parameter only where its own name does not say it.
 *
 * <p>A field of type {@link dev.procession.supervise.Supervisor Supervisor} or
 * {@link dev.procession.supervise.RecordedEvents RecordedEvents} needs it too, without a name; a parameter is recognised by
 * its type. Both are those of the innermost scope that has processes: of the test if it has some of its own, else of its
 * class, else of the run. What is started by that supervisor ends with that scope, and its name is taken as long. The events
 * begin before the first start in that scope; those of the scopes around it, when it begins.
 */
@Target({ElementType.PARAMETER, ElementType.FIELD})
@Retention(RetentionPolicy.RUNTIME)
@Documented
public @interface Managed {

    /**
     * The name of the process.
     *
     * @return default: the name of the parameter or field if a process has it, else the only process there is
     */
    String value() default "";
}
