package dev.procession.os.linux;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import dev.procession.os.FileCut;
import java.nio.file.Path;
import java.util.OptionalLong;

/** By fallocate(2), which ext4 and XFS collapse a file with. */
final class LinuxFileCut implements FileCut {

    private static final int FALLOC_FL_KEEP_SIZE = 1;
    private static final int FALLOC_FL_COLLAPSE_RANGE = 8;

    private static final int AT_FDCWD = -100;
    private static final int AT_SYMLINK_NOFOLLOW = 0x100;
    private static final int STATX_BLOCKS = 0x400;
    private static final int STATX_SIZE = 256;
    private static final int STATX_OFFSET_OF_BLOCKS = 48;
    private static final int BLOCK = 512;

    private static int open(byte[] path, int flags, int mode) {
        return Libc.callInt("open", path, flags, mode);
    }

    private static int fallocate(int fd, int mode, long offset, long length) {
        return Libc.callInt("fallocate", fd, mode, offset, length);
    }

    private static int statx(int folder, byte[] path, int flags, int mask, long result) {
        return Libc.callInt("statx", folder, path, flags, mask, result);
    }

    @Override
    public boolean cut(Path file, long length) {
        return allocate(file, FALLOC_FL_COLLAPSE_RANGE, length);
    }

    @Override
    public boolean reserve(Path file, long length) {
        return allocate(file, FALLOC_FL_KEEP_SIZE, length);
    }

    @Override
    public OptionalLong room(Path file) {
        try (Memory result = new Memory(STATX_SIZE)) {
            int failed = statx(
                    AT_FDCWD,
                    Libc.cString(file.toString()),
                    AT_SYMLINK_NOFOLLOW,
                    STATX_BLOCKS,
                    Pointer.nativeValue(result));
            return failed == 0 ? OptionalLong.of(result.getLong(STATX_OFFSET_OF_BLOCKS) * BLOCK) : OptionalLong.empty();
        }
    }

    private static boolean allocate(Path file, int mode, long length) {
        int fd = open(
                Libc.cString(file.toString()), Libc.O_WRONLY | Libc.O_NOFOLLOW | Libc.O_NONBLOCK | Libc.O_CLOEXEC, 0);
        if (fd < 0) {
            return false;
        }
        try {
            return fallocate(fd, mode, 0, length) == 0;
        } finally {
            Libc.close(fd);
        }
    }
}
