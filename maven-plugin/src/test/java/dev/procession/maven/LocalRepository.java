package dev.procession.maven;

import dev.procession.launch.ProcessSpec;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;

/**
 * A local repository for the builds of tests: the user's own, which stays as it is, and this build's plugin. What the user
 * has is there by links, so nothing is copied, and what a test's build downloads is there for the next one.
 */
final class LocalRepository {

    private static final String VERSION = "0.1.0-SNAPSHOT";

    private LocalRepository() {}

    /** Made anew for each JVM of tests. */
    static Path ofTests() {
        return Holder.OF_TESTS;
    }

    private static final class Holder {
        static final Path OF_TESTS = make();
    }

    private static Path make() {
        try {
            Path module = classes(StartMojo.class).getParent().getParent();
            Path repository = module.resolve("target/it-repository");
            delete(repository);
            Path users = Path.of(System.getProperty("build.repository"));
            link(users, repository, "dev");
            link(users.resolve("dev"), repository.resolve("dev"), "procession");
            Path root = module.getParent();
            install(repository, "procession-parent", root.resolve("pom.xml"));
            install(repository, "procession-core", root.resolve("core/pom.xml"));
            install(repository, "procession-maven-plugin", module.resolve("pom.xml"));
            jar(repository, "procession-core", classes(ProcessSpec.class));
            jar(repository, "procession-maven-plugin", classes(StartMojo.class));
            return repository;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A folder while the build only compiles what it depends on, else a jar. */
    private static Path classes(Class<?> type) {
        try {
            return Path.of(
                    type.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void delete(Path folder) throws IOException {
        if (Files.exists(folder)) {
            List<Path> all;
            try (Stream<Path> walk = Files.walk(folder)) {
                all = walk.sorted(Comparator.reverseOrder()).toList();
            }
            for (Path path : all) {
                Files.delete(path);
            }
        }
    }

    private static void link(Path from, Path to, String except) throws IOException {
        Files.createDirectories(to);
        if (Files.isDirectory(from)) {
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(from)) {
                for (Path entry : entries) {
                    if (!entry.getFileName().toString().equals(except)) {
                        Files.createSymbolicLink(to.resolve(entry.getFileName()), entry.toAbsolutePath());
                    }
                }
            }
        }
    }

    private static Path file(Path repository, String artifact, String type) throws IOException {
        Path folder = repository.resolve("dev/procession").resolve(artifact).resolve(VERSION);
        Files.createDirectories(folder);
        return folder.resolve(artifact + "-" + VERSION + "." + type);
    }

    private static void install(Path repository, String artifact, Path pom) throws IOException {
        Files.copy(pom, file(repository, artifact, "pom"), StandardCopyOption.REPLACE_EXISTING);
    }

    private static void jar(Path repository, String artifact, Path classes) throws IOException {
        Path jar = file(repository, artifact, "jar");
        if (Files.isRegularFile(classes)) {
            Files.copy(classes, jar);
            return;
        }
        try (OutputStream out = Files.newOutputStream(jar);
                JarOutputStream entries = new JarOutputStream(out);
                Stream<Path> walk = Files.walk(classes)) {
            for (Path path : walk.filter(Files::isRegularFile).toList()) {
                entries.putNextEntry(new ZipEntry(classes.relativize(path).toString()));
                Files.copy(path, entries);
                entries.closeEntry();
            }
        }
    }
}
