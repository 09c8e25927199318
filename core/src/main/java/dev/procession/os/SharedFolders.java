package dev.procession.os;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Makes and removes files in folders that another user can change at the same time. On the way to
 * the first folder links are followed as {@link TrustedPath} says; below it none is, nothing that is there is written over,
 * and what is given away is what was made. Thread safe.
 */
public interface SharedFolders {

    /**
     * By the JDK alone. It has no call that makes a folder in an open one, or gives an open file away: between two of its
     * steps somebody can make it give away another file of his own folder, or wait at a named pipe.
     */
    SharedFolders BY_JDK = new JdkSharedFolders();

    /**
     * Makes a folder in one that is there.
     *
     * @param base the first folder, absolute
     * @param folder relative to that
     * @param user whose it becomes
     * @param group its group
     * @return false if there is such a folder already, which is then left as it is
     * @throws IOException if it cannot be made, or something else is in its place or on the way
     */
    boolean makeFolder(Path base, Path folder, long user, long group) throws IOException;

    /**
     * Writes a file that is not there, into a folder that is.
     *
     * @param file relative to the first folder
     * @throws java.nio.file.FileAlreadyExistsException if something is there
     * @throws IOException if it cannot be written
     */
    void write(Path base, Path file, byte[] content, long user, long group) throws IOException;

    /**
     * Removes a file or an empty folder; a link itself, not what it leads to. What is not there is not missed.
     *
     * @param path relative to the first folder
     * @throws java.nio.file.DirectoryNotEmptyException if something is in it
     * @throws IOException if it cannot be removed
     */
    void remove(Path base, Path path) throws IOException;
}
