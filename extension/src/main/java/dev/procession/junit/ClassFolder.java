package dev.procession.junit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;

/**
 * Whose the folder of a test class is: the simple name is the folder's, but classes of several packages may have it, also in
 * other forks of a build, at the same time or before. The first keeps it, from one build to the next; the others get their
 * full names, so that the logs of each stay where they are.
 */
final class ClassFolder {

    /** The file that names the class. */
    static final String OWNER = ".procession-class";

    private static final int MOST_ATTEMPTS = 5;

    private ClassFolder() {}

    /**
     * That of a class; made, if it is the simple one.
     *
     * @param all where the folders of all classes are
     * @param simple the simple name
     * @param full the full name
     * @param testClass what is looked for when an owner's name is to be told from that of a class that is gone
     */
    static Path of(Path all, String simple, String full, Class<?> testClass) {
        Path folder = all.resolve(simple);
        try {
            return isOwnedBy(full, folder, testClass) ? folder : all.resolve(full);
        } catch (IOException e) {
            // Whoever makes a process's folder in there will say why that cannot be done.
            return folder;
        }
    }

    private static boolean isOwnedBy(String full, Path folder, Class<?> testClass) throws IOException {
        Path owner = folder.resolve(OWNER);
        Files.createDirectories(folder);
        for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
            Optional<List<String>> found = read(owner);
            if (found.isPresent() && found.get().get(0).equals(full)) {
                return true;
            }
            if (found.isPresent() && isThere(found.get().get(1), testClass)) {
                return false;
            }
            write(owner, full + "\n" + testClass.getName() + "\n", found.isPresent());
        }
        return false;
    }

    /** Two lines; empty if there is no such file, or it is none of ours. */
    private static Optional<List<String>> read(Path owner) throws IOException {
        if (!Files.isRegularFile(owner, LinkOption.NOFOLLOW_LINKS)) {
            return Optional.empty();
        }
        List<String> lines = new String(Files.readAllBytes(owner), StandardCharsets.UTF_8)
                .lines()
                .toList();
        return lines.size() == 2 ? Optional.of(lines) : Optional.of(List.of("", ""));
    }

    /** A class that was moved or removed needs no folder any more. */
    private static boolean isThere(String className, Class<?> testClass) {
        ClassLoader loader = testClass.getClassLoader();
        return loader != null && loader.getResource(className.replace('.', '/') + ".class") != null;
    }

    /** As a whole, and over nobody's head: of two that come at the same time, one will find the other's. */
    private static void write(Path owner, String text, boolean replace) throws IOException {
        Path whole = Files.createTempFile(owner.getParent(), OWNER, null);
        try {
            Files.writeString(whole, text);
            if (replace) {
                Files.move(whole, owner, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } else {
                link(owner, whole);
            }
        } catch (FileAlreadyExistsException e) {
            // Somebody was first.
        } finally {
            Files.deleteIfExists(whole);
        }
    }

    private static void link(Path owner, Path whole) throws IOException {
        try {
            Files.createLink(owner, whole);
        } catch (FileAlreadyExistsException e) {
            throw e;
        } catch (IOException | UnsupportedOperationException e) {
            // Not every file system has such links.
            Files.move(whole, owner);
        }
    }
}
