package dev.procession.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.process.InvalidSpecException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TemplateTest {

    /** A resource that the tests have anyway. */
    private static final String RESOURCE = "classpath:/junit-platform.properties";

    @TempDir
    private Path folder;

    private static void assertRefused(String from, String to, String message) {
        assertThatThrownBy(() -> Template.read(from, to))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage(message);
    }

    @Test
    void itIsReadFromTheClassPath() {
        assertThat(Template.read(RESOURCE, "a").text()).contains("junit.jupiter.execution.parallel.enabled=true");
        assertThat(Template.read(RESOURCE.replace("/", ""), "a"))
                .isEqualTo(new Template(
                        RESOURCE.replace("/", ""),
                        "a",
                        Template.read(RESOURCE, "a").text()));
    }

    @Test
    void itIsReadFromAFile() throws IOException {
        Path file = Files.writeString(folder.resolve("nginx.conf"), "größe @{port}\n");

        assertThat(Template.read(file.toString(), "conf/nginx.conf"))
                .isEqualTo(new Template(file.toString(), "conf/nginx.conf", "größe @{port}\n"));
    }

    @Test
    void aRelativePathStartsWhereTheJvmWasStarted() {
        assertThat(Template.read("pom.xml", "a").text()).contains("<artifactId>procession-core</artifactId>");
    }

    @ParameterizedTest
    @ValueSource(strings = {"classpath:/nothing.conf", "classpath:nothing.conf", "nothing.conf", "src"})
    void whatIsNotThereIsRefused(String from) {
        assertRefused(
                from,
                "a",
                "'files' has \"" + from + "\", which is not there; give \"classpath:/NAME\", or a path from "
                        + Path.of("").toAbsolutePath());
    }

    @Test
    void whatIsNoTextIsRefused() throws IOException {
        Path file = Files.write(folder.resolve("latin"), new byte[] {'a', (byte) 0xe4, 'b'});

        assertRefused(file.toString(), "a", "'files' has \"" + file + "\", which is no UTF-8 text; save it as UTF-8");
    }

    @Test
    void whatIsTooLongToBeATextIsRefused() throws IOException {
        Path file = folder.resolve("database");
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(10L << 30);
        }

        assertRefused(
                file.toString(),
                "a",
                "'files' has \"" + file + "\", which is longer than the 16 MB that a template may have; let the process"
                        + " read a large file where it is, by ${basedir}");
    }

    @Test
    void whatIsNoPathIsRefused() {
        assertRefused(
                "a\0b",
                "a",
                "'files' has \"a\0b\" as 'from', which is no path here: Nul character not allowed; correct it");
        assertRefused(
                RESOURCE,
                "a\0b",
                "'files' has \"a\0b\" as 'to', which is no path here: Nul character not allowed; correct it");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "a/..", "..", "../x", "a/../../x", "/etc/x"})
    void aTargetOutsideOfTheWorkingDirectoryIsRefused(String to) {
        assertRefused(
                RESOURCE,
                to,
                "'files' has \"" + to
                        + "\" as 'to', which does not lie in the working directory; give a relative path");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "a/b", "a/../b", "..a", "./a"})
    void aTargetInsideIsTaken(String to) {
        assertThat(Template.read(RESOURCE, to).to()).isEqualTo(to);
    }
}
