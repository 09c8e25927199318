package dev.procession.readiness;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.readiness.ReadinessProbe.Holds;
import dev.procession.readiness.ReadinessProbe.NotYet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileProbeTest {

    private static final NotYet OLD = new NotYet("there since before the start, and not changed by this run", 0);

    @TempDir
    private Path folder;

    private FileProbe probe(Path file) {
        return new FileProbe(file, FilesBefore.of(List.of(file)), Probing.OURS);
    }

    @Test
    void aFileThatIsMadeHolds() throws IOException {
        Path file = folder.resolve("app.pid");
        FileProbe probe = probe(file);
        assertThat(probe.description()).isEqualTo("file " + file);
        assertThat(probe.look()).isEqualTo(new NotYet("not there", 0));

        Files.createFile(file);

        assertThat(probe.look()).isEqualTo(new Holds("there"));
        assertThat(probe.lookAfterExit()).isEmpty();
    }

    @Test
    void aFolderThatIsMissingIsToldApart() {
        assertThat(probe(folder.resolve("run/app.pid")).look()).isEqualTo(new NotYet("not there, nor its folder", 0));
    }

    @Test
    void aFileFromBeforeDoesNotCountUntilItIsWritten() throws IOException {
        Path file = Files.writeString(folder.resolve("app.pid"), "1");
        FileProbe probe = probe(file);
        assertThat(probe.look()).isEqualTo(OLD);

        Files.writeString(file, "12");

        assertThat(probe.look()).isEqualTo(new Holds("there"));
    }

    @Test
    void aFileFromBeforeCountsWhenItIsTouched() throws IOException {
        Path file = Files.writeString(folder.resolve("app.pid"), "1");
        FileProbe probe = probe(file);

        Files.setLastModifiedTime(file, FileTime.fromMillis(1));

        assertThat(probe.look()).isEqualTo(new Holds("there"));
    }

    @Test
    void whatAStrangerWritesDoesNotCountUntilItIsWrittenOnceMore() throws IOException {
        Path file = folder.resolve("app.pid");
        AtomicReference<Optional<String>> writer = new AtomicReference<>(Optional.of("pid 4711 (tail)"));
        FileProbe probe = new FileProbe(file, FilesBefore.of(List.of(file)), path -> writer.get());
        NotYet his = new NotYet("there, but written by pid 4711 (tail), which is not part of this process", 10);
        Files.writeString(file, "1");
        assertThat(probe.look()).isEqualTo(his);
        assertThat(probe.look()).isEqualTo(his);

        writer.set(Optional.empty());
        assertThat(probe.look()).as("the same change").isEqualTo(his);

        Files.writeString(file, "12");
        assertThat(probe.look()).isEqualTo(new Holds("there"));
    }

    @Test
    void aFileThatAStrangerHasClosedCountsWithTheNextChange() throws IOException {
        Path file = folder.resolve("app.pid");
        AtomicReference<Optional<String>> writer = new AtomicReference<>(Optional.of("pid 4711 (tail)"));
        FileSinceProbe probe = new FileSinceProbe(file, Instant.EPOCH, path -> writer.get());
        NotYet his = new NotYet("there, but written by pid 4711 (tail), which is not part of this process", 10);
        assertThat(probe.look()).isEqualTo(new NotYet("not there", 0));
        Files.writeString(file, "1");
        assertThat(probe.look()).isEqualTo(his);
        writer.set(Optional.empty());
        assertThat(probe.look()).isEqualTo(his);

        Files.setLastModifiedTime(file, FileTime.fromMillis(1));
        assertThat(probe.look()).isEqualTo(new Holds("there"));
    }

    @Test
    void aFileFromBeforeCountsWhenItIsReplaced() throws IOException {
        Path file = Files.writeString(folder.resolve("app.pid"), "1");
        FileTime time = Files.getLastModifiedTime(file);
        FileProbe probe = probe(file);
        Path other = Files.writeString(folder.resolve("other"), "2");
        Files.setLastModifiedTime(other, time);

        Files.delete(file);
        assertThat(probe.look()).isEqualTo(new NotYet("not there", 0));
        Files.move(other, file);

        assertThat(probe.look()).isEqualTo(new Holds("there"));
    }

    @Test
    void aFileThatWasOursAndHasGoneOrBecomeAStrangersDoesNotHoldAnyMore() throws IOException {
        Path file = Files.writeString(folder.resolve("app.pid"), "1");
        AtomicReference<Optional<String>> writer = new AtomicReference<>(Optional.empty());
        FileProbe probe = new FileProbe(file, FilesBefore.of(List.of()), path -> writer.get());
        FileSinceProbe sinceProbe = new FileSinceProbe(file, Instant.EPOCH, path -> writer.get());
        for (ReadinessProbe one : List.of(probe, sinceProbe)) {
            assertThat(one.look()).isEqualTo(new Holds("there"));
        }

        writer.set(Optional.of("pid 4711 (tail)"));
        for (ReadinessProbe one : List.of(probe, sinceProbe)) {
            assertThat(one.proveAgain()).as("what was our own before").contains(new Holds("there"));
        }

        Files.setLastModifiedTime(file, FileTime.fromMillis(1));
        for (ReadinessProbe one : List.of(probe, sinceProbe)) {
            assertThat(one.proveAgain())
                    .contains(
                            new NotYet("there, but written by pid 4711 (tail), which is not part of this process", 10));
        }

        Files.delete(file);
        for (ReadinessProbe one : List.of(probe, sinceProbe)) {
            assertThat(one.proveAgain()).contains(new NotYet("not there", 0));
        }
    }
}
