package dev.procession.process;

/** Decides by a command line alone, as the kernel gives it, whether a process is worth a closer look. Pure and fast. */
@FunctionalInterface
public interface CommandLineTest {

    /**
     * @param bytes the arguments, each ended by a NUL; not to be kept or changed
     * @param length how many of the bytes count; 0 for zombies, kernel threads, and who has wiped out its own
     */
    boolean test(byte[] bytes, int length);
}
