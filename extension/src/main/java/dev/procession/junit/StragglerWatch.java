package dev.procession.junit;

import dev.procession.process.Straggler;
import dev.procession.process.StragglersException;
import dev.procession.supervise.StragglerSearch;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.commons.support.ReflectionSupport;

/** What {@link NoStragglers} asks for: who was there when a test or class began, and who is when it has ended. */
final class StragglerWatch {

    private static final String PARALLEL = "junit.jupiter.execution.parallel.enabled";

    private final StragglerSearch search = StragglerSearch.begin();

    private StragglerWatch() {}

    /** Begins one, if the class of a context or the method asks for it. */
    static Optional<StragglerWatch> begin(ExtensionContext context) {
        return isWanted(context) ? Optional.of(new StragglerWatch()) : Optional.empty();
    }

    private static boolean isWanted(ExtensionContext context) {
        boolean byMethod = context.getTestMethod()
                .filter(method -> AnnotationSupport.isAnnotated(method, NoStragglers.class))
                .isPresent();
        return byMethod || isOnClass(context.getRequiredTestClass(), NoStragglers.class);
    }

    private static boolean isOnClass(Class<?> testClass, Class<? extends java.lang.annotation.Annotation> annotation) {
        return AnnotationSupport.isAnnotated(testClass, annotation)
                || (testClass.getEnclosingClass() != null && isOnClass(testClass.getEnclosingClass(), annotation));
    }

    /**
     * Looks whether the tests of a class can be told from others, before anything is started.
     *
     * @throws ExtensionConfigurationException naming what to add
     */
    static void check(ExtensionContext classContext) {
        Class<?> testClass = classContext.getRequiredTestClass();
        boolean parallel = classContext
                .getConfigurationParameter(PARALLEL)
                .map(Boolean::parseBoolean)
                .orElse(false);
        if (parallel && !isOnClass(testClass, Isolated.class)) {
            place(testClass).ifPresent(place -> {
                throw new ExtensionConfigurationException("@NoStragglers on " + place
                        + ": tests run at the same time here (" + PARALLEL
                        + "), and nobody could tell whose processes are left; put @Isolated on "
                        + TestClassName.of(outermost(testClass)) + " too");
            });
        }
    }

    private static Optional<String> place(Class<?> testClass) {
        if (isOnClass(testClass, NoStragglers.class)) {
            return Optional.of(TestClassName.of(testClass));
        }
        return ReflectionSupport.findMethods(
                        testClass,
                        method -> AnnotationSupport.isAnnotated(method, NoStragglers.class),
                        HierarchyTraversalMode.BOTTOM_UP)
                .stream()
                .findFirst()
                .map(method -> TestClassName.of(testClass) + "." + method.getName());
    }

    private static Class<?> outermost(Class<?> testClass) {
        Class<?> candidate = testClass;
        while (candidate.getEnclosingClass() != null
                && AnnotationSupport.isAnnotated(candidate, org.junit.jupiter.api.Nested.class)) {
            candidate = candidate.getEnclosingClass();
        }
        return candidate;
    }

    /**
     * Ends who is left.
     *
     * @param whose the test or class, for the message
     */
    Optional<StragglersException> end(String whose) {
        List<Straggler> left = search.end();
        return left.isEmpty()
                ? Optional.empty()
                : Optional.of(new StragglersException(
                        whose + " left " + (left.size() == 1 ? "a process" : left.size() + " processes")
                                + " behind; what is certainly its own has been ended",
                        left,
                        "end what is started before the test returns, or let it be a @ManagedProcess"));
    }
}
