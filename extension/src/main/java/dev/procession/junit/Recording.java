package dev.procession.junit;

import dev.procession.supervise.RecordedEvents;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.util.List;
import java.util.stream.Stream;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.commons.support.ReflectionSupport;

/**
 * Finds out, before anything is started, who wants {@link RecordedEvents}: a listener that comes later has missed the first.
 */
final class Recording {

    private Recording() {}

    /** Whether a field or a parameter of a class wants them, of those above it or of those nested in it. */
    static boolean isWantedBy(Class<?> testClass) {
        List<Field> fields = ReflectionSupport.findFields(
                testClass, field -> field.getType() == RecordedEvents.class, HierarchyTraversalMode.TOP_DOWN);
        List<? extends Executable> methods =
                ReflectionSupport.findMethods(testClass, Recording::isTaker, HierarchyTraversalMode.TOP_DOWN);
        return !fields.isEmpty()
                || !methods.isEmpty()
                || Stream.of(testClass.getDeclaredConstructors()).anyMatch(Recording::isTaker)
                || Stream.of(testClass.getDeclaredClasses()).anyMatch(Recording::isWantedBy);
    }

    private static boolean isTaker(Executable executable) {
        return List.of(executable.getParameterTypes()).contains(RecordedEvents.class);
    }
}
