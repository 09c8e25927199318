package dev.procession.launch;

import java.io.IOException;
import java.lang.System.Logger;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.UserPrincipal;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Removes what is in a folder. Each folder in it is opened in the one above, never by its path and never through a link;
 * as root it is taken from its owner before anybody looks into it, so that he can change nothing in it any more; and if it
 * is our own, and was left read-only, it is made writable. For one thread.
 */
final class Emptying {

    /** Folders that are open at the same time, and the parts of the longest path. What lies deeper is moved up first. */
    private static final int DEEPEST = 16;

    /** Which bring nothing from the depths: whoever goes on filling the folder is not run after for ever. */
    private static final int MOST_PASSES = 100;

    private static final Logger LOG = System.getLogger("dev.procession");

    private static final Set<PosixFilePermission> OURS_ALONE =
            Set.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE, PosixFilePermission.OWNER_EXECUTE);

    private final Path root;
    private final Path spared;
    private final UserPrincipal self;
    private final boolean isRoot;
    private final SecureDirectoryStream<Path> top;
    private final Deque<Level> levels = new ArrayDeque<>();
    private int movedUp;

    /**
     * A folder that is being emptied.
     *
     * @param path for messages, and for the one call that has no other form
     */
    private record Level(SecureDirectoryStream<Path> folder, Iterator<Path> entries, Path path) {

        boolean isFolder(Path name) throws IOException {
            return folder.getFileAttributeView(name, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                    .readAttributes()
                    .isDirectory();
        }
    }

    private Emptying(SecureDirectoryStream<Path> top, Path root, Path spared) throws IOException {
        this.top = top;
        this.root = root;
        this.spared = spared;
        this.self = self();
        this.isRoot = Identity.isRoot();
    }

    /** Whom the files of this JVM belong to. */
    private static UserPrincipal self() throws IOException {
        return Files.getOwner(Path.of("/proc/self"));
    }

    /**
     * Removes everything but one file.
     *
     * @param root a real path; nothing must be mounted below it
     * @param spared the name of that file
     */
    static void empty(Path root, Path spared) throws IOException {
        try (DirectoryStream<Path> top = Files.newDirectoryStream(root)) {
            if (top instanceof SecureDirectoryStream<Path> secure && Files.exists(Path.of("/proc/self"))) {
                new Emptying(secure, root, spared).run();
            } else {
                emptyByPath(root, spared);
            }
        }
    }

    /** Takes a folder from whoever has it, as root: who could write there cannot any more, but everybody may enter. */
    static void takeBack(Path root) throws IOException {
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(root)) {
            if (stream instanceof SecureDirectoryStream<Path> folder) {
                PosixFileAttributeView view = folder.getFileAttributeView(PosixFileAttributeView.class);
                view.setOwner(self());
                Set<PosixFilePermission> permissions =
                        new HashSet<>(view.readAttributes().permissions());
                permissions.removeAll(Set.of(PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE));
                permissions.addAll(OURS_ALONE);
                permissions.addAll(Set.of(PosixFilePermission.GROUP_EXECUTE, PosixFilePermission.OTHERS_EXECUTE));
                view.setPermissions(permissions);
            }
        }
    }

    private void run() throws IOException {
        try {
            makeWritable();
            int passes = 0;
            int before = movedUp;
            while (!pass()) {
                passes = movedUp == before ? passes + 1 : 0;
                before = movedUp;
                if (passes == MOST_PASSES) {
                    throw new FileSystemException(
                            root.toString(),
                            null,
                            "it fills up while it is emptied; end the program that writes there");
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        } finally {
            for (Level level : levels) {
                level.folder().close();
            }
        }
    }

    private void makeWritable() throws IOException {
        PosixFileAttributeView view = top.getFileAttributeView(PosixFileAttributeView.class);
        PosixFileAttributes attributes = view.readAttributes();
        Set<PosixFilePermission> permissions = new HashSet<>(attributes.permissions());
        if (attributes.owner().equals(self) && permissions.addAll(OURS_ALONE)) {
            view.setPermissions(permissions);
        }
    }

    /** @return whether nothing was left to remove */
    private boolean pass() throws IOException {
        boolean empty = true;
        SecureDirectoryStream<Path> again = top.newDirectoryStream(Path.of("."), LinkOption.NOFOLLOW_LINKS);
        levels.push(new Level(again, again.iterator(), root));
        while (!levels.isEmpty()) {
            Level level = Objects.requireNonNull(levels.peek());
            if (!level.entries().hasNext()) {
                leave(level);
                continue;
            }
            Path name = level.entries().next().getFileName();
            if (levels.size() > 1 || !name.equals(spared)) {
                empty = false;
                remove(level, name);
            }
        }
        return empty;
    }

    private void leave(Level level) throws IOException {
        levels.pop();
        level.folder().close();
        Level above = levels.peek();
        if (above != null) {
            try {
                above.folder().deleteDirectory(level.path().getFileName());
            } catch (DirectoryNotEmptyException | NoSuchFileException e) {
                // The next pass will see it, if it is still there.
            } catch (FileSystemException e) {
                throw named(level.path(), e);
            }
        }
    }

    private void remove(Level level, Path name) throws IOException {
        try {
            if (!level.isFolder(name)) {
                level.folder().deleteFile(name);
            } else if (levels.size() < DEEPEST || !moveUp(level, name)) {
                levels.push(enter(level, name));
            }
        } catch (NoSuchFileException e) {
            // Somebody else has removed it.
        } catch (FileSystemException e) {
            throw named(level.path().resolve(name), e);
        }
    }

    /** An open folder tells only the name. */
    private static FileSystemException named(Path path, FileSystemException e) {
        FileSystemException named = e instanceof AccessDeniedException
                ? new AccessDeniedException(
                        path.toString(), null, "the folder that it is in is another user's; remove it as that user")
                : new FileSystemException(path.toString(), null, e.getReason());
        named.initCause(e);
        return named;
    }

    /** @return whether it can be moved: what comes from the image of a container stays where it is */
    private boolean moveUp(Level level, Path name) throws IOException {
        Path higher = Path.of("deep-" + movedUp++);
        while (Files.exists(root.resolve(higher), LinkOption.NOFOLLOW_LINKS)) {
            higher = Path.of("deep-" + movedUp++);
        }
        // Only a folder that is open to us may change its place.
        open(level, name).close();
        try {
            level.folder().move(name, top, higher);
            return true;
        } catch (AtomicMoveNotSupportedException e) {
            return false;
        }
    }

    private Level enter(Level above, Path name) throws IOException {
        SecureDirectoryStream<Path> folder = open(above, name);
        return new Level(folder, folder.iterator(), above.path().resolve(name));
    }

    private SecureDirectoryStream<Path> open(Level above, Path name) throws IOException {
        SecureDirectoryStream<Path> folder;
        try {
            folder = above.folder().newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS);
        } catch (AccessDeniedException e) {
            // What cannot be opened has its permissions changed by its path only; the folder above is ours by now.
            Files.setPosixFilePermissions(above.path().resolve(name), OURS_ALONE);
            folder = above.folder().newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS);
        }
        claim(folder);
        return folder;
    }

    private void claim(SecureDirectoryStream<Path> folder) {
        PosixFileAttributeView view = folder.getFileAttributeView(PosixFileAttributeView.class);
        try {
            PosixFileAttributes attributes = view.readAttributes();
            if (isRoot && !attributes.owner().equals(self)) {
                view.setOwner(self);
            }
            if (!attributes.permissions().equals(OURS_ALONE)) {
                view.setPermissions(OURS_ALONE);
            }
        } catch (IOException e) {
            // Some file systems know no owners, and another's is not ours to change: then it can be emptied, or it will
            // be told.
            LOG.log(Logger.Level.DEBUG, () -> "A folder below " + root + " stays as it is: " + e);
        }
    }

    private static void emptyByPath(Path root, Path spared) throws IOException {
        Path file = root.resolve(spared);
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path found, BasicFileAttributes attributes) throws IOException {
                if (!found.equals(file)) {
                    Files.delete(found);
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException failure) throws IOException {
                if (failure != null) {
                    throw failure;
                }
                if (!folder.equals(root)) {
                    Files.delete(folder);
                }
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
