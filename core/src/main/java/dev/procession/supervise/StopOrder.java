package dev.procession.supervise;

import dev.procession.cleanup.StopSequence;
import dev.procession.cleanup.StopSequence.Limit;
import dev.procession.process.ProcessionException;
import dev.procession.process.StopFailedException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Stops several processes in one thread: at once, except that what depends on another is stopped before it, and of the
 * others those with the highest priority number are stopped first, as by supervisord.
 */
final class StopOrder {

    private StopOrder() {}

    /**
     * Stops them.
     *
     * @param begin claims the end of a process; empty if it has ended, or somebody else is ending it
     * @throws StopFailedException if something survived even KILL; it names all of it
     */
    static void stop(List<SupervisedProcess> processes, Function<SupervisedProcess, Optional<StopSequence>> begin) {
        stop(processes, begin, Optional.empty());
    }

    /** @param limit what all of it may take, however many depend on each other */
    static void stop(
            List<SupervisedProcess> processes,
            Function<SupervisedProcess, Optional<StopSequence>> begin,
            Optional<Limit> limit) {
        Set<SupervisedProcess> left = new LinkedHashSet<>(processes);
        List<String> failures = new ArrayList<>();
        while (!left.isEmpty()) {
            boolean late = limit.filter(common -> System.nanoTime() - common.graceEnd() >= 0)
                    .isPresent();
            // What is only killed needs no order, and one after the other might not be killed in time.
            List<SupervisedProcess> wave = late ? List.copyOf(left) : last(left);
            stopAtOnce(wave, begin, limit, failures);
            wave.forEach(left::remove);
        }
        throwAll(failures);
    }

    /** On whom nobody depends any more, and of these those with the highest priority number. */
    private static List<SupervisedProcess> last(Set<SupervisedProcess> left) {
        Set<SupervisedProcess> needed = left.stream()
                .flatMap(process -> process.dependencies().stream())
                .collect(Collectors.toSet());
        List<SupervisedProcess> free =
                left.stream().filter(process -> !needed.contains(process)).toList();
        if (free.isEmpty()) {
            // They depend on each other in a circle, which should not be; a stop ends them all the same.
            return List.copyOf(left);
        }
        Place last = free.stream()
                .map(SupervisedProcess::place)
                .max(Comparator.naturalOrder())
                .orElseThrow();
        return free.stream()
                .filter(process -> process.place().compareTo(last) == 0)
                .toList();
    }

    private static void stopAtOnce(
            List<SupervisedProcess> processes,
            Function<SupervisedProcess, Optional<StopSequence>> begin,
            Optional<Limit> limit,
            List<String> failures) {
        Map<SupervisedProcess, StopSequence> mine = new LinkedHashMap<>();
        processes.forEach(process -> begin.apply(process).ifPresent(sequence -> mine.put(process, sequence)));
        // Also those that somebody else is ending already.
        limit.ifPresent(common -> processes.forEach(process -> process.ender().limitEnd(common)));
        try {
            StopSequence.runAll(mine.values());
        } finally {
            mine.forEach((process, sequence) -> process.ender().endStop(sequence));
        }
        collect(processes, process -> process.ender().awaitEnd(limit), failures);
    }

    /** Does something with all of them, whatever fails with one, and then says what failed. */
    static void forEach(List<SupervisedProcess> processes, Consumer<SupervisedProcess> action) {
        List<String> failures = new ArrayList<>();
        collect(processes, action, failures);
        throwAll(failures);
    }

    private static void collect(
            List<SupervisedProcess> processes, Consumer<SupervisedProcess> action, List<String> failures) {
        for (SupervisedProcess process : processes) {
            try {
                action.accept(process);
            } catch (ProcessionException e) {
                failures.add(String.valueOf(e.getMessage()));
            }
        }
    }

    private static void throwAll(List<String> failures) {
        if (!failures.isEmpty()) {
            throw new StopFailedException(String.join("\n", failures));
        }
    }
}
