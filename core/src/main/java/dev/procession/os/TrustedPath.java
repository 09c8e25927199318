package dev.procession.os;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;

/**
 * A path by which root can be led nowhere: links on the way are followed only where nobody but root can have put them, which
 * is in folders that root alone can change, from the first one on.
 */
public final class TrustedPath {

    /** As many as the kernel follows. */
    private static final int MOST_LINKS = 40;

    private static final int WRITABLE_BY_OTHERS = 0022;

    private TrustedPath() {}

    /**
     * The same place, without links. Whoever opens it name by name, following no link, gets there or fails: others can still
     * change what lies below a folder of theirs.
     *
     * @param path absolute
     * @throws FileSystemException if a link is on the way that others than root can have put there
     * @throws IOException if it is not there, or cannot be looked at
     */
    public static Path withoutLinks(Path path) throws IOException {
        Deque<Path> left = new ArrayDeque<>();
        path.forEach(left::add);
        Path here = path.getRoot();
        boolean trusted = isRootsAlone(here);
        int links = 0;
        while (!left.isEmpty()) {
            Path next = here.resolve(left.pop()).normalize();
            if (!Files.readAttributes(next, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                    .isSymbolicLink()) {
                here = next;
                trusted = trusted && isRootsAlone(here);
                continue;
            }
            if (!trusted) {
                throw new FileSystemException(
                        path.toString(),
                        null,
                        next
                                + " is a link, which others than root can have put there; name the folder that it leads to");
            }
            links++;
            if (links > MOST_LINKS) {
                throw new FileSystemLoopException(path.toString());
            }
            Path target = Files.readSymbolicLink(next);
            Deque<Path> onTheWay = new ArrayDeque<>();
            target.forEach(onTheWay::add);
            onTheWay.addAll(left);
            left = onTheWay;
            if (target.isAbsolute()) {
                here = target.getRoot();
            }
        }
        return here;
    }

    private static boolean isRootsAlone(Path folder) throws IOException {
        Map<String, Object> attributes = Files.readAttributes(folder, "unix:uid,mode", LinkOption.NOFOLLOW_LINKS);
        return attributes.get("uid").equals(0) && ((int) attributes.get("mode") & WRITABLE_BY_OTHERS) == 0;
    }
}
