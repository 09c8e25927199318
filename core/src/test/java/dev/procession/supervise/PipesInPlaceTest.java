package dev.procession.supervise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.launch.Readiness;
import dev.procession.process.StartFailedException;
import dev.procession.testkit.Await;
import dev.procession.testkit.Backends;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A program puts named pipes where our files were: whoever opens one waits for its other end for ever. */
@EnabledOnOs(OS.LINUX)
class PipesInPlaceTest {

    @TempDir
    private Path folder;

    private Stage stage() {
        return new Stage(Backends.nativeOne(), folder);
    }

    private static String pipe(String name) {
        return "rm ../" + name + "; mkfifo ../" + name + "; ";
    }

    @Test
    void ofTheMarker_theFolderIsGivenBackAndUsedAgain() {
        Stage stage = stage();
        stage.start("api", pipe(".procession") + "echo ready; exec sleep 1000", Stage.QUICK);

        Await.result(Await.async(() -> {
            stage.close();
            return "closed";
        }));

        assertThat(folder.resolve("api/.procession"))
                .isRegularFile()
                .hasContent("Procession empties this folder at every start.");
        try (Stage next = stage()) {
            assertThat(next.start("api", "echo ready; exec sleep 1000", Stage.QUICK)
                            .state())
                    .isEqualTo(ProcessState.RUNNING);
        }
    }

    @Test
    void ofTheLogOfTheReadyCommand_itIsMadeAgain() {
        // A try that has seen the pipe fails, so that another must begin after that.
        String asked = "test -e made && { test -e again || { touch again; exit 1; }; }";
        try (Stage stage = stage()) {
            SupervisedProcess process = Await.result(Await.async(() -> stage.supervisor()
                    .start(Stage.script("api", pipe("ready-command.log") + "touch made; echo ready; exec sleep 1000")
                            .ready(Readiness.DEFAULT.log("^ready$").command("sh", "-c", asked))
                            .stop(Stage.QUICK)
                            .build())));

            assertThat(process.state()).isEqualTo(ProcessState.RUNNING);
            assertThat(folder.resolve("api/ready-command.log")).isRegularFile();
        }
    }

    @Test
    void ofALog_isAnErrorThatNamesIt() {
        Path log = folder.resolve("api/stdout.log");
        try (Stage stage = stage()) {
            SupervisedProcess process = stage.supervisor()
                    .start(Stage.script("api", pipe("stdout.log") + "touch made; exec sleep 1000")
                            .ready(Readiness.DEFAULT.file("made"))
                            .stop(Stage.QUICK)
                            .build());

            assertThatThrownBy(() ->
                            Await.async(() -> process.log().stdout().lines()).get(60, TimeUnit.SECONDS))
                    .isExactlyInstanceOf(ExecutionException.class)
                    .cause()
                    .isExactlyInstanceOf(UncheckedIOException.class)
                    .hasMessage("Cannot read the log " + log + ": it is no regular file, and nothing else is opened")
                    .cause()
                    .hasMessage(log + ": it is no regular file, and nothing else is opened");
            assertThatThrownBy(() -> Await.async(() -> {
                                process.restart();
                                return "restarted";
                            })
                            .get(60, TimeUnit.SECONDS))
                    .isExactlyInstanceOf(ExecutionException.class)
                    .cause()
                    .isExactlyInstanceOf(StartFailedException.class)
                    .hasMessage("'api' could not be started: its log cannot be written on: " + log
                            + ": it is no regular file, and nothing else is opened\n  command     sh -c '"
                            + pipe("stdout.log")
                            + "touch made; exec sleep 1000' sh      in " + folder.resolve("api/work")
                            + "\n  try         let the program leave its log files alone; look at 'command' of ProcessSpec"
                            + " 'api'");
        }
    }
}
