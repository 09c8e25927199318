package dev.procession.cleanup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.procession.launch.Allocation;
import dev.procession.launch.Launch;
import dev.procession.launch.ProcessSpec;
import dev.procession.launch.Readiness;
import dev.procession.launch.RunAs;
import dev.procession.launch.RunCookie;
import dev.procession.os.OperatingSystem;
import dev.procession.os.ProcessTable;
import dev.procession.os.SpawnRequest;
import dev.procession.os.backend.Backend;
import dev.procession.process.ProcessId;
import dev.procession.process.ProcessInfo;
import dev.procession.process.Signal;
import dev.procession.supervise.SupervisedProcess;
import dev.procession.supervise.Supervisor;
import dev.procession.testkit.Await;
import dev.procession.testkit.ChildJvm;
import dev.procession.testkit.Processes;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every way in which a JVM can vanish; what it has started must be gone after it. */
class WatchdogTest {

    /** In its own session, in one of a child, and as an orphan of a dead parent in a third. */
    private static final String TREE = """
            trap 'echo stopped in order >> "$1"; exit 0' TERM
            sleep 600 &
            setsid sleep 600 &
            (setsid sleep 600 &)
            while :; do echo ready; sleep 0.05; done
            """;

    @TempDir
    private Path folder;

    /** Starts some trees, says so, and then ends as it is told, or waits to be ended. */
    static final class Victim {

        private Victim() {}

        public static void main(String[] arguments) throws Exception {
            Path folder = Path.of("").toAbsolutePath();
            Supervisor supervisor = Supervisor.create(folder.resolve("processes"));
            for (int i = 0; i < 3; i++) {
                supervisor.start(ProcessSpec.command("sh", "-c", TREE, "tree", folder + "/farewell")
                        .name("tree-" + i)
                        .ready(Readiness.DEFAULT.log("ready"))
                        .build());
            }
            Files.writeString(folder.resolve("up"), "");
            switch (arguments[0]) {
                case "halt" -> Runtime.getRuntime().halt(3);
                case "exit" -> System.exit(4);
                case "out of memory" -> {
                    long[][] hoard = new long[1_000_000][];
                    for (int i = 0; i < hoard.length; i++) {
                        hoard[i] = new long[1_000_000];
                    }
                }
                default -> Thread.sleep(600_000);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"native", "portable"})
    void aJvmThatGetsKillLeavesNothing(String backend) throws Exception {
        Process jvm = start("wait", backend);
        Set<ProcessId> tree = started(jvm);

        signal(jvm, Signal.KILL);

        tree.forEach(Processes::awaitDeath);
        jvm.waitFor();
        assertThat(folder.resolve("farewell"))
                .as("there was no time for an ordered stop")
                .doesNotExist();
    }

    @Test
    void aJvmThatIsPausedAndThenKilledLeavesNothing() throws Exception {
        Process jvm = start("wait", "native");
        Set<ProcessId> tree = started(jvm);

        signal(jvm, Signal.STOP);
        signal(jvm, Signal.KILL);

        tree.forEach(Processes::awaitDeath);
        jvm.waitFor();
    }

    @Test
    void aJvmWhoseWatchdogWasKilledFirstHasAnotherAndLeavesNothing() throws Exception {
        Process jvm = start("wait", "native");
        Set<ProcessId> tree = started(jvm);
        ProcessId first = watchdogOf(jvm);

        Backend.current().signaller().send(first, Signal.KILL);
        Await.until("there is another watchdog", () -> watchdogs(jvm).stream().anyMatch(id -> !id.equals(first)));
        signal(jvm, Signal.KILL);

        tree.forEach(Processes::awaitDeath);
        jvm.waitFor();
    }

    @Test
    void aJvmThatHaltsLeavesNothing() throws Exception {
        Process jvm = start("halt", "native");

        assertThat(jvm.waitFor()).isEqualTo(3);

        awaitNothingWorksInTheFolder();
    }

    @Test
    void aJvmThatRunsOutOfMemoryLeavesNothing() throws Exception {
        Process jvm = jvm("out of memory", "native")
                .option("-XX:+ExitOnOutOfMemoryError")
                .start(folder);

        assertThat(jvm.waitFor()).isEqualTo(3);

        awaitNothingWorksInTheFolder();
    }

    @ParameterizedTest
    @ValueSource(strings = {"INT", "TERM", "HUP"})
    void aJvmThatIsAskedToEndStopsEverythingInOrder(String signal) throws Exception {
        Process jvm = start("wait", "native");
        Set<ProcessId> tree = started(jvm);

        signal(jvm, Signal.parse(signal));

        jvm.waitFor();
        assertThat(tree).as("gone before the JVM").noneMatch(Processes::isAlive);
        assertThat(folder.resolve("farewell")).hasContent("stopped in order\n".repeat(3));
    }

    @Test
    void systemExitStopsEverythingInOrder() throws Exception {
        Process jvm = start("exit", "native");

        assertThat(jvm.waitFor()).isEqualTo(4);

        assertThat(folder.resolve("farewell")).hasContent("stopped in order\n".repeat(3));
        awaitNothingWorksInTheFolder();
    }

    /** Starts what bears no sign of the run but its folder, and what only the JVM knows of. */
    static final class Fugitives {

        private static final String SCRIPT = """
                start() { (cd "$1"; shift; "$@" setsid sh -c 'echo $$ >>"$0"; exec sleep 1000' "$pids" >/dev/null 2>&1 &) }
                pids=$1/pids
                start . env -i PATH="$PATH"
                start / env -i PATH="$PATH"
                start / env
                echo ready
                exec sleep 1000
                """;

        private Fugitives() {}

        public static void main(String[] arguments) throws Exception {
            Path folder = Path.of("").toAbsolutePath();
            Supervisor supervisor = Supervisor.create(folder.resolve("processes"));
            RunAs runAs = arguments.length > 1 ? RunAs.UNCHANGED.user(arguments[1]) : RunAs.UNCHANGED;
            supervisor.start(ProcessSpec.command("sh", "-c", SCRIPT, "sh", folder + "/open")
                    .name("fugitives")
                    .runAs(runAs)
                    .ready(Readiness.DEFAULT.log("ready"))
                    .build());
            for (String pid : Await.lines(folder.resolve("open/pids"), 3)) {
                if (Processes.TABLE.workingDirectory(Long.parseLong(pid)).equals(Optional.of(Path.of("/")))
                        && arguments[0].equals("told")) {
                    Watchdog.ofJvm().alsoWatch(Processes.identity(pid));
                }
            }
            Files.writeString(folder.resolve("up"), "");
            Thread.sleep(600_000);
        }
    }

    private List<ProcessId> fugitives() {
        Await.exists(folder.resolve("up"));
        return Await.lines(folder.resolve("open/pids"), 3).stream()
                .map(Processes::identity)
                .toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"native", "portable"})
    void aJvmThatGetsKillLeavesNothingOfWhatItKnowsOrWorksInItsFolder(String backend) throws Exception {
        Files.createDirectory(folder.resolve("open"));
        Process jvm = ChildJvm.of(Fugitives.class, "told")
                .nativeAccess()
                .option("-D" + Backend.PROPERTY + "=" + backend)
                .start(folder);
        List<ProcessId> fugitives = fugitives();

        signal(jvm, Signal.KILL);

        fugitives.forEach(Processes::awaitDeath);
        jvm.waitFor();
    }

    @Test
    void aWatchdogThatTakesAnothersPlaceIsToldAll() throws Exception {
        Files.createDirectory(folder.resolve("open"));
        Process jvm = ChildJvm.of(Fugitives.class, "told").nativeAccess().start(folder);
        List<ProcessId> fugitives = fugitives();
        ProcessId first = watchdogOf(jvm);

        Backend.current().signaller().send(first, Signal.KILL);
        Await.until("there is another watchdog", () -> watchdogs(jvm).stream().anyMatch(id -> !id.equals(first)));
        signal(jvm, Signal.KILL);

        fugitives.forEach(Processes::awaitDeath);
        jvm.waitFor();
    }

    /** Starts one process that has but one sign of the run, says who it is, and vanishes. */
    static final class OneSign {

        /** Sheds ancestry, variables, folder and output; what follows is what it does then. */
        private static final String SHED = "cd / && env -i PATH=\"$PATH\" setsid sh -c '"
                + "echo $$ >\"$0.new\"; mv \"$0.new\" \"$0\"; %s' \"$1\" \"$2\" %s &";

        private OneSign() {}

        public static void main(String[] arguments) throws Exception {
            Path folder = Path.of("").toAbsolutePath();
            Path pid = folder.resolve("pid");
            switch (arguments[0]) {
                case "log" -> {
                    // As if it vanished between the spawn and the line that tells of that.
                    ProcessSpec spec = ProcessSpec.command("env", "-i", "sleep", "1000")
                            .directory("/")
                            .build();
                    OperatingSystem system = Backend.current();
                    Allocation allocation = Allocation.of(spec, folder, folder.resolve("processes"), system);
                    Launch launch = new Launch(
                            allocation, RunCookie.of(system.processes().self(), spec.name(), 0), Map.of());
                    SpawnRequest request = launch.prepare(system.processes()).request();
                    Watchdog.ofJvm().start();
                    Watchdog.ofJvm().know(TreeMarks.of(launch));
                    Files.writeString(pid, system.spawner().spawn(request).id().pid() + "\n");
                }
                case "port" -> {
                    // An orphan, and nobody has looked.
                    SupervisedProcess process = start(
                            folder,
                            "("
                                    + String.format(
                                            SHED,
                                            "exec perl -MSocket -e \"socket(S, PF_INET, SOCK_STREAM, 0)"
                                                    + " && bind(S, sockaddr_in(shift, INADDR_LOOPBACK)) && listen(S, 5) or die;"
                                                    + " sleep 1000\" $1",
                                            "</dev/null >/dev/null 2>&1")
                                    + ");",
                            pid,
                            "${port}");
                    Await.until(
                            "it listens",
                            () -> !Backend.current()
                                    .sockets()
                                    .listeners(process.port())
                                    .isEmpty());
                }
                default -> {
                    // Known by its parent alone, which lives at a look, and ends a moment before the JVM.
                    SupervisedProcess process = start(
                            folder, String.format(SHED, "exec sleep 1000", "</dev/null >/dev/null 2>&1"), pid, "");
                    Await.lines(pid, 1);
                    process.tree();
                    Files.writeString(folder.resolve("root"), process.pid() + "\n");
                    Thread.sleep(600_000);
                }
            }
            Await.lines(pid, 1);
            Runtime.getRuntime().halt(3);
        }

        private static SupervisedProcess start(Path folder, String script, Path pid, String port) {
            return Supervisor.create(folder.resolve("processes"))
                    .start(ProcessSpec.command(
                                    "sh", "-c", script + " echo ready; exec sleep 1000", "sh", "" + pid, port)
                            .name("one")
                            // Nobody looks for its port, and thereby at the tree.
                            .ready(Readiness.DEFAULT.log("ready"))
                            .build());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"log", "port"})
    void aJvmThatVanishesLeavesNobodyWhoHasOneSignOfIt(String sign) throws Exception {
        Process jvm = ChildJvm.of(OneSign.class, sign).nativeAccess().start(folder);

        ChildJvm.await(jvm, folder);

        awaitEnd(Long.parseLong(Await.lines(folder.resolve("pid"), 1).get(0)), sign);
    }

    @Test
    void aJvmThatVanishesWithTheOnlyOneWhoTiedAProcessToItLeavesNothing() throws Exception {
        Process jvm = ChildJvm.of(OneSign.class, "descent").nativeAccess().start(folder);
        ProcessId root =
                Processes.identity(Await.lines(folder.resolve("root"), 1).get(0));
        ProcessId member =
                Processes.identity(Await.lines(folder.resolve("pid"), 1).get(0));

        // It cannot look any more when the root is gone.
        signal(jvm, Signal.STOP);
        Processes.kill(Backend.current(), Set.of(root));
        signal(jvm, Signal.KILL);
        jvm.waitFor();

        awaitEnd(member.pid(), "descent");
    }

    /** What should be gone and is not must not stay after the test. */
    private static void awaitEnd(long pid, String sign) {
        Optional<ProcessId> left = Processes.TABLE
                .find(pid)
                .filter(row -> !row.isDead()
                        && Processes.TABLE.commandLine(pid).toString().contains("1000"))
                .map(ProcessInfo::id);
        try {
            left.ifPresent(Processes::awaitDeath);
        } finally {
            left.ifPresent(id -> Processes.kill(Backend.current(), Set.of(id)));
        }
    }

    @Test
    void aJvmInAFolderWithALineEndInItsNameLeavesNothing() throws Exception {
        Path odd = Files.createDirectory(folder.resolve("a\nb\r"));
        Files.createDirectory(odd.resolve("open"));
        Process jvm = ChildJvm.of(Fugitives.class, "told").nativeAccess().start(odd);
        Await.exists(odd.resolve("up"));
        List<ProcessId> fugitives = Await.lines(odd.resolve("open/pids"), 3).stream()
                .map(Processes::identity)
                .toList();

        signal(jvm, Signal.KILL);

        fugitives.forEach(Processes::awaitDeath);
        jvm.waitFor();
    }

    /** Starts what needs no shell. */
    static final class WithoutShell {

        private WithoutShell() {}

        public static void main(String[] arguments) throws Exception {
            Path folder = Path.of("").toAbsolutePath();
            Supervisor supervisor = Supervisor.create(folder.resolve("processes"));
            SupervisedProcess process = supervisor.start(
                    ProcessSpec.command("sleep", "1000").name("sleeper").build());
            Files.writeString(folder.resolve("pid"), process.pid() + "\n");
            Await.exists(folder.resolve("end"));
            Runtime.getRuntime().halt(3);
        }
    }

    @Test
    @EnabledIf("isRootWithSetpriv")
    void aJvmOnAMachineWhoseShellCannotBeStartedTakesAnother() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "needs bash");
        Path sh = Path.of("/bin/sh").toRealPath();
        assumeTrue(!sh.equals(Path.of("/bin/bash").toRealPath()), "needs a sh that is not bash");
        assumeTrue(
                new ProcessBuilder("unshare", "--mount", "true")
                                .redirectError(Redirect.DISCARD)
                                .start()
                                .waitFor()
                        == 0,
                "needs a mount namespace");
        Files.createFile(folder.resolve("none"));
        Process jvm = ChildJvm.of(WithoutShell.class)
                .nativeAccess()
                .under(
                        "unshare",
                        "--mount",
                        "/bin/bash",
                        "-c",
                        "mount --bind \"$0\" \"$1\" && shift && exec \"$@\"",
                        folder.resolve("none").toString(),
                        sh.toString())
                .start(folder);
        Await.until("it is up or has ended", () -> Files.exists(folder.resolve("pid")) || !jvm.isAlive());
        ProcessId process =
                Processes.identity(Await.lines(folder.resolve("pid"), 1).get(0));

        Files.createFile(folder.resolve("end"));
        ChildJvm.await(jvm, folder);

        awaitEnd(process.pid(), "shell");
    }

    /** Root in a container can look into no process of another user: only that user can. */
    @Test
    @EnabledIf("isRootWithSetpriv")
    void inAContainerAJvmThatGetsKillLeavesNothingOfAnotherUser() throws Exception {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
        Path open = Files.createDirectory(folder.resolve("open"));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
        Process jvm = ChildJvm.of(Fugitives.class, "", "daemon")
                .nativeAccess()
                .under(
                        "/usr/bin/setpriv",
                        "--bounding-set",
                        "-all,+chown,+dac_override,+fowner,+kill,+setuid,+setgid,+setpcap",
                        "--inh-caps=-all",
                        "--")
                .start(folder);
        List<ProcessId> fugitives = fugitives();
        // Even if this JVM is in a container itself.
        ProcessTable table = Backend.current().processes();
        ProcessId unknown = fugitives.stream()
                .filter(id -> table.workingDirectory(id.pid()).equals(Optional.of(Path.of("/"))))
                .filter(id -> table.environment(id.pid()).size() < 3)
                .findFirst()
                .orElseThrow();

        signal(jvm, Signal.KILL);

        fugitives.stream().filter(id -> !id.equals(unknown)).forEach(Processes::awaitDeath);
        jvm.waitFor();
        assertThat(unknown).as("which nothing ties to the run").matches(Processes::isAlive);
        Processes.kill(Backend.current(), Set.of(unknown));
    }

    static boolean isRootWithSetpriv() {
        return "root".equals(System.getProperty("user.name")) && Files.isExecutable(Path.of("/usr/bin/setpriv"));
    }

    private ChildJvm jvm(String end, String backend) {
        // They may be ignored where this build was started, and that would be inherited.
        return ChildJvm.of(Victim.class, end)
                .under("env", "--default-signal=INT,HUP")
                .nativeAccess()
                .option("-D" + Backend.PROPERTY + "=" + backend);
    }

    private Process start(String end, String backend) throws IOException {
        return jvm(end, backend).start(folder);
    }

    /** Everything that the JVM has started, apart from its watchdog. */
    private Set<ProcessId> started(Process jvm) {
        Await.exists(folder.resolve("up"));
        Set<ProcessId> tree = new HashSet<>(workingInTheFolder());
        tree.remove(Processes.identity(jvm.pid()));
        assertThat(tree).as("three trees of at least four").hasSizeGreaterThanOrEqualTo(12);
        return tree;
    }

    private Set<ProcessId> workingInTheFolder() {
        return Processes.workingIn(folder).stream().map(ProcessInfo::id).collect(Collectors.toSet());
    }

    private void awaitNothingWorksInTheFolder() {
        Await.until("nothing works in " + folder, () -> workingInTheFolder().isEmpty());
    }

    private static void signal(Process jvm, Signal signal) {
        assertThat(Backend.current().signaller().send(Processes.identity(jvm.pid()), signal))
                .isTrue();
    }

    private static ProcessId watchdogOf(Process jvm) {
        Await.until("there is a watchdog", () -> !watchdogs(jvm).isEmpty());
        return watchdogs(jvm).iterator().next();
    }

    private static Set<ProcessId> watchdogs(Process jvm) {
        return Processes.watchdogsOf(Processes.identity(jvm.pid()));
    }
}
