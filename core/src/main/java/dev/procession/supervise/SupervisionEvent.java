package dev.procession.supervise;

import dev.procession.process.ExitStatus;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Something that has happened to a supervisor, or to what it supervises. The types are those of supervisord's events, as
 * far as they tell what becomes of processes.
 *
 * <p>Immutable and thread safe. {@code toString} is fit for messages: {@code 'web' RUNNING -> EXITED (pid 12, exit code 1):
 * it ended by itself}.
 */
public sealed interface SupervisionEvent {

    /** Rises with every event of one supervisor, beginning with 1; a listener is told of events in this order. */
    long serial();

    /** When it happened, by the wall clock; that may be set back, so that only {@link #serial} tells what was first. */
    Instant at();

    /**
     * A process has entered a state.
     *
     * @param group the name of its group; its own if it belongs to none
     * @param process its name
     * @param from the state it has left
     * @param to the state it is in now
     * @param pid of the process that is or was meant, if there was one
     * @param exitStatus how that process ended, if it has
     * @param tries how many starts have failed in a row; 0 if the last one has not
     * @param expected whether it ended as its description expects; tells nothing unless it has ended by itself
     * @param cause why, in words; may be empty
     */
    record StateChanged(
            long serial,
            Instant at,
            String group,
            String process,
            ProcessState from,
            ProcessState to,
            OptionalLong pid,
            Optional<ExitStatus> exitStatus,
            int tries,
            boolean expected,
            String cause)
            implements SupervisionEvent {
        @Override
        public String toString() {
            List<String> details = new ArrayList<>();
            pid.ifPresent(number -> details.add("pid " + number));
            exitStatus.ifPresent(status -> details.add(status.toString()));
            if (to == ProcessState.EXITED && expected) {
                details.add("expected");
            }
            if (tries > 0) {
                details.add(tries + (tries == 1 ? " failed start" : " failed starts"));
            }
            return "'" + Namespec.of(group, process) + "' " + from + " -> " + to
                    + (details.isEmpty() ? "" : " (" + String.join(", ", details) + ")")
                    + (cause.isEmpty() ? "" : ": " + cause);
        }
    }

    /**
     * A process is supervised from now on.
     *
     * @param group the name of its group; its own if it belongs to none
     * @param process its name
     */
    record ProcessAdded(long serial, Instant at, String group, String process) implements SupervisionEvent {
        @Override
        public String toString() {
            return "'" + Namespec.of(group, process) + "' added";
        }
    }

    /**
     * A process is not supervised any more.
     *
     * @param group the name of its group; its own if it belongs to none
     * @param process its name
     */
    record ProcessRemoved(long serial, Instant at, String group, String process) implements SupervisionEvent {
        @Override
        public String toString() {
            return "'" + Namespec.of(group, process) + "' removed";
        }
    }

    /**
     * There is a new group.
     *
     * @param group its name
     */
    record GroupAdded(long serial, Instant at, String group) implements SupervisionEvent {
        @Override
        public String toString() {
            return "group '" + group + "' added";
        }
    }

    /**
     * A group is there no more.
     *
     * @param group its name
     */
    record GroupRemoved(long serial, Instant at, String group) implements SupervisionEvent {
        @Override
        public String toString() {
            return "group '" + group + "' removed";
        }
    }

    /**
     * The supervisor itself has entered a state.
     *
     * @param from the state it has left
     * @param to the state it is in now
     */
    record SupervisorStateChanged(long serial, Instant at, SupervisorState from, SupervisorState to)
            implements SupervisionEvent {
        @Override
        public String toString() {
            return "supervisor " + from + " -> " + to;
        }
    }

    /**
     * What somebody had to say to all listeners; supervisord calls it a remote communication.
     *
     * @param type what kind of saying it is
     * @param data what is said; shown in one line and cut at 100 characters by {@code toString}
     */
    record UserEvent(long serial, Instant at, String type, String data) implements SupervisionEvent {
        private static final int SHOWN = 100;

        @Override
        public String toString() {
            String line = data.replace("\r", "\\r").replace("\n", "\\n");
            return "user event '" + type + "': "
                    + (line.length() <= SHOWN
                            ? line
                            : line.substring(0, SHOWN) + "... (" + data.length() + " characters)");
        }
    }
}
