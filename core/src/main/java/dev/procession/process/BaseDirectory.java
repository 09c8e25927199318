package dev.procession.process;

import java.nio.file.Path;

/** The directory this JVM was started in, from which relative paths lead. */
public final class BaseDirectory {

    /** What the JDK reads in place of bytes that are no text in the locale; it writes it as a question mark. */
    private static final char UNREADABLE = '\uFFFD';

    private BaseDirectory() {}

    /**
     * The directory, absolute.
     *
     * @throws InvalidSpecException if its name cannot be read in the locale of this JVM: every path from it would lead
     *     somewhere else
     */
    public static Path ofJvm() {
        Path directory = Path.of("").toAbsolutePath();
        if (System.getProperty("user.dir", "").indexOf(UNREADABLE) >= 0) {
            String charset = System.getProperty("sun.jnu.encoding", "UTF-8");
            throw new InvalidSpecException(
                    "basedir",
                    "is \"" + directory + "\": the name of the directory the JVM was started in cannot be read in its"
                            + " locale's charset " + charset,
                    charset.equals("UTF-8") ? "rename that directory" : "start the JVM with LC_ALL=C.UTF-8");
        }
        return directory;
    }
}
