package dev.procession.os.linux;

import com.sun.jna.Memory;
import dev.procession.os.Sockets.Caller;
import dev.procession.os.Sockets.PathListener;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Who listens at a path, asked of the kernel. It tells which file a socket was bound to, so that it does not matter by
 * what name; what cannot be told apart so, as on file systems that are made of others, is taken by the name.
 */
final class UnixSockets {

    private static final int AF_UNIX = 1;
    private static final int SOCK_STREAM_NONBLOCK_CLOEXEC = 1 | 0x800 | SockDiag.SOCK_CLOEXEC;
    private static final int REQUEST = SockDiag.HEADER + 24;
    private static final int SHOW_NAME_FILE_AND_USER = 1 | 2 | 0x40;
    private static final int ROW = 16;
    private static final int NAME = 0;
    private static final int FILE = 1;
    private static final int USER = 7;
    private static final int ATTRIBUTE_HEADER = 4;
    private static final int LONGEST_PATH = 107;
    private static final int SOL_SOCKET = 1;
    private static final int SO_PEERCRED = 17;

    private UnixSockets() {}

    private static int connect(int fd, byte[] address, int size) {
        return Libc.callInt("connect", fd, address, size);
    }

    private static int getsockopt(int fd, int level, int option, int[] value, int[] size) {
        return Libc.callInt("getsockopt", fd, level, option, value, size);
    }

    static List<PathListener> listeners(Path path) {
        SocketFile file = SocketFile.at(path).orElse(null);
        if (file == null) {
            return List.of();
        }
        List<PathListener> bound = new ArrayList<>();
        List<PathListener> named = new ArrayList<>();
        int error = SockDiag.dump(
                REQUEST,
                request -> {
                    request.setByte(SockDiag.HEADER, (byte) AF_UNIX);
                    request.setInt(SockDiag.HEADER + 4, 1 << SockDiag.LISTEN);
                    request.setInt(SockDiag.HEADER + 12, SHOW_NAME_FILE_AND_USER);
                },
                (buffer, at, end) -> {
                    Found found = found(buffer, at, end, file.userId());
                    PathListener listener = new PathListener(found.inode, found.userId);
                    if (file.is(found.device, found.fileInode, found.name)) {
                        bound.add(listener);
                    } else if (file.names().contains(found.name)) {
                        named.add(listener);
                    }
                });
        // A kernel can be built without this.
        return error != 0 ? ProcNetUnix.listeners(path) : bound.isEmpty() ? named : bound;
    }

    /** A row, as far as it is told; an older kernel does not tell the user. */
    private static Found found(Memory buffer, long row, long end, long userId) {
        Found found = new Found(buffer.getInt(row + 4) & 0xffffffffL, userId);
        for (long at = row + ROW; at + ATTRIBUTE_HEADER <= end; ) {
            int length = buffer.getShort(at) & 0xffff;
            long value = at + ATTRIBUTE_HEADER;
            switch (buffer.getShort(at + 2)) {
                case NAME -> found.name = name(buffer.getByteArray(value, length - ATTRIBUTE_HEADER));
                case FILE -> {
                    found.fileInode = buffer.getInt(value) & 0xffffffffL;
                    found.device = buffer.getInt(value + 4) & 0xffffffffL;
                }
                case USER -> found.userId = buffer.getInt(value) & 0xffffffffL;
                default -> {}
            }
            at += Math.max(ATTRIBUTE_HEADER, (length + 3) & ~3);
        }
        return found;
    }

    /** As it was given to bind(2), with or without a NUL at the end. */
    private static String name(byte[] bytes) {
        int length = bytes.length;
        while (length > 0 && bytes[length - 1] == 0) {
            length--;
        }
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    static Optional<Caller> whoListens(Path path) {
        byte[] name = path.toString().getBytes(StandardCharsets.UTF_8);
        if (name.length > LONGEST_PATH) {
            return Optional.empty();
        }
        byte[] address = ByteBuffer.allocate(2 + LONGEST_PATH + 1)
                .order(ByteOrder.nativeOrder())
                .putShort((short) AF_UNIX)
                .put(name)
                .array();
        int fd = SockDiag.socket(AF_UNIX, SOCK_STREAM_NONBLOCK_CLOEXEC, 0);
        if (fd < 0) {
            return Optional.empty();
        }
        try {
            int[] credentials = new int[3];
            boolean told = connect(fd, address, address.length) == 0
                    && getsockopt(fd, SOL_SOCKET, SO_PEERCRED, credentials, new int[] {12}) == 0
                    && credentials[0] > 0;
            return told
                    ? Optional.of(new Caller(credentials[0], Integer.toUnsignedLong(credentials[1])))
                    : Optional.empty();
        } finally {
            Libc.close(fd);
        }
    }

    /** One socket that listens. */
    private static final class Found {
        private final long inode;
        private long userId;
        private String name = "";
        private long fileInode;
        private long device;

        Found(long inode, long userId) {
            this.inode = inode;
            this.userId = userId;
        }
    }
}
