package dev.procession.junit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.platform.engine.TestDescriptor;
import org.junit.platform.engine.reporting.OutputDirectoryProvider;

/** Where the classes that run inside a test publish their files: a fresh folder each time. */
@SuppressWarnings({"deprecation", "removal"}) // JUnit 6 has another name for it, which 5.12 does not have.
final class PublishedFiles implements OutputDirectoryProvider {

    private static final AtomicInteger NUMBERS = new AtomicInteger();

    private final Path root =
            Path.of("target", "published", ProcessHandle.current().pid() + "-" + NUMBERS.incrementAndGet());

    @Override
    public Path getRootDirectory() {
        return root;
    }

    @Override
    public Path createOutputDirectory(TestDescriptor testDescriptor) throws IOException {
        String name = testDescriptor.getUniqueId().toString().replaceAll("[^A-Za-z0-9.]+", "_");
        return Files.createDirectories(root.resolve(name));
    }
}
