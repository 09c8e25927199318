package dev.procession.readiness;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;

/** A file is there, and was made or changed since a process was started. */
final class FileSinceProbe implements ReadinessProbe {

    private final Path file;
    private final Instant since;

    /** @param since may be some milliseconds too early, but never too late */
    FileSinceProbe(Path file, Instant since) {
        this.file = file;
        this.since = since;
    }

    @Override
    public String description() {
        return "file " + file;
    }

    @Override
    public Answer look() {
        try {
            return Files.getLastModifiedTime(file).toInstant().isBefore(since)
                    ? new NotYet("there, but last changed before the process was started", 0)
                    : new Holds("there");
        } catch (IOException e) {
            return new NotYet(Files.exists(file) ? "its time cannot be read" : "not there", 0);
        }
    }
}
