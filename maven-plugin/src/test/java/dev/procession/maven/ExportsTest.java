package dev.procession.maven;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.process.ProcessionException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExportsTest {

    @TempDir
    private Path folder;

    private final Properties properties = new Properties();
    private final Exports exports = new Exports(properties);

    @Test
    void whatABuildHasLeftThatWasKilled_isRemoved() throws IOException {
        Path file = Files.writeString(folder.resolve("ports.properties"), "procession.api.port=1\n");

        exports.removeStale(file);

        assertThat(file).doesNotExist();
    }

    @Test
    void whatAnEarlierStartOfTheBuildHasWritten_staysAndGrows() {
        Path file = folder.resolve("ports.properties");
        exports.add(Map.of("procession.api.port", "1"), file);

        exports.removeStale(file);
        assertThat(file).hasContent("procession.api.port=1");
        exports.add(Map.of("procession.web.port", "2"), file);

        assertThat(file).hasContent("procession.api.port=1\nprocession.web.port=2");
        exports.takeBack();
        assertThat(file).doesNotExist();
        assertThat(properties).isEmpty();
    }

    @Test
    void whatStandsInItsPlace_isReplacedAndNotOpened() throws Exception {
        Path precious = Files.writeString(folder.resolve("precious"), "precious");
        Path link = Files.createSymbolicLink(folder.resolve("link.properties"), precious);
        Path pipe = folder.resolve("pipe.properties");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();

        exports.add(Map.of("procession.api.port", "1"), link);
        exports.add(Map.of(), pipe);

        assertThat(precious).hasContent("precious");
        assertThat(link).hasContent("procession.api.port=1");
        assertThat(pipe).isRegularFile().hasContent("procession.api.port=1");
    }

    @Test
    void whatCannotBeWritten_isNotRemovedEither() throws IOException {
        Path occupied =
                Files.createDirectories(folder.resolve("target/classes")).getParent();

        exports.removeStale(occupied);
        assertThatThrownBy(() -> exports.add(Map.of("procession.api.port", "1"), occupied))
                .isInstanceOf(ProcessionException.class)
                .hasMessageStartingWith("<propertiesFile> is \"" + occupied + "\", which cannot be written: ")
                .hasMessageEndingWith("; give another path");
        exports.takeBack();

        assertThat(occupied.resolve("classes")).isDirectory();
    }
}
