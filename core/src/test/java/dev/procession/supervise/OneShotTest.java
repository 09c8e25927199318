package dev.procession.supervise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.procession.launch.CommandText;
import dev.procession.launch.ProcessSpec;
import dev.procession.launch.Readiness;
import dev.procession.launch.StopScope;
import dev.procession.process.ExitStatus;
import dev.procession.process.StartFailedException;
import dev.procession.testkit.Await;
import dev.procession.testkit.Backends;
import dev.procession.testkit.Processes;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processes that are ready when they have ended. */
class OneShotTest {

    @TempDir
    Path folder;

    private static ProcessSpec.Builder oneShot(String name, String script, Integer... codes) {
        return Stage.script(name, script).ready(Readiness.DEFAULT.exit(codes));
    }

    private StartFailedException failure(ProcessSpec spec) {
        try (Stage stage = new Stage(Backends.nativeOne(), folder)) {
            StartFailedException failure = catchThrowableOfType(
                    StartFailedException.class, () -> stage.supervisor().start(spec));
            assertThat(failure).as("the start fails").isNotNull();
            assertThat(stage.supervisor().processes())
                    .extracting(SupervisedProcess::state)
                    .containsExactly(ProcessState.FATAL);
            assertThat(Processes.workingIn(folder)).isEmpty();
            return failure;
        }
    }

    private static String steady(Throwable failure) {
        return failure.getMessage()
                .replaceAll("after [0-9.]+ m?s of", "after T of")
                .replaceAll("pid \\d+", "pid N");
    }

    @Test
    void start_endsWithTheRightCode_isReady() {
        try (Stage stage = new Stage(Backends.nativeOne(), folder)) {
            SupervisedProcess process = stage.supervisor()
                    .start(oneShot("init", "echo done; exit 3", 0, 3).build());

            assertThat(process.isReady()).isTrue();
            assertThat(process.state()).isEqualTo(ProcessState.EXITED);
            assertThat(process.exitStatus()).contains(new ExitStatus.Code(3));
            assertThat(process.unexpectedDeath()).isEmpty();
            assertThat(process.log().stdout().lines()).containsExactly("done");
            assertThat(process.stop()).isFalse();
        }
    }

    @Test
    void start_endsWithAnotherCode_messageIsWhole() {
        ProcessSpec spec = oneShot("init", "echo 'no space' >&2; exit 4", 0, 3).build();

        StartFailedException failure = failure(spec);

        assertThat(failure.exitStatus()).isEqualTo(new ExitStatus.Code(4));
        assertThat(steady(failure))
                .isEqualTo("'init' ended with exit code 4 before it was ready, after T of 60 s\n"
                        + "  process     pid N, exit code 4\n"
                        + "  waiting for exit code 0 or 3 (last: exit code 4)\n"
                        + "  command     " + CommandText.of(spec.command()) + "      in "
                        + folder.resolve("init/work") + "\n"
                        + "  last lines of " + folder.resolve("init/stderr.log") + "\n"
                        + "    no space\n"
                        + "  try         look at what it logged; if that is how it ends well, add the code to 'exit' of"
                        + " ProcessSpec 'init'");
    }

    @Test
    void start_doesNotEnd_messageIsWhole() {
        ProcessSpec spec = Stage.script("init", "exec sleep 1000")
                .ready(Readiness.DEFAULT.exit(0).timeout(Duration.ofMillis(200)))
                .build();

        StartFailedException failure = failure(spec);

        assertThat(failure.exitStatus()).isNull();
        assertThat(steady(failure))
                .isEqualTo("'init' was not ready within 200 ms\n"
                        + "  process     pid N, still running, so it was stopped\n"
                        + "  waiting for exit code 0 (last: still running)\n"
                        + "  command     " + CommandText.of(spec.command()) + "      in "
                        + folder.resolve("init/work") + "\n"
                        + "  output      none, in " + folder.resolve("init/stdout.log") + " and stderr.log\n"
                        + "  try         look at what it logged; if it is only slow, raise 'timeout' of ProcessSpec"
                        + " 'init'");
    }

    @Test
    void start_logsAFailureAndEndsWell_fails() {
        ProcessSpec spec = Stage.script("init", "echo 'ERROR: half done'; exit 0")
                .ready(Readiness.DEFAULT.exit(0).failOnLog("^ERROR"))
                .build();

        StartFailedException failure = failure(spec);

        // Whether the line or the exit is seen first is the system's business.
        assertThat(steady(failure).replaceAll("pid N, .*", "pid N, …").replaceAll("  waiting for .*\n", ""))
                .isEqualTo("'init' cannot become ready, after T of 60 s: it logged \"ERROR: half done\", which matches"
                        + " failOnLog /^ERROR/\n"
                        + "  process     pid N, …\n"
                        + "  command     " + CommandText.of(spec.command()) + "      in "
                        + folder.resolve("init/work") + "\n"
                        + "  last lines of " + folder.resolve("init/stdout.log") + "\n"
                        + "    ERROR: half done\n"
                        + "  try         mend what that line says");
    }

    /** The line has no end, so that it is one only when the process has ended. */
    @Test
    void start_failureInTheLastWords_saysThatItHadEnded() {
        ProcessSpec spec = Stage.script("init", "printf 'ERROR: half done'; exit 0")
                .ready(Readiness.DEFAULT.exit(0).failOnLog("^ERROR"))
                .build();

        StartFailedException failure = failure(spec);

        assertThat(failure.exitStatus()).isEqualTo(new ExitStatus.Code(0));
        assertThat(steady(failure))
                .isEqualTo("'init' cannot become ready, after T of 60 s: it logged \"ERROR: half done\", which matches"
                        + " failOnLog /^ERROR/\n"
                        + "  process     pid N, exit code 0\n"
                        + "  command     " + CommandText.of(spec.command()) + "      in "
                        + folder.resolve("init/work") + "\n"
                        + "  last lines of " + folder.resolve("init/stdout.log") + "\n"
                        + "    ERROR: half done\n"
                        + "  try         mend what that line says");
    }

    @Test
    void start_leavesADescendant_thatHasGoneWhenItIsReady() {
        try (Stage stage = new Stage(Backends.nativeOne(), folder)) {
            // It can be found only while its parent lives, or by its cookie.
            SupervisedProcess process = stage.supervisor()
                    .start(oneShot("init", "setsid sleep 1000 & sleep 1000 & exit 0", 0)
                            .build());

            assertThat(Processes.workingIn(folder)).isEmpty();
            assertThat(process.tree()).isEmpty();
        }
    }

    @Test
    void start_leavesADescendantOnPurpose_thatLivesUntilTheClose() {
        try (Stage stage = new Stage(Backends.nativeOne(), folder)) {
            stage.supervisor()
                    .start(oneShot("init", "sleep 1000 & exit 0", 0)
                            .stop(Stage.PATIENT.scope(StopScope.PROCESS))
                            .build());

            assertThat(Processes.workingIn(folder)).hasSize(1);
        }
        assertThat(Processes.workingIn(folder)).isEmpty();
    }

    @Test
    void stop_whileItRuns_itsStartFailsAndSaysWhy() {
        ProcessSpec spec = oneShot("init", "trap 'exit 0' TERM; echo begun; while :; do sleep 0.02; done", 0)
                .build();
        try (Stage stage = new Stage(Backends.nativeOne(), folder)) {
            Future<Boolean> stop = Await.async(() -> {
                Await.lines(folder.resolve("init/stdout.log"), 1);
                return stage.supervisor().process("init").orElseThrow().stop();
            });

            StartFailedException failure = catchThrowableOfType(
                    StartFailedException.class, () -> stage.supervisor().start(spec));

            assertThat(Await.result(stop)).isTrue();
            assertThat(failure.exitStatus()).isNull();
            assertThat(steady(failure).replaceAll("  waiting for .*\n", ""))
                    .isEqualTo("'init' was stopped before it was ready, after T of 60 s\n"
                            + "  process     pid N, stopped\n"
                            + "  command     " + CommandText.of(spec.command()) + "      in "
                            + folder.resolve("init/work") + "\n"
                            + "  last lines of " + folder.resolve("init/stdout.log") + "\n"
                            + "    begun\n"
                            + "  try         stop it only when its start has returned");
        }
    }

    @Test
    void startAll_whatDependsOnIt_isStartedWhenItHasEnded() {
        try (Stage stage = new Stage(Backends.nativeOne(), folder)) {
            String done = folder.resolve("done").toString();
            List<SupervisedProcess> processes = stage.supervisor()
                    .startAll(List.of(
                            Stage.script("server", "cat \"$1\"; echo ready; exec sleep 1000", done)
                                    .dependsOn("init")
                                    .build(),
                            Stage.script("init", "sleep 0.1; echo initialised > \"$1\"", done)
                                    .ready(Readiness.DEFAULT.exit(0))
                                    .build()));

            assertThat(processes.get(0).log().stdout().lines()).containsExactly("initialised", "ready");
            stage.supervisor()
                    .start(Stage.script("later", "echo ready; exec sleep 1000")
                            .dependsOn("init")
                            .build());
        }
    }

    @Test
    void start_interruptedWhileItsDescendantsAreGivenTime_leavesNothing() {
        ProcessSpec spec =
                oneShot("init", "trap '' TERM; sleep 1000 & exit 0", 0).build();
        Thread starter = Thread.currentThread();
        try (Stage stage = new Stage(Backends.nativeOne(), folder)) {
            Future<Boolean> interrupt = Await.async(() -> {
                Await.until(
                        "it has ended",
                        () -> stage.supervisor()
                                .process("init")
                                .flatMap(SupervisedProcess::exitStatus)
                                .isPresent());
                starter.interrupt();
                return true;
            });

            StartFailedException failure = catchThrowableOfType(
                    StartFailedException.class, () -> stage.supervisor().start(spec));

            assertThat(Thread.interrupted()).isTrue();
            Await.result(interrupt);
            assertThat(steady(failure))
                    .isEqualTo("'init' was not ready when its start was interrupted, after T of 60 s\n"
                            + "  process     pid N, exit code 0\n"
                            + "  command     " + CommandText.of(spec.command()) + "      in "
                            + folder.resolve("init/work") + "\n"
                            + "  output      none, in " + folder.resolve("init/stdout.log") + " and stderr.log\n"
                            + "  try         start it again; an interrupt comes from a test's timeout or a cancelled"
                            + " build");
            assertThat(Processes.workingIn(folder)).isEmpty();
        }
    }
}
