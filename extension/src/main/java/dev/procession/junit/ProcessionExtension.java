package dev.procession.junit;

import dev.procession.launch.Launch;
import dev.procession.launch.ProcessSpec;
import dev.procession.process.InvalidSpecException;
import dev.procession.process.ProcessDiedException;
import dev.procession.process.ProcessionException;
import dev.procession.process.StartFailedException;
import dev.procession.supervise.SupervisedProcess;
import dev.procession.supervise.Supervisor;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.LifecycleMethodExecutionExceptionHandler;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;
import org.junit.jupiter.api.extension.TestInstanceFactoryContext;
import org.junit.jupiter.api.extension.TestInstancePostProcessor;
import org.junit.jupiter.api.extension.TestInstancePreConstructCallback;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.ReflectionSupport;

/**
 * Starts, injects, checks and stops the processes that {@link ManagedProcess} declares. The annotation registers it; there
 * is no need to name it. Stateless and thread safe.
 */
public final class ProcessionExtension
        implements ExecutionCondition,
                BeforeAllCallback,
                TestInstancePreConstructCallback,
                TestInstancePostProcessor,
                BeforeEachCallback,
                ParameterResolver,
                TestExecutionExceptionHandler,
                LifecycleMethodExecutionExceptionHandler,
                AfterEachCallback,
                AfterAllCallback {

    private static final Namespace NAMESPACE = Namespace.create(ProcessionExtension.class);

    private static final Path FOLDER = Path.of("target", "procession");

    /** Made by JUnit. */
    public ProcessionExtension() {
        Supervisor.warmUp();
    }

    // --- whether

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        if (context.getTestMethod().isPresent() || context.getTestClass().isEmpty()) {
            return ConditionEvaluationResult.enabled("processes are a matter of the class");
        }
        Class<?> testClass = context.getRequiredTestClass();
        return annotations(testClass).stream()
                .filter(ManagedProcess::disabledWithoutCommand)
                .flatMap(annotation -> missingProgram(annotation, testClass).stream())
                .findFirst()
                .map(missing -> ConditionEvaluationResult.disabled("disabledWithoutCommand: " + missing))
                .orElseGet(() -> ConditionEvaluationResult.enabled("every program that may be missing is there"));
    }

    private static Optional<String> missingProgram(ManagedProcess annotation, Class<?> testClass) {
        try {
            return Launch.missingProgram(
                    SpecReader.read(annotation, testClass), Path.of("").toAbsolutePath());
        } catch (InvalidSpecException e) {
            // Said when the class is started, in plain words and not as the failure of a condition.
            return Optional.empty();
        }
    }

    // --- start

    @Override
    public void preConstructTestInstance(TestInstanceFactoryContext factoryContext, ExtensionContext context) {
        started(context);
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        ClassProcesses processes = started(context);
        injectFields(context.getRequiredTestClass(), null, processes.visible());
    }

    /** The processes visible to a context, running. */
    private static ClassProcesses started(ExtensionContext context) {
        ClassProcesses processes = of(context);
        try {
            processes.start();
            return processes;
        } catch (InvalidSpecException e) {
            throw new ExtensionConfigurationException(String.valueOf(e.getMessage()), e);
        } catch (StartFailedException e) {
            PublishedLogs.publish(context, processes.visible());
            PublishedLogs.publish(context, e);
            throw e;
        }
    }

    private static ClassProcesses of(ExtensionContext context) {
        ExtensionContext classContext = classContext(context);
        return stored(
                classContext,
                classContext.getRequiredTestClass(),
                key -> declaredOrWhyNot(classContext),
                ClassProcesses.class);
    }

    @SuppressWarnings("deprecation") // JUnit 6 has another name for it, which 5.12 does not have.
    private static <K, V> V stored(ExtensionContext context, K key, Function<K, V> value, Class<V> type) {
        return context.getStore(NAMESPACE).getOrComputeIfAbsent(key, value, type);
    }

    /** A misuse is kept, to be thrown at every start: the store must have something to give at the end, too. */
    private static ClassProcesses declaredOrWhyNot(ExtensionContext classContext) {
        try {
            return declared(classContext);
        } catch (RuntimeException e) {
            return ClassProcesses.misused(e);
        }
    }

    /** The nearest context of a class: this one, or the one around a method. */
    private static ExtensionContext classContext(ExtensionContext context) {
        ExtensionContext candidate = context;
        while (candidate.getTestMethod().isPresent()) {
            candidate = candidate.getParent().orElseThrow();
        }
        return candidate;
    }

    private static ClassProcesses declared(ExtensionContext classContext) {
        Class<?> testClass = classContext.getRequiredTestClass();
        ClassProcesses outer =
                outerContext(classContext).map(ProcessionExtension::of).orElse(null);
        List<ProcessSpec> specs = new ArrayList<>();
        requireNoTwins(testClass);
        for (ManagedProcess annotation : annotations(testClass)) {
            ProcessSpec spec = read(annotation, testClass);
            requireNewName(spec, specs);
            requireNewName(spec, outer == null ? List.of() : outer.visibleSpecs());
            specs.add(spec);
        }
        ClassProcesses processes = new ClassProcesses(specs, outer, folder(classContext));
        checkFields(testClass, processes.visibleSpecs());
        return processes;
    }

    /** The context of the class around a nested one. The invocations of a parameterized class lie within its own. */
    private static Optional<ExtensionContext> outerContext(ExtensionContext classContext) {
        Optional<ExtensionContext> candidate = classContext.getParent();
        while (candidate.isPresent() && candidate.get().getTestClass().equals(classContext.getTestClass())) {
            candidate = candidate.get().getParent();
        }
        return candidate.filter(context -> context.getTestClass().isPresent());
    }

    private static List<ManagedProcess> annotations(Class<?> testClass) {
        return AnnotationSupport.findRepeatableAnnotations(testClass, ManagedProcess.class);
    }

    /** JUnit gives two annotations that are the same in every word as one. */
    private static void requireNoTwins(Class<?> testClass) {
        Set<ManagedProcess> different = new HashSet<>();
        for (ManagedProcess annotation : testClass.getDeclaredAnnotationsByType(ManagedProcess.class)) {
            if (!different.add(annotation)) {
                throw new ExtensionConfigurationException(
                        read(annotation, testClass).declaration() + " stands there twice, word for word; remove one");
            }
        }
    }

    private static ProcessSpec read(ManagedProcess annotation, Class<?> testClass) {
        try {
            return SpecReader.read(annotation, testClass);
        } catch (InvalidSpecException e) {
            throw new ExtensionConfigurationException(String.valueOf(e.getMessage()), e);
        }
    }

    private static void requireNewName(ProcessSpec spec, List<ProcessSpec> others) {
        for (ProcessSpec other : others) {
            if (other.name().equals(spec.name())) {
                throw new ExtensionConfigurationException(spec.declaration() + ": 'name' is \"" + spec.name()
                        + "\", as that of " + other.declaration() + "; give one of them another 'name'");
            }
        }
    }

    /** By the simple name; classes of the same name in different packages get their full names but for the first. */
    private static Path folder(ExtensionContext classContext) {
        Class<?> testClass = classContext.getRequiredTestClass();
        String simpleName = TestClassName.of(testClass);
        Object owner = stored(classContext.getRoot(), "folder " + simpleName, key -> testClass.getName(), String.class);
        return FOLDER.resolve(testClass.getName().equals(owner) ? simpleName : testClass.getName());
    }

    // --- inject

    @Override
    public void postProcessTestInstance(Object testInstance, ExtensionContext context) {
        injectFields(testInstance.getClass(), testInstance, started(context).visible());
    }

    private static void checkFields(Class<?> testClass, List<ProcessSpec> visible) {
        for (Field field : fields(testClass)) {
            Injection injection = injection(field);
            if (Modifier.isFinal(field.getModifiers())) {
                throw new ExtensionConfigurationException(
                        injection.place() + " is final and cannot be injected; remove 'final'");
            }
            injection.wanted(visible);
        }
    }

    /**
     * @param instance null for the static fields
     */
    private static void injectFields(Class<?> type, @Nullable Object instance, List<SupervisedProcess> visible) {
        for (Field field : fields(type)) {
            if (Modifier.isStatic(field.getModifiers()) == (instance == null)) {
                Injection injection = injection(field);
                try {
                    ReflectionSupport.makeAccessible(field).set(instance, injection.value(visible));
                } catch (IllegalAccessException e) {
                    throw new ExtensionConfigurationException("Cannot set " + injection.place(), e);
                }
            }
        }
    }

    private static Set<Field> fields(Class<?> type) {
        Set<Field> fields = new LinkedHashSet<>(AnnotationSupport.findAnnotatedFields(type, Managed.class));
        fields.addAll(AnnotationSupport.findAnnotatedFields(type, Port.class));
        return fields;
    }

    private static Injection injection(Field field) {
        String place = "field '" + field.getName() + "' of " + TestClassName.of(field.getDeclaringClass());
        return Injection.of(field, field.getType(), field.getName(), place);
    }

    @Override
    public boolean supportsParameter(ParameterContext parameterContext, ExtensionContext context) {
        return injection(parameterContext).isOurs();
    }

    @Override
    public Object resolveParameter(ParameterContext parameterContext, ExtensionContext context) {
        return injection(parameterContext).value(started(context).visible());
    }

    private static Injection injection(ParameterContext parameterContext) {
        Parameter parameter = parameterContext.getParameter();
        Executable executable = parameterContext.getDeclaringExecutable();
        String method = TestClassName.of(executable.getDeclaringClass())
                + (executable instanceof Constructor ? "'s constructor" : "." + executable.getName());
        String name = parameter.isNamePresent() ? parameter.getName() : null;
        String place = "parameter " + (name == null ? parameterContext.getIndex() : "'" + name + "'") + " of " + method;
        return Injection.of(parameter, parameter.getType(), name, place);
    }

    // --- check

    @Override
    public void beforeEach(ExtensionContext context) {
        started(context).requireUsable(describe(context));
    }

    @Override
    public void handleTestExecutionException(ExtensionContext context, Throwable throwable) throws Throwable {
        throw deathOr(context, throwable);
    }

    @Override
    public void handleBeforeAllMethodExecutionException(ExtensionContext context, Throwable throwable)
            throws Throwable {
        throw deathOr(context, throwable);
    }

    @Override
    public void handleBeforeEachMethodExecutionException(ExtensionContext context, Throwable throwable)
            throws Throwable {
        throw deathOr(context, throwable);
    }

    @Override
    public void handleAfterEachMethodExecutionException(ExtensionContext context, Throwable throwable)
            throws Throwable {
        throw deathOr(context, throwable);
    }

    @Override
    public void handleAfterAllMethodExecutionException(ExtensionContext context, Throwable throwable) throws Throwable {
        throw deathOr(context, throwable);
    }

    /** When a process has died, that is the news; what the test made of it is attached. */
    private static Throwable deathOr(ExtensionContext context, Throwable throwable) {
        Optional<ProcessDiedException> death = of(context).unexpectedDeath();
        death.ifPresent(died -> died.addSuppressed(throwable));
        return death.isPresent() ? death.get() : throwable;
    }

    @Override
    public void afterEach(ExtensionContext context) {
        ClassProcesses processes = of(context);
        Optional<ProcessDiedException> death = processes.unexpectedDeath();
        Optional<Throwable> failure = context.getExecutionException();
        if (death.isPresent() || failure.isPresent()) {
            PublishedLogs.publish(context, processes.visible());
        }
        processes.testEnded(describe(context));
        if (death.isPresent()
                && failure.filter(ProcessDiedException.class::isInstance).isEmpty()) {
            throw death.get();
        }
    }

    /** A test for messages: {@code CacheIT.answers}, and which of its invocations. */
    private static String describe(ExtensionContext context) {
        String method = context.getRequiredTestMethod().getName();
        String invocation = context.getDisplayName();
        return TestClassName.of(context.getRequiredTestClass()) + "." + method
                + (invocation.startsWith(method) ? "" : ", " + invocation);
    }

    // --- stop

    @Override
    public void afterAll(ExtensionContext context) {
        ClassProcesses processes = of(context);
        Optional<ProcessDiedException> death = Optional.empty();
        try {
            death = processes.unreportedDeath();
        } finally {
            close(processes, death);
        }
        if (death.isPresent()) {
            throw death.get();
        }
    }

    /** A death that is about to be thrown keeps what goes wrong now. */
    private static void close(ClassProcesses processes, Optional<ProcessDiedException> death) {
        try {
            processes.close();
        } catch (ProcessionException e) {
            if (death.isEmpty()) {
                throw e;
            }
            death.get().addSuppressed(e);
        }
    }
}
