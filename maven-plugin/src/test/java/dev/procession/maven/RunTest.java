package dev.procession.maven;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Services in the foreground, in real builds, and what ends them. */
class RunTest {

    @TempDir
    Path folder;

    @Test
    void runEndsOnEnter() throws Exception {
        new Pom("foreground").services(Pom.sleeper("worker")).write(folder);
        Path input = pipe();
        try (FileChannel keyboard = FileChannel.open(input, StandardOpenOption.READ, StandardOpenOption.WRITE);
                OutputStream keys = Files.newOutputStream(input, StandardOpenOption.WRITE);
                Build build = run(input)) {
            build.awaitOutput("Running; press Enter or Ctrl-C to stop");
            assertThat(keyboard.isOpen()).isTrue();
            keys.write('\n');
            keys.flush();
            build.await();
            build.assertNothingLeft();
            build.assertSucceeded();
            assertThat(build.output()).contains("\n[worker] here\n");
            assertThat(build.lines("'worker' stopped by TERM")).hasSize(1);
        }
    }

    @Test
    void runEndsWithItsInput_ifThatIsAPipe() throws Exception {
        new Pom("foreground").services(Pom.sleeper("worker")).write(folder);
        Path input = pipe();
        OutputStream keys;
        Build started;
        try (FileChannel both = FileChannel.open(input, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            keys = Files.newOutputStream(input, StandardOpenOption.WRITE);
            started = run(input);
            assertThat(both.isOpen()).isTrue();
        }
        try (Build build = started) {
            build.awaitOutput("Running; press Enter or Ctrl-C to stop");
            keys.close();
            build.await();
            build.assertNothingLeft();
            build.assertSucceeded();
        }
    }

    @Test
    void runWithoutInput_endsOnControlC() throws Exception {
        new Pom("foreground").services(Pom.sleeper("worker")).write(folder);
        try (Build build = run(Path.of("/dev/null"))) {
            build.awaitOutput("Running; press Ctrl-C to stop");
            build.interrupt();
            build.await();
            build.assertNothingLeft();
            assertThat(build.exitCode()).isEqualTo(130);
            assertThat(build.lines("'worker' stopped by TERM")).hasSize(1);
        }
    }

    @Test
    void runFailsWhenAServiceDies() throws Exception {
        new Pom("foreground")
                .services(
                        Pom.sleeper("worker"),
                        Pom.service(
                                "mortal",
                                "<arguments><argument>sh</argument><argument>-c</argument><argument>"
                                        + "echo up; until grep -q Running @{basedir}/output; do sleep 0.01; done; exit 7"
                                        + "</argument></arguments>",
                                "<ready><log>up</log></ready>"))
                .write(folder);
        try (Build build = run(Path.of("/dev/null"))) {
            build.await();
            build.assertNothingLeft();
            build.assertFailed();
            assertThat(build.output())
                    .contains("on project foreground: 'mortal' died, and nobody had asked it to: exit code 7");
        }
    }

    private Build run(Path input) throws IOException {
        List<String> command =
                new ArrayList<>(List.of("sh", Build.newest().resolve("bin/mvn").toString()));
        command.addAll(Build.options());
        command.add("dev.procession:procession-maven-plugin:0.1.0-SNAPSHOT:run");
        return Build.launch(folder, command, input.toFile());
    }

    private Path pipe() throws Exception {
        Path pipe = folder.resolve("input");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        return pipe;
    }

    @Test
    void withQNothingIsSaid() throws Exception {
        new Pom("quiet").services(Pom.sleeper("worker")).start().stop().write(folder);

        Build build = Build.run(folder, "-q", "verify");

        build.assertSucceeded();
        assertThat(build.output()).isEmpty();
    }

    @Test
    void helpKnowsTheParameters() throws Exception {
        new Pom("helpless").write(folder);

        Build build = Build.run(folder, "dev.procession:procession-maven-plugin:0.1.0-SNAPSHOT:help", "-Ddetail");

        build.assertSucceeded();
        assertThat(build.output())
                .contains("procession:start", "services\n", "propertiesFile\n", "skip (Default: false)")
                .contains("<restart>", "<expectedExitCodes>", "<startRetries>", "<priority> (999)")
                .contains("User property: procession.skip", "User property: procession.propertiesFile")
                .contains("procession:wait-for-start", "fresh (Default: true)", "since (Default: RUN)", "within\n")
                .contains("procession:wait-for-death", "timeout (Default: 30s)", "User property: procession.ignore")
                .contains("procession:kill-stragglers", "gracePeriod (Default: 5s)", "pattern\n", "pidFile\n")
                .doesNotContain("(no description available)");
    }
}
