package dev.procession.readiness;

import dev.procession.readiness.ReadinessProbe.Answer;
import dev.procession.readiness.ReadinessProbe.Holds;
import dev.procession.readiness.ReadinessProbe.NotYet;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whether what has changed a file can have been one of us. A change that is seen while a stranger has the file open for
 * writing, and none of us, is his; then it has to be changed once more. Who has changed a file and closed it by the time
 * of the look nobody can tell: that is taken for ours. For one thread.
 */
final class Changes {

    private static final long PAUSE_MILLIS = 10;

    private final Path file;
    private final FileOwnership ownership;
    private String stranger = "";
    private @Nullable Object ours;
    private @Nullable Object his;

    Changes(Path file, FileOwnership ownership) {
        this.file = file;
        this.ownership = ownership;
    }

    /**
     * The answer to a change.
     *
     * @param state that of the file, different after each change
     */
    Answer answer(Object state) {
        if (state.equals(ours)) {
            return new Holds("there");
        }
        if (!state.equals(his)) {
            Optional<String> writer = ownership.otherWriter(file);
            if (writer.isEmpty()) {
                ours = state;
                return new Holds("there");
            }
            stranger = writer.get();
            his = state;
        }
        return new NotYet("there, but written by " + stranger + ", which is not part of this process", PAUSE_MILLIS);
    }
}
