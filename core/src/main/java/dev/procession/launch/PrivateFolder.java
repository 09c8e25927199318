package dev.procession.launch;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * A folder that is one user's alone, in a place where everybody may make folders: another user may have made what is there
 * by its name. Immutable and thread safe.
 *
 * @param path where it is
 * @param user the id of the user whose it is to be; empty where that is not known
 * @param remedy what to do if it is somebody else's or cannot be made, after "remove it, or "; empty if there is nothing else
 */
public record PrivateFolder(Path path, OptionalLong user, String remedy) {

    private static final Set<PosixFilePermission> OURS_ALONE = PosixFilePermissions.fromString("rwx------");

    /**
     * Makes it, where there is none yet.
     *
     * @return why it cannot be trusted, and what to do; empty if it can
     * @throws UnsupportedOperationException where files do not have the owners and permissions of POSIX
     */
    public Optional<String> problem() {
        try {
            if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
                create();
            }
            PosixFileAttributes attributes =
                    Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            if (!attributes.isDirectory()) {
                return Optional.of(path + " is no folder but "
                        + (attributes.isSymbolicLink() ? "a link" : "something else") + "; remove it");
            }
            if (user.isPresent()) {
                Object owner = Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS);
                // The JDK gives ids above two thousand million as negative numbers.
                if (Integer.toUnsignedLong((Integer) owner) != user.getAsLong()) {
                    return Optional.of(path + " belongs to user id " + owner + ", and this JVM runs as user id "
                            + user.getAsLong() + "; remove it" + (remedy.isEmpty() ? "" : ", or " + remedy));
                }
            }
            if (!attributes.permissions().equals(OURS_ALONE)) {
                return Optional.of(path + " is " + PosixFilePermissions.toString(attributes.permissions())
                        + ", so it is not this user's alone; run 'chmod 700 " + path + "'");
            }
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of(path + " cannot be made: " + e + (remedy.isEmpty() ? "" : "; " + remedy));
        }
    }

    private void create() throws IOException {
        Path parent = path.getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        try {
            Files.createDirectory(path, PosixFilePermissions.asFileAttribute(OURS_ALONE));
        } catch (FileAlreadyExistsException e) {
            // Another JVM was first.
        }
    }
}
