package dev.procession.watch;

import dev.procession.process.BaseDirectory;
import dev.procession.process.InvalidSpecException;
import dev.procession.process.ProcessionException;
import java.nio.file.Path;

/**
 * The pidfiles of one folder: {@code NAME.pid} each. Where files are only read, removed or killed by, a name may be a glob.
 * Immutable and thread safe; each call looks anew.
 */
public final class PidFiles {

    private static final String SUFFIX = ".pid";

    private final Path folder;

    private PidFiles(Path folder) {
        this.folder = folder;
    }

    /** Those in {@code ~/pids}, where ~ is the variable HOME or, if that is not set, the system property user.home. */
    public static PidFiles inUserHome() {
        String home = System.getenv("HOME");
        return in(Path.of(home == null || home.isEmpty() ? System.getProperty("user.home", "") : home, "pids"));
    }

    /** Those in a folder, which need not be there yet. */
    public static PidFiles in(Path folder) {
        return new PidFiles(folder.isAbsolute() ? folder : BaseDirectory.ofJvm().resolve(folder));
    }

    /** Where they are. */
    public Path folder() {
        return folder;
    }

    /**
     * One of them, or those whose names match a glob.
     *
     * @param name without {@code .pid}
     * @throws InvalidSpecException if it is empty, holds a slash, or its glob cannot be read
     */
    public PidFile file(String name) {
        check(name);
        return PidFile.in(folder, name + SUFFIX);
    }

    private static void check(String name) {
        if (name.isBlank()) {
            throw new InvalidSpecException("pidFile", "is empty", "give a name, such as that of the program");
        }
        if (name.indexOf('/') >= 0 || name.indexOf('\0') >= 0) {
            throw new InvalidSpecException(
                    "pidFile",
                    "is \"" + name.replace("\0", "\\0") + "\", which cannot be the name of a file",
                    "give one without a slash, or use PidFile.at for a path");
        }
    }

    /**
     * Writes the pid of this JVM.
     *
     * @return the file
     * @throws InvalidSpecException if the name is empty, holds a slash, or is a glob
     * @throws ProcessionException if the file cannot be written
     */
    public Path write(String name) {
        return file(name).write();
    }

    /**
     * Writes a pid.
     *
     * @return the file
     * @throws InvalidSpecException for a pid of 0 or less, and if the name is empty, holds a slash, or is a glob
     * @throws ProcessionException if the file cannot be written
     */
    public Path write(String name, long pid) {
        return file(name).write(pid);
    }

    /**
     * Removes files.
     *
     * @param glob a name, or a glob for several
     * @return how many; what is not there or cannot be removed does not count
     */
    public int remove(String glob) {
        return file(glob).remove();
    }

    /**
     * Sends TERM to those whose pids the files hold, or KILL, and waits for nobody.
     *
     * @param glob a name, or a glob for several
     * @return to how many it was sent
     */
    public int kill(String glob, KillOption... options) {
        return file(glob).kill(options);
    }

    @Override
    public String toString() {
        return "the pidfiles in " + folder;
    }
}
