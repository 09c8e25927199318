package dev.procession.os.linux;

import com.sun.jna.Native;
import dev.procession.os.FileCut;
import java.nio.file.Path;

/** By fallocate(2), which ext4 and XFS collapse a file with. */
final class LinuxFileCut implements FileCut {

    private static final int FALLOC_FL_COLLAPSE_RANGE = 8;

    static {
        Native.register(LinuxFileCut.class, Libc.library());
    }

    private static native int open(byte[] path, int flags, int mode);

    private static native int fallocate(int fd, int mode, long offset, long length);

    @Override
    public boolean cut(Path file, long length) {
        int fd = open(
                Libc.cString(file.toString()), Libc.O_WRONLY | Libc.O_NOFOLLOW | Libc.O_NONBLOCK | Libc.O_CLOEXEC, 0);
        if (fd < 0) {
            return false;
        }
        try {
            return fallocate(fd, FALLOC_FL_COLLAPSE_RANGE, 0, length) == 0;
        } finally {
            Libc.close(fd);
        }
    }
}
