package dev.procession.launch;

import dev.procession.os.FileWatch;
import dev.procession.os.backend.Backend;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;

/** Both implementations of the watch on files, for parameters. */
final class Watches {

    private static final FileWatch PORTABLE = Backend.choose("portable").files();

    private Watches() {}

    static Stream<Named<FileWatch>> all() {
        return Stream.of(Named.of("of this machine", Backend.current().files()), Named.of("portable", PORTABLE));
    }
}
