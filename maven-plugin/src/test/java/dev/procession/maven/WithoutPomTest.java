package dev.procession.maven;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Goals around processes that anybody may have started, in a folder that has no pom: all is said by properties. */
class WithoutPomTest {

    private static final String PLUGIN = "dev.procession:procession-maven-plugin:0.1.0-SNAPSHOT:";

    @TempDir
    Path folder;

    static List<Path> mavens() {
        return List.of(Build.oldest(), Build.newest(), Build.next());
    }

    @ParameterizedTest
    @MethodSource("mavens")
    void found_ended_gone(Path maven) throws Exception {
        String argument = ForeignProcesses.unique("1000.");
        try (ForeignProcesses foreign = new ForeignProcesses()) {
            Process meant = foreign.sleep("7", "1000", argument);
            Process other = foreign.sleep("8", argument);

            Build build = Build.run(
                    maven,
                    folder,
                    PLUGIN + "wait-for-start",
                    PLUGIN + "kill-stragglers",
                    PLUGIN + "wait-for-death",
                    "-Dprocession.process=sleep",
                    "-Dprocession.args=7," + argument,
                    "-Dprocession.match=EXACT",
                    "-Dprocession.within=1h",
                    "-Dprocession.timeout=10s",
                    "-Dprocession.force");

            build.assertSucceeded();
            String line = "(sleep 7 1000 " + argument + ")";
            assertThat(build.lines(argument).stream()
                            .map(text -> text.replaceAll("\\d+(\\.\\d+)? m?s\\b", "T")
                                    .replaceAll("parent \\d+", "parent N")))
                    .containsExactly(
                            "Found after T: pid " + meant.pid() + " " + line + ", up for T",
                            "Ended within T: pid " + meant.pid() + " " + line + ", parent N, up for T; it was meant by"
                                    + " 'sleep' with the arguments 7 " + argument,
                            "None is alive after T: 'sleep' with the arguments 7 " + argument);
            assertThat(meant.waitFor()).isEqualTo(128 + 9);
            assertThat(other.isAlive()).isTrue();
        }
    }

    @Test
    void whoLooksForTheSameIsNotMeant_andWithQNothingIsSaid() throws Exception {
        String argument = ForeignProcesses.unique("1000.");
        try (ForeignProcesses foreign = new ForeignProcesses()) {
            Process meant = foreign.sleep(argument);
            Process looking = foreign.start("sh", "-c", "read line", "sh", "-Dprocession.pattern=" + argument);

            Build build = Build.run(folder, "-q", PLUGIN + "kill-stragglers", "-Dprocession.pattern=" + argument);

            build.assertSucceeded();
            assertThat(build.output()).isEmpty();
            assertThat(meant.waitFor()).isEqualTo(128 + 15);
            assertThat(looking.isAlive()).isTrue();
        }
    }

    @Test
    void aSlipOfTheFingers() throws Exception {
        Build build =
                Build.run(folder, PLUGIN + "wait-for-death", "-Dprocession.process=nobody", "-Dprocession.timout=10s");

        build.assertFailed();
        assertThat(build.lines("Failed to execute goal"))
                .singleElement()
                .asString()
                .contains("wait-for-death (default-cli) on project standalone-pom: property procession.timout is not"
                        + " known here; did you mean procession.timeout? -> ");
    }
}
