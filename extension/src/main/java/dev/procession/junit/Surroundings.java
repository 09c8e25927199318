package dev.procession.junit;

import dev.procession.process.Epoch;
import dev.procession.process.ProcessSource;
import dev.procession.supervise.SupervisedProcess;
import java.lang.reflect.AnnotatedElement;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;

/**
 * What is done around the start and the stop of what is managed by a class or test: kill stragglers, start, wait for start,
 * and stop, wait for death, kill stragglers. Each once. Thread safe.
 */
final class Surroundings {

    private final String whose;
    private final Settings settings;
    private final List<StragglerStep> kills;
    private final List<ForeignWait> starts;
    private final List<DeathWait> deaths;

    /** When it began; null before. */
    private @Nullable Epoch began;

    private boolean started;
    private boolean ended;

    private Surroundings(
            String whose,
            Settings settings,
            List<StragglerStep> kills,
            List<ForeignWait> starts,
            List<DeathWait> deaths) {
        this.whose = whose;
        this.settings = settings;
        this.kills = kills;
        this.starts = starts;
        this.deaths = deaths;
    }

    /**
     * Reads what stands on a class or test.
     *
     * @param whose its name, for messages
     * @throws ExtensionConfigurationException naming the attribute, the value and the fix
     */
    static Surroundings of(AnnotatedElement element, String whose, Settings settings) {
        return new Surroundings(
                whose,
                settings,
                StragglerStep.on(element, whose),
                ForeignWait.on(element, whose, settings),
                DeathWait.on(element, whose));
    }

    /**
     * Looks that there is what is called by its name.
     *
     * @param names of all that is declared there and around it
     */
    void check(List<String> names) {
        deaths.forEach(death -> death.check(names));
    }

    /** Before anything is started. */
    synchronized void begin() {
        if (began != null) {
            return;
        }
        // To be exact takes until the next tick, and not all need it.
        boolean exactly = !deaths.isEmpty() || starts.stream().anyMatch(ForeignWait::isSinceTest);
        began = exactly ? Epoch.now() : new Epoch(ProcessSource.ofMachine().nowTicks());
        kills.forEach(kill -> kill.run(When.BEFORE, whose));
    }

    /**
     * When everything is started.
     *
     * @param around what lives longer
     */
    synchronized void started(List<SupervisedProcess> around) {
        if (began == null || started) {
            return;
        }
        for (ForeignWait start : starts) {
            start.await(settings.since(), began);
        }
        deaths.forEach(death -> death.expect(around));
        started = true;
    }

    /**
     * When everything is stopped.
     *
     * @param visible what is managed there
     */
    synchronized void end(List<SupervisedProcess> visible) {
        Epoch beginning = began;
        if (beginning == null || ended) {
            return;
        }
        ended = true;
        Failures failures = new Failures();
        // What never began has left nothing behind that it was to end.
        if (started) {
            deaths.forEach(death -> failures.attempt(() -> death.run(visible, whose, beginning)));
        }
        kills.forEach(kill -> failures.attempt(() -> kill.run(When.AFTER, whose)));
        failures.throwFirst();
    }
}
