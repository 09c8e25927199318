package dev.procession.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.cli.Cli.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.jar.JarFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Help, version, completion, and what is said to those who need help. */
class UsageIT {

    @TempDir
    Path folder;

    private Cli cli;

    @BeforeEach
    void prepare() {
        cli = new Cli(folder);
    }

    @Test
    void helpListsAllCommands() {
        Result result = cli.run("--help");
        assertThat(result).isEqualTo(Result.stdout("""
                                Usage: procession [-h] [-V] COMMAND
                                Finds, awaits, keeps running and ends processes, whoever started them.
                                  -h, --help      Shows this.
                                  -V, --version   Shows the version.
                                Commands:
                                  pids                 Prints the pids of the processes with a name, the newest
                                                         first.
                                  wait-for-start       Waits until a process is there that was started lately.
                                  wait-for-death       Waits until no such process is there any more.
                                  keep-running         Runs a command, and again half a second after each end
                                                         of it, until it exits with 55.
                                  kill-stragglers      Ends processes: TERM, and KILL for those that are still
                                                         there after a while.
                                  generate-completion  Generate bash/zsh completion script for procession.

                                Times are seconds (30, 1.5) or carry a unit (500ms, 10s, 2m, 1h).
                                Under the names getPids, watchForProcessToStart, watchForProcessToDie and
                                watchProcessAndRestart the commands take, print and exit with what the tools
                                of these names do.
                                """));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "pids ./server",
                "wait-for-start 1s server",
                "wait-for-death 1s server",
                "keep-running server",
                "kill-stragglers server",
                "watchForProcessToDie 1 server",
                "watchProcessAndRestart server"
            })
    void aDirectoryThatTheLocaleCannotReadIsAnError(String line) throws IOException {
        Path directory = Files.createDirectory(folder.resolve("grün"));
        Result result = new Cli(directory)
                .start(Map.of("LC_ALL", "C"), Cli.java(line.split(" ")))
                .await();
        assertThat(result.exitCode()).isNotZero();
        assertThat(result.stdout()).isEmpty();
        assertThat(result.stderr())
                .contains(": 'basedir' is \"" + folder + "/gr??n\": the name of the directory the JVM was started in"
                        + " cannot be read in its locale's charset ANSI_X3.4-1968; start the JVM with LC_ALL=C.UTF-8\n")
                .doesNotContain("\tat ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"pids", "wait-for-start", "wait-for-death", "keep-running", "kill-stragglers"})
    void eachCommandHasHelp(String command) {
        Result result = cli.run(command, "--help");
        assertThat(result).isEqualTo(Result.stdout(result.stdout()));
        assertThat(result.stdout()).startsWith("Usage: procession " + command + " ");
    }

    @Test
    void theVersionIsThatOfTheJar() throws IOException {
        try (JarFile jar = new JarFile(Cli.JAR.toFile())) {
            String version = jar.getManifest().getMainAttributes().getValue("Implementation-Version");
            assertThat(version).isNotEmpty();
            assertThat(cli.run("--version")).isEqualTo(Result.stdout("procession " + version + "\n"));
        }
    }

    @Test
    void theJarHoldsTheLicences() throws IOException {
        try (JarFile jar = new JarFile(Cli.JAR.toFile())) {
            for (String file : List.of("NOTICE", "LICENSE", "AL2.0", "LGPL2.1", "licenses/procession/LICENSE")) {
                assertThat(jar.getEntry("META-INF/" + file)).as(file).isNotNull();
            }
        }
    }

    @Test
    void aShellTakesTheCompletion() throws IOException {
        Result script = cli.run("generate-completion");
        assertThat(script.exitCode()).isZero();
        Path file = Files.writeString(folder.resolve("completion"), script.stdout());
        assertThat(cli.start(
                                Map.of(),
                                List.of(
                                        "bash",
                                        "-c",
                                        ". " + file + "; COMP_WORDS=(procession wait-for-s); COMP_CWORD=1;"
                                                + " _complete_procession; echo \"${COMPREPLY[@]}\""))
                        .await())
                .isEqualTo(Result.stdout("wait-for-start\n"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "``|``|a command is missing; known are pids, wait-for-start, wait-for-death, keep-running and"
                        + " kill-stragglers|[-h] [-V] COMMAND",
                "pidz|``|'pidz' is no command; did you mean 'pids'?|[-h] [-V] COMMAND",
                "--nosuch|``|'--nosuch' is no option|[-h] [-V] COMMAND",
                "pids|pids|NAME is missing|[--help] [--loose] NAME [EXTRA...]",
                "pids --lose x|pids|'NAME' is \"--lose\", which is neither an option of this command nor the name of a"
                        + " program; look at --help|[--help] [--loose] NAME [EXTRA...]",
                "wait-for-start|wait-for-start|TIMEOUT is missing|[--exact] [--help] [--since=MOMENT]"
                        + " [--within=TIME]~                          TIMEOUT NAME [ARGS...]",
                "wait-for-start x y|wait-for-start|'TIMEOUT' is \"x\", which is no duration; give seconds, such as 30 or"
                        + " 1.5, or a unit, such as 500ms, 2m or 1h|[--exact] [--help] [--since=MOMENT]"
                        + " [--within=TIME]~                          TIMEOUT NAME [ARGS...]",
                "wait-for-start 1 y --since x|wait-for-start|'--since' is \"x\", which is no moment; give what 'date"
                        + " +%s.%N' prints, or such as 2026-11-20T18:30:00Z|[--exact] [--help] [--since=MOMENT]"
                        + " [--within=TIME]~                          TIMEOUT NAME [ARGS...]",
                "wait-for-start 1 y --since 99999999999|wait-for-start|'--since' is \"99999999999\", which is 5138-11-16T09:46:39Z; give a moment"
                        + " of the last hundred years, or of the next day|[--exact] [--help] [--since=MOMENT]"
                        + " [--within=TIME]~                          TIMEOUT NAME [ARGS...]",
                "wait-for-start 1 y --since 5 --within 1|wait-for-start|'--since' is given beside --within; give one of"
                        + " them|[--exact] [--help] [--since=MOMENT]"
                        + " [--within=TIME]~                          TIMEOUT NAME [ARGS...]",
                "wait-for-death -1 y|wait-for-death|'TIMEOUT' is \"-1\", which is no duration; give seconds, such as 30"
                        + " or 1.5, or a unit, such as 500ms, 2m or 1h|[--exact] [--help] TIMEOUT NAME [ARGS...]",
                "wait-for-death 5|wait-for-death|NAME is missing|[--exact] [--help] TIMEOUT NAME [ARGS...]",
                "keep-running|keep-running|CMD is missing|[--help] CMD...",
                "keep-running --nosuch x|keep-running|'--nosuch' is no option|[--help] CMD...",
            })
    void badUsageIsAnError(String words, String command, String problem, String synopsis) {
        String name = command.isEmpty() ? "procession" : "procession " + command;
        Result result = words.isEmpty() ? cli.run() : cli.run(words.split(" "));
        assertThat(result)
                .isEqualTo(new Result(
                        2,
                        "",
                        name + ": " + problem + "\n"
                                + "Usage: " + name + " " + synopsis.replace('~', '\n') + "\n"
                                + "Try '" + name + " --help'.\n"));
    }

    private static final String GET_PIDS = """
            Usage: getPids programName (--loose) [extra]

            Prints the pids of all processes that pidof would find and that have each [extra] among their arguments.

                --loose    An [extra] need only be part of an argument.
            """;

    private static final String START = """
            Usage: watchForProcessToStart [timeout] [processName] (optional list of params).

            Waits at most [timeout] seconds until such a process has been started.

            Exits with 51 if only one is there that was started too long ago, and with 52 if none is.
            """;

    private static final String DIE = """
            Usage: watchForProcessToDie [timeout] [processName] (optional list of params).

            Waits at most [timeout] seconds until no such process is there; exits with 1 if one still is.
            """;

    private static final String RESTART = """
            Usage: watchProcessAndRestart [cmd]

            Runs [cmd], and runs it again whenever it ends, until it exits with 55.
            """;

    @Test
    void theOriginalNamesShowTheirUsageWhereTheOriginalsDo() {
        assertThat(cli.run("getPids")).isEqualTo(new Result(1, "", GET_PIDS));
        assertThat(cli.run("getPids", "--loose")).isEqualTo(new Result(1, "", GET_PIDS));
        assertThat(cli.run("watchForProcessToStart", "5")).isEqualTo(new Result(1, "", START));
        assertThat(cli.run("watchForProcessToDie", "5")).isEqualTo(new Result(1, "", DIE));
        assertThat(cli.run("watchProcessAndRestart")).isEqualTo(new Result(1, RESTART, ""));
        assertThat(cli.run("getPids", "--help")).isEqualTo(Result.stdout(GET_PIDS));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "watchForProcessToStart 1.5 x|'timeout' is \"1.5\", which is no whole number of seconds; write it like 30;"
                        + " 'procession wait-for-start' and 'wait-for-death' also take 1.5 and 500ms",
                "watchForProcessToDie -1 x|'timeout' is \"-1\", which is no whole number of seconds; write it like 30;"
                        + " 'procession wait-for-start' and 'wait-for-death' also take 1.5 and 500ms",
                "getPids --lose|'processName' is \"--lose\", which is neither an option of this command nor the name of a"
                        + " program; look at --help",
            })
    void badUsageOfAnOriginalNameIsAnError(String words, String problem) {
        String command = words.substring(0, words.indexOf(' '));
        assertThat(cli.run(words.split(" "))).isEqualTo(new Result(1, "", command + ": " + problem + "\n"));
    }
}
