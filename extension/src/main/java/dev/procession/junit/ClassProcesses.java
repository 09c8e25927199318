package dev.procession.junit;

import dev.procession.launch.ProcessSpec;
import dev.procession.process.ProcessDiedException;
import dev.procession.process.ProcessionException;
import dev.procession.supervise.ProcessState;
import dev.procession.supervise.SupervisedProcess;
import dev.procession.supervise.Supervisor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext.Store.CloseableResource;

/**
 * The processes of one test class, and those of the classes around it. Thread safe.
 *
 * <p>It lives in the class's store, whose closing is the safety net should the stop after all tests not come to pass.
 */
@SuppressWarnings("deprecation") // JUnit 5.12 closes what is CloseableResource, later ones what is AutoCloseable.
final class ClassProcesses implements CloseableResource, AutoCloseable {

    private final List<ProcessSpec> specs;
    private final @Nullable ClassProcesses outer;
    private final Path folder;

    /** Which test left a process dead or paused, by process. */
    private final Map<SupervisedProcess, String> culprits = new ConcurrentHashMap<>();

    /** Whose unexpected death some test has reported. */
    private final Set<SupervisedProcess> reported = ConcurrentHashMap.newKeySet();

    /** Guards what follows. */
    private final Object lock = new Object();

    private @Nullable Supervisor supervisor;
    private @Nullable RuntimeException startFailure;
    private boolean closed;

    ClassProcesses(List<ProcessSpec> specs, @Nullable ClassProcesses outer, Path folder) {
        this.specs = List.copyOf(specs);
        this.outer = outer;
        this.folder = folder;
    }

    /** Of a class whose declarations are wrong: there are none, and a start says why. */
    static ClassProcesses misused(RuntimeException misuse) {
        ClassProcesses none = new ClassProcesses(List.of(), null, Path.of(""));
        none.startFailure = misuse;
        return none;
    }

    /**
     * Starts what has not been started yet, those of the outer classes first. Whoever comes while that is under way waits;
     * whoever comes after a failure gets the same failure.
     */
    void start() {
        if (outer != null) {
            outer.start();
        }
        synchronized (lock) {
            if (startFailure != null) {
                throw startFailure;
            }
            if (supervisor != null || closed || specs.isEmpty()) {
                return;
            }
            supervisor = Supervisor.create(folder);
            try {
                supervisor.startAll(specs);
            } catch (RuntimeException e) {
                startFailure = e;
                closeAfter(e);
                throw e;
            }
        }
    }

    private void closeAfter(RuntimeException failure) {
        try {
            close();
        } catch (ProcessionException e) {
            failure.addSuppressed(e);
        }
    }

    /** All that tests of this class can see, the outer classes' first. */
    List<SupervisedProcess> visible() {
        List<SupervisedProcess> visible = new ArrayList<>(outer == null ? List.of() : outer.visible());
        visible.addAll(own());
        return visible;
    }

    private List<SupervisedProcess> own() {
        synchronized (lock) {
            return supervisor == null ? List.of() : supervisor.processes();
        }
    }

    /** The names that are taken in this class and around it. */
    List<ProcessSpec> visibleSpecs() {
        List<ProcessSpec> visible = new ArrayList<>(outer == null ? List.of() : outer.visibleSpecs());
        visible.addAll(specs);
        return visible;
    }

    /**
     * Looks that everything is as a test may expect it.
     *
     * @param test the test that is about to begin
     * @throws ProcessDiedException naming what is dead or paused, and the test that left it so
     */
    void requireUsable(String test) {
        for (SupervisedProcess process : visible()) {
            String since = ownerOf(process).since(process);
            Optional<ProcessDiedException> unexpected = process.unexpectedDeath();
            if (unexpected.isPresent() || !isUsable(process)) {
                // Whoever only finds it so is not to blame for it.
                ownerOf(process).culprits.putIfAbsent(process, "before " + test);
            }
            unexpected.ifPresent(death -> {
                ownerOf(process).reported.add(process);
                throw new ProcessDiedException(death.getMessage() + since);
            });
            if (!isUsable(process)) {
                throw new ProcessDiedException("'" + process.name() + "' is shared by the tests of a class, and is "
                        + (process.isPaused() ? "paused" : process.state()) + " before this one begins" + since
                        + "\n  try         leave it as it was found, or give the test that ends it a class of its own");
            }
        }
    }

    private static boolean isUsable(SupervisedProcess process) {
        return process.state() == ProcessState.RUNNING && !process.isPaused();
    }

    private String since(SupervisedProcess process) {
        String culprit = culprits.get(process);
        return culprit == null ? "" : "\n  since       " + culprit;
    }

    /** The first death that nobody asked for among what is visible; it counts as reported from now on. */
    Optional<ProcessDiedException> unexpectedDeath() {
        for (SupervisedProcess process : visible()) {
            Optional<ProcessDiedException> death = process.unexpectedDeath();
            if (death.isPresent()) {
                ownerOf(process).reported.add(process);
                return death;
            }
        }
        return Optional.empty();
    }

    /** A death among its own processes that no test has reported: one before the first test or after the last. */
    Optional<ProcessDiedException> unreportedDeath() {
        return own().stream()
                .filter(process -> !reported.contains(process))
                .flatMap(process -> process.unexpectedDeath().stream())
                .findFirst();
    }

    /** Remembers that a test has just ended, for what it left unusable. */
    void testEnded(String test) {
        for (SupervisedProcess process : visible()) {
            if (!isUsable(process)) {
                ownerOf(process).culprits.putIfAbsent(process, test);
            }
        }
    }

    private ClassProcesses ownerOf(SupervisedProcess process) {
        return outer == null || own().contains(process) ? this : outer.ownerOf(process);
    }

    /** Ends its own processes, all at once. Idempotent. */
    @Override
    public void close() {
        synchronized (lock) {
            closed = true;
            if (supervisor != null) {
                supervisor.close();
            }
        }
    }
}
