package dev.procession.supervise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.launch.ProcessSpec;
import dev.procession.launch.Readiness;
import dev.procession.launch.StopPolicy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a supervisor tells those who want to show it, and where its relative paths start. */
class ProgressTest {

    @TempDir
    Path folder;

    private final List<String> told = new CopyOnWriteArrayList<>();

    private final Progress progress = new Progress() {
        @Override
        public void started(SupervisedProcess process) {
            told.add(process + " started, alive: " + !process.tree().isEmpty());
        }

        @Override
        public void waiting(SupervisedProcess process, Duration elapsed, String conditions) {
            told.add(process + " waits for " + conditions);
            try {
                Files.createFile(process.directory().resolve("told"));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void ready(SupervisedProcess process, Duration elapsed) {
            told.add(process + " ready");
        }

        @Override
        public void stopped(SupervisedProcess process, Duration elapsed, boolean escalated) {
            told.add(process + " stopped" + (escalated ? " by KILL" : ""));
        }
    };

    private Supervisor supervisor() {
        return Supervisor.builder()
                .folder(folder.resolve("logs"))
                .progress(progress)
                .build();
    }

    private static ProcessSpec.Builder script(String name, String script) {
        return ProcessSpec.command("sh", "-c", script).name(name).ready(Readiness.DEFAULT.log("^ready$"));
    }

    @Test
    void eachStepOfALifeIsTold() {
        try (Supervisor supervisor = supervisor()) {
            supervisor.startAll(List.of(
                    script("web", "echo ready; exec sleep 1000").dependsOn("db").build(),
                    script("db", "trap '' TERM; echo ready; while :; do sleep 1000; done")
                            .stop(StopPolicy.DEFAULT.gracePeriod(Duration.ofMillis(50)))
                            .build()));
        }
        assertThat(told)
                .containsExactly(
                        "'db' STARTING started, alive: true",
                        "'db' RUNNING ready",
                        "'web' STARTING started, alive: true",
                        "'web' RUNNING ready",
                        "'web' STOPPED (killed by TERM) stopped",
                        "'db' STOPPED (killed by KILL) stopped by KILL");
    }

    @Test
    void aLongWaitGivesSigns() {
        try (Supervisor supervisor = supervisor()) {
            supervisor.start(script("slow", "until [ -e told ]; do sleep 0.01; done; echo ready; exec sleep 1000")
                    .build());
        }
        assertThat(told)
                .containsExactly(
                        "'slow' STARTING started, alive: true",
                        "'slow' STARTING waits for log /^ready$/, last: nothing logged",
                        "'slow' RUNNING ready",
                        "'slow' STOPPED (killed by TERM) stopped");
    }

    @Test
    void relativePathsStartAtTheBase() throws Exception {
        Path home = Files.createDirectory(folder.resolve("home"));
        Path program = Files.writeString(home.resolve("program.sh"), "#!/bin/sh\npwd\necho \"$1\"\n");
        assertThat(program.toFile().setExecutable(true)).isTrue();
        try (Supervisor supervisor =
                Supervisor.builder().base(home).folder(Path.of("logs")).build()) {
            SupervisedProcess process = supervisor.start(ProcessSpec.command("./program.sh", "${basedir}")
                    .name("based")
                    .directory(".")
                    .ready(Readiness.DEFAULT.exit(0))
                    .build());

            assertThat(process.log().lines()).containsExactly(home.toString(), home.toString());
            assertThat(home.resolve("logs/based/stdout.log")).exists();
        }
    }
}
