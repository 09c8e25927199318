package dev.procession.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.cli.Cli.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is found, by our own name of the command and by the original one. */
class PidsIT {

    @TempDir
    Path folder;

    private Cli cli;
    private Victims victims;

    @BeforeEach
    void prepare() {
        cli = new Cli(folder);
        victims = new Victims(folder);
    }

    @AfterEach
    void endVictims() {
        victims.close();
    }

    private static Result found(Process... processes) {
        return processes.length == 0
                ? Result.of(0)
                : Result.stdout(Stream.of(processes)
                                .map(process -> Long.toString(process.pid()))
                                .collect(Collectors.joining(" "))
                        + "\n");
    }

    /** Of two that run the same script, which are found; the words are separated by blanks. */
    @ParameterizedTest
    @CsvSource({
        "pids,           NAME apps/SomeApp.py alpha,          alpha",
        "pids,           NAME alpha apps/SomeApp.py,          alpha",
        "getPids,        NAME apps/SomeApp.py alpha,          alpha",
        "getPids,        NAME alpha apps/SomeApp.py,          alpha",
        "pids,           NAME SomeApp,                        none",
        "getPids,        NAME SomeApp,                        none",
        "pids,           --loose NAME SomeApp,                both",
        "pids,           NAME SomeApp --loose,                both",
        "getPids,        --loose NAME SomeApp,                both",
        "getPids,        NAME --loose SomeApp,                both",
        "getPids,        NAME SomeApp --loose,                both",
        "pids,           --loose NAME nosuch alpha,           none",
        "getPids,        --loose NAME nosuch alpha,           none",
        "pids,           NAME,                                both",
        "getPids,        NAME,                                both",
        "pids,           nosuchNAME,                          none",
        "getPids,        nosuchNAME,                          none",
        "pids,           -- NAME --weird,                     alpha",
        "pids,           NAME --weird,                        alpha",
        "getPids,        NAME --weird,                        alpha",
        "getPids,        NAME --,                             none",
    })
    void thoseAreFoundThatHaveEachArgument(String command, String words, String expected) {
        Process alpha = victims.start("apps/SomeApp.py", "alpha", "--weird");
        Process beta = victims.start("apps/SomeApp.py", "beta");
        List<String> line = new ArrayList<>(List.of(command));
        line.addAll(List.of(words.replace("NAME", victims.name).split(" ")));
        assertThat(cli.run(line.toArray(String[]::new)))
                .isEqualTo(
                        switch (expected) {
                            case "alpha" -> found(alpha);
                            case "both" -> found(beta, alpha);
                            default -> found();
                        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"two words", "it's \"so\"", "*", "$HOME", "@file", "wörld", "a\nb", "${sys:user.home}"})
    void anArgumentIsTakenAsItIs(String argument) throws IOException {
        Files.writeString(folder.resolve("file"), "other");
        Process process = victims.start(argument);
        assertThat(cli.run("pids", victims.name, argument)).isEqualTo(found(process));
        assertThat(cli.run("getPids", victims.name, argument)).isEqualTo(found(process));
        assertThat(cli.run("pids", victims.name, argument + "x")).isEqualTo(found());
    }

    @Test
    void theEmptyArgumentAsksForNothing() {
        Process process = victims.start("alpha");
        assertThat(cli.run("pids", victims.name, "")).isEqualTo(found(process));
        assertThat(cli.run("getPids", victims.name, "")).isEqualTo(found(process));
    }

    @Test
    void anArgumentIsReadInALocaleWithoutUnicode() {
        Process process = victims.start("wörld");
        assertThat(cli.start(Map.of("LC_ALL", "C"), Cli.java("pids", victims.name, "wörld"))
                        .await())
                .isEqualTo(found(process));
    }

    @Test
    void aScriptIsFoundByItsName() throws IOException {
        String script = "apps/" + victims.name + ".sh";
        Process bash = victims.script(script);
        assertThat(cli.run("pids", script)).isEqualTo(found(bash));
        assertThat(cli.run("getPids", script)).isEqualTo(found(bash));
        assertThat(cli.run("pids", victims.name + ".sh")).isEqualTo(found());
        assertThat(cli.run("pids", "--loose", victims.name + ".sh")).isEqualTo(found(bash));
    }

    @Test
    void aZombieIsNotFoundAndIsDead() throws IOException {
        Files.createSymbolicLink(folder.resolve(victims.name), Path.of("/bin/true"));
        Process parent =
                victims.launch(List.of("sh", "-c", "./" + victims.name + " & echo $!; exec sleep 1000 >/dev/null"));
        Cli.until("a zombie", () -> parent.children().allMatch(child -> isZombie(child.pid())));
        assertThat(cli.run("pids", victims.name)).isEqualTo(found());
        assertThat(cli.run("wait-for-death", "0", victims.name)).isEqualTo(found());
        assertThat(cli.run("watchForProcessToDie", "0", victims.name)).isEqualTo(found());
    }

    private static boolean isZombie(long pid) {
        try {
            return Files.readString(Path.of("/proc/" + pid + "/stat")).contains(") Z ");
        } catch (IOException e) {
            return false;
        }
    }

    /** Java's name, and the text that is sought, stand in our own command line. */
    @Test
    void weDoNotFindOurselves() {
        assertThat(cli.run("pids", "--loose", "java", victims.name)).isEqualTo(found());
        assertThat(cli.run("getPids", "--loose", "java", victims.name)).isEqualTo(found());
        assertThat(cli.run("wait-for-death", "0", "java", victims.name)).isEqualTo(found());
        assertThat(cli.run("watchForProcessToDie", "0", "java", victims.name)).isEqualTo(found());
        assertThat(cli.run("wait-for-start", "0", "java", victims.name).exitCode())
                .isEqualTo(52);
        assertThat(cli.run("watchForProcessToStart", "0", "java", victims.name).exitCode())
                .isEqualTo(52);
    }

    @Test
    void weDoNotFindTheShellThatHasCalledUs() {
        String call = String.join(" ", Cli.java("pids", "--loose", "sh", victims.name));
        assertThat(cli.start(Map.of(), List.of("sh", "-c", call + "; exit $?")).await())
                .isEqualTo(found());
    }

    /** Each has the whole script for its command line, and with it our arguments. */
    @Test
    void weDoNotFindTheSubshellsOfThePipelineThatWeAreIn() {
        String call = String.join(" ", Cli.java("pids", "--loose", "bash", victims.name));
        String script = "{ sleep 0.1; echo; } | " + call + " | while read -r line; do echo \"$line\"; done";
        assertThat(cli.start(Map.of(), List.of("bash", "-c", script)).await()).isEqualTo(Result.of(0));
        String wait = String.join(" ", Cli.java("wait-for-death", "0", "bash", victims.name));
        assertThat(cli.start(Map.of(), List.of("bash", "-c", wait + " | while read -r line; do echo \"$line\"; done"))
                        .await())
                .isEqualTo(Result.of(0));
    }

    @Test
    void weDoNotFindAnotherCommandOfOursByItsArguments() {
        try (Cli.Running other = cli.start("wait-for-start", "100", "java", victims.name)) {
            Cli.until(
                    "the other is there",
                    () -> cli.run("pids", "--loose", "java", Cli.JAR.toString(), "wait-for")
                            .equals(found(other.process())));
            assertThat(cli.run("pids", "--loose", "java", victims.name)).isEqualTo(found());
            assertThat(cli.run("wait-for-death", "0", "java", victims.name)).isEqualTo(found());
            assertThat(cli.run("kill-stragglers", "java", victims.name)).isEqualTo(found());
        }
    }

    @Test
    void aClosedStdoutIsNoError() {
        String call = String.join(" ", Cli.java("pids", "sh"));
        assertThat(cli.start(Map.of(), List.of("bash", "-c", "set -o pipefail; " + call + " | true; " + call + " >&-"))
                        .await())
                .isEqualTo(Result.of(0));
    }

    @Test
    void aSearchLoadsNoNativeCode() {
        Process process = victims.start("alpha");
        List<String> command = new ArrayList<>(Cli.java("pids", victims.name));
        command.add(1, "-Xlog:class+load:file=" + folder.resolve("loaded"));
        assertThat(cli.start(Map.of(), command).await()).isEqualTo(found(process));
        assertThat(folder.resolve("loaded"))
                .content()
                .contains("dev.procession.process.Search")
                .doesNotContain("com.sun.jna");
    }
}
