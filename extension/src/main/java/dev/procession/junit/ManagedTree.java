package dev.procession.junit;

import dev.procession.process.FoundProcess;
import dev.procession.process.ProcessId;
import dev.procession.process.ProcessInfo;
import dev.procession.process.ProcessSelection;
import dev.procession.supervise.SupervisedProcess;
import java.util.List;

/** A process that is managed here, and what it has started: who of them lives. Thread safe. */
record ManagedTree(SupervisedProcess process) implements ProcessSelection {

    @Override
    public List<FoundProcess> find() {
        if (!process.wasStarted()) {
            return List.of();
        }
        List<ProcessId> alive = process.tree().stream().map(ProcessInfo::id).toList();
        return alive.isEmpty() ? List.of() : ProcessSelection.ofIds(alive).find();
    }

    @Override
    public String toString() {
        return "'" + process.name() + "'";
    }
}
