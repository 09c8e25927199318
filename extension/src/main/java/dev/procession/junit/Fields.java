package dev.procession.junit;

import dev.procession.launch.ProcessSpec;
import dev.procession.supervise.SupervisedProcess;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.ReflectionSupport;

/** Looks at the fields of test classes that want a process, and fills them. */
final class Fields {

    private Fields() {}

    /**
     * Looks that it is clear what each field wants.
     *
     * @param declared all that is declared around the class's tests
     * @throws ExtensionConfigurationException if it is not
     */
    static void check(Class<?> testClass, List<ProcessSpec> declared) {
        for (Field field : of(testClass)) {
            Injection injection = injection(field);
            if (Modifier.isFinal(field.getModifiers())) {
                throw new ExtensionConfigurationException(
                        injection.place() + " is final and cannot be injected; remove 'final'");
            }
            injection.wanted(declared);
        }
    }

    /**
     * Fills the fields whose process is there; those of single tests come later.
     *
     * @param instance null for the static fields
     * @param declared all that is declared around the class's tests
     * @param visible what is there
     */
    static void inject(
            Class<?> type, @Nullable Object instance, List<ProcessSpec> declared, List<SupervisedProcess> visible) {
        for (Field field : of(type)) {
            if (Modifier.isStatic(field.getModifiers()) == (instance == null)) {
                Injection injection = injection(field);
                String wanted = injection.wanted(declared).name();
                if (visible.stream().anyMatch(process -> process.name().equals(wanted))) {
                    set(field, instance, injection.value(declared, visible), injection.place());
                }
            }
        }
    }

    /** Whether an instance has a field for one of some processes. */
    static boolean wants(Class<?> type, List<ProcessSpec> declared, List<SupervisedProcess> processes) {
        return of(type).stream()
                .filter(field -> !Modifier.isStatic(field.getModifiers()))
                .map(field -> injection(field).wanted(declared).name())
                .anyMatch(wanted ->
                        processes.stream().anyMatch(process -> process.name().equals(wanted)));
    }

    private static void set(Field field, @Nullable Object instance, Object value, String place) {
        try {
            ReflectionSupport.makeAccessible(field).set(instance, value);
        } catch (IllegalAccessException e) {
            throw new ExtensionConfigurationException("Cannot set " + place, e);
        }
    }

    private static Set<Field> of(Class<?> type) {
        Set<Field> fields = new LinkedHashSet<>(Declaration.fields(type));
        fields.addAll(AnnotationSupport.findAnnotatedFields(type, Managed.class));
        fields.addAll(AnnotationSupport.findAnnotatedFields(type, Port.class));
        return fields;
    }

    private static Injection injection(Field field) {
        String place = Declaration.place(field);
        String declared = Declaration.nameAt(field, field.getName(), place);
        return Injection.of(field, field.getType(), field.getName(), declared, place);
    }
}
