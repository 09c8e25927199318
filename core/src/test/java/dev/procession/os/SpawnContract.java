package dev.procession.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.process.ExitStatus;
import dev.procession.process.ProcessInfo;
import dev.procession.testkit.Await;
import dev.procession.testkit.Executables;
import dev.procession.testkit.Processes;
import dev.procession.testkit.Trial;
import java.io.FileInputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every way to start a program promises. */
public interface SpawnContract {

    /** Prints each argument on a line of its own. */
    String PRINT_ARGUMENTS = "for argument; do printf '<%s>\\n' \"$argument\"; done";

    OperatingSystem system();

    @Test
    default void spawn_programEndsWithCode_codeIsPublished(@TempDir Path folder) throws Exception {
        try (Trial trial = new Trial(system(), folder)) {
            assertThat(trial.script("exit 0").run()).isEqualTo(new ExitStatus.Code(0));
            assertThat(trial.script("exit 3").run()).isEqualTo(new ExitStatus.Code(3));
            assertThat(trial.script("exit 128").run()).isEqualTo(new ExitStatus.Code(128));
        }
    }

    @Test
    default void spawn_manyAtOnce_eachHasItsOwnCode(@TempDir Path folder) throws Exception {
        try (Trial trial = new Trial(system(), folder)) {
            List<Child> children = Stream.iterate(1, n -> n + 1)
                    .limit(40)
                    .map(n -> {
                        try {
                            return trial.script("exit " + n).spawn();
                        } catch (SpawnException e) {
                            throw new AssertionError(e);
                        }
                    })
                    .toList();

            assertThat(children.stream().map(child -> Await.result(child.exit())))
                    .isEqualTo(Stream.iterate(1, n -> n + 1)
                            .limit(40)
                            .map(ExitStatus.Code::new)
                            .toList());
        }
    }

    @Test
    default void spawn_identity_isThatOfTheRunningProgram(@TempDir Path folder) throws Exception {
        try (Trial trial = new Trial(system(), folder)) {
            long before = Processes.TABLE.nowTicks();

            Child child = trial.script("echo $$; exec sleep 1000").spawn();

            assertThat(Await.lines(trial.stdout(child), 1))
                    .containsExactly(Long.toString(child.id().pid()));
            assertThat(child.id()).isEqualTo(Processes.identity(child.id().pid()));
            assertThat(child.id().startTicks()).isBetween(before - 1, Processes.TABLE.nowTicks());
        }
    }

    @Test
    default void spawn_strangeArguments_arriveVerbatim(@TempDir Path folder) throws Exception {
        Assumptions.assumeTrue(canWriteAnything());
        String large = "x".repeat(100_000) + "!";
        try (Trial trial = new Trial(system(), folder)) {
            assertThat(trial.script(PRINT_ARGUMENTS, "", "a b", "\"'$HOME*\\", "line\nbreak", "grün €😀", large, "")
                            .output())
                    .isEqualTo("<>\n<a b>\n<\"'$HOME*\\>\n<line\nbreak>\n<grün €😀>\n<" + large + ">\n<>\n");
        }
    }

    @Test
    default void spawn_environment_overlayWinsAndTheRestIsInherited(@TempDir Path folder) throws Exception {
        try (Trial trial = new Trial(system(), folder)) {
            assertThat(trial.program("/usr/bin/env")
                            .with("HOME", "/elsewhere")
                            .with("WITH_EQUALS", "a=b=c")
                            .with("EMPTY", "")
                            .output()
                            .lines())
                    .contains("HOME=/elsewhere", "WITH_EQUALS=a=b=c", "EMPTY=", "PATH=" + System.getenv("PATH"))
                    .doesNotContain("HOME=" + System.getenv("HOME"));
        }
    }

    @Test
    default void environment_isThatOfThisJvm() {
        List<OwnEnvironment.Variable> variables = system().environment().variables();

        assertThat(variables)
                .extracting(OwnEnvironment.Variable::name)
                .containsAll(System.getenv().keySet());
        assertThat(variables)
                .filteredOn(variable -> variable.name().equals("PATH"))
                .singleElement()
                .satisfies(path -> {
                    assertThat(path.value()).asString().isEqualTo(System.getenv("PATH"));
                    assertThat(path.entry()).asString().isEqualTo("PATH=" + System.getenv("PATH"));
                    assertThat(path).hasToString("PATH");
                });
    }

    @Test
    default void spawn_environmentNotInherited_childHasTheOverlayAlone(@TempDir Path folder) throws Exception {
        try (Trial trial = new Trial(system(), folder)) {
            assertThat(trial.program("/usr/bin/env")
                            .withOnly(Map.of("ONLY", "this"))
                            .output())
                    .isEqualTo("ONLY=this\n");
            assertThat(trial.program("/usr/bin/env").withOnly(Map.of()).output())
                    .isEmpty();
        }
    }

    @Test
    default void spawn_environmentOutsideAscii_arrivesAsUtf8(@TempDir Path folder) throws Exception {
        Assumptions.assumeTrue(canWriteAnything());
        try (Trial trial = new Trial(system(), folder)) {
            assertThat(trial.program("/usr/bin/env")
                            .with("GREETING", "grün €😀")
                            .output()
                            .lines())
                    .contains("GREETING=grün €😀");
        }
    }

    @Test
    default void spawn_textThatTheLocaleCannotHold_isRefused(@TempDir Path folder) throws Exception {
        Assumptions.assumeFalse(canWriteAnything());
        try (Trial trial = new Trial(system(), folder)) {
            Charset charset = Charset.forName(System.getProperty("sun.jnu.encoding"));

            assertThatThrownBy(() -> trial.program("/usr/bin/env")
                            .with("GREETING", "grün")
                            .spawn())
                    .isInstanceOf(SpawnException.class)
                    .hasMessage("the value of the environment variable GREETING cannot be written in the JVM's charset "
                            + charset + "; start the JVM with LC_ALL=C.UTF-8");
            assertThatThrownBy(() -> trial.script(PRINT_ARGUMENTS, "grün").spawn())
                    .isInstanceOf(SpawnException.class)
                    .hasMessage("argument 4 cannot be written in the JVM's charset " + charset
                            + "; start the JVM with LC_ALL=C.UTF-8");
        }
    }

    /** Whether text outside the locale's charset can be handed to a program. */
    boolean canWriteAnything();

    @Test
    default void spawn_directory_isTheChildsWorkingDirectory(@TempDir Path folder) throws Exception {
        Path directory = Files.createDirectory(folder.resolve("with space")).toRealPath();
        try (Trial trial = new Trial(system(), folder)) {
            assertThat(trial.program("/bin/pwd").in(directory).output()).isEqualTo(directory + "\n");
        }
    }

    @Test
    default void spawn_noStdin_readsEndOfFileAtOnce(@TempDir Path folder) throws Exception {
        try (Trial trial = new Trial(system(), folder)) {
            assertThat(trial.script("cat; echo end").output()).isEqualTo("end\n");
        }
    }

    @Test
    default void spawn_stdinFile_isReadFromItsStart(@TempDir Path folder) throws Exception {
        Path stdin = Files.writeString(folder.resolve("input"), "one\ntwo\n");
        try (Trial trial = new Trial(system(), folder)) {
            assertThat(trial.program("/bin/cat").stdin(stdin).output()).isEqualTo("one\ntwo\n");
        }
    }

    @Test
    default void spawn_output_isAppendedToTheTwoLogs(@TempDir Path folder) throws Exception {
        Path out = Files.writeString(folder.resolve("out"), "before\n");
        Path err = Files.writeString(folder.resolve("err"), "earlier\n");
        try (Trial trial = new Trial(system(), folder)) {
            trial.script("echo to out; echo to err >&2").stdout(out).stderr(err).run();

            assertThat(out).hasContent("before\nto out");
            assertThat(err).hasContent("earlier\nto err");
        }
    }

    @Test
    default void spawn_oneLogForBothStreams_keepsTheOrder(@TempDir Path folder) throws Exception {
        Path log = folder.resolve("log");
        try (Trial trial = new Trial(system(), folder)) {
            trial.script("echo 1; echo 2 >&2; echo 3; echo 4 >&2")
                    .stdout(log)
                    .stderr(log)
                    .run();

            assertThat(log).hasContent("1\n2\n3\n4");
        }
    }

    @Test
    default void spawn_logWasEmptiedMeanwhile_writingGoesOnAtItsStart(@TempDir Path folder) throws Exception {
        try (Trial trial = new Trial(system(), folder)) {
            Child child = trial.script("echo 1; while [ ! -e go ]; do sleep 0.01; done; echo 2")
                    .spawn();
            Await.lines(trial.stdout(child), 1);
            Files.writeString(trial.stdout(child), "");
            Files.createFile(folder.resolve("go"));

            assertThat(trial.output(child)).isEqualTo("2\n");
        }
    }

    @Test
    default void spawn_child_leadsItsOwnSessionAndGroup(@TempDir Path folder) throws Exception {
        try (Trial trial = new Trial(system(), folder)) {
            Child child = trial.script("exec sleep 1000").spawn();
            ProcessInfo row = Processes.TABLE.find(child.id().pid()).orElseThrow();

            assertThat(child.leadsSession()).isTrue();
            assertThat(row.session()).isEqualTo(child.id().pid());
            assertThat(row.group()).isEqualTo(child.id().pid());
            assertThat(row.hasTerminal()).isFalse();
            assertThat(row.parentPid()).isEqualTo(ProcessHandle.current().pid());
        }
    }

    @Test
    default void spawn_filesAndSocketsOpenInTheJvm_noneReachesTheChild(@TempDir Path folder) throws Exception {
        Path file = Files.createFile(folder.resolve("open"));
        try (Trial trial = new Trial(system(), folder);
                FileInputStream open = new FileInputStream(file.toFile());
                ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket client = new Socket(server.getInetAddress(), server.getLocalPort())) {
            Child child = trial.script("cd /proc/$$/fd; for fd in *; do echo $fd $(readlink $fd); done")
                    .in(folder)
                    .spawn();

            // While a shell runs $(...) it holds the pipe's end, here 3.
            assertThat(trial.output(child).lines().filter(line -> !line.startsWith("3 pipe:")))
                    .containsExactly(
                            "0 /dev/null",
                            "1 " + trial.stdout(child).toRealPath(),
                            "2 "
                                    + trial.stdout(child)
                                            .resolveSibling(trial.stdout(child)
                                                    .getFileName()
                                                    .toString()
                                                    .replace("out", "err"))
                                            .toRealPath());
            assertThat(open.available() + client.getPort()).isPositive();
        }
    }

    @Test
    default void spawn_directoryMissing_isRefusedAndNothingIsLeft(@TempDir Path folder) {
        try (Trial trial = new Trial(system(), folder)) {
            Path missing = folder.resolve("missing");

            assertThatThrownBy(() -> trial.script("exit 0").in(missing).spawn())
                    .isInstanceOf(SpawnException.class)
                    .hasMessageContaining("/bin/sh")
                    .hasMessageContaining(missing.toString())
                    .hasMessageContaining("No such file or directory");
        }
    }

    @Test
    default void spawn_argumentOrVariableTooLong_saysWhichAndTheLimit(@TempDir Path folder) throws Exception {
        String longest = "x".repeat(131_071);
        try (Trial trial = new Trial(system(), folder)) {
            assertThat(trial.script("printf %s \"$1\"", longest).output()).isEqualTo(longest);

            assertThatThrownBy(() -> trial.script("exit 0", "", longest + "x").spawn())
                    .isInstanceOf(SpawnException.class)
                    .hasMessageContaining("Argument list too long")
                    .hasMessageEndingWith(
                            "; argument 5 has 131072 bytes, and one may have 131071: let the program read it"
                                    + " from a file");
            assertThatThrownBy(
                            () -> trial.script("exit 0").with("LARGE", longest).spawn())
                    .isInstanceOf(SpawnException.class)
                    .hasMessageEndingWith("; the environment variable LARGE has 131077 bytes, and one may have 131071:"
                            + " let the program read it from a file");
        }
    }

    @Test
    default void spawn_argumentsTooLongTogether_saysHowLongAndTheLimit(@TempDir Path folder) {
        String[] many = Stream.generate(() -> "x".repeat(100_000)).limit(64).toArray(String[]::new);
        try (Trial trial = new Trial(system(), folder)) {
            assertThatThrownBy(() -> trial.script("exit 0", many)
                            .withOnly(Map.of("ONLY", "this"))
                            .spawn())
                    .isInstanceOf(SpawnException.class)
                    .hasMessageEndingWith("; its 68 arguments have 6400017 bytes and its 1 environment variables 9,"
                            + " together more than a quarter of the limit of the stack (ulimit -s) or than 6 MiB:"
                            + " let the program read them from a file");
        }
    }

    @Test
    default void spawn_logIsAFifo_isRefusedAtOnce(@TempDir Path folder) throws Exception {
        Path fifo = folder.resolve("fifo");
        try (Trial trial = new Trial(system(), folder)) {
            trial.program("/usr/bin/mkfifo", fifo.toString()).run();

            assertThatThrownBy(() -> trial.script("echo x").stdout(fifo).spawn())
                    .isInstanceOf(SpawnException.class)
                    .hasMessage("the log " + fifo + " is no regular file");
            assertThatThrownBy(() -> trial.script("echo x").stderr(fifo).spawn())
                    .isInstanceOf(SpawnException.class)
                    .hasMessage("the log " + fifo + " is no regular file");
        }
    }

    @Test
    default void spawn_scriptWithInterpreterLine_runs(@TempDir Path folder) throws Exception {
        Path script = Executables.script(folder.resolve("script"), "echo \"$0 $1\"");
        try (Trial trial = new Trial(system(), folder)) {
            assertThat(trial.program(script.toString(), "argument").output()).isEqualTo(script + " argument\n");
        }
    }

    @Test
    default void reap_afterTheExit_noZombieIsLeft(@TempDir Path folder) throws Exception {
        try (Trial trial = new Trial(system(), folder)) {
            Child child = trial.script("exit 0").spawn();
            child.reap();
            Await.result(child.exit());

            child.reap();
            child.reap();

            Await.until(
                    "no zombie is left",
                    () -> Processes.TABLE
                            .find(child.id().pid())
                            .filter(row -> row.id().equals(child.id()))
                            .isEmpty());
        }
    }
}
