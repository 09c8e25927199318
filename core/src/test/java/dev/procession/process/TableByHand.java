package dev.procession.process;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * A process table by hand.
 *
 * @param all what a scan finds, whatever it looks for
 * @param lines the command lines as they are after the scan; the others have none
 * @param images what the processes run
 * @param rows what has changed of the rows after the scan
 */
record TableByHand(
        List<FoundProcess> all, Map<Long, List<String>> lines, Map<Long, Long> images, Map<Long, ProcessInfo> rows)
        implements ProcessSource {

    TableByHand(List<FoundProcess> all, Map<Long, List<String>> lines, Map<Long, Long> images) {
        this(all, lines, images, Map.of());
    }

    static TableByHand of(FoundProcess... all) {
        return new TableByHand(List.of(all), Map.of(), Map.of());
    }

    /** Somebody else has the pid then. */
    TableByHand afterTheScan(ProcessInfo row) {
        return new TableByHand(all, lines, images, Map.of(row.pid(), row));
    }

    @Override
    public List<FoundProcess> scan(CommandLineTest test) {
        return all;
    }

    @Override
    public Optional<ProcessInfo> find(long pid) {
        return Optional.ofNullable(rows.get(pid))
                .or(() -> all.stream()
                        .map(FoundProcess::info)
                        .filter(row -> row.pid() == pid)
                        .findFirst());
    }

    @Override
    public List<String> commandLine(long pid) {
        return lines.getOrDefault(pid, List.of());
    }

    @Override
    public boolean runs(long pid, Path program) {
        return false;
    }

    @Override
    public boolean isOf(long pid, String user) {
        return false;
    }

    @Override
    public Set<Long> listeners(int port, List<Long> among) {
        return Set.of();
    }

    @Override
    public OptionalLong image(long pid) {
        return images.containsKey(pid) ? OptionalLong.of(images.get(pid)) : OptionalLong.empty();
    }

    @Override
    public long nowTicks() {
        return 0;
    }

    @Override
    public boolean send(ProcessId id, Signal signal) {
        return false;
    }
}
