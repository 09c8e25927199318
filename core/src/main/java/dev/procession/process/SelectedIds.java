package dev.procession.process;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Processes that are known by their identity. */
record SelectedIds(List<ProcessId> ids, String text) implements ProcessSelection {

    SelectedIds(List<ProcessId> ids) {
        this(ids, "pids " + ids.stream().map(id -> Long.toString(id.pid())).collect(Collectors.joining(", ")));
    }

    @Override
    public List<FoundProcess> find() {
        ProcessSource source = ProcessSource.ofMachine();
        return ids.stream()
                .distinct()
                .map(id -> source.find(id.pid()).filter(row -> row.id().equals(id) && !row.isDead()))
                .flatMap(Optional::stream)
                .map(row -> new FoundProcess(row, source.commandLine(row.pid())))
                .sorted(NEWEST_FIRST)
                .toList();
    }

    @Override
    public String toString() {
        return text;
    }
}
