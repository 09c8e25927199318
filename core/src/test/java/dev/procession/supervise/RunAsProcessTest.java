package dev.procession.supervise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.procession.launch.CommandText;
import dev.procession.launch.ProcessSpec;
import dev.procession.launch.Readiness;
import dev.procession.launch.RunAs;
import dev.procession.process.ExitStatus;
import dev.procession.process.ProcessId;
import dev.procession.process.StartFailedException;
import dev.procession.testkit.Await;
import dev.procession.testkit.Backends;
import dev.procession.testkit.ChildJvm;
import dev.procession.testkit.ChildJvm.Result;
import dev.procession.testkit.Container;
import dev.procession.testkit.Processes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** As whom processes really run. */
@EnabledOnOs(OS.LINUX)
class RunAsProcessTest {

    private static final RunAs DAEMON = RunAs.UNCHANGED.user("daemon");

    @TempDir
    Path folder;

    static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    @BeforeEach
    void letOthersIn() throws IOException {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
    }

    private static ProcessSpec.Builder oneShot(String name, String script, String... arguments) {
        return Stage.script(name, script, arguments).ready(Readiness.DEFAULT.exit(0));
    }

    private static List<String> output(Stage stage, ProcessSpec.Builder spec) {
        return stage.supervisor().start(spec.build()).log().stdout().lines();
    }

    private Stage stage() {
        return new Stage(Backends.nativeOne(), folder);
    }

    @Test
    void start_umaskAndNice_areThoseOfTheProcessAndWhatItStarts() {
        String script = "umask; nice; sh -c 'umask; nice'";
        for (Stage stage : List.of(stage(), new Stage(Backends.portable(), folder.resolve("portable")))) {
            try (stage) {
                List<String> own = output(stage, oneShot("own", script));
                int nicer = Math.min(19, Integer.parseInt(own.get(1)) + 3);

                assertThat(output(
                                stage,
                                oneShot("changed", script)
                                        .runAs(RunAs.UNCHANGED.umask("027").nice(3))))
                        .containsExactly("0027", "" + nicer, "0027", "" + nicer);
                assertThat(output(stage, oneShot("again", script))).isEqualTo(own);
            }
        }
    }

    @Test
    @EnabledIf("isRoot")
    void start_asAUser_hasHisIdsAndOwnsItsFilesButNotTheFolderOfAll() throws Exception {
        Path template = Files.writeString(folder.resolve("template"), "hello");
        for (Stage stage : List.of(stage(), new Stage(Backends.portable(), folder.resolve("portable")))) {
            try (stage) {
                assertThat(output(
                                stage,
                                oneShot(
                                                "who",
                                                "id -u; id -g; id -G; umask; cat; touch made conf/made || exit 1;"
                                                        + " touch ../made 2>/dev/null && exit 1; mv ../stdin ../x 2>/dev/null"
                                                        + " && exit 1;"
                                                        + " stat -c %u:%g . .. conf conf/app.conf ../stdout.log"
                                                        + " ../stderr.log ../stdin")
                                        .runAs(DAEMON.group("sys").umask("077"))
                                        .stdin("input\n")
                                        .file(template.toString(), "conf/app.conf")))
                        .containsExactly(
                                "1", "3", "3 1", "0077", "input", "1:3", "0:0", "1:3", "1:3", "1:3", "1:3", "1:3");
            }
        }
    }

    @Test
    @EnabledIf("isRoot")
    void start_asANumberWithAGroup_hasNoOthers() {
        try (Stage stage = stage()) {
            assertThat(output(
                            stage,
                            oneShot("who", "id -u; id -G")
                                    .runAs(RunAs.UNCHANGED.user("54321").group("54322"))))
                    .containsExactly("54321", "54322");
        }
    }

    @Test
    @EnabledIf("isRoot")
    void start_asRootInAnotherGroup_isInThatGroup() {
        try (Stage stage = stage()) {
            assertThat(output(
                            stage,
                            oneShot("who", "id -u; id -g")
                                    .runAs(RunAs.UNCHANGED.user("root").group("sys"))))
                    .containsExactly("0", "3");
        }
    }

    @Test
    @EnabledIf("isRoot")
    void send_asAUser_reachesTheProgramItself() {
        try (Stage stage = stage()) {
            SupervisedProcess process = stage.supervisor()
                    .start(Stage.script("fed", "echo ready; exec cat")
                            .stdin(ProcessSpec.PIPE)
                            .runAs(DAEMON.umask("027").nice(1))
                            .build());
            // In the midst of an exec it has none.
            Await.until(
                    "it is cat",
                    () -> Processes.TABLE.commandLine(process.pid()).equals(List.of("cat")));

            process.send("hello\n");
            process.closeStdin();

            assertThat(process.awaitExit(Duration.ofSeconds(60))).isEqualTo(new ExitStatus.Code(0));
            assertThat(process.log().stdout().lines()).containsExactly("ready", "hello");
        }
    }

    @Test
    @EnabledIf("isRoot")
    void readyCommand_ofAProcessAsAUser_runsAsHimToo() throws Exception {
        try (Stage stage = stage()) {
            SupervisedProcess process = stage.supervisor()
                    .start(Stage.script("api", "exec sleep 1000")
                            .environment("NAME", "value")
                            .runAs(DAEMON)
                            .ready(Readiness.DEFAULT.command("sh", "-c", "{ id -u; pwd; echo $NAME; } > asked"))
                            .build());

            assertThat(process.directory().resolve("asked")).hasContent("1\n" + process.directory() + "\nvalue\n");
        }
    }

    @Test
    @EnabledIf("isRoot")
    void start_unknownUser_messageIsWhole() {
        ProcessSpec spec =
                oneShot("api", "exit 0").runAs(RunAs.UNCHANGED.user("deamon")).build();
        try (Stage stage = stage()) {
            assertThatThrownBy(() -> stage.supervisor().start(spec))
                    .isInstanceOf(StartFailedException.class)
                    .hasMessage("'api' could not be started: there is no user 'deamon' in /etc/passwd\n"
                            + "  command     " + CommandText.of(spec.command()) + "      in "
                            + folder.resolve("api/work") + "\n"
                            + "  try         did you mean 'daemon'? Look at 'runAs' of ProcessSpec 'api'");
        }
    }

    @Test
    @EnabledIf("isRoot")
    void start_folderOnTheWayIsClosedToTheUser_messageIsWhole() throws Exception {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
        ProcessSpec spec = oneShot("api", "exit 0").runAs(DAEMON).build();
        try (Stage stage = stage()) {
            assertThatThrownBy(() -> stage.supervisor().start(spec))
                    .isInstanceOf(StartFailedException.class)
                    .hasMessage("'api' could not be started: user 'daemon' cannot enter the folder " + folder
                            + " on the way to its own\n"
                            + "  command     " + CommandText.of(spec.command()) + "      in "
                            + folder.resolve("api/work") + "\n"
                            + "  try         run 'chmod o+x " + folder
                            + "', or build in a folder that everybody may enter; look at 'runAs' of ProcessSpec"
                            + " 'api'");
        }
    }

    /** Which is what the small programs before it would end with, too. */
    @Test
    void start_programItselfEndsWith127_isItsOwnFailure() {
        ProcessSpec spec = oneShot("api", "nosuch-program; exit 127")
                .runAs(RunAs.UNCHANGED.umask("027").nice(1))
                .build();
        for (int i = 0; i < 10; i++) {
            try (Stage stage = stage()) {
                assertThatThrownBy(() -> stage.supervisor().start(spec))
                        .isInstanceOf(StartFailedException.class)
                        .hasMessageStartingWith("'api' ended with exit code 127 before it was ready, after ")
                        .hasMessageContaining("nosuch-program");
            }
        }
    }

    @Test
    @EnabledIf("isRoot")
    void start_userCannotBeSet_isAFailureOfTheSpawn(@TempDir Path other) throws Exception {
        Files.setPosixFilePermissions(other, PosixFilePermissions.fromString("rwx--x--x"));

        Result result = ChildJvm.of(AsDaemon.class)
                .nativeAccess()
                .under("setpriv", "--bounding-set=-setuid", "--")
                .run(other);

        assertThat(result.expectSuccess().stdout())
                .startsWith("'who' could not be started: user, umask or priority could not be set: ")
                .contains("setpriv: setresuid failed: Operation not permitted")
                .contains("\n  try         do what the system's answer asks for; look at 'command' of"
                        + " ProcessSpec 'who'\n");
    }

    @Test
    @EnabledIf("isRoot")
    void start_notAsRoot_theUserIsIgnoredAndTheLogSaysSo(@TempDir Path other) throws Exception {
        Files.setPosixFilePermissions(other, PosixFilePermissions.fromString("rwxrwxrwx"));

        // Whom no permission stops finds the classes of this build wherever they are; containers leave it to root.
        Result result = ChildJvm.of(AsDaemon.class)
                .nativeAccess()
                .under(
                        "setpriv",
                        "--reuid=54321",
                        "--regid=54321",
                        "--clear-groups",
                        "--inh-caps=+dac_override",
                        "--ambient-caps=+dac_override",
                        "--")
                .run(other);

        assertThat(result.expectSuccess().stdout()).isEqualTo("54321\n");
        assertThat(result.stderr())
                .contains("INFO: 'who': user 'daemon' is ignored, because this JVM does not run as root\n")
                .contains("INFO: 'who': nice -5 is ignored, because this JVM does not run as root\n");
    }

    /** Whose root may not look into other users' processes, unless with their ids. */
    @Test
    void stop_daemonOfAUserInAContainer_isFoundByItsCookie(@TempDir Path other) throws Exception {
        Result result = inContainer(Daemon.class, other);

        assertThat(result.stdout()).isEqualTo("its tree has 2\nended\n");
    }

    @Test
    void start_daemonOfAUserInAContainerListens_isKnownToBeOurs(@TempDir Path other) throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/perl")), "needs perl");

        Result result = inContainer(Server.class, other);

        assertThat(result.stdout()).isEqualTo("its tree has 2\nended\n");
        assertThat(result.stderr()).isEmpty();
    }

    private static Result inContainer(Class<?> main, Path folder) throws Exception {
        Container.assumePossible();
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
        return ChildJvm.of(main)
                .nativeAccess()
                .under(Container.root())
                .run(folder)
                .expectSuccess();
    }

    /** Forks twice, leaves session and parents, and does not mind TERM. */
    public static final class Daemon {
        public static void main(String[] arguments) {
            startAndStop(Stage.script(
                            "daemon",
                            "setsid sh -c 'trap \"\" TERM; sleep 1000 & echo $!'; echo ready; exec sleep 1000")
                    .stop(Stage.QUICK));
        }

        static void startAndStop(ProcessSpec.Builder spec) {
            try (Supervisor supervisor = Supervisor.create(Path.of("processes"))) {
                SupervisedProcess process = supervisor.start(spec.runAs(DAEMON).build());
                List<ProcessId> daemon = Stage.printed(process, 1);
                assertThat(Processes.TABLE.find(daemon.get(0).pid()).orElseThrow())
                        .matches(row -> row.parentPid() != process.pid() && row.session() != process.pid());
                // Who has forked the daemon may end a moment later.
                Await.until(
                        "only the two that stay are left", () -> process.tree().size() <= 2);
                System.out.println("its tree has " + process.tree().size());

                process.stop();

                System.out.println(Processes.isAlive(daemon.get(0)) ? "still alive" : "ended");
                Processes.kill(Backends.nativeOne(), Set.copyOf(daemon));
            }
        }
    }

    /** The one that listens is the daemon. */
    public static final class Server {
        public static void main(String[] arguments) {
            Daemon.startAndStop(Stage.script(
                            "server",
                            "setsid perl -MSocket -e 'fork and exit; socket(S, PF_INET, SOCK_STREAM, 0)"
                                    + " && bind(S, sockaddr_in($ARGV[0], INADDR_LOOPBACK)) && listen(S, 5) or die $!;"
                                    + " syswrite(STDOUT, \"$$\\n\"); sleep 1000' $1; exec sleep 1000",
                            "${port}")
                    .ready(Readiness.DEFAULT.tcp("port")));
        }
    }

    /** Says what a process as another user says, or why there is none. */
    public static final class AsDaemon {
        public static void main(String[] arguments) {
            try (Supervisor supervisor = Supervisor.create(Path.of("processes"))) {
                boolean root = isRoot();
                System.out.println(supervisor
                        .start(oneShot("who", "id -u")
                                .runAs(root ? DAEMON : DAEMON.nice(-5))
                                .build())
                        .log()
                        .stdout()
                        .text()
                        .strip());
            } catch (StartFailedException e) {
                System.out.println(e.getMessage());
            }
        }
    }
}
