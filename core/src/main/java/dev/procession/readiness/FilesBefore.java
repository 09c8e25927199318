package dev.procession.readiness;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** How files were before the spawn: what was there already proves nothing about this run. Immutable. */
public final class FilesBefore {

    private final Map<Path, State> states;

    private FilesBefore(Map<Path, State> states) {
        this.states = states;
    }

    /** Looks at files now. */
    public static FilesBefore of(Collection<Path> files) {
        Map<Path, State> states = new HashMap<>();
        files.forEach(file -> State.of(file).ifPresent(state -> states.put(file, state)));
        return new FilesBefore(states);
    }

    /** Whether a file was there already and is still the same. */
    boolean isUnchanged(Path file, State now) {
        return now.equals(states.get(file));
    }

    /** What changes when a file is written: time, size or, if it was replaced, its key. */
    record State(FileTime modified, long size, @Nullable Object key) {

        static Optional<State> of(Path file) {
            try {
                BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
                return Optional.of(new State(attributes.lastModifiedTime(), attributes.size(), attributes.fileKey()));
            } catch (IOException e) {
                return Optional.empty();
            }
        }
    }
}
