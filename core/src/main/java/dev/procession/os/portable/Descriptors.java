package dev.procession.os.portable;

import java.io.File;
import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;

/** The file descriptors that ProcessBuilder needs. */
final class Descriptors {

    /** Three redirections, five pipes, and some for other threads. */
    private static final int NEEDED = 20;

    private static final File NOTHING = new File("/dev/null");

    private Descriptors() {}

    /**
     * To be called before a start. When the JDK (seen with 17) finds no descriptor for a pipe, it closes numbers that nobody
     * has set: files and locks of somebody else, its own standard input. So it must not come to that.
     *
     * @throws IOException if there are too few
     */
    static void check() throws IOException {
        if (!NOTHING.exists()) {
            return;
        }
        Deque<FileInputStream> taken = new ArrayDeque<>();
        try {
            for (int i = 0; i < NEEDED; i++) {
                taken.push(new FileInputStream(NOTHING));
            }
        } catch (FileNotFoundException e) {
            throw new IOException(
                    "fewer than " + NEEDED
                            + " file descriptors are left; raise 'ulimit -n' or close what is not needed",
                    e);
        } finally {
            while (!taken.isEmpty()) {
                taken.pop().close();
            }
        }
    }
}
