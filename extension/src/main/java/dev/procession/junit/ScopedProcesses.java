package dev.procession.junit;

import dev.procession.launch.ProcessSpec;
import dev.procession.process.ProcessDiedException;
import dev.procession.process.ProcessionException;
import dev.procession.supervise.SupervisedProcess;
import dev.procession.supervise.Supervisor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext.Store.CloseableResource;

/**
 * The processes of one test class or of one test, in view of those around them: a test sees those of its class, a nested
 * class those of its outer one, all those of the run that they share. Thread safe.
 *
 * <p>It lives in the store of its class or test, whose closing is the safety net should the explicit stop not come to pass.
 */
@SuppressWarnings("deprecation") // JUnit 5.12 closes what is CloseableResource, later ones what is AutoCloseable.
final class ScopedProcesses implements CloseableResource, AutoCloseable {

    private final String testClass;
    private final @Nullable ScopedProcesses outer;
    private final boolean ofTest;
    private final Supplier<Path> folder;
    private final RunProcesses run;
    private final Blame blame;

    /** Guards what follows. */
    private final Object lock = new Object();

    /** Who has declared something here. */
    private final Set<Object> declarers = new HashSet<>();

    /** What lives as long as this. */
    private final List<ProcessSpec> own = new ArrayList<>();

    /** What is shared with the whole run. */
    private final List<ProcessSpec> shared = new ArrayList<>();

    /** Of a class, what each of its tests starts for itself. */
    private final List<ProcessSpec> ofTests = new ArrayList<>();

    private final List<SupervisedProcess> sharedProcesses = new ArrayList<>();
    private int ownStarted;
    private int sharedStarted;
    private @Nullable Supervisor supervisor;
    private @Nullable RuntimeException startFailure;
    private boolean checked;
    private boolean closed;

    private ScopedProcesses(
            String testClass,
            @Nullable ScopedProcesses outer,
            boolean ofTest,
            Supplier<Path> folder,
            RunProcesses run,
            Blame blame) {
        this.testClass = testClass;
        this.outer = outer;
        this.ofTest = ofTest;
        this.folder = folder;
        this.run = run;
        this.blame = blame;
    }

    /**
     * @param testClass its name, for messages
     * @param outer those of the class around it
     */
    static ScopedProcesses ofClass(
            String testClass, @Nullable ScopedProcesses outer, Path folder, RunProcesses run, Blame blame) {
        return new ScopedProcesses(testClass, outer, false, () -> folder, run, blame);
    }

    /** Those of one of this class's tests; what the class declares for its tests is among them. */
    ScopedProcesses ofTest(Supplier<Path> testFolder) {
        return new ScopedProcesses(testClass, this, true, testFolder, run, blame);
    }

    /** Where the folders of its processes are. */
    Path folder() {
        return folder.get();
    }

    /**
     * Adds what somebody declares here, once. A misuse is kept, and thrown at every start.
     *
     * @param declarer who declares it
     */
    void declare(Object declarer, Supplier<List<Declaration>> source) {
        synchronized (lock) {
            if (!declarers.add(declarer) || startFailure != null) {
                return;
            }
            try {
                for (Declaration declaration : source.get()) {
                    if (declaration.scope() != Scope.RUN || !isSharedHere(declaration.spec())) {
                        requireNewName(declaration.spec());
                        list(declaration.scope()).add(declaration.spec());
                    }
                }
            } catch (RuntimeException e) {
                startFailure = e;
            }
        }
    }

    /** Whether somebody has declared something here or around it. */
    boolean knows(Object declarer) {
        synchronized (lock) {
            return declarers.contains(declarer) || (outer != null && outer.knows(declarer));
        }
    }

    private List<ProcessSpec> list(Scope scope) {
        return scope == Scope.RUN ? shared : scope == Scope.TEST && !ofTest ? ofTests : own;
    }

    /** Whoever uses what is shared declares it; so a nested class or a parameter may do so once more. */
    private boolean isSharedHere(ProcessSpec spec) {
        return shared.contains(spec) || (outer != null && outer.isShared(spec));
    }

    private boolean isShared(ProcessSpec spec) {
        synchronized (lock) {
            return isSharedHere(spec);
        }
    }

    private void requireNewName(ProcessSpec spec) {
        for (ProcessSpec other : declaredSpecs()) {
            if (other.name().equals(spec.name())) {
                throw new ExtensionConfigurationException(spec.declaration() + ": 'name' is \"" + spec.name()
                        + "\", as that of " + other.declaration() + "; give one of them another 'name'");
            }
        }
    }

    /** Everything that has a name here or around it, also what only the tests will start. */
    List<ProcessSpec> declaredSpecs() {
        synchronized (lock) {
            List<ProcessSpec> all = new ArrayList<>(outer == null ? List.of() : outer.declaredSpecs());
            all.addAll(shared);
            all.addAll(own);
            all.addAll(ofTests);
            return all;
        }
    }

    /** What each test starts for itself because its class, or one around that, says so. */
    private List<ProcessSpec> specsOfTests() {
        synchronized (lock) {
            List<ProcessSpec> all = new ArrayList<>(outer == null ? List.of() : outer.specsOfTests());
            all.addAll(ofTests);
            return all;
        }
    }

    /** The names that are shared with the run, here and around it. */
    private List<String> sharedNames() {
        synchronized (lock) {
            List<String> names = new ArrayList<>(outer == null ? List.of() : outer.sharedNames());
            shared.forEach(spec -> names.add(spec.name()));
            return names;
        }
    }

    /**
     * Starts what has not been started yet, those around it first. Whoever comes while that is under way waits; whoever
     * comes after a failure gets the same failure.
     *
     * @param check looks at all that is declared, before anything is started
     */
    void start(Runnable check) {
        if (outer != null) {
            outer.start(() -> {});
        }
        synchronized (lock) {
            if (startFailure != null) {
                throw startFailure;
            }
            if (closed) {
                return;
            }
            try {
                if (!checked) {
                    check.run();
                    checked = true;
                }
                startShared();
                startOwn();
            } catch (RuntimeException e) {
                startFailure = e;
                closeAfter(e);
                throw e;
            }
        }
    }

    /** What outlives this cannot depend on what does not. */
    private void requireSharedDependencies(ProcessSpec spec) {
        for (String name : spec.dependsOn()) {
            if (!sharedNames().contains(name)) {
                boolean isDeclared =
                        declaredSpecs().stream().anyMatch(other -> other.name().equals(name));
                throw new ExtensionConfigurationException(spec.declaration() + ": 'dependsOn' holds \"" + name + "\", "
                        + (isDeclared
                                ? "which is not shared with the whole run and so will not outlive it; make the 'scope'"
                                        + " of '" + name + "' RUN too"
                                : "which is not declared here; whoever uses a process of the run declares what that"
                                        + " depends on, too, best by one annotation of your own"));
            }
        }
    }

    private void startShared() {
        List<ProcessSpec> missing = List.copyOf(shared.subList(sharedStarted, shared.size()));
        if (missing.isEmpty()) {
            return;
        }
        missing.forEach(this::requireSharedDependencies);
        try {
            run.start(missing);
            sharedStarted = shared.size();
        } finally {
            // Also what failed: its log is part of the report.
            sharedProcesses.addAll(run.processes(missing));
        }
    }

    private void startOwn() {
        List<ProcessSpec> all = new ArrayList<>(ofTest && outer != null ? outer.specsOfTests() : List.of());
        all.addAll(own);
        List<ProcessSpec> missing = all.subList(ownStarted, all.size());
        if (missing.isEmpty()) {
            return;
        }
        if (supervisor == null) {
            supervisor = Supervisor.create(folder.get(), this::around);
        }
        supervisor.startAll(missing);
        ownStarted = all.size();
    }

    private void closeAfter(RuntimeException failure) {
        try {
            close();
        } catch (ProcessionException e) {
            failure.addSuppressed(e);
        }
    }

    /** All that tests can see here, the outer ones first. */
    List<SupervisedProcess> visible() {
        List<SupervisedProcess> visible = around();
        visible.addAll(own());
        return visible;
    }

    /** What is visible besides its own. */
    private List<SupervisedProcess> around() {
        List<SupervisedProcess> around = new ArrayList<>(outer == null ? List.of() : outer.visible());
        synchronized (lock) {
            around.addAll(sharedProcesses);
        }
        return around;
    }

    private List<SupervisedProcess> own() {
        synchronized (lock) {
            return supervisor == null ? List.of() : supervisor.processes();
        }
    }

    /**
     * Looks that everything is as a test may expect it.
     *
     * @param test the test that is about to begin
     * @throws ProcessDiedException naming what is dead or paused, and the test that left it so
     */
    void requireUsable(String test) {
        if (outer != null) {
            outer.requireUsable(test);
        }
        synchronized (lock) {
            blame.requireUsable(sharedProcesses, test, "all tests of the run");
        }
        if (!ofTest) {
            blame.requireUsable(own(), test, "the tests of a class");
        }
    }

    /** The first death that nobody asked for among what is visible; it counts as reported from now on. */
    Optional<ProcessDiedException> unexpectedDeath() {
        return blame.unexpectedDeath(visible());
    }

    /** A death among its own processes that no test has reported: one before the first test or after the last. */
    Optional<ProcessDiedException> unreportedDeath() {
        return blame.unreportedDeath(own());
    }

    /** Remembers that a test has just ended, for what it left unusable. */
    void testEnded(String test) {
        blame.testEnded(around(), test);
    }

    /** Whether this is where a test's processes are. */
    boolean isOfTest() {
        return ofTest;
    }

    /** Whether it has been stopped. */
    boolean isClosed() {
        synchronized (lock) {
            return closed;
        }
    }

    /** Ends its own processes. Idempotent. */
    @Override
    public void close() {
        synchronized (lock) {
            closed = true;
            if (supervisor != null) {
                supervisor.close();
            }
        }
    }

    @Override
    public String toString() {
        return testClass;
    }
}
