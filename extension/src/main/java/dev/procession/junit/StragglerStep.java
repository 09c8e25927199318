package dev.procession.junit;

import dev.procession.cleanup.StragglerKill;
import dev.procession.process.Durations;
import dev.procession.process.InvalidSpecException;
import dev.procession.process.ProcessSelection;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.reflect.AnnotatedElement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * A {@link KillStragglers}. Immutable.
 *
 * @param kill who is ended, and how
 * @param when when
 */
record StragglerStep(StragglerKill kill, When when) {

    private static final Logger LOG = System.getLogger("dev.procession");

    /**
     * Reads those of a class or test.
     *
     * @throws ExtensionConfigurationException naming the attribute, the value and the fix
     */
    static List<StragglerStep> on(AnnotatedElement element, String place) {
        List<StragglerStep> steps = new ArrayList<>();
        for (KillStragglers annotation : AnnotationSupport.findRepeatableAnnotations(element, KillStragglers.class)) {
            Selector selector = Selector.of(annotation);
            try {
                steps.add(new StragglerStep(kill(annotation, selector), annotation.when()));
            } catch (InvalidSpecException e) {
                throw new ExtensionConfigurationException(
                        String.valueOf(e.at(selector.declaration("KillStragglers", place))
                                .getMessage()),
                        e);
            }
        }
        return steps;
    }

    private static StragglerKill kill(KillStragglers annotation, Selector selector) {
        ProcessSelection selection = selector.selection()
                .orElseThrow(() -> new InvalidSpecException(
                        "process",
                        "is not given, nor is 'pattern' or 'pidFile', or what is given is empty",
                        "say by one of them who is to be ended"));
        if (annotation.removePidFile() && annotation.pidFile().isEmpty()) {
            throw new InvalidSpecException("removePidFile", "is true without 'pidFile'", "leave it out");
        }
        Duration gracePeriod = Durations.parse("gracePeriod", annotation.gracePeriod());
        StragglerKill kill = StragglerKill.of(selection).gracePeriod(gracePeriod);
        kill = annotation.force() ? kill.force() : kill;
        return annotation.removePidFile() ? kill.removePidFile() : kill;
    }

    /**
     * Ends them, if it is time.
     *
     * @param whose the test or class, for the log
     */
    void run(When now, String whose) {
        if (when == now || when == When.BOTH) {
            String around = now == When.BEFORE ? "before " : "after ";
            kill.run()
                    .killed()
                    .forEach(straggler -> LOG.log(
                            Level.INFO, straggler + "; it was ended " + around + whose + ", by @KillStragglers"));
        }
    }
}
