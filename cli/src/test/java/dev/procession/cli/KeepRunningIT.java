package dev.procession.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.cli.Cli.Result;
import dev.procession.cli.Cli.Running;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Running a command again and again, by our own name of the command and by the original one. */
class KeepRunningIT {

    @TempDir
    Path folder;

    private Cli cli;

    @BeforeEach
    void prepare() {
        cli = new Cli(folder);
    }

    private static void signal(String signal, String target) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder("kill", "-s", signal, "--", target)
                        .inheritIO()
                        .start()
                        .waitFor())
                .isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"keep-running", "watchProcessAndRestart"})
    void itRunsUntilItExitsWith55(String command) {
        String script = """
                echo "run $$"
                echo x >>runs
                case $(wc -l <runs) in
                  1 | 2) exit 7 ;;
                  3) exit 0 ;;
                  4) kill -s KILL $$ ;;
                esac
                exit 55
                """;
        Result result = cli.run(command, "sh", "-c", script);
        assertThat(result.stdout().lines().distinct()).hasSize(5).allMatch(line -> line.startsWith("run "));
        assertThat(result).isEqualTo(Result.stdout(result.stdout()));
    }

    @Test
    void whoeverEndsItFromOutsideOnlyGetsItStartedAgain() throws Exception {
        try (Running running = cli.start(
                "keep-running",
                "sh",
                "-c",
                "if [ -e second ]; then echo $$; exit 55; fi; : >second; echo $$; exec sleep 1000")) {
            signal("TERM", running.lines(1).get(0));
            assertThat(running.await().exitCode()).isZero();
            assertThat(running.stdout().lines().distinct()).hasSize(2);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"keep-running", "watchProcessAndRestart"})
    void eachWordStaysOneArgument(String command) {
        List<String> words =
                List.of("two words", "", "it's \"so\"", "*", "$HOME", "--", "--help", "@x", "a\nb", "wörld");
        List<String> line = new ArrayList<>(List.of(command, "sh", "-c", "printf '<%s>' \"$@\"; exit 55", "sh"));
        line.addAll(words);
        String expected = "<" + String.join("><", words) + ">";
        assertThat(cli.run(line.toArray(String[]::new))).isEqualTo(Result.stdout(expected));
        assertThat(cli.start(Map.of("LC_ALL", "C"), Cli.java(line.toArray(String[]::new)))
                        .await())
                .isEqualTo(Result.stdout(expected));
    }

    @Test
    void theCommandMayComeBehindTwoDashes() {
        assertThat(cli.run("keep-running", "--", "sh", "-c", "exit 55")).isEqualTo(Result.of(0));
    }

    @Test
    void itReadsOurStdinAndWritesToOurStderr() {
        String call = String.join(" ", Cli.java("keep-running", "sh", "-c"))
                + " 'read -r line; echo \"got $line\" >&2; exit 55'";
        assertThat(cli.start(Map.of(), List.of("sh", "-c", "echo hello | " + call))
                        .await())
                .isEqualTo(new Result(0, "", "got hello\n"));
    }

    @ParameterizedTest
    @CsvSource({
        "TERM, trap 'echo TERM; exit 55' TERM, TERM, 0",
        "TERM, trap 'echo TERM; exit 3' TERM,  TERM, 3",
        "INT,  trap 'echo INT; exit 4' INT,    INT,  4",
        "HUP,  trap 'echo HUP; exit 0' HUP,    HUP,  0",
        "TERM, :,                              '',   143",
    })
    void aSignalIsPassedOnAndItsEndIsOurs(String signal, String trap, String told, int exitCode) throws Exception {
        for (String command : List.of("keep-running", "watchProcessAndRestart")) {
            try (Running running = cli.start(command, "sh", "-c", trap + "; echo up; while :; do sleep 0.05; done")) {
                running.lines(1);
                signal(signal, Long.toString(running.process().pid()));
                assertThat(running.await())
                        .isEqualTo(new Result(exitCode, told.isEmpty() ? "up\n" : "up\n" + told + "\n", ""));
            }
        }
    }

    @Test
    void aSecondSignalIsPassedOnToo() throws Exception {
        try (Running running = cli.start(
                "keep-running",
                "sh",
                "-c",
                "trap 'echo INT' INT; trap 'echo TERM; exit 5' TERM; echo up; while :; do sleep 0.05; done")) {
            running.lines(1);
            signal("INT", Long.toString(running.process().pid()));
            running.lines(2);
            signal("TERM", Long.toString(running.process().pid()));
            assertThat(running.await()).isEqualTo(new Result(5, "up\nINT\nTERM\n", ""));
        }
    }

    /** As Ctrl-C does: the kernel has told the child, too. */
    @Test
    void aSignalToTheWholeGroupIsNotPassedOnOnceMore() throws Exception {
        String child =
                "n=0; trap 'n=$((n + 1)); echo INT' INT; trap 'echo \"INT came $n times\"; exit 0' TERM; echo up;"
                        + " while :; do sleep 0.05; done";
        List<String> command = new ArrayList<>(List.of("setsid", "--wait"));
        command.addAll(Cli.java("keep-running", "sh", "-c", child));
        try (Running running = cli.start(Map.of(), command)) {
            running.lines(1);
            long jvm = child(running.process().toHandle(), "java").pid();
            signal("INT", "-" + jvm);
            running.lines(2);
            // What was sent later was also passed on later.
            signal("TERM", Long.toString(jvm));
            assertThat(running.await()).isEqualTo(new Result(0, "up\nINT\nINT came 1 times\n", ""));
        }
    }

    /** Setsid forks only where it leads a group already. */
    private static ProcessHandle child(ProcessHandle process, String name) {
        return Stream.concat(Stream.of(process), process.children())
                .filter(handle -> handle.info().command().orElse("").endsWith("/" + name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aSignalInThePauseEndsIt() throws Exception {
        try (Running running = cli.start("keep-running", "sh", "-c", "echo up; exit 1")) {
            running.lines(1);
            // The child has ended or is about to: nobody is left who could be told.
            signal("TERM", Long.toString(running.process().pid()));
            assertThat(running.await().exitCode()).isIn(1, 143);
        }
    }

    /** By it the watchdog finds a child that it was not told of, because we were killed before that. */
    @Test
    void theChildCarriesTheCookie() throws Exception {
        Result result = cli.run("keep-running", "sh", "-c", "echo $PROCESSION_RUN $PROCESSION_PROCESS; exit 55");

        assertThat(result.stdout().strip()).matches("(\\S+/)?(\\d+-\\d+) (\\S+/)?keep-running@\\2\\.1");
        assertThat(result.exitCode()).isZero();
    }

    @Test
    void whenWeAreKilledTheChildAndItsChildrenEnd() throws Exception {
        try (Running running = cli.start(
                "keep-running",
                "sh",
                "-c",
                "trap '' TERM HUP INT; sleep 1000 >/dev/null & echo $$ $!; while :; do sleep 0.05; done")) {
            String[] pids = running.lines(1).get(0).split(" ");
            List<ProcessHandle> family = Arrays.stream(pids)
                    .map(pid -> ProcessHandle.of(Long.parseLong(pid)).orElseThrow())
                    .toList();
            List<ProcessHandle> helpers = running.process().descendants().toList();
            signal("KILL", Long.toString(running.process().pid()));
            Cli.until("the end of the family", () -> family.stream().noneMatch(KeepRunningIT::lives));
            Cli.until("the end of the helpers", () -> helpers.stream().noneMatch(KeepRunningIT::lives));
        }
    }

    private static boolean lives(ProcessHandle process) {
        try {
            return process.isAlive()
                    && !Files.readString(Path.of("/proc/" + process.pid() + "/stat"))
                            .contains(") Z ");
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void aCommandThatIsNotThereIsAnError() {
        Result own = cli.start(Map.of("PATH", "/bin"), Cli.java("keep-running", "no-such-program", "a b"))
                .await();
        assertThat(own)
                .isEqualTo(new Result(
                        2,
                        "",
                        "procession keep-running: 'CMD' is no-such-program 'a b', but there is no program 'no-such-program' on the PATH"
                                + " (searched /bin); install it, or give its path\n"
                                + "Usage: procession keep-running [--help] CMD...\n"
                                + "Try 'procession keep-running --help'.\n"));
        Result original = cli.start(Map.of("PATH", "/bin"), Cli.java("watchProcessAndRestart", "no-such-program"))
                .await();
        assertThat(original)
                .isEqualTo(new Result(
                        1,
                        "",
                        "watchProcessAndRestart: 'cmd' is no-such-program, but there is no program 'no-such-program' on the PATH"
                                + " (searched /bin); install it, or give its path\n"));
    }

    @Test
    void aCommandThatVanishesIsTriedAgain() throws IOException {
        Path script = folder.resolve("job");
        Files.writeString(script, "#!/bin/sh\nrm -- \"$0\"; echo gone\n");
        assertThat(script.toFile().setExecutable(true)).isTrue();
        try (Running running = cli.start("keep-running", script.toString())) {
            Cli.until("a complaint", () -> contents(running.err()).contains("cannot be run"));
            Files.writeString(script, "#!/bin/sh\nexit 55\n");
            assertThat(script.toFile().setExecutable(true)).isTrue();
            Result result = running.await();
            assertThat(result.stderr().lines().distinct())
                    .allMatch(line -> line.startsWith("procession: " + script + " cannot be run: "));
            assertThat(result).isEqualTo(new Result(0, "gone\n", result.stderr()));
        }
    }

    private static String contents(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** As the original does: a command that starts a daemon, and says that it wants to stay away, means it. */
    @ParameterizedTest
    @ValueSource(strings = {"keep-running", "watchProcessAndRestart"})
    void whatTheCommandHasLeftStays(String command) throws Exception {
        String script = "sleep 1000 & echo $!; (setsid sleep 1000 & echo $!); trap 'exit 55' TERM; [ \"$1\" = stay ] ||"
                + " exit 55; echo up; while :; do sleep 0.05; done";
        for (String how : List.of("end", "stay")) {
            List<ProcessHandle> left = new ArrayList<>();
            try (Running running = cli.start(command, "sh", "-c", script, "sh", how)) {
                long pid = running.process().pid();
                // There may be more of them by now.
                running.lines(2).stream()
                        .limit(2)
                        .forEach(line -> left.add(
                                ProcessHandle.of(Long.parseLong(line.strip())).orElseThrow()));
                if (how.equals("stay")) {
                    running.lines(3);
                    signal("TERM", Long.toString(pid));
                }
                assertThat(running.await().exitCode()).isZero();
                Cli.until("the watchdog has ended", () -> !hasWatchdog(pid));

                assertThat(left).hasSize(2).allMatch(ProcessHandle::isAlive);
            } finally {
                left.forEach(ProcessHandle::destroyForcibly);
            }
        }
    }

    private static boolean hasWatchdog(long jvm) {
        return ProcessHandle.allProcesses().anyMatch(process -> {
            try {
                return Files.readString(Path.of("/proc/" + process.pid() + "/cmdline"), StandardCharsets.ISO_8859_1)
                        .contains("\0procession-watchdog\0" + jvm + "-");
            } catch (IOException e) {
                return false;
            }
        });
    }
}
