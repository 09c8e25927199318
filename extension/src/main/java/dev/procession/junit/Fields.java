package dev.procession.junit;

import dev.procession.launch.ProcessSpec;
import dev.procession.supervise.SupervisedProcess;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
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
            injection.check(declared);
        }
    }

    /**
     * Fills the fields whose process is there; those of single tests come later.
     *
     * @param declared all that is declared around the class's tests
     * @param visible what is there
     */
    static void inject(Object instance, List<ProcessSpec> declared, List<SupervisedProcess> visible) {
        values(instance.getClass(), false, declared, visible).forEach((field, value) -> set(field, instance, value));
    }

    /**
     * Fills the static fields of a class. Those of a base class belong to all its subclasses, but can hold a process of
     * one of them only.
     *
     * @param owner whose processes these are
     * @throws ExtensionConfigurationException if a field is in use by another class, which runs at the same time
     */
    static void injectStatic(Class<?> type, ScopedProcesses owner, StaticFields inUse) {
        Map<Field, Object> values = new LinkedHashMap<>(values(type, true, owner.declaredSpecs(), owner.visible()));
        for (Field field : ofScope(type, true)) {
            Injection injection = injection(field);
            values.put(field, injection.valueOf(owner).orElseThrow(injection::nothingVisible));
        }
        values.forEach((field, value) -> {
            inUse.claim(field, owner, value);
            set(field, null, value);
        });
    }

    /**
     * Fills the fields that want no single process, as far as there is something.
     *
     * @param scope whose processes the instance sees
     */
    static void injectOfScope(Object instance, ScopedProcesses scope) {
        for (Field field : ofScope(instance.getClass(), false)) {
            injection(field).valueOf(scope).ifPresent(value -> set(field, instance, value));
        }
    }

    /** Whether an instance has a field that holds something else for each test. */
    static boolean wantsOfScope(Class<?> type, ScopedProcesses ofTest, ScopedProcesses ofClass) {
        return ofScope(type, false).stream()
                .map(Fields::injection)
                .anyMatch(injection -> !injection.valueOf(ofTest).equals(injection.valueOf(ofClass)));
    }

    private static List<Field> ofScope(Class<?> type, boolean isStatic) {
        return of(type).stream()
                .filter(field -> Modifier.isStatic(field.getModifiers()) == isStatic
                        && injection(field).isOfScope())
                .toList();
    }

    private static Map<Field, Object> values(
            Class<?> type, boolean isStatic, List<ProcessSpec> declared, List<SupervisedProcess> visible) {
        Map<Field, Object> values = new LinkedHashMap<>();
        for (Field field : of(type)) {
            if (Modifier.isStatic(field.getModifiers()) == isStatic) {
                Injection injection = injection(field);
                if (injection.isOfScope()) {
                    continue;
                }
                String wanted = injection.wanted(declared).name();
                if (visible.stream().anyMatch(process -> process.name().equals(wanted))) {
                    values.put(field, injection.value(declared, visible));
                }
            }
        }
        return values;
    }

    /** Whether an instance has a field for one of some processes. */
    static boolean wants(Class<?> type, List<ProcessSpec> declared, List<SupervisedProcess> processes) {
        return of(type).stream()
                .filter(field -> !Modifier.isStatic(field.getModifiers()))
                .map(Fields::injection)
                .filter(injection -> !injection.isOfScope())
                .map(injection -> injection.wanted(declared).name())
                .anyMatch(wanted ->
                        processes.stream().anyMatch(process -> process.name().equals(wanted)));
    }

    private static void set(Field field, @Nullable Object instance, Object value) {
        try {
            ReflectionSupport.makeAccessible(field).set(instance, value);
        } catch (IllegalAccessException e) {
            throw new ExtensionConfigurationException("Cannot set " + Declaration.place(field), e);
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
