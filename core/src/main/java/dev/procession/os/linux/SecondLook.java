package dev.procession.os.linux;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Another way to what a process has just hidden from us. Thread safe. */
interface SecondLook {

    /** There is none. */
    SecondLook NONE = new SecondLook() {
        @Override
        public List<String> environment(long pid) {
            return List.of();
        }

        @Override
        public List<Long> socketInodes(long pid) {
            return List.of();
        }

        @Override
        public Optional<Path> workingDirectory(long pid) {
            return Optional.empty();
        }

        @Override
        public Optional<Path> output(long pid, int descriptor) {
            return Optional.empty();
        }
    };

    List<String> environment(long pid);

    List<Long> socketInodes(long pid);

    Optional<Path> workingDirectory(long pid);

    /** The file that a process has as one of its standard streams. */
    Optional<Path> output(long pid, int descriptor);
}
