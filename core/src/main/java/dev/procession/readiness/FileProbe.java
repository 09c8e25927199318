package dev.procession.readiness;

import dev.procession.readiness.FilesBefore.State;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** A file is there, was made or changed since the spawn, and nobody else is writing it. */
final class FileProbe implements ReadinessProbe {

    private final Path file;
    private final FilesBefore before;
    private final Changes changes;

    FileProbe(Path file, FilesBefore before, FileOwnership ownership) {
        this.file = file;
        this.before = before;
        this.changes = new Changes(file, ownership);
    }

    @Override
    public String description() {
        return "file " + file;
    }

    @Override
    public Answer look() {
        State now = State.of(file).orElse(null);
        if (now == null) {
            return new NotYet(Files.exists(file.getParent()) ? "not there" : "not there, nor its folder", 0);
        }
        return before.isUnchanged(file, now)
                ? new NotYet("there since before the start, and not changed by this run", 0)
                : changes.answer(now);
    }

    @Override
    public Optional<Answer> proveAgain() {
        return Optional.of(look());
    }
}
