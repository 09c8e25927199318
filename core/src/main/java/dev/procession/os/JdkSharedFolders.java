package dev.procession.os;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.util.Set;

/** By {@link SecureDirectoryStream}. */
final class JdkSharedFolders implements SharedFolders {

    @Override
    public boolean makeFolder(Path base, Path folder, long user, long group) throws IOException {
        try (SecureDirectoryStream<Path> parent = parent(base, folder)) {
            Path name = folder.getFileName();
            if (isThere(parent, name)) {
                parent.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS).close();
                return false;
            }
            Path made = Files.createDirectory(base.resolve(folder));
            try (SecureDirectoryStream<Path> opened = parent.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS)) {
                if (opened.iterator().hasNext()) {
                    throw new FileSystemException(made.toString(), null, "somebody has put another in its place");
                }
                give(opened.getFileAttributeView(PosixFileAttributeView.class), base, user, group);
            }
            return true;
        }
    }

    @Override
    public void write(Path base, Path file, byte[] content, long user, long group) throws IOException {
        try (SecureDirectoryStream<Path> parent = parent(base, file)) {
            Path name = file.getFileName();
            try (SeekableByteChannel channel = parent.newByteChannel(
                    name, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS))) {
                ByteBuffer left = ByteBuffer.wrap(content);
                while (left.hasRemaining()) {
                    channel.write(left);
                }
            }
            if (!attributes(parent, name).readAttributes().isRegularFile()) {
                throw new FileSystemException(
                        base.resolve(file).toString(), null, "somebody has put something else in its place");
            }
            give(
                    parent.getFileAttributeView(name, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS),
                    base,
                    user,
                    group);
        }
    }

    @Override
    public void remove(Path base, Path path) throws IOException {
        try (SecureDirectoryStream<Path> parent = parent(base, path)) {
            Path name = path.getFileName();
            if (attributes(parent, name).readAttributes().isDirectory()) {
                parent.deleteDirectory(name);
            } else {
                parent.deleteFile(name);
            }
        } catch (NoSuchFileException e) {
            // That is what was wanted.
        }
    }

    private static BasicFileAttributeView attributes(SecureDirectoryStream<Path> parent, Path name) {
        return parent.getFileAttributeView(name, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    }

    private static boolean isThere(SecureDirectoryStream<Path> parent, Path name) throws IOException {
        try {
            attributes(parent, name).readAttributes();
            return true;
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    /** The folder in which it lies, opened step by step: from the first one on no link is followed. */
    private static SecureDirectoryStream<Path> parent(Path base, Path relative) throws IOException {
        Path trusted = TrustedPath.withoutLinks(base);
        SecureDirectoryStream<Path> folder = secure(trusted.getRoot());
        for (Path name : trusted.resolve(relative).getParent()) {
            try (SecureDirectoryStream<Path> above = folder) {
                folder = above.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS);
            }
        }
        return folder;
    }

    private static SecureDirectoryStream<Path> secure(Path folder) throws IOException {
        DirectoryStream<Path> stream = Files.newDirectoryStream(folder);
        if (stream instanceof SecureDirectoryStream<Path> secure) {
            return secure;
        }
        stream.close();
        throw new FileSystemException(
                folder.toString(), null, "this system cannot keep a folder open while another user changes it");
    }

    private static void give(PosixFileAttributeView view, Path base, long user, long group) throws IOException {
        UserPrincipalLookupService principals = base.getFileSystem().getUserPrincipalLookupService();
        view.setOwner(principals.lookupPrincipalByName(Long.toString(user)));
        view.setGroup(principals.lookupPrincipalByGroupName(Long.toString(group)));
    }
}
