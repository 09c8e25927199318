package dev.procession.junit;

import dev.procession.launch.Launch;
import dev.procession.launch.ProcessSpec;
import dev.procession.process.InvalidSpecException;
import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
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

    /** Those of a class: its own, on its fields, and all it inherits. Those of its tests are among them. */
    static List<Declaration> of(Class<?> testClass) {
        requireNoTwins(testClass, TestClassName.of(testClass));
        requireTestMethods(testClass);
        List<Declaration> declarations = new ArrayList<>();
        for (ManagedProcess annotation : annotations(testClass)) {
            declarations.add(read(annotation, TestClassName.of(testClass), null, Scope.CLASS, scope -> true));
        }
        for (Field field : fields(testClass)) {
            declarations.add(of(field));
        }
        return declarations;
    }

    /** The fields that declare a process. Several annotations on one stand in a container of their own. */
    static Set<Field> fields(Class<?> type) {
        Set<Field> fields = new LinkedHashSet<>(AnnotationSupport.findAnnotatedFields(type, ManagedProcess.class));
        fields.addAll(AnnotationSupport.findAnnotatedFields(type, ManagedProcesses.class));
        return fields;
    }

    private static Declaration of(Field field) {
        String place = place(field);
        boolean isStatic = Modifier.isStatic(field.getModifiers());
        return read(
                only(field, place),
                place,
                field.getName(),
                isStatic ? Scope.CLASS : Scope.TEST,
                scope -> scope != (isStatic ? Scope.TEST : Scope.CLASS));
    }

    /** Those of one test: on its method, and on that method's parameters. */
    static List<Declaration> of(Method method) {
        String place = TestClassName.of(method.getDeclaringClass()) + "." + method.getName();
        List<Declaration> declarations = new ArrayList<>();
        requireNoTwins(method, place);
        for (ManagedProcess annotation : annotations(method)) {
            declarations.add(read(annotation, place, null, Scope.TEST, scope -> scope != Scope.CLASS));
        }
        Parameter[] parameters = method.getParameters();
        for (int i = 0; i < parameters.length; i++) {
            if (!annotations(parameters[i]).isEmpty()) {
                declarations.add(of(parameters[i], i));
            }
        }
        return declarations;
    }

    private static Declaration of(Parameter parameter, int index) {
        String place = place(parameter, index);
        return read(only(parameter, place), place, ownName(parameter), Scope.TEST, scope -> scope != Scope.CLASS);
    }

    /** The name of the process that a field or parameter declares; null if it declares none. */
    static @Nullable String nameAt(AnnotatedElement element, @Nullable String ownName, String place) {
        return annotations(element).isEmpty()
                ? null
                : spec(only(element, place), place, ownName).name();
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
            String place,
            @Nullable String ownName,
            Scope byPlace,
            Predicate<Scope> isPossible) {
        ProcessSpec spec = spec(annotation, place, ownName);
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

    private static ProcessSpec spec(ManagedProcess annotation, String place, @Nullable String ownName) {
        try {
            return SpecReader.read(annotation, place, ownName);
        } catch (InvalidSpecException e) {
            throw new ExtensionConfigurationException(String.valueOf(e.getMessage()), e);
        }
    }

    /** JUnit gives two annotations that are the same in every word as one. */
    private static void requireNoTwins(AnnotatedElement element, String place) {
        Set<ManagedProcess> different = new HashSet<>();
        for (ManagedProcess annotation : element.getDeclaredAnnotationsByType(ManagedProcess.class)) {
            if (!different.add(annotation)) {
                throw new ExtensionConfigurationException(
                        spec(annotation, place, null).declaration() + " stands there twice, word for word; remove one");
            }
        }
    }

    /** On a method that is no test, nobody would ever look at it. */
    private static void requireTestMethods(Class<?> testClass) {
        for (Class<? extends Annotation> type : List.of(ManagedProcess.class, ManagedProcesses.class)) {
            for (Method method :
                    AnnotationSupport.findAnnotatedMethods(testClass, type, HierarchyTraversalMode.TOP_DOWN)) {
                if (!AnnotationSupport.isAnnotated(method, Testable.class)) {
                    throw new ExtensionConfigurationException("@ManagedProcess on "
                            + TestClassName.of(method.getDeclaringClass()) + "." + method.getName()
                            + ": that is no test method; put it on the class, or on the tests");
                }
            }
        }
    }

    /** What is missing, if the tests are to be skipped then. */
    Optional<String> missingProgram() {
        return disabledWithoutCommand ? Launch.missingProgram(spec, Path.of("").toAbsolutePath()) : Optional.empty();
    }
}
