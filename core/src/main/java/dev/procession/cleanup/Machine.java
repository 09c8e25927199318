package dev.procession.cleanup;

import java.io.FileInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where and as whom a JVM runs: pids and start ticks mean the same to two JVMs only if these are equal. Immutable.
 *
 * @param boot which start of the machine
 * @param pidNamespace the inode of the pid namespace; that of a container is its own
 * @param user the user id
 */
record Machine(String boot, String pidNamespace, long user) {

    /** That of this JVM; empty where there is no {@code /proc}. */
    static Optional<Machine> here() {
        // A stream can be read by an interrupted thread too.
        try (FileInputStream boot = new FileInputStream("/proc/sys/kernel/random/boot_id")) {
            return Optional.of(new Machine(
                    new String(boot.readAllBytes(), StandardCharsets.US_ASCII).strip(),
                    Files.readSymbolicLink(Path.of("/proc/self/ns/pid")).toString(),
                    number(Files.getAttribute(Path.of("/proc/self"), "unix:uid"))));
        } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** The JDK gives ids above two thousand million as negative numbers. */
    static Long number(Object id) {
        return Integer.toUnsignedLong((Integer) id);
    }
}
