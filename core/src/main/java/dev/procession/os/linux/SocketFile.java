package dev.procession.os.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a path leads to, as the tables of sockets know it: by its inode, and by the name that it was bound to.
 *
 * @param names what it can have been bound to, if that was an absolute path
 * @param device the kernel's number for its file system
 * @param inode its number there
 * @param userId whose file it is
 */
record SocketFile(Set<String> names, long device, long inode, long userId) {

    /** Empty if there is no such file. */
    static Optional<SocketFile> at(Path path) {
        try {
            Map<String, Object> attributes = Files.readAttributes(path, "unix:dev,ino,uid");
            return Optional.of(new SocketFile(
                    Set.copyOf(List.of(path.toString(), path.toRealPath().toString())),
                    kernelDevice((Long) attributes.get("dev")),
                    (Long) attributes.get("ino"),
                    Integer.toUnsignedLong((Integer) attributes.get("uid"))));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** The numbers of the driver and the part stand apart in the kernel, and woven into each other in stat(2). */
    static long kernelDevice(long device) {
        long major = (device >> 8 & 0xfff) | (device >> 32 & ~0xfffL);
        long minor = (device & 0xff) | (device >> 12 & ~0xffL);
        return (major << 20 | (minor & 0xfffff)) & 0xffffffffL;
    }

    /** Whether a socket was bound to this very file. Some file systems give stat(2) another device than they have. */
    boolean is(long socketDevice, long socketInode, String name) {
        return (inode & 0xffffffffL) == socketInode && (device == socketDevice || endsAlike(name));
    }

    private boolean endsAlike(String name) {
        String last = name.substring(name.lastIndexOf('/') + 1);
        return names.stream().anyMatch(own -> own.endsWith("/" + last));
    }
}
