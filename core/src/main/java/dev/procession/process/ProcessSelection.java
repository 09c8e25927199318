package dev.procession.process;

import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Says which processes are meant: by what they are ({@link ProcessQuery}), by a pidfile, or by their ids. What it finds may
 * change from look to look. {@code toString} is fit for messages.
 */
public interface ProcessSelection {

    /** The newest first; of those of one clock tick the one with the highest pid. */
    Comparator<FoundProcess> NEWEST_FIRST = Comparator.<FoundProcess>comparingLong(
                    process -> process.id().startTicks())
            .thenComparingLong(FoundProcess::pid)
            .reversed();

    /**
     * Those that are there now and have not ended, the newest first. A zombie has ended; a process that vanishes during
     * the look is no error, it is just absent.
     *
     * @return none if nobody is meant at the moment
     */
    List<FoundProcess> find();

    /**
     * Looks whether it may be used to kill: it must say who is meant. What wraps another selection asks that one.
     *
     * @throws InvalidSpecException if anybody at all could be meant
     */
    default void checkNarrow() {}

    /** The pids of those that are there now, the newest first. */
    default List<Long> pids() {
        return find().stream().map(FoundProcess::pid).toList();
    }

    /**
     * Sends TERM to those that are there now, and waits for nobody.
     *
     * @return to how many it was sent
     */
    default int kill() {
        return kill(Signal.TERM);
    }

    /**
     * Sends a signal to those that are there now, and waits for nobody. Init, this JVM and whoever has started it are
     * passed over, and so is who has gone meanwhile or may not be signalled by us.
     *
     * @return to how many it was sent
     */
    default int kill(Signal signal) {
        ProcessSource source = ProcessSource.ofMachine();
        int sent = 0;
        for (FoundProcess process : find()) {
            if (source.send(process.id(), signal)) {
                sent++;
            }
        }
        return sent;
    }

    /**
     * Exactly these processes. Whoever gets one of their pids later is not meant.
     *
     * @throws InvalidSpecException if there are none
     */
    static ProcessSelection ofIds(Collection<ProcessId> ids) {
        if (ids.isEmpty()) {
            throw new InvalidSpecException("ids", "is empty", "name at least one process");
        }
        return new SelectedIds(List.copyOf(ids));
    }

    /**
     * Those who have these pids now. Whoever gets one of them later is not meant.
     *
     * @throws InvalidSpecException for a pid of 0 or less
     */
    static ProcessSelection ofPids(long... pids) {
        List<ProcessId> ids = Arrays.stream(pids)
                .mapToObj(pid -> ProcessId.of(ProcessQuery.checkedPid("pids", pid)))
                .flatMap(Optional::stream)
                .toList();
        return new SelectedIds(
                ids, "pids " + Arrays.stream(pids).mapToObj(Long::toString).collect(Collectors.joining(", ")));
    }
}
