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
                .map(id -> source.look(id.pid()).filter(found -> found.id().equals(id)))
                .flatMap(Optional::stream)
                .sorted(NEWEST_FIRST)
                .toList();
    }

    @Override
    public String toString() {
        return text;
    }
}
