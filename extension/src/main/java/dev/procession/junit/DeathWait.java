package dev.procession.junit;

import dev.procession.cleanup.StragglerReport;
import dev.procession.launch.Suggestion;
import dev.procession.process.Durations;
import dev.procession.process.Epoch;
import dev.procession.process.FoundProcess;
import dev.procession.process.InvalidSpecException;
import dev.procession.process.ProcessSelection;
import dev.procession.process.StragglersException;
import dev.procession.supervise.SupervisedProcess;
import dev.procession.watch.ProcessWatch;
import java.lang.reflect.AnnotatedElement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * A {@link WaitForDeath}. Immutable.
 *
 * @param selection who is to be dead; empty if that is a process that is managed here
 * @param name the name of that
 * @param ignored who may stay
 * @param timeout how long at most
 * @param declaration how messages call it
 */
record DeathWait(
        Optional<ProcessSelection> selection,
        String name,
        IgnoredProcesses ignored,
        Duration timeout,
        String declaration) {

    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    /**
     * Reads those of a class or test.
     *
     * @throws ExtensionConfigurationException naming the attribute, the value and the fix
     */
    static List<DeathWait> on(AnnotatedElement element, String place) {
        List<DeathWait> waits = new ArrayList<>();
        for (WaitForDeath annotation : AnnotationSupport.findRepeatableAnnotations(element, WaitForDeath.class)) {
            Selector selector = Selector.of(annotation);
            String declaration = selector.declaration("WaitForDeath", place);
            try {
                waits.add(read(annotation, selector.selection(), declaration));
            } catch (InvalidSpecException e) {
                throw new ExtensionConfigurationException(
                        String.valueOf(e.at(declaration).getMessage()), e);
            }
        }
        return waits;
    }

    private static DeathWait read(WaitForDeath annotation, Optional<ProcessSelection> selection, String declaration) {
        if (selection.isEmpty() && annotation.name().isEmpty()) {
            throw new InvalidSpecException(
                    "process", "is not given", "say by 'process', 'pidFile' or 'name' who is to be dead");
        }
        Duration timeout = Durations.parse("timeout", annotation.timeout());
        Durations.check("timeout", timeout);
        return new DeathWait(
                selection, annotation.name(), IgnoredProcesses.read(annotation.ignore()), timeout, declaration);
    }

    /**
     * Looks that there is a process of that name.
     *
     * @param names of what is managed there
     * @throws ExtensionConfigurationException if there is none
     */
    void check(List<String> names) {
        if (!name.isEmpty() && !names.contains(name)) {
            String all = names.isEmpty()
                    ? "there is no @ManagedProcess"
                    : "the processes are: "
                            + names.stream().map(other -> "'" + other + "'").collect(Collectors.joining(", "));
            throw new ExtensionConfigurationException(declaration + ": 'name' is \"" + name + "\", but " + all + "; "
                    + Suggestion.nearest(name, names)
                            .map(near -> "did you mean \"" + near + "\"?")
                            .orElse("correct it, or give 'process' for one that somebody else starts"));
        }
    }

    /**
     * Whoever waits for the death of a process that lives longer than the test asks for it.
     *
     * @param around what lives longer
     */
    void expect(List<SupervisedProcess> around) {
        named(around).ifPresent(SupervisedProcess::expectExit);
    }

    private Optional<SupervisedProcess> named(List<SupervisedProcess> processes) {
        return processes.stream().filter(process -> process.name().equals(name)).findFirst();
    }

    /**
     * Waits.
     *
     * @param visible what is managed there
     * @param whose the test or class that has ended
     * @param began when it began
     * @throws StragglersException naming who is left
     */
    void run(List<SupervisedProcess> visible, String whose, Epoch began) {
        Optional<ProcessSelection> meant = selection.or(() -> named(visible).map(ManagedTree::new));
        if (meant.isEmpty()) {
            // It lived as long as each test of the class.
            return;
        }
        Optional<SupervisedProcess> managed = selection.isPresent() ? Optional.empty() : named(visible);
        ProcessSelection awaited = ignored.without(meant.get(), visible);
        long deadline = System.nanoTime() + Durations.nanos(timeout);
        List<FoundProcess> left = ProcessWatch.ofJvm().awaitDeath(awaited, timeout);
        // Between two runs nobody lives, but dead is something else.
        while (left.isEmpty() && managed.filter(process -> !process.isDown()).isPresent()) {
            long rest = deadline - System.nanoTime();
            if (rest <= 0 || Thread.currentThread().isInterrupted()) {
                throw new StragglersException(
                        whose + " has ended, and " + awaited + " was to be dead within " + Durations.describe(timeout)
                                + ", but its restart policy starts it again",
                        List.of(),
                        "let the test stop() it, or look at "
                                + managed.get().spec().declarationOf("restart"));
            }
            LockSupport.parkNanos(this, Math.min(rest, LOOK_NANOS));
            left = ProcessWatch.ofJvm()
                    .awaitDeath(awaited, Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
        }
        if (!left.isEmpty()) {
            throw new StragglersException(
                    whose + " has ended, and " + awaited + " was to be dead within " + Durations.describe(timeout)
                            + ", but " + (left.size() == 1 ? "a process is" : left.size() + " processes are")
                            + " alive",
                    StragglerReport.of(
                            left,
                            process -> began.isFresh(process.id())
                                    ? "it was started after the beginning"
                                    : "it was there before"),
                    "let the test end what it has started, or wait longer with 'timeout' of " + declaration
                            + "; name in 'ignore' what may stay");
        }
    }
}
