package dev.procession.readiness;

import java.nio.file.Files;
import java.nio.file.Path;

/** A file is there, and this run has made or changed it. */
final class FileProbe implements ReadinessProbe {

    private final Path file;
    private final FilesBefore before;

    FileProbe(Path file, FilesBefore before) {
        this.file = file;
        this.before = before;
    }

    @Override
    public String description() {
        return "file " + file;
    }

    @Override
    public Answer look() {
        if (!Files.exists(file)) {
            return new NotYet(Files.exists(file.getParent()) ? "not there" : "not there, nor its folder", 0);
        }
        return before.isUnchanged(file)
                ? new NotYet("there since before the start, and not changed by this run", 0)
                : new Holds("there");
    }
}
