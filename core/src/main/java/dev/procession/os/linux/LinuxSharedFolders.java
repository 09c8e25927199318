package dev.procession.os.linux;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import dev.procession.os.SharedFolders;
import dev.procession.os.TrustedPath;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** By the calls that work relative to an open folder. */
final class LinuxSharedFolders implements SharedFolders {

    private static final int O_CREAT = 0x40;
    private static final int O_EXCL = 0x80;
    private static final int AT_REMOVEDIR = 0x200;

    private static final int ENOENT = 2;
    private static final int EEXIST = 17;
    private static final int EISDIR = 21;
    private static final int ENOTEMPTY = 39;

    private static int open(byte[] path, int flags, int mode) {
        return Libc.callInt("open", path, flags, mode);
    }

    private static int openat(int folder, byte[] name, int flags, int mode) {
        return Libc.callInt("openat", folder, name, flags, mode);
    }

    private static int mkdirat(int folder, byte[] name, int mode) {
        return Libc.callInt("mkdirat", folder, name, mode);
    }

    private static int unlinkat(int folder, byte[] name, int flags) {
        return Libc.callInt("unlinkat", folder, name, flags);
    }

    private static int fchown(int fd, int user, int group) {
        return Libc.callInt("fchown", fd, user, group);
    }

    @Override
    public boolean makeFolder(Path base, Path folder, long user, long group) throws IOException {
        int parent = parent(base, folder);
        try {
            Path whole = base.resolve(folder);
            boolean made = mkdirat(parent, name(folder), 0777) == 0;
            int error = Native.getLastError();
            if (!made && error != EEXIST) {
                throw failure(whole, error);
            }
            int opened = openFolder(parent, folder.getFileName(), whole);
            try {
                if (made) {
                    requireEmpty(opened, whole);
                    give(opened, whole, user, group);
                }
                return made;
            } finally {
                Libc.close(opened);
            }
        } finally {
            Libc.close(parent);
        }
    }

    @Override
    public void write(Path base, Path file, byte[] content, long user, long group) throws IOException {
        int parent = parent(base, file);
        try {
            Path whole = base.resolve(file);
            int made = check(
                    openat(
                            parent,
                            name(file),
                            Libc.O_WRONLY | O_CREAT | O_EXCL | Libc.O_NOFOLLOW | Libc.O_CLOEXEC,
                            0666),
                    whole);
            try {
                write(made, content, whole);
                give(made, whole, user, group);
            } finally {
                Libc.close(made);
            }
        } finally {
            Libc.close(parent);
        }
    }

    @Override
    public void remove(Path base, Path path) throws IOException {
        int parent;
        try {
            parent = parent(base, path);
        } catch (NoSuchFileException e) {
            return;
        }
        try {
            int error = unlinkat(parent, name(path), 0) == 0 ? 0 : Native.getLastError();
            if (error == EISDIR) {
                error = unlinkat(parent, name(path), AT_REMOVEDIR) == 0 ? 0 : Native.getLastError();
            }
            if (error != 0 && error != ENOENT) {
                throw failure(base.resolve(path), error);
            }
        } finally {
            Libc.close(parent);
        }
    }

    /** The folder in which it lies, opened step by step: from the first one on no link is followed. */
    private static int parent(Path base, Path relative) throws IOException {
        Path trusted = TrustedPath.withoutLinks(base);
        Path whole = trusted.getRoot();
        int folder = check(open(Libc.cString(whole.toString()), Libc.O_DIRECTORY | Libc.O_CLOEXEC, 0), whole);
        for (Path name : trusted.resolve(relative).getParent()) {
            int above = folder;
            whole = whole.resolve(name);
            try {
                folder = openFolder(above, name, whole);
            } finally {
                Libc.close(above);
            }
        }
        return folder;
    }

    private static int openFolder(int above, Path name, Path whole) throws IOException {
        return check(
                openat(above, Libc.cString(name.toString()), Libc.O_DIRECTORY | Libc.O_NOFOLLOW | Libc.O_CLOEXEC, 0),
                whole);
    }

    private static byte[] name(Path path) {
        return Libc.cString(path.getFileName().toString());
    }

    /** Another could only be put in its place by who may write there; one of root's own that holds something stays root's. */
    private static void requireEmpty(int folder, Path whole) throws IOException {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(Path.of("/proc/self/fd/" + folder))) {
            if (entries.iterator().hasNext()) {
                throw new FileSystemException(whole.toString(), null, "somebody has put another in its place");
            }
        }
    }

    private static void give(int fd, Path whole, long user, long group) throws IOException {
        check(fchown(fd, (int) user, (int) group), whole);
    }

    private static void write(int fd, byte[] content, Path whole) throws IOException {
        if (content.length == 0) {
            return;
        }
        try (Memory memory = new Memory(content.length)) {
            memory.write(0, content, 0, content.length);
            long written = 0;
            while (written < content.length) {
                long more = Libc.write(fd, Pointer.nativeValue(memory) + written, content.length - written);
                if (more < 0 && Native.getLastError() != Libc.EINTR) {
                    throw failure(whole, Native.getLastError());
                }
                written += Math.max(0, more);
            }
        }
    }

    private static int check(int result, Path path) throws IOException {
        if (result < 0) {
            throw failure(path, Native.getLastError());
        }
        return result;
    }

    private static IOException failure(Path path, int error) {
        String text = path.toString();
        return switch (error) {
            case ENOENT -> new NoSuchFileException(text);
            case EEXIST -> new FileAlreadyExistsException(text);
            case ENOTEMPTY -> new DirectoryNotEmptyException(text);
            default -> new FileSystemException(text, null, Libc.describe(error));
        };
    }
}
