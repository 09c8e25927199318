package dev.procession.cleanup;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A shell that understands POSIX. Immutable.
 *
 * @param program the absolute path of its program, which can be started
 * @param applet what that has to be told to be a shell, whatever it is called; empty for nothing
 */
record Shell(Path program, String applet) {

    /** By which one is known, the best first. */
    static final List<String> NAMES = List.of("sh", "dash", "ash", "busybox", "bash");

    private static final Path USUAL = Path.of("/bin");

    /** Those of this machine, the best first: what is called {@code sh}, then others. */
    static List<Shell> onThisMachine() {
        Set<Path> folders = new LinkedHashSet<>(List.of(USUAL, Path.of("/usr/bin"), Path.of("/usr/local/bin")));
        for (String folder :
                Optional.ofNullable(System.getenv("PATH")).orElse("").split(File.pathSeparator)) {
            try {
                folders.add(Path.of(folder));
            } catch (InvalidPathException e) {
                // No program can be started from there.
            }
        }
        return in(folders);
    }

    /** Those in some folders. */
    static List<Shell> in(Set<Path> folders) {
        List<Shell> found = new ArrayList<>();
        for (String name : NAMES) {
            for (Path folder : folders) {
                Path program = folder.resolve(name);
                if (program.isAbsolute() && Files.isRegularFile(program) && Files.isExecutable(program)) {
                    found.add(new Shell(program, name.equals("busybox") ? "sh" : ""));
                }
            }
        }
        return found;
    }
}
