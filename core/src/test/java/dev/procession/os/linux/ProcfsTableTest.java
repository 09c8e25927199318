package dev.procession.os.linux;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.os.Child;
import dev.procession.process.ProcessId;
import dev.procession.process.ProcessInfo;
import dev.procession.process.RunState;
import dev.procession.process.Signal;
import dev.procession.testkit.Await;
import dev.procession.testkit.Backends;
import dev.procession.testkit.ChildJvm;
import dev.procession.testkit.ChildJvm.Result;
import dev.procession.testkit.Executables;
import dev.procession.testkit.Processes;
import dev.procession.testkit.Trial;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProcfsTableTest {

    private final ProcfsTable table = new ProcfsTable();

    @TempDir
    Path folder;

    @Test
    void find_runningProcess_givesItsRow() throws Exception {
        try (Trial trial = new Trial(Backends.nativeOne(), folder)) {
            Child child = trial.program("/bin/sleep", "1000").spawn();

            assertThat(table.find(child.id().pid()))
                    .contains(new ProcessInfo(
                            child.id(),
                            "sleep",
                            RunState.ALIVE,
                            ProcessHandle.current().pid(),
                            child.id().pid(),
                            child.id().pid(),
                            false,
                            1));
            assertThat(table.isAlive(child.id())).isTrue();
        }
    }

    @Test
    void find_vanishedPid_isEmptyEverywhere() throws Exception {
        try (Trial trial = new Trial(Backends.nativeOne(), folder)) {
            Child child = trial.script("exit 0").spawn();
            Await.result(child.exit());
            assertThat(table.commandLine(child.id().pid())).as("a zombie's").isEmpty();
            child.reap();

            long pid = child.id().pid();
            assertThat(table.find(pid).filter(row -> row.id().equals(child.id())))
                    .isEmpty();
            assertThat(table.isAlive(child.id())).isFalse();
        }
        long never = Long.MAX_VALUE;
        assertThat(table.find(never)).isEmpty();
        assertThat(table.commandLine(never)).isEmpty();
        assertThat(table.environment(never)).isEmpty();
        assertThat(table.socketInodes(never)).isEmpty();
    }

    @Test
    void find_nameWithParenthesesAndSpaces_isTakenWhole() throws Exception {
        Path odd = Executables.copy(Path.of("/bin/sleep"), folder.resolve("a) R 1 (b"));
        try (Trial trial = new Trial(Backends.nativeOne(), folder)) {
            Child child = trial.program(odd.toString(), "1000").spawn();

            ProcessInfo row = table.find(child.id().pid()).orElseThrow();

            assertThat(row.name()).isEqualTo("a) R 1 (b");
            assertThat(row.session()).isEqualTo(child.id().pid());
        }
    }

    @Test
    void scan_containsUsInitAndOurChildren() throws Exception {
        try (Trial trial = new Trial(Backends.nativeOne(), folder)) {
            Child child = trial.program("/bin/sleep", "1000").spawn();

            assertThat(table.scan())
                    .extracting(ProcessInfo::pid)
                    .doesNotHaveDuplicates()
                    .contains(1L, ProcessHandle.current().pid(), child.id().pid());
        }
    }

    @Test
    void scan_whileProcessesComeAndGo_neverFails() throws Exception {
        try (Trial trial = new Trial(Backends.nativeOne(), folder)) {
            Child child = trial.script("i=0; while [ $i -lt 300 ]; do /bin/true; i=$((i+1)); done")
                    .spawn();
            while (!child.exit().isDone()) {
                assertThat(table.scan()).extracting(ProcessInfo::id).contains(child.id());
            }
        }
    }

    @Test
    void commandLine_longAndEmptyArguments_areExact() throws Exception {
        // The shell stays, with its arguments, as long as the command is not its last.
        String[] arguments = {"", "a b", "grün", "x".repeat(8_000), "", "last", ""};
        try (Trial trial = new Trial(Backends.nativeOne(), folder)) {
            Child child = trial.script("echo ready; while :; do sleep 0.05; done", arguments)
                    .spawn();
            Await.lines(trial.stdout(child), 1);

            List<String> line = table.commandLine(child.id().pid());

            assertThat(line.subList(0, 2)).containsExactly("/bin/sh", "-c");
            assertThat(line.subList(4, line.size())).containsExactly(arguments);
        }
    }

    @Test
    void commandLine_argumentEndsAtThePageOrBuffer_nothingIsLost() throws Exception {
        try (Trial trial = new Trial(Backends.nativeOne(), folder)) {
            // Each length makes an argument's end fall upon byte 4096 or 8192 of the line, or beside it.
            for (int length : new int[] {4_095, 4_096, 4_097, 8_191, 8_192, 8_193}) {
                String script = "echo ready; while :; do sleep 0.05; done";
                int before = ("/bin/sh\0-c\0" + script + "\0sh\0").length();
                String padding = "p".repeat(length - before - 1);
                Child child = trial.script(script, padding, "after").spawn();
                Await.lines(trial.stdout(child), 1);

                List<String> line = table.commandLine(child.id().pid());

                assertThat(line.subList(4, line.size())).containsExactly(padding, "after");
            }
        }
    }

    @Test
    void environment_ofAChild_isWhatItWasGiven() throws Exception {
        try (Trial trial = new Trial(Backends.nativeOne(), folder)) {
            Child child = trial.program("/bin/sleep", "1000")
                    .withOnly(Map.of("ONE", "1", "EMPTY", "", "UMLAUT", "ü"))
                    .spawn();
            Await.until(
                    "the program has been replaced",
                    () -> table.commandLine(child.id().pid()).contains("1000"));

            assertThat(table.environment(child.id().pid())).containsExactlyInAnyOrder("ONE=1", "EMPTY=", "UMLAUT=ü");
        }
    }

    /** To root, all of them look readable; without every capability some are not. */
    @Test
    void environment_hiddenFromUs_isEmpty() {
        for (ProcessInfo row : table.scan()) {
            assertThat(table.environment(row.pid())).isNotNull();
            assertThat(table.socketInodes(row.pid())).isNotNull();
        }
    }

    @Test
    void environment_rootWithAContainersFewRights_isEmptyForAnotherUser() throws Exception {
        Assumptions.assumeTrue(
                Files.getOwner(Path.of("/proc/self")).getName().equals("root")
                        && Files.isExecutable(Path.of("/usr/bin/setpriv")),
                "needs root and setpriv");
        Path shared = Files.createTempDirectory(Path.of("/tmp"), "procession-test");
        try (Trial trial = new Trial(Backends.nativeOne(), folder)) {
            Child other = trial.program(
                            "/usr/bin/setpriv",
                            "--reuid",
                            "65534",
                            "--regid",
                            "65534",
                            "--clear-groups",
                            "/bin/sleep",
                            "1000")
                    .in(shared)
                    .spawn();
            Processes.awaitCommand(other.id(), "/bin/sleep", "1000");
            Result result = ChildJvm.of(Look.class, Long.toString(other.id().pid()))
                    .under("/usr/bin/setpriv", "--bounding-set", "-all,+dac_override")
                    .run(folder);

            assertThat(result.stdout()).as(result.stderr()).isEqualTo("[] [] [/bin/sleep, 1000]\n");
        } finally {
            Files.delete(shared);
        }
    }

    /** Looks at another user's process. */
    public static final class Look {
        public static void main(String[] arguments) {
            ProcfsTable table = new ProcfsTable();
            long pid = Long.parseLong(arguments[0]);
            System.out.println(table.environment(pid) + " " + table.socketInodes(pid) + " " + table.commandLine(pid));
        }
    }

    @Test
    void workingDirectory_ofAChild_isWhereItWorks() throws Exception {
        Path real = folder.toRealPath();
        List<String> names = List.of("plain", "with space", "really (deleted)", "gr\u00fcn", "%20 (deleted)x");
        try (Trial trial = new Trial(Backends.nativeOne(), folder)) {
            for (String name : names) {
                Path directory = Files.createDirectory(real.resolve(name));
                long pid = trial.program("/bin/sleep", "1000")
                        .in(directory)
                        .spawn()
                        .id()
                        .pid();

                assertThat(table.workingDirectory(pid)).contains(directory);

                Files.delete(directory);
                assertThat(table.workingDirectory(pid)).as("removed").contains(directory);
            }
        }
    }

    @Test
    void workingDirectory_vanishedOrWithout_isEmpty() {
        assertThat(table.workingDirectory(Long.MAX_VALUE)).isEmpty();
    }

    @Test
    void outputs_ofAChild_areItsFiles() throws Exception {
        Path real = folder.toRealPath();
        try (Trial trial = new Trial(Backends.nativeOne(), folder)) {
            for (String name : List.of("plain", "a\nb", "gr\u00fcn", "really (deleted)")) {
                Path out = real.resolve(name);
                Child child = trial.script("exec sleep 1000 >\"$1\" 2>\"$1.2\"", out.toString())
                        .spawn();
                long pid = child.id().pid();
                Await.until("it sleeps", () -> table.commandLine(pid).equals(List.of("sleep", "1000")));
                List<Path> both = List.of(out, real.resolve(name + ".2"));

                assertThat(table.outputs(pid)).isEqualTo(both);

                Files.delete(out);
                Files.delete(both.get(1));
                assertThat(table.outputs(pid)).as("removed").isEqualTo(both);
            }
            Child piped = trial.script("exec sleep 1000 2>&- | exec sleep 1000").spawn();
            long pid = piped.id().pid();
            // A moment after its fork it still writes where its parent does.
            Await.until(
                    "one writes to a pipe alone",
                    () -> Processes.treeOf(pid).stream()
                            .anyMatch(id -> Processes.isAlive(id)
                                    && table.outputs(id.pid()).isEmpty()));
        }
        assertThat(table.outputs(Long.MAX_VALUE)).isEmpty();
    }

    /** A locale that can hold nothing but ASCII gives no name to it, but the same folder. */
    @Test
    void workingDirectory_bytesThatTheLocaleCannotHold_survive() throws Exception {
        Result result = ChildJvm.of(Whereabouts.class)
                .after("export LC_ALL=C; d=$(printf 'gr\\374n'); mkdir $d; cd $d")
                .run(folder)
                .expectSuccess();

        assertThat(result.stdout()).isEqualTo("true\nfile://" + folder.toRealPath() + "/gr%FCn\n");
    }

    /** Says where it works, before and after that is removed. */
    public static final class Whereabouts {
        public static void main(String[] arguments) throws Exception {
            ProcfsTable table = new ProcfsTable();
            Path self = Path.of("/proc/self/cwd");
            long pid = ProcessHandle.current().pid();
            Path directory = table.workingDirectory(pid).orElseThrow();
            System.out.println(directory.equals(Files.readSymbolicLink(self)));
            Files.delete(directory);
            System.out.println(table.workingDirectory(pid).orElseThrow().toUri());
        }
    }

    @Test
    void userId_ofAProcess_isTheEffectiveOne() throws Exception {
        Path self = Path.of("/proc/self");
        long own = ((Number) Files.getAttribute(self, "unix:uid")).longValue();

        assertThat(table.userId(ProcessHandle.current().pid())).hasValue(own);
        assertThat(table.userId(Long.MAX_VALUE)).isEmpty();
        Assumptions.assumeTrue(
                own == 0 && Files.isExecutable(Path.of("/usr/bin/setpriv")), "the rest needs root and setpriv");
        try (Trial trial = new Trial(Backends.nativeOne(), folder)) {
            Child other = trial.program("/usr/bin/setpriv", "--ruid", "65533", "--euid", "65534", "/bin/sleep", "1000")
                    .spawn();
            Processes.awaitCommand(other.id(), "/bin/sleep", "1000");

            assertThat(table.userId(other.id().pid())).hasValue(65534);
        }
    }

    @Test
    void nowTicks_betweenTwoStarts_liesBetweenTheirs() throws Exception {
        try (Trial trial = new Trial(Backends.nativeOne(), folder)) {
            ProcessId first = trial.program("/bin/sleep", "1000").spawn().id();
            long between = table.nowTicks();
            Await.until("the next tick", () -> table.nowTicks() > between);
            ProcessId second = trial.program("/bin/sleep", "1000").spawn().id();

            assertThat(first.startTicks()).isLessThanOrEqualTo(between);
            assertThat(second.startTicks()).isGreaterThan(between);
            Backends.nativeOne().signaller().send(first, Signal.KILL);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"\rUid:\tx\tx", "\rUid:\t7\t7", "\rUid:", "\nUid:\t7\t7"})
    void userId_nameThatLooksLikeALineOfItsOwn_isThatOfTheProcess(String name) throws Exception {
        Path renamed = folder.resolve("renamed");
        try (Trial trial = new Trial(Backends.nativeOne(), folder)) {
            Child child = trial.script("printf '" + name + "' >/proc/$$/comm; : >'" + renamed + "'; kill -STOP $$")
                    .spawn();
            Await.until("it has its name", () -> Files.exists(renamed));

            assertThat(table.find(child.id().pid()).orElseThrow().name()).isEqualTo(name);
            assertThat(table.userId(child.id().pid()))
                    .hasValue((Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
        }
    }
}
