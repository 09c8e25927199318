package dev.procession.supervise;

import dev.procession.process.Durations;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;

/**
 * Is told what becomes of a supervisor's processes, while it happens and in the thread that brings it about. Must be thread
 * safe, and return soon.
 */
public interface Progress {

    /** Says to the logger {@code dev.procession} what a start waits for, every 5 s, and what is started again or given up. */
    Progress LOGGED = new Progress() {
        private static final Logger LOG = System.getLogger("dev.procession");

        @Override
        public void waiting(SupervisedProcess process, Duration elapsed, String conditions) {
            LOG.log(
                    Level.INFO,
                    "'" + process.name() + "': still waiting for " + conditions + " (" + Durations.describe(elapsed)
                            + " of " + Durations.describe(process.spec().ready().timeout()) + ")");
        }

        @Override
        public void restarting(SupervisedProcess process, String cause, Duration pause) {
            LOG.log(
                    Level.INFO,
                    "'" + process.name() + "' is down (" + cause + "); it is started again"
                            + (pause.isZero() ? "" : " after " + Durations.describe(pause)));
        }

        @Override
        public void gaveUp(SupervisedProcess process, String cause) {
            LOG.log(Level.WARNING, "gave up: '" + process.name() + "' is FATAL: " + cause);
        }
    };

    /** It was spawned. */
    default void started(SupervisedProcess process) {}

    /**
     * It is not ready yet; told every 5 s.
     *
     * @param elapsed since it was spawned
     * @param conditions those that do not hold yet, without secrets
     */
    default void waiting(SupervisedProcess process, Duration elapsed, String conditions) {}

    /**
     * It is ready.
     *
     * @param elapsed since it was spawned
     */
    default void ready(SupervisedProcess process, Duration elapsed) {}

    /**
     * It ended, or a start of it failed, and its restart policy will start it again. Told by the supervisor's own thread.
     *
     * @param cause how it ended, or why the start failed
     * @param pause until then
     */
    default void restarting(SupervisedProcess process, String cause, Duration pause) {}

    /**
     * Its restart policy has given it up. Told by the supervisor's own thread.
     *
     * @param cause why the last start failed
     */
    default void gaveUp(SupervisedProcess process, String cause) {}

    /**
     * It was stopped, and nothing of it is left as far as that can be had. Not told of one that ended by itself, or whose
     * start failed.
     *
     * @param elapsed since it was asked to end
     * @param escalated whether something of it was sent KILL
     */
    default void stopped(SupervisedProcess process, Duration elapsed, boolean escalated) {}
}
