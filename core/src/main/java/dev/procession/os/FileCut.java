package dev.procession.os;

import java.nio.file.Path;

/** Takes the beginning of a file away while others go on appending to it, so that nothing of what they write is lost. */
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
}
