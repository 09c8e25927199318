package dev.procession.maven;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Waits for somebody to press Enter, or to close the input. Where nobody can, as in a job without input, it never happens. */
final class EnterKey {

    private static final Path STDIN = Path.of("/proc/self/fd/0");

    /** What the mode of a file says of its kind. */
    private static final int KIND = 0170000;

    private static final int PIPE = 0010000;
    private static final int CHARACTER_DEVICE = 0020000;
    private static final int SOCKET = 0140000;

    private final CountDownLatch pressed = new CountDownLatch(1);
    private final boolean listening;

    private EnterKey(boolean listening) {
        this.listening = listening;
    }

    /** Begins to read the input of this JVM, if somebody can be at its other end. */
    static EnterKey listen() {
        EnterKey key = new EnterKey(isSomebodyThere());
        if (key.listening) {
            // Nobody can interrupt a read from a terminal: the thread ends with the JVM, or with the next line.
            Thread thread = new Thread(key::read, "procession-enter");
            thread.setDaemon(true);
            thread.start();
        }
        return key;
    }

    /** A terminal, a pipe or a socket has an other end; a file and {@code /dev/null} have none. */
    private static boolean isSomebodyThere() {
        try {
            int mode = (Integer) Files.getAttribute(STDIN, "unix:mode");
            return switch (mode & KIND) {
                case PIPE, SOCKET -> true;
                case CHARACTER_DEVICE -> !Files.isSameFile(STDIN, Path.of("/dev/null"));
                default -> false;
            };
        } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
            return System.console() != null;
        }
    }

    private void read() {
        try {
            int next = System.in.read();
            while (next >= 0 && next != '\n') {
                next = System.in.read();
            }
        } catch (IOException e) {
            // As good as its end.
        }
        pressed.countDown();
    }

    /** What ends the run. */
    String advice() {
        return listening ? "press Enter or Ctrl-C to stop" : "press Ctrl-C to stop";
    }

    boolean awaitPressed(long time, TimeUnit unit) throws InterruptedException {
        return pressed.await(time, unit);
    }
}
