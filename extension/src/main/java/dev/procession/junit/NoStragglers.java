package dev.procession.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The test fails if anything is left that it has started, directly or not, by an annotation or in its own code. Each
 * process is named with pid, parent, age, command, ports, and how it was found; what is certainly the test's own is ended.
 *
 * <p>On a class it holds for each of its tests, for those of its nested classes, and for the class as a whole, when its own
 * processes have been stopped. What is shared with others and still wanted, a process of the class or the run, is not
 * meant. Whoever has been told to end is given 1 s.
 *
 * <p>Found is what descends from this JVM, what carries the mark of its run, and an orphan in its process group. Not found
 * is what a test's own code has started and what has left all of these; what a managed process has started is found by more,
 * also when it hides.
 *
 * <p>Where tests run at the same time ({@code junit.jupiter.execution.parallel.enabled}) it needs
 * {@link org.junit.jupiter.api.parallel.Isolated @Isolated} on the class: nobody could tell whose processes they are.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
@ExtendWith(ProcessionExtension.class)
public @interface NoStragglers {}
