package dev.procession.junit;

import dev.procession.launch.Launch;
import dev.procession.launch.ProcessSpec;
import dev.procession.process.BaseDirectory;
import dev.procession.process.InvalidSpecException;
import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.platform.commons.annotation.Testable;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;

/**
 * A process that a test declares.
 *
 * @param spec what is to run
 * @param scope how long; never {@link Scope#AUTO}
 * @param disabledWithoutCommand whether the tests are skipped where the program is missing
 */
record Declaration(ProcessSpec spec, Scope scope, boolean disabledWithoutCommand) {

    /** What can stand on a test, and how it is called. */
    private static final Map<Class<? extends Annotation>, String> ON_METHODS = Map.of(
            ManagedProcess.class, "ManagedProcess",
            ManagedProcesses.class, "ManagedProcess",
            WaitForStart.class, "WaitForStart",
            WaitForStart.Several.class, "WaitForStart",
            WaitForDeath.class, "WaitForDeath",
            WaitForDeath.Several.class, "WaitForDeath",
            KillStragglers.class, "KillStragglers",
            KillStragglers.Several.class, "KillStragglers");

    /** Those of a class: its own, on its fields, and all it inherits. Those of its tests are among them. */
    static List<Declaration> of(Class<?> testClass, Settings settings) {
        requireNoTwins(testClass, TestClassName.of(testClass));
        requireTestMethods(testClass);
        String place = TestClassName.of(testClass);
        StackedWaits waits = StackedWaits.on(testClass, place, names(testClass, place, null));
        List<Declaration> declarations = new ArrayList<>();
        for (ManagedProcess annotation : annotations(testClass)) {
            declarations.add(read(annotation, waits, settings, place, null, Scope.CLASS, scope -> true));
        }
        Set<Field> fields = fields(testClass);
        for (Field field : fields) {
            declarations.add(of(field, settings));
        }
        fieldsWith(testClass, WaitForStart.class, WaitForStart.Several.class).stream()
                .filter(field -> !fields.contains(field))
                .forEach(field -> StackedWaits.onVariable(field, place(field), List.of()));
        return declarations;
    }

    /** The fields that declare a process. Several annotations on one stand in a container of their own. */
    static Set<Field> fields(Class<?> type) {
        return fieldsWith(type, ManagedProcess.class, ManagedProcesses.class);
    }

    private static Set<Field> fieldsWith(
            Class<?> type, Class<? extends Annotation> annotation, Class<? extends Annotation> container) {
        Set<Field> fields = new LinkedHashSet<>(AnnotationSupport.findAnnotatedFields(type, annotation));
        fields.addAll(AnnotationSupport.findAnnotatedFields(type, container));
        return fields;
    }

    private static Declaration of(Field field, Settings settings) {
        String place = place(field);
        boolean isStatic = Modifier.isStatic(field.getModifiers());
        return read(
                only(field, place),
                StackedWaits.onVariable(field, place, names(field, place, field.getName())),
                settings,
                place,
                field.getName(),
                isStatic ? Scope.CLASS : Scope.TEST,
                scope -> scope != (isStatic ? Scope.TEST : Scope.CLASS));
    }

    /** Those of one test: on its method, and on that method's parameters. */
    static List<Declaration> of(Method method, Settings settings) {
        String place = place(method);
        List<Declaration> declarations = new ArrayList<>();
        requireNoTwins(method, place);
        StackedWaits waits = StackedWaits.on(method, place, names(method, place, null));
        for (ManagedProcess annotation : annotations(method)) {
            declarations.add(read(annotation, waits, settings, place, null, Scope.TEST, scope -> scope != Scope.CLASS));
        }
        Parameter[] parameters = method.getParameters();
        for (int i = 0; i < parameters.length; i++) {
            if (annotations(parameters[i]).isEmpty()) {
                StackedWaits.onVariable(parameters[i], place(parameters[i], i), List.of());
            } else {
                declarations.add(of(parameters[i], i, settings));
            }
        }
        return declarations;
    }

    private static Declaration of(Parameter parameter, int index, Settings settings) {
        String place = place(parameter, index);
        String ownName = ownName(parameter);
        return read(
                only(parameter, place),
                StackedWaits.onVariable(parameter, place, names(parameter, place, ownName)),
                settings,
                place,
                ownName,
                Scope.TEST,
                scope -> scope != Scope.CLASS);
    }

    /** Of what is declared in one place. */
    private static List<String> names(AnnotatedElement element, String place, @Nullable String ownName) {
        return annotations(element).stream()
                .map(annotation ->
                        spec(annotation, Settings.DEFAULT, place, ownName).name())
                .toList();
    }

    /** The name of the process that a field or parameter declares; null if it declares none. */
    static @Nullable String nameAt(AnnotatedElement element, @Nullable String ownName, String place) {
        return annotations(element).isEmpty()
                ? null
                : spec(only(element, place), Settings.DEFAULT, place, ownName).name();
    }

    /** How messages call a test. */
    static String place(Method method) {
        return TestClassName.of(method.getDeclaringClass()) + "." + method.getName();
    }

    /** How messages call a field. */
    static String place(Field field) {
        return "field '" + field.getName() + "' of " + TestClassName.of(field.getDeclaringClass());
    }

    /** How messages call a parameter. */
    static String place(Parameter parameter, int index) {
        Executable executable = parameter.getDeclaringExecutable();
        String method = TestClassName.of(executable.getDeclaringClass())
                + (executable instanceof Method ? "." + executable.getName() : "'s constructor");
        String name = ownName(parameter);
        return "parameter " + (name == null ? index : "'" + name + "'") + " of " + method;
    }

    /** Null where names are not compiled in. */
    static @Nullable String ownName(Parameter parameter) {
        return parameter.isNamePresent() ? parameter.getName() : null;
    }

    private static List<ManagedProcess> annotations(AnnotatedElement element) {
        return AnnotationSupport.findRepeatableAnnotations(element, ManagedProcess.class);
    }

    private static ManagedProcess only(AnnotatedElement element, String place) {
        List<ManagedProcess> annotations = annotations(element);
        if (annotations.size() > 1) {
            throw new ExtensionConfigurationException("@ManagedProcess stands " + annotations.size() + " times on "
                    + place + ", which can be given one process only; put the others on the class or the method");
        }
        return annotations.get(0);
    }

    private static Declaration read(
            ManagedProcess annotation,
            StackedWaits waits,
            Settings settings,
            String place,
            @Nullable String ownName,
            Scope byPlace,
            Predicate<Scope> isPossible) {
        String name = spec(annotation, settings, place, ownName).name();
        ProcessSpec spec = spec(annotation, waits.ready(name, annotation), settings, place, ownName);
        if (!isPossible.test(annotation.scope())) {
            throw new ExtensionConfigurationException(spec.declaration() + ": 'scope' is " + annotation.scope()
                    + ", but there it can only be " + byPlace + " or RUN; "
                    + (annotation.scope() == Scope.CLASS
                            ? "put it on the class or a static field"
                            : "put it on the class, an instance field or the test"));
        }
        Scope scope = annotation.scope() == Scope.AUTO ? byPlace : annotation.scope();
        return new Declaration(spec, scope, annotation.disabledWithoutCommand());
    }

    private static ProcessSpec spec(
            ManagedProcess annotation, Settings settings, String place, @Nullable String ownName) {
        return spec(annotation, annotation.ready(), settings, place, ownName);
    }

    private static ProcessSpec spec(
            ManagedProcess annotation, Ready ready, Settings settings, String place, @Nullable String ownName) {
        try {
            return SpecReader.read(annotation, ready, settings, place, ownName);
        } catch (InvalidSpecException e) {
            throw new ExtensionConfigurationException(String.valueOf(e.getMessage()), e);
        }
    }

    /** JUnit gives two annotations that are the same in every word as one. */
    private static void requireNoTwins(AnnotatedElement element, String place) {
        Set<ManagedProcess> different = new HashSet<>();
        for (ManagedProcess annotation : element.getDeclaredAnnotationsByType(ManagedProcess.class)) {
            if (!different.add(annotation)) {
                throw new ExtensionConfigurationException(spec(annotation, Settings.DEFAULT, place, null)
                                .declaration() + " stands there twice, word for word; remove one");
            }
        }
    }

    /** On a method that is no test, nobody would ever look at it. */
    private static void requireTestMethods(Class<?> testClass) {
        ON_METHODS.forEach((type, name) -> {
            for (Method method :
                    AnnotationSupport.findAnnotatedMethods(testClass, type, HierarchyTraversalMode.TOP_DOWN)) {
                if (!AnnotationSupport.isAnnotated(method, Testable.class)) {
                    throw new ExtensionConfigurationException("@" + name + " on "
                            + TestClassName.of(method.getDeclaringClass()) + "." + method.getName()
                            + ": that is no test method; put it on the class, or on the tests");
                }
            }
        });
    }

    /** What is missing, if the tests are to be skipped then. */
    Optional<String> missingProgram() {
        return disabledWithoutCommand ? Launch.missingProgram(spec, BaseDirectory.ofJvm()) : Optional.empty();
    }
}
