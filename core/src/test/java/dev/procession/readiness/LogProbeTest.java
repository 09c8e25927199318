package dev.procession.readiness;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.launch.ProcessLog;
import dev.procession.launch.Secrets;
import dev.procession.os.backend.Backend;
import dev.procession.readiness.ReadinessProbe.Holds;
import dev.procession.readiness.ReadinessProbe.Never;
import dev.procession.readiness.ReadinessProbe.NotYet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(600)
class LogProbeTest {

    @TempDir
    private Path folder;

    private Path stdout;
    private Path stderr;

    @BeforeEach
    void makeFiles() throws IOException {
        stdout = Files.createFile(folder.resolve("stdout.log"));
        stderr = Files.createFile(folder.resolve("stderr.log"));
    }

    private ProcessLog log() {
        return new ProcessLog(
                "api", List.of(stdout, stderr), Backend.current().files(), new CompletableFuture<>(), Secrets.NONE);
    }

    private LogProbe probe(String regex, int times, Runnable wakeUp) {
        return new LogProbe(log(), Pattern.compile(regex), times, wakeUp);
    }

    private static void append(Path file, String text) throws IOException {
        Files.writeString(file, text, StandardOpenOption.APPEND);
    }

    @Test
    void itSaysWhatItWaitsFor() {
        try (LogProbe once = probe("up|ready", 1, () -> {});
                LogProbe twice = probe("up", 2, () -> {})) {
            assertThat(once.description()).isEqualTo("log /up|ready/");
            assertThat(twice.description()).isEqualTo("log /up/ 2 times");
        }
    }

    @Test
    void aMatchingLineIsReady() throws IOException {
        append(stdout, "starting\n");
        append(stderr, "server is up now\n");

        try (LogProbe probe = probe("up", 1, () -> {})) {
            assertThat(Probing.settled(probe)).isEqualTo(new Holds("\"server is up now\""));
        }
    }

    @Test
    void untilThenTheLastLineIsShown() throws IOException {
        try (LogProbe probe = probe("up", 1, () -> {})) {
            assertThat(probe.look()).isEqualTo(new NotYet("nothing logged", 0));

            append(stdout, "loading\nstarting\n");

            assertThat(Probing.until(probe, answer -> !answer.seen().equals("nothing logged")))
                    .isEqualTo(new NotYet("last line \"starting\"", 0));
        }
    }

    @Test
    void asManyLinesAsAskedForMustMatch() throws IOException {
        append(stdout, "worker up\nworker up\n");

        try (LogProbe probe = probe("worker (up)", 3, () -> {})) {
            assertThat(Probing.until(probe, answer -> answer.seen().startsWith("2")))
                    .isEqualTo(new NotYet("2 of 3, last line \"worker up\"", 0));

            append(stderr, "worker up at last\n");

            assertThat(Probing.settled(probe)).isEqualTo(new Holds("\"worker up\""));
        }
    }

    @Test
    void severalMatchesInOneLineAreOne() throws IOException {
        append(stdout, "up up up\n");

        try (LogProbe probe = probe("up", 2, () -> {})) {
            assertThat(Probing.until(probe, answer -> answer.seen().startsWith("1")))
                    .isEqualTo(new NotYet("1 of 2, last line \"up up up\"", 0));
        }
    }

    @Test
    void aPromptWithoutALineEndIsReady() throws IOException {
        append(stdout, "login: ");

        try (LogProbe probe = probe("^login: $", 1, () -> {})) {
            assertThat(Probing.settled(probe)).isEqualTo(new Holds("\"login: \""));
        }
    }

    @Test
    void aWriteWakesTheWaiter() throws Exception {
        CountDownLatch woken = new CountDownLatch(1);
        try (LogProbe probe = probe("up", 1, woken::countDown)) {
            probe.look();

            append(stdout, "up\n");

            assertThat(woken.await(60, TimeUnit.SECONDS)).isTrue();
            assertThat(Probing.settled(probe)).isEqualTo(new Holds("\"up\""));
        }
    }

    @Test
    void aLineThatMayNotComeEndsTheWait() throws IOException {
        try (FailureLogProbe probe = new FailureLogProbe(log(), Pattern.compile("ERROR|FATAL"), () -> {})) {
            assertThat(probe.description()).isEqualTo("no log /ERROR|FATAL/");
            assertThat(probe.look()).isEqualTo(new Holds("no such line"));

            append(stderr, "all well\nFATAL: no disk\nERROR: later\n");

            assertThat(Probing.until(probe, Never.class::isInstance))
                    .isEqualTo(new Never(
                            "it logged \"FATAL: no disk\", which matches failOnLog /ERROR|FATAL/",
                            "mend what that line says"));
        }
    }
}
