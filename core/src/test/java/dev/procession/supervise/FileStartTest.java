package dev.procession.supervise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.procession.launch.CommandText;
import dev.procession.launch.ProcessSpec;
import dev.procession.launch.Readiness;
import dev.procession.process.StartFailedException;
import dev.procession.testkit.Await;
import dev.procession.testkit.Backends;
import dev.procession.testkit.Processes;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file that a stranger writes makes nobody ready, as far as it can be known that he does. */
class FileStartTest {

    @TempDir
    private Path folder;

    private static ProcessSpec.Builder spec(String script, Path file, Duration timeout) {
        return Stage.script("writer", script, file.toString())
                .ready(Readiness.DEFAULT.file(file.toString()).timeout(timeout));
    }

    @Test
    void start_strangerWritesTheFileMeanwhile_isNotReadyAndNamesHim() throws Exception {
        Path file = folder.resolve("app.pid");
        Path started = folder.resolve("started");
        try (Stage stage = new Stage(Backends.nativeOne(), folder);
                OutputStream stranger = Files.newOutputStream(folder.resolve("elsewhere"))) {
            Future<Boolean> made = Await.async(() -> {
                Await.exists(started);
                stranger.write('1');
                Files.move(folder.resolve("elsewhere"), file);
                return true;
            });
            StartFailedException failure = catchThrowableOfType(
                    StartFailedException.class,
                    () -> stage.supervisor()
                            .start(spec(": > " + started + "; exec sleep 1000", file, Duration.ofSeconds(3))
                                    .build()));

            assertThat(failure).as("the start fails").isNotNull();
            assertThat(failure.getMessage()
                            .lines()
                            .skip(2)
                            .findFirst()
                            .orElseThrow()
                            .replaceAll("up for [0-9.]+ (ms|s|m)\\b", "up for T"))
                    .isEqualTo("  waiting for file " + file + " (last: there, but written by pid "
                            + ProcessHandle.current().pid() + " ("
                            + CommandText.of(Processes.TABLE.commandLine(
                                    ProcessHandle.current().pid()))
                            + "), up for T, which is not part of this process)");
            assertThat(Await.result(made)).isTrue();
        }
    }

    @Test
    void start_bothHaveItOpen_isReady() throws Exception {
        Path file = Files.createFile(folder.resolve("app.pid"));
        try (Stage stage = new Stage(Backends.nativeOne(), folder);
                OutputStream stranger = Files.newOutputStream(file, StandardOpenOption.APPEND)) {
            stranger.write('1');
            SupervisedProcess process = stage.supervisor()
                    .start(spec("exec 3>> \"$1\"; echo 1 >&3; exec sleep 1000", file, Duration.ofSeconds(60))
                            .build());

            assertThat(process.state()).isEqualTo(ProcessState.RUNNING);
        }
    }

    @Test
    void start_writtenAfterAStrangerHasClosedIt_isReady() throws Exception {
        Path file = folder.resolve("app.pid");
        Path go = folder.resolve("go");
        OutputStream stranger = Files.newOutputStream(file);
        try (Stage stage = new Stage(Backends.nativeOne(), folder);
                AutoCloseable closing = stranger::close) {
            assertThat(closing).isNotNull();
            Future<SupervisedProcess> start = Await.async(() -> stage.supervisor()
                    .start(spec(
                                    "echo up; until [ -e " + go
                                            + " ]; do sleep 0.01; done; echo $$ > \"$1\"; exec sleep 1000",
                                    file,
                                    Duration.ofSeconds(60))
                            .build()));
            Await.lines(folder.resolve("writer/stdout.log"), 1);
            stranger.write('1');
            assertThat(start.isDone()).isFalse();
            stranger.close();
            Files.createFile(go);

            assertThat(Await.result(start).state()).isEqualTo(ProcessState.RUNNING);
        }
    }
}
