package dev.procession.process;

import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A process could not be spawned, or ended before it was running. Its restart policy may try again all the same. Differs
 * from {@link StartFailedException}: that one is final, and nothing of the process is left then.
 */
public class SpawnErrorException extends SupervisionException {

    private static final long serialVersionUID = 1L;

    private static final Set<SupervisionFault> FAULTS =
            EnumSet.of(SupervisionFault.SPAWN_ERROR, SupervisionFault.NO_FILE, SupervisionFault.NOT_EXECUTABLE);

    /** Its fault is {@link SupervisionFault#SPAWN_ERROR}. */
    public SpawnErrorException(String process, String message, @Nullable Throwable cause) {
        this(process, SupervisionFault.SPAWN_ERROR, message, cause);
    }

    /**
     * @param fault {@link SupervisionFault#NO_FILE} or {@link SupervisionFault#NOT_EXECUTABLE} if that was the reason,
     *     else {@link SupervisionFault#SPAWN_ERROR}
     * @throws IllegalArgumentException if it is another one
     */
    public SpawnErrorException(String process, SupervisionFault fault, String message, @Nullable Throwable cause) {
        super(process, checked(fault), message, cause);
    }

    private static SupervisionFault checked(SupervisionFault fault) {
        if (!FAULTS.contains(fault)) {
            throw new IllegalArgumentException("'fault' is " + fault + ", which no spawn has; give one of " + FAULTS);
        }
        return fault;
    }
}
