package dev.procession.supervise;

import dev.procession.process.SupervisionException;
import dev.procession.process.SupervisionFault;
import java.util.Optional;

/**
 * What became of one process when something was asked of several, as supervisord answers calls for groups. Immutable and
 * thread safe.
 *
 * @param group the name of its group; its own if it belongs to none
 * @param name its name
 * @param status {@link SupervisionFault#SUCCESS}, or why it could not be done
 * @param description {@code OK}, or the fault and the process: {@code SPAWN_ERROR: web}
 * @param failure the whole story, if it could not be done
 */
public record ProcessResult(
        String group,
        String name,
        SupervisionFault status,
        String description,
        Optional<SupervisionException> failure) {

    /** It was done. */
    public static ProcessResult succeeded(String group, String name) {
        return new ProcessResult(group, name, SupervisionFault.SUCCESS, "OK", Optional.empty());
    }

    /** It could not be done. */
    public static ProcessResult failed(String group, String name, SupervisionException failure) {
        return new ProcessResult(
                group, name, failure.fault(), failure.fault() + ": " + Namespec.of(group, name), Optional.of(failure));
    }

    public boolean isSuccess() {
        return status == SupervisionFault.SUCCESS;
    }
}
