package dev.procession.os;

import java.nio.file.Path;
import java.util.OptionalLong;

/**
 * What some file systems can do with a file while others go on appending to it: take its beginning away, so that nothing of
 * what they write is lost, and show whether one of them has emptied it. Thread safe.
 */
@FunctionalInterface
public interface FileCut {

    /** Only multiples of so many bytes can be taken away. */
    int UNIT = 4096;

    /** Where that cannot be done. */
    FileCut NONE = (file, length) -> false;

    /**
     * What stood after it is then the beginning of the file.
     *
     * @param file the file itself, no link
     * @param length how many bytes, a multiple of {@link #UNIT}, above 0 and less than the file has
     * @return whether it was done; if not, as on file systems that cannot, nothing has changed
     */
    boolean cut(Path file, long length);

    /**
     * Gives a file room on its disk for what is still to come, without a change of what it holds: whoever empties it takes
     * that room away, too, and {@link #room} shows that even when as much has been written again.
     *
     * @param file the file itself, no link
     * @param length how many bytes
     * @return whether it was done
     */
    default boolean reserve(Path file, long length) {
        return false;
    }

    /** How many bytes of its disk a file takes; empty where nobody can tell. */
    default OptionalLong room(Path file) {
        return OptionalLong.empty();
    }
}
