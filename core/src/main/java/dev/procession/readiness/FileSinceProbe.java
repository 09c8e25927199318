package dev.procession.readiness;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Optional;

/** A file is there, was made or changed since a process was started, and nobody else is writing it. */
final class FileSinceProbe implements ReadinessProbe {

    private final Path file;
    private final Instant since;
    private final Changes changes;

    /** @param since may be some milliseconds too early, but never too late */
    FileSinceProbe(Path file, Instant since, FileOwnership ownership) {
        this.file = file;
        this.since = since;
        this.changes = new Changes(file, ownership);
    }

    @Override
    public String description() {
        return "file " + file;
    }

    @Override
    public Answer look() {
        try {
            FileTime changed = Files.getLastModifiedTime(file);
            return changed.toInstant().isBefore(since)
                    ? new NotYet("there, but last changed before the process was started", 0)
                    : changes.answer(changed);
        } catch (IOException e) {
            return new NotYet(Files.exists(file) ? "its time cannot be read" : "not there", 0);
        }
    }

    @Override
    public Optional<Answer> proveAgain() {
        return Optional.of(look());
    }
}
