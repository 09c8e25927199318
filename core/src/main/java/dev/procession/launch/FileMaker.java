package dev.procession.launch;

import dev.procession.os.SharedFolders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** How files for a process come into a folder, and out of it again: by absolute paths. */
interface FileMaker {

    /** Where nobody else is about who must not lead us astray. */
    FileMaker BY_PATH = new FileMaker() {
        @Override
        public boolean makeFolder(Path folder) throws IOException {
            Files.createDirectory(folder);
            return true;
        }

        @Override
        public void write(Path file, byte[] content) throws IOException {
            Files.write(file, content, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
        }

        @Override
        public void remove(Path path) throws IOException {
            Files.deleteIfExists(path);
        }
    };

    /**
     * Where the user himself may be about whose they become.
     *
     * @param base the user's own folder, absolute
     */
    static FileMaker shared(SharedFolders folders, Path base, Identity.Ids owner) {
        return new FileMaker() {
            @Override
            public boolean makeFolder(Path folder) throws IOException {
                return folders.makeFolder(base, base.relativize(folder), owner.user(), owner.group());
            }

            @Override
            public void write(Path file, byte[] content) throws IOException {
                folders.write(base, base.relativize(file), content, owner.user(), owner.group());
            }

            @Override
            public void remove(Path path) throws IOException {
                folders.remove(base, base.relativize(path));
            }
        };
    }

    /** @return whether it was not there */
    boolean makeFolder(Path folder) throws IOException;

    /** @throws java.nio.file.FileAlreadyExistsException if something is there */
    void write(Path file, byte[] content) throws IOException;

    /** What is not there is not missed. */
    void remove(Path path) throws IOException;
}
