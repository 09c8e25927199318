package dev.procession.junit;

import dev.procession.launch.Placeholders;
import dev.procession.launch.Readiness;
import dev.procession.process.Epoch;
import dev.procession.process.InvalidSpecException;
import dev.procession.process.ProcessSelection;
import dev.procession.supervise.ForeignStart;
import java.lang.reflect.AnnotatedElement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;

/**
 * A {@link WaitForStart} for what somebody else starts. Immutable.
 *
 * @param start what is waited for
 * @param fresh whether its age matters
 * @param since from when on it is fresh
 */
record ForeignWait(ForeignStart start, boolean fresh, Since since) {

    /** Before this, there was nothing. */
    private static final Epoch EVER = new Epoch(0);

    /**
     * Reads those of a class or test.
     *
     * @throws ExtensionConfigurationException naming the attribute, the value and the fix
     */
    static List<ForeignWait> on(AnnotatedElement element, String place, Settings settings) {
        List<ForeignWait> waits = new ArrayList<>();
        for (WaitForStart annotation : StackedWaits.annotations(element)) {
            Selector selector = Selector.of(annotation);
            try {
                selector.selection()
                        .map(selection -> read(annotation, selection, settings))
                        .ifPresent(waits::add);
            } catch (InvalidSpecException e) {
                throw new ExtensionConfigurationException(
                        String.valueOf(e.at(selector.declaration("WaitForStart", place))
                                .getMessage()),
                        e);
            }
        }
        return waits;
    }

    private static ForeignWait read(WaitForStart annotation, ProcessSelection selection, Settings settings) {
        if (!annotation.fresh() && annotation.since() != Since.RUN) {
            throw new InvalidSpecException(
                    "since",
                    "is " + annotation.since() + ", but 'fresh' is false, and any age will do",
                    "keep one of them");
        }
        return new ForeignWait(
                ForeignStart.of(selection, expanded(SpecReader.readiness(annotation.ready(), settings))),
                annotation.fresh(),
                annotation.since());
    }

    private static Readiness expanded(Readiness ready) {
        return new Readiness(
                expanded("tcp", ready.tcp()),
                expanded("http", ready.http()),
                ready.status(),
                ready.log(),
                ready.times(),
                ready.failOnLog(),
                expanded("file", ready.file()),
                expanded("unixSocket", ready.unixSocket()),
                ready.command(),
                ready.exit(),
                ready.aliveFor(),
                ready.timeout());
    }

    private static List<String> expanded(String attribute, List<String> texts) {
        return texts.stream()
                .map(text -> Placeholders.expandHere(attribute, text))
                .toList();
    }

    /** Whether it matters when exactly the test begins. */
    boolean isSinceTest() {
        return fresh && since == Since.TEST;
    }

    /**
     * Waits.
     *
     * @param run since when a process is of this run; empty if that is when the JVM was started
     * @param test when the test or class began
     */
    void await(Optional<Epoch> run, Epoch test) {
        start.await(!fresh ? EVER : since == Since.TEST ? test : run.orElseGet(Epoch::ofJvm));
    }
}
