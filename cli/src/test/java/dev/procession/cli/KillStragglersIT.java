package dev.procession.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.procession.cli.Cli.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KillStragglersIT {

    private static final String USAGE = """
            Usage: procession kill-stragglers [--any-user] [--exact] [--force] [--help]
                                       [--remove-pidfile] [--grace=TIME] [--pattern=REGEX]
                                       [--pidfile=FILE] [--user=USER] [NAME] [ARGS...]
            Try 'procession kill-stragglers --help'.
            """;

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

    private Result killed(Process process, String script, String argument) {
        return Result.stdout("killed pid " + process.pid() + " (" + folder.resolve(victims.name) + " -c " + script
                + " arg0 " + argument + ")\n");
    }

    private Result killed(Process process, String argument) {
        return killed(process, "'echo up; read -r line'", argument);
    }

    private Result killedStubborn(Process process, String argument) {
        return killed(process, "'trap '\\'''\\'' TERM; echo up; read -r line'", argument);
    }

    @Test
    void byNameAndArgument() {
        Process alpha = victims.start("alpha");
        Process beta = victims.start("beta");
        assertThat(cli.run("kill-stragglers", "--exact", victims.name, "alph")).isEqualTo(Result.of(0));
        assertThat(cli.run("kill-stragglers", victims.name, "alph")).isEqualTo(killed(alpha, "alpha"));
        assertThat(alpha.isAlive()).isFalse();
        assertThat(alpha.exitValue()).isEqualTo(143);
        assertThat(beta.isAlive()).isTrue();
        assertThat(cli.run("kill-stragglers", victims.name, "alph")).isEqualTo(Result.of(0));
    }

    @Test
    void byPattern() {
        Process alpha = victims.start("alpha");
        Process beta = victims.start("beta");
        assertThat(cli.run("kill-stragglers", "--pattern", victims.name + ".* b.ta$"))
                .isEqualTo(killed(beta, "beta"));
        assertThat(alpha.isAlive()).isTrue();
    }

    @Test
    void whoOutlivesTheGracePeriodIsKilled() {
        Process stubborn = victims.startStubborn("alpha");
        assertThat(cli.run("kill-stragglers", "--grace", "0.2", victims.name))
                .isEqualTo(killedStubborn(stubborn, "alpha"));
        assertThat(stubborn.exitValue()).isEqualTo(137);
    }

    @Test
    void byForce() {
        Process process = victims.start("alpha");
        assertThat(cli.run("kill-stragglers", "--force", victims.name)).isEqualTo(killed(process, "alpha"));
        assertThat(process.exitValue()).isEqualTo(137);
    }

    @Test
    void byPidfile() throws IOException {
        Process alpha = victims.start("alpha");
        Path file = folder.resolve("alpha.pid");
        Files.writeString(file, Long.toString(alpha.pid()));
        assertThat(cli.run("kill-stragglers", "--pidfile", file.toString())).isEqualTo(killed(alpha, "alpha"));
        assertThat(file).exists();
        assertThat(cli.run("kill-stragglers", "--pidfile", folder + "/a*.pid", "--remove-pidfile"))
                .isEqualTo(Result.of(0));
        assertThat(file).doesNotExist();
    }

    @Test
    void byAPidfileInTheHomeFolder() throws IOException {
        Process alpha = victims.start("alpha");
        Files.writeString(Files.createDirectory(folder.resolve("pids")).resolve("app.pid"), "" + alpha.pid());
        assertThat(cli.start(Map.of("HOME", folder.toString()), Cli.java("kill-stragglers", "--pidfile", "app"))
                        .await())
                .isEqualTo(killed(alpha, "alpha"));
    }

    /** In a pid namespace, where nobody else is: for what would end everybody. */
    private Result alone(String script) {
        List<String> namespace = List.of("unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "bash", "-c");
        assumeTrue(
                cli.start(
                                        Map.of(),
                                        Stream.concat(namespace.stream(), Stream.of("true"))
                                                .toList())
                                .await()
                                .exitCode()
                        == 0,
                "needs the right to make pid namespaces");
        return cli.start(
                        Map.of(),
                        Stream.concat(namespace.stream(), Stream.of(script)).toList())
                .await();
    }

    /** As --pattern "$A|$B" is without A or B. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '`',
            value = {
                "``~is empty; an empty one would match every process; give a part of the command line",
                "` `~is \" \", which nearly every process matches; give a part of the command line",
                "a|~is \"a|\", which every process matches, since it matches the empty text; give a part of the command"
                        + " line; who really means everybody writes .*"
            })
    void aPatternThatMeansEverybodyIsAnError(String pattern, String problem) {
        String kill = String.join(" ", Cli.java("kill-stragglers", "--force", "--pattern", "'" + pattern + "'"));

        Result result = alone("sleep 1001 & " + kill + "; echo $?; kill -0 $! && echo alive");

        assertThat(result)
                .isEqualTo(new Result(
                        0, "2\nalive\n", "procession kill-stragglers: '--pattern' " + problem + "\n" + USAGE));
    }

    /** Whoever means everybody does not mean those with whom he works. */
    @Test
    void thePipelineThatWeAreInIsLeftAlone() {
        String script =
                "sleep 1001 & yes | " + String.join(" ", Cli.java("kill-stragglers", "--force", "--pattern", "'.*'"))
                        + " | while read -r line; do echo \"$line\"; done | tee told; echo over";

        Result result = alone(script);

        assertThat(result.stdout()).matches("killed pid \\d+ \\(sleep 1001\\)\nover\n");
        String spared =
                "; it is in the pipeline of this JVM or of who has started it; it was meant by any process with a"
                        + " command line that matches /.*/, but was left alone";
        assertThat(result.stderr().lines().filter(line -> line.startsWith("procession: ")))
                .allMatch(line -> line.endsWith(spared))
                .extracting(line -> line.replaceAll("^procession: pid \\d+ \\(|\\), parent.*$", ""))
                .containsExactlyInAnyOrder("yes", "tee told");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "kill-stragglers|'NAME' is missing; say who is meant by exactly one of NAME, --pattern and --pidfile",
                "kill-stragglers x --pattern y|'NAME' is given beside --pattern or --pidfile, or both of these are; say"
                        + " who is meant by exactly one of NAME, --pattern and --pidfile",
                "kill-stragglers --pattern (|'--pattern' is \"(\", which is no regular expression: Unclosed group; put a"
                        + " backslash before each sign that is meant as it is",
                "kill-stragglers --grace x y|'--grace' is \"x\", which is no duration; give seconds, such as 30 or 1.5,"
                        + " or a unit, such as 500ms, 2m or 1h",
                "kill-stragglers --force --grace 1 y|'--grace' is given beside --force, which gives none; give one of"
                        + " them",
                "kill-stragglers --exact --pattern y|'--exact' compares ARGS; give NAME and ARGS",
                "kill-stragglers --remove-pidfile y|'--remove-pidfile' removes what --pidfile names; give --pidfile",
                "kill-stragglers --user nosuchuser VICTIM|'--user' is 'nosuchuser', whom /etc/passwd does not list;"
                        + " give one that is, or the user's number",
            })
    void badUsageIsAnError(String words, String problem) {
        victims.start();
        Result result = cli.run(words.replace("VICTIM", victims.name).split(" "));
        assertThat(result).isEqualTo(new Result(2, "", "procession kill-stragglers: " + problem + "\n" + USAGE));
    }
}
