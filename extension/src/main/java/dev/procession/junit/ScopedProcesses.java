package dev.procession.junit;

import dev.procession.launch.ProcessSpec;
import dev.procession.process.ProcessDiedException;
import dev.procession.process.ProcessionException;
import dev.procession.supervise.RecordedEvents;
import dev.procession.supervise.Subscription;
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
    private final boolean recording;

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

    private @Nullable Surroundings surroundings;
    private final List<SupervisedProcess> sharedProcesses = new ArrayList<>();
    private int ownStarted;
    private int sharedStarted;
    private @Nullable Supervisor supervisor;
    private @Nullable RecordedEvents events;
    private final List<Subscription> subscriptions = new ArrayList<>();
    private @Nullable RuntimeException startFailure;
    private boolean checked;
    private boolean closed;

    private ScopedProcesses(
            String testClass,
            @Nullable ScopedProcesses outer,
            boolean ofTest,
            Supplier<Path> folder,
            RunProcesses run,
            Blame blame,
            boolean recording) {
        this.testClass = testClass;
        this.outer = outer;
        this.ofTest = ofTest;
        this.folder = folder;
        this.run = run;
        this.blame = blame;
        this.recording = recording;
    }

    /**
     * @param testClass its name, for messages
     * @param outer those of the class around it
     * @param folder asked for when the first is started
     * @param recording whether somebody wants to see what happens to them
     */
    static ScopedProcesses ofClass(
            String testClass,
            @Nullable ScopedProcesses outer,
            Supplier<Path> folder,
            RunProcesses run,
            Blame blame,
            boolean recording) {
        return new ScopedProcesses(testClass, outer, false, folder, run, blame, recording);
    }

    /** Those of one of this class's tests; what the class declares for its tests is among them. */
    ScopedProcesses ofTest(Supplier<Path> testFolder) {
        return new ScopedProcesses(testClass, this, true, testFolder, run, blame, recording);
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

    /** Says what is done around its start and stop. A misuse is kept, and thrown at every start. */
    void surround(Supplier<Surroundings> source) {
        synchronized (lock) {
            if (startFailure == null) {
                try {
                    surroundings = source.get();
                } catch (RuntimeException e) {
                    startFailure = e;
                }
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
                    if (surroundings != null) {
                        surroundings.check(
                                declaredSpecs().stream().map(ProcessSpec::name).toList());
                    }
                    checked = true;
                }
                if (surroundings != null) {
                    surroundings.begin();
                }
                startShared();
                startOwn();
                if (surroundings != null) {
                    surroundings.started(around());
                }
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
            // One that another class has made to crash; whether it comes back in vain is told by the first test.
            run.processes(missing).forEach(Blame::awaitReturn);
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
            supervisor = run.supervisorIn(folder.get()).around(this::around).build();
            if (recording) {
                record(supervisor);
            }
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

    /** From before its first start on; what lives longer, from now on. */
    private RecordedEvents record(Supervisor own) {
        RecordedEvents recorded = new RecordedEvents();
        List<Supervisor> all = new ArrayList<>(List.of(own));
        if (outer != null) {
            outer.supervisors().forEach(all::add);
        }
        if (!sharedNames().isEmpty()) {
            run.owner().ifPresent(all::add);
        }
        all.forEach(each -> subscriptions.add(each.subscribe("RecordedEvents of " + testClass, recorded)));
        events = recorded;
        return recorded;
    }

    /** Its own and those around it, the outer ones last; not that of the run. */
    private List<Supervisor> supervisors() {
        List<Supervisor> all = new ArrayList<>();
        synchronized (lock) {
            if (supervisor != null) {
                all.add(supervisor);
            }
        }
        if (outer != null) {
            all.addAll(outer.supervisors());
        }
        return all;
    }

    /** Who owns the innermost of the processes that are visible here. */
    Optional<Supervisor> owner() {
        return supervisors().stream().findFirst().or(() -> sharedNames().isEmpty() ? Optional.empty() : run.owner());
    }

    /** What happens to the processes of that owner, and to those around them. */
    Optional<RecordedEvents> events() {
        synchronized (lock) {
            if (supervisor != null) {
                return Optional.of(events == null ? record(supervisor) : events);
            }
        }
        if (outer != null && !outer.supervisors().isEmpty()) {
            return outer.events();
        }
        return sharedNames().isEmpty() ? Optional.empty() : run.events();
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
        around.addAll(sharedProcesses());
        return around;
    }

    private List<SupervisedProcess> sharedProcesses() {
        synchronized (lock) {
            return List.copyOf(sharedProcesses);
        }
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
        // Not under the lock: it may wait for one that comes back, while others look.
        blame.requireUsable(sharedProcesses(), test, "all tests of the run");
        if (!ofTest) {
            blame.requireUsable(own().stream().filter(this::isReliedUpon).toList(), test, "the tests of a class");
        }
    }

    /** What a test has started besides may have ended by now, but not have died. */
    private boolean isReliedUpon(SupervisedProcess process) {
        synchronized (lock) {
            return own.contains(process.spec()) || process.unexpectedDeath().isPresent();
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

    /** Whether they could not all be started, or were declared wrongly. */
    boolean hasFailedToStart() {
        synchronized (lock) {
            return startFailure != null || (outer != null && outer.hasFailedToStart());
        }
    }

    /** Whether it has been stopped. */
    boolean isClosed() {
        synchronized (lock) {
            return closed;
        }
    }

    /** Ends its own processes, and then does what is to be done when they have ended. Idempotent. */
    @Override
    public void close() {
        Failures failures = new Failures();
        failures.attempt(this::stop);
        // Not under the lock: others may look meanwhile.
        Surroundings around = surroundings();
        if (around != null) {
            failures.attempt(() -> around.end(visible()));
        }
        failures.throwFirst();
    }

    private void stop() {
        synchronized (lock) {
            closed = true;
            subscriptions.stream().skip(1).forEach(Subscription::close);
            if (supervisor != null) {
                // Which ends its own subscription, when all was told.
                supervisor.close();
            }
        }
    }

    private @Nullable Surroundings surroundings() {
        synchronized (lock) {
            return surroundings;
        }
    }

    @Override
    public String toString() {
        return testClass;
    }
}
