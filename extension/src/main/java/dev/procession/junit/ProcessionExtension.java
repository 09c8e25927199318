package dev.procession.junit;

import dev.procession.launch.ProcessSpec;
import dev.procession.process.InvalidSpecException;
import dev.procession.process.ProcessDiedException;
import dev.procession.process.StartFailedException;
import dev.procession.supervise.SupervisedProcess;
import dev.procession.supervise.Supervisor;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Parameter;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.DynamicTestInvocationContext;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.LifecycleMethodExecutionExceptionHandler;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;
import org.junit.jupiter.api.extension.TestInstanceFactoryContext;
import org.junit.jupiter.api.extension.TestInstancePostProcessor;
import org.junit.jupiter.api.extension.TestInstancePreConstructCallback;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.opentest4j.TestAbortedException;

/**
 * Starts, injects, checks and stops processes. {@link ManagedProcess} registers it; there is no need to name it then.
 *
 * <p>It is also the programmatic twin of that annotation, for what only code can say:
 *
 * <pre>{@code
 * @RegisterExtension
 * static ProcessionExtension processes = ProcessionExtension.with(
 *         () -> ProcessSpec.command("redis-server", "--port", "${port}").name("redis").build());
 * }</pre>
 *
 * In a static field, its processes live as long as the class; in an instance field, as long as each test (as long as the
 * class, if all its tests share the instance). Several, and
 * annotations beside them, work together: they see and may refer to each other's processes. Thread safe.
 *
 * <p>What holds for a whole test run, such as where the folders are, is said by configuration parameters of JUnit's; they
 * are listed with this package.
 */
public final class ProcessionExtension
        implements ExecutionCondition,
                BeforeAllCallback,
                TestInstancePreConstructCallback,
                TestInstancePostProcessor,
                BeforeEachCallback,
                ParameterResolver,
                InvocationInterceptor,
                TestExecutionExceptionHandler,
                LifecycleMethodExecutionExceptionHandler,
                AfterEachCallback,
                AfterAllCallback {

    private final List<Supplier<ProcessSpec>> specs;
    private final boolean sharedByRun;
    private final boolean disabledWithoutCommand;

    /** Where this declares processes, while that lasts. */
    private final Set<ScopedProcesses> uses = ConcurrentHashMap.newKeySet();

    /** Made by JUnit, for annotations. */
    public ProcessionExtension() {
        this(List.of(), false, false);
    }

    private ProcessionExtension(
            List<Supplier<ProcessSpec>> specs, boolean sharedByRun, boolean disabledWithoutCommand) {
        this.specs = specs;
        this.sharedByRun = sharedByRun;
        this.disabledWithoutCommand = disabledWithoutCommand;
        Supervisor.warmUp();
    }

    /**
     * An extension for {@code @RegisterExtension}. The configuration parameters {@code procession.ready.timeout} and
     * {@code procession.stop.gracePeriod} do not reach what is described in code, which has its own defaults.
     *
     * @param specs asked for their descriptions for each class or test
     */
    @SafeVarargs
    @SuppressWarnings("varargs") // Copied at once, and never written to.
    public static ProcessionExtension with(Supplier<ProcessSpec>... specs) {
        return new ProcessionExtension(List.of(specs), false, false);
    }

    /** One whose processes are shared by the whole run, as {@link Scope#RUN} says. */
    public ProcessionExtension sharedByRun() {
        return new ProcessionExtension(specs, true, disabledWithoutCommand);
    }

    /** One whose tests are skipped, visibly, where a program is not installed. */
    public ProcessionExtension disabledWithoutCommand() {
        return new ProcessionExtension(specs, sharedByRun, true);
    }

    /**
     * The process of that name: one of its own, or one that is visible beside them.
     *
     * @throws IllegalStateException if it is not running now; or if several classes or tests use this extension at this
     *     moment, as they can by inheritance: let the process be injected then
     */
    public SupervisedProcess process(String name) {
        uses.removeIf(ScopedProcesses::isClosed);
        List<SupervisedProcess> visible = uses.stream()
                .flatMap(processes -> processes.visible().stream())
                .distinct()
                .toList();
        List<SupervisedProcess> named =
                visible.stream().filter(process -> process.name().equals(name)).toList();
        if (named.isEmpty()) {
            throw new IllegalStateException("Expected a process '" + name + "', but there is "
                    + (visible.isEmpty()
                            ? "none yet: it is started before the first test"
                            : visible.stream().map(SupervisedProcess::name).toList()));
        }
        if (named.size() > 1) {
            throw new IllegalStateException("Expected one process '" + name + "', but " + named.size()
                    + " classes or tests use this extension now, each with its own; take it as a parameter instead");
        }
        return named.get(0);
    }

    // --- declare

    private List<Declaration> declarations(Scope scope) {
        return specs.stream()
                .map(spec -> new Declaration(spec.get(), sharedByRun ? Scope.RUN : scope, disabledWithoutCommand))
                .toList();
    }

    private ScopedProcesses declareForClass(ExtensionContext context) {
        ScopedProcesses processes = Scopes.ofClass(context);
        if (!specs.isEmpty() && !processes.knows(this)) {
            uses.add(processes);
            processes.declare(this, () -> declarations(Scope.CLASS));
        }
        return processes;
    }

    private ScopedProcesses declareForTest(ExtensionContext context) {
        ScopedProcesses processes = Scopes.ofTest(context);
        if (!specs.isEmpty() && !processes.knows(this)) {
            uses.add(processes);
            processes.declare(this, () -> declarations(Scope.TEST));
        }
        return processes;
    }

    // --- whether

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        Optional<String> missing = Optional.empty();
        if (context.getTestMethod().isPresent()) {
            if (!specs.isEmpty() && context.getTestInstances().isPresent()) {
                declareForTest(context);
            }
            missing = missingProgram(() -> Declaration.of(context.getRequiredTestMethod(), Scopes.settings(context)))
                    .or(() -> Scopes.ofClass(context).knows(this) ? Optional.empty() : ownMissingProgram());
        } else if (context.getTestClass().isPresent()) {
            // What all of them declare is known before the first of them starts anything.
            declareForClass(context);
            missing = missingProgram(() -> Declaration.of(context.getRequiredTestClass(), Scopes.settings(context)))
                    .or(this::ownMissingProgram);
        }
        return missing.map(program -> ConditionEvaluationResult.disabled("disabledWithoutCommand: " + program))
                .orElseGet(() -> ConditionEvaluationResult.enabled("every program that may be missing is there"));
    }

    private Optional<String> ownMissingProgram() {
        return disabledWithoutCommand ? missingProgram(() -> declarations(Scope.TEST)) : Optional.empty();
    }

    private static Optional<String> missingProgram(Supplier<List<Declaration>> declarations) {
        try {
            return declarations.get().stream()
                    .flatMap(declaration -> declaration.missingProgram().stream())
                    .findFirst();
        } catch (RuntimeException e) {
            // Said when they are started, in plain words and not as the failure of a condition.
            return Optional.empty();
        }
    }

    // --- start

    @Override
    public ExtensionContextScope getTestInstantiationExtensionContextScope(ExtensionContext rootContext) {
        // An extension that is registered for one method only would otherwise act in the name of the class.
        return ExtensionContextScope.TEST_METHOD;
    }

    @Override
    public void preConstructTestInstance(TestInstanceFactoryContext factoryContext, ExtensionContext context) {
        startClass(context, Scopes.ofClass(context, factoryContext.getTestClass()), factoryContext.getTestClass());
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        startClass(context, declareForClass(context), context.getRequiredTestClass());
    }

    private static void startClass(ExtensionContext context, ScopedProcesses processes, Class<?> testClass) {
        Scopes.stragglersOfClass(context, testClass);
        start(context, processes, () -> Fields.check(testClass, processes.declaredSpecs()));
        Fields.injectStatic(testClass, processes, Scopes.staticFields(context));
    }

    private static ScopedProcesses start(ExtensionContext context, ScopedProcesses processes, Runnable check) {
        try {
            processes.start(check);
            return processes;
        } catch (InvalidSpecException e) {
            throw new ExtensionConfigurationException(String.valueOf(e.getMessage()), e);
        } catch (StartFailedException e) {
            if (!processes.isOfTest()) {
                PublishedLogs.publish(context, processes.visible());
            }
            throw e;
        }
    }

    // --- inject

    @Override
    public void postProcessTestInstance(Object testInstance, ExtensionContext context) {
        ScopedProcesses processes = Scopes.ofClass(context, testInstance.getClass());
        startClass(context, processes, testInstance.getClass());
        Fields.inject(testInstance, processes.declaredSpecs(), processes.visible());
        Fields.injectOfScope(testInstance, processes);
    }

    @Override
    public boolean supportsParameter(ParameterContext parameterContext, ExtensionContext context) {
        return injection(parameterContext).isOurs() && isFirstFor(context);
    }

    @Override
    public Object resolveParameter(ParameterContext parameterContext, ExtensionContext context) {
        Injection injection = injection(parameterContext);
        Executable executable = parameterContext.getDeclaringExecutable();
        if (injection.declared() != null && !context.getTestMethod().equals(Optional.of(executable))) {
            throw new ExtensionConfigurationException("@ManagedProcess on " + injection.place()
                    + ": only a test method's own parameters can declare one; put it on the class or a field");
        }
        if (executable instanceof Constructor || context.getTestMethod().isEmpty()) {
            Class<?> testClass = executable.getDeclaringClass();
            ScopedProcesses processes =
                    executable instanceof Constructor ? Scopes.ofClass(context, testClass) : Scopes.ofClass(context);
            start(context, processes, () -> Fields.check(testClass, processes.declaredSpecs()));
            return value(injection, processes);
        }
        return value(injection, startTest(context));
    }

    private static Object value(Injection injection, ScopedProcesses processes) {
        if (!injection.isOfScope()) {
            return injection.value(specs(processes), processes.visible());
        }
        injection.check(specs(processes));
        return injection.valueOf(processes).orElseThrow(injection::nothingVisible);
    }

    private static List<ProcessSpec> specs(ScopedProcesses processes) {
        return processes.visible().stream().map(SupervisedProcess::spec).toList();
    }

    private static Injection injection(ParameterContext parameterContext) {
        Parameter parameter = parameterContext.getParameter();
        String place = Declaration.place(parameter, parameterContext.getIndex());
        String ownName = Declaration.ownName(parameter);
        String declared = Declaration.nameAt(parameter, ownName, place);
        return Injection.of(parameter, parameter.getType(), ownName, declared, place);
    }

    // --- a test begins

    @Override
    public void beforeEach(ExtensionContext context) {
        if (isFirstFor(context)) {
            Scopes.stragglersOfTest(context);
            // Before the start: what the test starts for itself may need what is shared.
            declareForTest(context).requireUsable(describe(context));
        }
        ScopedProcesses processes = startTest(context);
        if (isFirstFor(context)) {
            // What is shared with the run and declared by the test itself is visible only now.
            processes.requireUsable(describe(context));
        }
    }

    private ScopedProcesses startTest(ExtensionContext context) {
        ScopedProcesses processes = declareForTest(context);
        start(context, processes, () -> {});
        injectTest(context, processes);
        return processes;
    }

    /** What the tests start for themselves goes into the fields of their instances. */
    private static void injectTest(ExtensionContext context, ScopedProcesses processes) {
        for (Object instance : context.getRequiredTestInstances().getAllInstances()) {
            ScopedProcesses ofClass = Scopes.ofClass(context, instance.getClass());
            List<ProcessSpec> declared = ofClass.declaredSpecs();
            List<SupervisedProcess> own = processes.visible().stream()
                    .filter(process -> !ofClass.visible().contains(process))
                    .toList();
            if (Fields.wants(instance.getClass(), declared, own)) {
                requireOwnInstance(context, instance);
                Fields.inject(instance, declared, own);
            }
            if (Fields.wantsOfScope(instance.getClass(), processes, ofClass)) {
                requireOwnInstance(context, instance);
                Fields.injectOfScope(instance, processes);
            }
        }
    }

    private static void requireOwnInstance(ExtensionContext context, Object instance) {
        if (Scopes.haveOneInstance(context, instance.getClass())
                && context.getExecutionMode() == ExecutionMode.CONCURRENT) {
            throw new ExtensionConfigurationException(TestClassName.of(instance.getClass())
                    + " has one instance for all its tests, which run at the same time, and a field for a process of each"
                    + " test; take the process as a parameter, or make the field static");
        }
    }

    // --- check

    /** Dynamic tests have no before and after of their own. */
    @Override
    public void interceptDynamicTest(
            Invocation<Void> invocation, DynamicTestInvocationContext invocationContext, ExtensionContext context)
            throws Throwable {
        if (!isFirstFor(context)) {
            invocation.proceed();
            return;
        }
        ScopedProcesses processes = Scopes.of(context);
        boolean begun = false;
        try {
            processes.requireUsable(describe(context));
            begun = true;
            invocation.proceed();
        } catch (Throwable e) {
            Throwable failure = begun ? deathOr(context, e) : e;
            PublishedLogs.publish(context, processes.visible());
            hold(context, processes, failure);
            throw failure;
        } finally {
            if (!begun) {
                invocation.skip();
            }
            processes.testEnded(describe(context));
        }
        Optional<ProcessDiedException> death = processes.unexpectedDeath();
        if (death.isPresent()) {
            hold(context, processes, death.get());
            throw death.get();
        }
    }

    /** Several extensions of ours may be registered for a test; for one context, one of them acts. */
    private boolean isFirstFor(ExtensionContext context) {
        return Scopes.isInCharge(this, context);
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

    private static void publishFailure(ExtensionContext context, ScopedProcesses processes) {
        if (context.getExecutionException().isPresent()) {
            PublishedLogs.publish(context, processes.visible());
        }
    }

    /** After a failure, before anything is stopped or used by the next test. */
    private static void hold(ExtensionContext context, ScopedProcesses processes, Throwable failure) {
        // An assumption that does not hold is no failure, and of a failed start there is nothing left to look at.
        if (!(failure instanceof TestAbortedException) && !processes.hasFailedToStart()) {
            Scopes.holds(context).hold(describe(context), processes.visible(), failure);
        }
    }

    /** When a process has died, that is the news; what the test made of it is attached. */
    private static Throwable deathOr(ExtensionContext context, Throwable throwable) {
        if (throwable instanceof ProcessDiedException) {
            return throwable;
        }
        Optional<ProcessDiedException> death = Scopes.of(context).unexpectedDeath();
        death.ifPresent(died -> died.addSuppressed(throwable));
        return death.isPresent() ? death.get() : throwable;
    }

    @Override
    public void afterEach(ExtensionContext context) {
        ScopedProcesses processes = Scopes.of(context);
        if (!isFirstFor(context)) {
            return;
        }
        if (!processes.isOfTest()) {
            // It failed before it began.
            publishFailure(context, processes);
            context.getExecutionException().ifPresent(failure -> hold(context, processes, failure));
            return;
        }
        Optional<ProcessDiedException> death = Optional.empty();
        Optional<Throwable> failure = context.getExecutionException();
        boolean told = failure.filter(ProcessDiedException.class::isInstance).isPresent();
        try {
            death = processes.unexpectedDeath().filter(news -> !told);
            if (death.isPresent() || failure.isPresent()) {
                PublishedLogs.publish(context, processes.visible());
                hold(
                        context,
                        processes,
                        death.<Throwable>map(died -> died).or(() -> failure).get());
            }
            processes.testEnded(describe(context));
        } finally {
            end(processes, death, Scopes.stragglersOfTest(context), describe(context));
        }
    }

    /** A test for messages: {@code CacheIT.answers}, and which of its invocations or dynamic tests; or its class. */
    private static String describe(ExtensionContext context) {
        ExtensionContext methodContext = Scopes.methodContext(context);
        if (methodContext.getTestMethod().isEmpty()) {
            return TestClassName.of(methodContext.getRequiredTestClass());
        }
        String method = methodContext.getRequiredTestMethod().getName();
        String invocation = context.getDisplayName();
        return TestClassName.of(methodContext.getRequiredTestClass()) + "." + method
                + (invocation.startsWith(method) ? "" : ", " + invocation);
    }

    // --- stop

    @Override
    public void afterAll(ExtensionContext context) {
        ScopedProcesses processes = Scopes.ofClass(context);
        if (!isFirstFor(context)) {
            return;
        }
        publishFailure(context, processes);
        Optional<ProcessDiedException> death = Optional.empty();
        try {
            death = processes.unreportedDeath();
            death.<Throwable>map(died -> died)
                    .or(context::getExecutionException)
                    .ifPresent(failure -> hold(context, processes, failure));
        } finally {
            end(processes, death, Scopes.stragglersOfClass(context, context.getRequiredTestClass()), describe(context));
        }
    }

    /** Stops, and then looks who is left. Of several failures the first keeps the others. */
    private static void end(
            ScopedProcesses processes,
            Optional<ProcessDiedException> death,
            Optional<StragglerWatch> stragglers,
            String whose) {
        Failures failures = new Failures();
        death.ifPresent(failures::add);
        failures.attempt(processes::close);
        failures.attempt(() -> stragglers.flatMap(watch -> watch.end(whose)).ifPresent(failures::add));
        failures.throwFirst();
    }
}
