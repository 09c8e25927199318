package dev.procession.junit;

import dev.procession.process.BaseDirectory;
import dev.procession.process.InvalidSpecException;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;

/** Finds the processes of a context in JUnit's stores, and makes them when they are first asked for. */
final class Scopes {

    private static final Namespace NAMESPACE = Namespace.create(ProcessionExtension.class);

    private Scopes() {}

    /** Those of the class a context is in, declared as its annotations say. */
    static ScopedProcesses ofClass(ExtensionContext context) {
        ExtensionContext classContext = classContext(context);
        return stored(
                classContext,
                classContext.getRequiredTestClass(),
                key -> newOfClass(classContext),
                ScopedProcesses.class);
    }

    /** Those of one of the classes that a context is in, a nested one or one around it. */
    static ScopedProcesses ofClass(ExtensionContext context, Class<?> testClass) {
        return ofClass(classContext(context, testClass));
    }

    /** Whether all tests of one of the classes that a context is in share an instance. */
    static boolean haveOneInstance(ExtensionContext context, Class<?> testClass) {
        return classContext(context, testClass)
                .getTestInstanceLifecycle()
                .filter(lifecycle -> lifecycle == Lifecycle.PER_CLASS)
                .isPresent();
    }

    private static ExtensionContext classContext(ExtensionContext context, Class<?> testClass) {
        Optional<ExtensionContext> candidate = Optional.of(classContext(context));
        while (candidate.isPresent() && !candidate.get().getTestClass().equals(Optional.of(testClass))) {
            candidate = candidate.get().getParent();
        }
        return candidate.orElse(context);
    }

    private static ScopedProcesses newOfClass(ExtensionContext classContext) {
        Class<?> testClass = classContext.getRequiredTestClass();
        ScopedProcesses outer = outerContext(classContext).map(Scopes::ofClass).orElse(null);
        ScopedProcesses processes = ScopedProcesses.ofClass(
                TestClassName.of(testClass),
                outer,
                folder(classContext),
                ofRun(classContext),
                blame(classContext),
                Recording.isWantedBy(testClass));
        processes.declare(testClass, () -> Declaration.of(testClass, settings(classContext)));
        processes.surround(() -> Surroundings.of(testClass, TestClassName.of(testClass), settings(classContext)));
        return processes;
    }

    /** Those of the test a context is in; of the class, if it is in none. */
    static ScopedProcesses of(ExtensionContext context) {
        ExtensionContext method = methodContext(context);
        ScopedProcesses ofTest = method.getStore(NAMESPACE).get(testKey(method), ScopedProcesses.class);
        return ofTest == null ? ofClass(method) : ofTest;
    }

    /** The context of the method around a dynamic test, which has neither class nor method; else the context itself. */
    static ExtensionContext methodContext(ExtensionContext context) {
        ExtensionContext candidate = context;
        while (candidate.getTestClass().isEmpty()) {
            candidate = candidate.getParent().orElseThrow();
        }
        return candidate;
    }

    /** Those of a test, declared as its method says. To be asked for when it begins. */
    static ScopedProcesses ofTest(ExtensionContext context) {
        return stored(context, testKey(context), key -> newOfTest(context), ScopedProcesses.class);
    }

    private static String testKey(ExtensionContext context) {
        return "test " + context.getUniqueId();
    }

    private static ScopedProcesses newOfTest(ExtensionContext context) {
        ScopedProcesses ofClass = ofClass(context);
        ScopedProcesses processes = ofClass.ofTest(() -> testFolder(context, ofClass));
        Method method = context.getRequiredTestMethod();
        processes.declare(method, () -> Declaration.of(method, settings(context)));
        processes.surround(() -> Surroundings.of(method, Declaration.place(method), settings(context)));
        return processes;
    }

    private static RunProcesses ofRun(ExtensionContext context) {
        return stored(
                context.getRoot(),
                RunProcesses.class,
                key -> new RunProcesses(() -> settings(context), blame(context)),
                RunProcesses.class);
    }

    /**
     * What holds for the whole run.
     *
     * @throws ExtensionConfigurationException if a configuration parameter cannot be meant
     * @throws InvalidSpecException if the directory this JVM was started in cannot be read in its locale
     */
    static Settings settings(ExtensionContext context) {
        BaseDirectory.ofJvm();
        return stored(
                context.getRoot(),
                Settings.class,
                key -> Settings.read(context::getConfigurationParameter),
                Settings.class);
    }

    /** Who was there when a class began whose processes are to leave nothing; asked for first when it does. */
    static Optional<StragglerWatch> stragglersOfClass(ExtensionContext context, Class<?> testClass) {
        ExtensionContext classContext = classContext(context, testClass);
        return stragglers(classContext, () -> StragglerWatch.check(classContext));
    }

    /** The same for a test. */
    static Optional<StragglerWatch> stragglersOfTest(ExtensionContext context) {
        return stragglers(context, () -> {});
    }

    private static Optional<StragglerWatch> stragglers(ExtensionContext context, Runnable check) {
        return stored(
                        context,
                        "stragglers of " + context.getUniqueId(),
                        key -> {
                            check.run();
                            return new Begun(StragglerWatch.begin(context));
                        },
                        Begun.class)
                .watch();
    }

    /** What a store can hold. */
    private record Begun(Optional<StragglerWatch> watch) {}

    /** Who holds the run after a failure. */
    static Holds holds(ExtensionContext context) {
        return stored(context.getRoot(), Holds.class, key -> new Holds(settings(context)), Holds.class);
    }

    private static Blame blame(ExtensionContext context) {
        return stored(context.getRoot(), Blame.class, key -> new Blame(), Blame.class);
    }

    /** Who holds the static fields of test classes. */
    static StaticFields staticFields(ExtensionContext context) {
        return stored(context.getRoot(), StaticFields.class, key -> new StaticFields(), StaticFields.class);
    }

    /**
     * Whether an extension is the first of ours that serves a context. Several can be registered there, by annotations and
     * as programmatic twins, but only one of them may resolve parameters.
     */
    static boolean isInCharge(ProcessionExtension extension, ExtensionContext context) {
        return stored(context, "in charge", key -> extension, ProcessionExtension.class) == extension;
    }

    /** Whether something is done for the first time in exactly this context. */
    static boolean isFirstTime(String what, ExtensionContext context) {
        Object mark = new Object();
        return stored(context, what + " in " + context.getUniqueId(), key -> mark, Object.class) == mark;
    }

    @SuppressWarnings("deprecation") // JUnit 6 has another name for it, which 5.12 does not have.
    private static <K, V> V stored(ExtensionContext context, K key, Function<K, V> value, Class<V> type) {
        return context.getStore(NAMESPACE).getOrComputeIfAbsent(key, value, type);
    }

    /** The nearest context of a class: this one, or the one around a method. */
    private static ExtensionContext classContext(ExtensionContext context) {
        ExtensionContext candidate = context;
        while (candidate.getTestMethod().isPresent()) {
            candidate = candidate.getParent().orElseThrow();
        }
        return candidate;
    }

    /** The context of the class around a nested one. The invocations of a parameterized class lie within its own. */
    private static Optional<ExtensionContext> outerContext(ExtensionContext classContext) {
        Optional<ExtensionContext> candidate = classContext.getParent();
        while (candidate.isPresent() && candidate.get().getTestClass().equals(classContext.getTestClass())) {
            candidate = candidate.get().getParent();
        }
        return candidate.filter(context -> context.getTestClass().isPresent());
    }

    /** By the simple name; of classes of the same name in different packages, all but one get their full names. */
    private static Supplier<Path> folder(ExtensionContext classContext) {
        String simple = FolderNames.ofClass(classContext.getUniqueId(), false);
        String full = FolderNames.ofClass(classContext.getUniqueId(), true);
        Class<?> outermost = outermost(classContext).getRequiredTestClass();
        return () -> ClassFolder.of(settings(classContext).folder(), simple, full, outermost);
    }

    private static ExtensionContext outermost(ExtensionContext classContext) {
        ExtensionContext candidate = classContext;
        for (Optional<ExtensionContext> outer = outerContext(candidate);
                outer.isPresent();
                outer = outerContext(candidate)) {
            candidate = outer.get();
        }
        return candidate;
    }

    /** By method and invocation. Where a process of the class or an overloaded method has that folder, with parameters. */
    private static Path testFolder(ExtensionContext context, ScopedProcesses ofClass) {
        String method = context.getRequiredTestMethod().getName();
        String parameters = Arrays.stream(context.getRequiredTestMethod().getParameterTypes())
                .map(Class::getSimpleName)
                .collect(Collectors.joining(",", "(", ")"));
        boolean taken = ofClass.declaredSpecs().stream().anyMatch(spec -> (spec.name() + "-").startsWith(method + "-"));
        boolean first = isFirst(context, "folder " + ofClass.folder() + "/" + method, method + parameters);
        return ofClass.folder()
                .resolve(FolderNames.ofTest(taken || !first ? method + parameters : method, context.getUniqueId()));
    }

    /** Whether whoever asks is the one who was the first to ask for a name. */
    private static boolean isFirst(ExtensionContext context, String name, String asker) {
        return stored(context.getRoot(), name, key -> asker, String.class).equals(asker);
    }
}
