package dev.procession.launch;

import dev.procession.process.ProcessionException;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The lock files that the JVMs of one user share. They lie in a folder that is this user's alone: whoever may open a file
 * may lock it, and so hold up everybody who waits for that. Immutable and thread safe.
 */
final class UserLocks {

    private static final Logger LOG = System.getLogger("dev.procession");

    private final List<Path> places;
    private final OptionalLong user;

    /** @param places where the folder may be, the best first */
    UserLocks(List<Path> places, OptionalLong user) {
        this.places = List.copyOf(new LinkedHashSet<>(places));
        this.user = user;
    }

    /** Those of this JVM's user. */
    static UserLocks ofUser() {
        // Not java.io.tmpdir first: builds move that into their own folder, and then nobody shares it.
        return new UserLocks(List.of(Path.of("/tmp"), Path.of(System.getProperty("java.io.tmpdir", "/tmp"))), user());
    }

    private static OptionalLong user() {
        try {
            return OptionalLong.of(
                    Integer.toUnsignedLong((Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid")));
        } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
            return OptionalLong.empty();
        }
    }

    /**
     * One of them.
     *
     * @param purpose what JVMs share out by it; its name
     * @param consequence what follows if there is none, which the log says then, with the reasons
     * @return empty if no place can be used
     */
    Optional<LockFile> file(String purpose, String consequence) {
        Set<String> problems = new LinkedHashSet<>();
        for (Path place : places) {
            PrivateFolder folder = new PrivateFolder(place.resolve("procession-locks-" + name()), user, "");
            try {
                Optional<String> problem = problem(folder);
                if (problem.isEmpty()) {
                    return Optional.of(LockFile.open(
                            folder.path().resolve(purpose), purpose, PosixFilePermissions.fromString("rw-------")));
                }
                problems.add(problem.get());
            } catch (ProcessionException e) {
                problems.add(String.valueOf(e.getMessage()));
            }
        }
        LOG.log(Level.WARNING, consequence + ": " + String.join("; ", problems));
        return Optional.empty();
    }

    private static Optional<String> problem(PrivateFolder folder) {
        try {
            return folder.problem();
        } catch (UnsupportedOperationException e) {
            // There the folder for temporary files is each user's own.
            return makeWithoutPermissions(folder.path());
        }
    }

    private static Optional<String> makeWithoutPermissions(Path folder) {
        try {
            Files.createDirectories(folder);
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of(folder + " cannot be made: " + e);
        }
    }

    private String name() {
        return user.isPresent()
                ? Long.toString(user.getAsLong())
                : System.getProperty("user.name", "").replaceAll("[^A-Za-z0-9._-]", "_");
    }
}
