package dev.procession.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.os.Child;
import dev.procession.os.OperatingSystem;
import dev.procession.process.ExitStatus;
import dev.procession.process.FoundProcess;
import dev.procession.process.InvalidSpecException;
import dev.procession.process.ProcessId;
import dev.procession.process.ProcessionException;
import dev.procession.process.Signal;
import dev.procession.testkit.Actors;
import dev.procession.testkit.Await;
import dev.procession.testkit.Backends;
import dev.procession.testkit.CapturedLog;
import dev.procession.testkit.ChildJvm;
import dev.procession.testkit.Headless;
import dev.procession.testkit.Processes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PidFilesTest {

    private static final OperatingSystem SYSTEM = Backends.nativeOne();

    @TempDir
    private Path folder;

    private Path pids;
    private PidFiles files;
    private Actors actors;

    @BeforeEach
    void open() {
        pids = folder.resolve("home/pids");
        files = PidFiles.in(pids);
        actors = new Actors(folder);
    }

    @AfterEach
    void close() {
        actors.close();
    }

    private static ExitStatus exit(Child child) {
        return Await.result(child.exit());
    }

    private Child actor() throws Exception {
        return actors.child(Actors.word(), Actors.waiting());
    }

    @Test
    void write_ownPid_isDecimalWithoutALinesEnd() throws Exception {
        Path file = files.write("app");

        assertThat(file).isEqualTo(pids.resolve("app.pid"));
        assertThat(Files.readString(file))
                .isEqualTo(Long.toString(ProcessHandle.current().pid()));
        assertThat(pids.toFile().list()).containsExactly("app.pid");
        assertThat(files.file("app").pid())
                .isEqualTo(OptionalLong.of(ProcessHandle.current().pid()));
    }

    @Test
    void write_fileThatIsThere_isReplacedAtOnce() throws Exception {
        files.write("app", 123456);
        Path file = files.write("app", 7);

        assertThat(Files.readString(file)).isEqualTo("7");
        assertThat(pids.toFile().list()).containsExactly("app.pid");
    }

    @Test
    void write_mode_isWhatTheUmaskLeaves(@TempDir Path other) throws Exception {
        ChildJvm.of(Write.class, pids.toString()).after("umask 022").run(folder).expectSuccess();
        ChildJvm.of(Write.class, other.toString())
                .after("umask 077")
                .run(folder)
                .expectSuccess();

        assertThat(Files.getPosixFilePermissions(pids.resolve("app.pid")))
                .isEqualTo(PosixFilePermissions.fromString("rw-r--r--"));
        assertThat(Files.getPosixFilePermissions(other.resolve("app.pid")))
                .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    }

    /** Writes a file. */
    public static final class Write {
        public static void main(String[] arguments) {
            PidFiles.in(Path.of(arguments[0])).write("app");
        }
    }

    @Test
    void write_folderCannotBeMade_saysSo() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "");

        assertThatThrownBy(() -> PidFiles.in(file).write("app"))
                .isExactlyInstanceOf(ProcessionException.class)
                .hasMessageStartingWith("Cannot write the pidfile " + file + "/app.pid: ");
    }

    @Test
    void inUserHome_isTheEnvironmentsHome() throws Exception {
        String home = folder.resolve("another").toString();

        assertThat(ChildJvm.of(Home.class)
                        .option("-Duser.home=/nonexistent")
                        .after("export HOME=" + home)
                        .run(folder)
                        .expectSuccess()
                        .stdout())
                .isEqualTo(home + "/pids\nthe pidfile another/pids/app.pid\n");
        assertThat(ChildJvm.of(Home.class)
                        .option("-Duser.home=" + home)
                        .after("unset HOME")
                        .run(folder)
                        .expectSuccess()
                        .stdout())
                .startsWith(home + "/pids\n");
    }

    /** Says where the files of this user are. */
    public static final class Home {
        public static void main(String[] arguments) {
            System.out.println(PidFiles.inUserHome().folder());
            System.out.println(PidFile.of("app"));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'123' | 123",
                "'123\n' | 123",
                "'  123 \r\n' | 123",
                "'123\n/var/lib/postgresql\n1700000000\n' | 123",
                "'' |",
                "'x' |",
                "'12x' |",
                "'-5' |",
                "'0' |",
                "'12 13' |",
                "'99999999999999999999999' |"
            })
    void pid_isReadTolerantly(String content, Long pid) throws Exception {
        Files.createDirectories(pids);
        Files.writeString(pids.resolve("app.pid"), content);

        assertThat(files.file("app").pid()).isEqualTo(pid == null ? OptionalLong.empty() : OptionalLong.of(pid));
    }

    @Test
    void pid_noSuchFile_isEmpty() throws Exception {
        assertThat(files.file("app").pid()).isEmpty();
        Files.createDirectories(pids.resolve("app.pid"));
        assertThat(files.file("app").pid()).isEmpty();
        assertThat(files.file("app").find()).isEmpty();
    }

    @Test
    void kill_glob_countsThemAndLeavesTheFiles() throws Exception {
        Child first = actor();
        Child second = actor();
        Child other = actor();
        files.write("svc-1", first.id().pid());
        files.write("svc-2", second.id().pid());
        files.write("other", other.id().pid());

        assertThat(files.kill("svc-*")).isEqualTo(2);

        assertThat(exit(first)).isEqualTo(new ExitStatus.Signalled(15, false));
        assertThat(exit(second)).isEqualTo(new ExitStatus.Signalled(15, false));
        assertThat(Processes.isAlive(other.id())).isTrue();
        assertThat(pids.toFile().list()).hasSize(3);
        assertThat(files.kill("svc-*", KillOption.REMOVE_FILE)).isZero();
        assertThat(pids.toFile().list()).containsExactly("other.pid");
    }

    @Test
    void kill_force_isBySigkill() throws Exception {
        Child child = actors.child(Actors.word(), "trap '' TERM; " + Actors.waiting());
        files.write("app", child.id().pid());

        assertThat(files.kill("app", KillOption.FORCE, KillOption.REMOVE_FILE)).isOne();

        assertThat(exit(child)).isEqualTo(new ExitStatus.Signalled(9, false));
        assertThat(pids.toFile().list()).isEmpty();
    }

    @Test
    void kill_garbageOrDead_countsNothing() throws Exception {
        Child dead = actor();
        SYSTEM.signaller().send(dead.id(), Signal.KILL);
        exit(dead);
        files.write("dead", dead.id().pid());
        Files.writeString(pids.resolve("garbage.pid"), "not a pid");
        Files.writeString(pids.resolve("init.pid"), "1");
        files.write("self");

        assertThat(files.kill("*")).isZero();
        assertThat(files.kill("missing")).isZero();
        assertThat(PidFiles.in(folder.resolve("missing")).kill("*")).isZero();
    }

    @Test
    void kill_pidBelongsToSomebodyElseNow_killsNobody() throws Exception {
        Child child = actor();
        Path file = files.write("app", child.id().pid());
        assertThat(Actors.ids(files.file("app").find())).containsExactly(child.id());

        Files.setLastModifiedTime(file, FileTime.from(child.id().startedAt().minus(Duration.ofMillis(2100))));

        assertThat(files.file("app").pid()).isEqualTo(OptionalLong.of(child.id().pid()));
        assertThat(files.file("app").find()).isEmpty();
        assertThat(files.kill("app", KillOption.FORCE)).isZero();
        assertThat(Processes.isAlive(child.id())).isTrue();
    }

    /** Sooner than a tenth of a second after the file was written somebody else is started with the pid in it. */
    @Test
    void find_startedThreeTicksAfterTheFileWasWritten_isSomebodyElse() throws Exception {
        for (int i = 0; i < 20; i++) {
            Path file = files.write("app", 1);
            FileTime written = Files.getLastModifiedTime(file);
            long tick = Processes.TABLE.nowTicks();
            Await.until("three ticks are over", () -> Processes.TABLE.nowTicks() >= tick + 3);
            Child child = actors.trial().program("/bin/sleep", "1000").spawn();
            files.write("app", child.id().pid());
            Files.setLastModifiedTime(file, written);

            assertThat(files.file("app").find()).isEmpty();
        }
    }

    /** The clock was ahead when the file was written, and has been set back since. */
    @Test
    void kill_fileFromTheFuture_killsNobodyAndSaysWhy() throws Exception {
        Child child = actor();
        Path file = files.write("app", child.id().pid());
        Instant ahead = Instant.now().plus(Duration.ofHours(1)).truncatedTo(ChronoUnit.SECONDS);
        Files.setLastModifiedTime(file, FileTime.from(ahead));

        try (CapturedLog log = new CapturedLog("dev.procession")) {
            assertThat(files.kill("app", KillOption.FORCE)).isZero();

            assertThat(log.naming(file.toString()))
                    .singleElement()
                    .asString()
                    .startsWith("WARNING pid " + child.id().pid() + " (")
                    .endsWith(") is passed over: the pidfile " + file + " was last written at " + ahead
                            + ", which is yet to come by this machine's clock, so nobody can tell whether its pid has been"
                            + " given to somebody else since; if it is the one that is meant, run 'touch " + file
                            + "'");
        }
        assertThat(ProcessWatch.ofJvm().awaitDeath(files.file("app"), Duration.ZERO))
                .extracting(FoundProcess::id)
                .containsExactly(child.id());
        assertThat(files.file("app").pid()).isEqualTo(OptionalLong.of(child.id().pid()));
        assertThat(files.file("app").find()).isEmpty();
        assertThat(Processes.isAlive(child.id())).isTrue();
    }

    /** What a system calls a thread's id can be found where pids are, and signals to it reach the process. */
    @Test
    void find_threadsId_isNobody() throws Exception {
        Headless headless = Headless.start(actors.trial(), Actors.word());
        files.write("app", headless.thread());

        assertThat(files.file("app").pid()).isEqualTo(OptionalLong.of(headless.thread()));
        assertThat(files.file("app").find()).isEmpty();
        assertThat(files.kill("app")).isZero();
        assertThat(Processes.isAlive(headless.id())).isTrue();
    }

    @Test
    void find_writtenRightAfterTheStart_isTheOne() throws Exception {
        for (int i = 0; i < 100; i++) {
            Child child = actors.trial().program("/bin/sleep", "1000").spawn();
            files.write("app", child.id().pid());

            assertThat(Actors.ids(files.file("app").find())).containsExactly(child.id());
        }
    }

    @Test
    void find_fileSystemThatKeepsWholeSeconds_isTheOne() throws Exception {
        Child child = actor();
        Path file = files.write("app", child.id().pid());

        Files.setLastModifiedTime(
                file,
                FileTime.from(Instant.ofEpochSecond(
                        child.id().startedAt().plusMillis(50).getEpochSecond())));

        assertThat(Actors.ids(files.file("app").find())).containsExactly(child.id());
    }

    @Test
    void find_twoFilesOfOneProcess_isFoundOnce() throws Exception {
        ProcessId id = actor().id();
        files.write("one", id.pid());
        files.write("two", id.pid());

        assertThat(Actors.ids(files.file("*").find())).containsExactly(id);
        assertThat(files.kill("*")).isOne();
    }

    @Test
    void remove_countsFiles() throws Exception {
        files.write("svc-1");
        files.write("svc-2");
        files.write("other");
        Files.writeString(pids.resolve(".svc-hidden.pid"), "1");
        Files.writeString(pids.resolve("svc-3.txt"), "1");

        assertThat(files.remove("missing")).isZero();
        assertThat(files.remove("svc-[0-9]")).isEqualTo(2);
        assertThat(files.remove("*")).isOne();
        assertThat(pids.toFile().list()).containsExactlyInAnyOrder(".svc-hidden.pid", "svc-3.txt");
    }

    @Test
    void at_path_mayHoldAGlob() throws Exception {
        ProcessId id = actor().id();
        Path file = PidFile.at(folder.resolve("run/my.lock")).write(id.pid());

        assertThat(file).isEqualTo(folder.resolve("run/my.lock")).hasContent(Long.toString(id.pid()));
        assertThat(PidFile.of(folder + "/run/*.lock").files()).containsExactly(file);
        assertThat(Actors.ids(PidFile.of(folder + "/run/my.lock").find())).containsExactly(id);
        assertThat(PidFile.at(Path.of("target/x.pid"))).hasToString("the pidfile target/x.pid");
        assertThat(PidFile.at(folder.resolve("run/*")).remove()).isOne();
    }

    /** Others may write in the folder, as in one of a service's user. */
    @Test
    void write_linkInTheWay_isNotFollowed() throws Exception {
        Path precious = Files.writeString(folder.resolve("precious"), "precious");
        Files.createDirectories(pids);
        Files.createSymbolicLink(
                pids.resolve(".app.pid." + ProcessHandle.current().pid() + "-"
                        + Thread.currentThread().getId() + ".new"),
                precious);
        Files.createSymbolicLink(pids.resolve("app.pid"), precious);

        Path file = files.write("app", 7);

        assertThat(precious).hasContent("precious");
        assertThat(Files.isSymbolicLink(file)).isFalse();
        assertThat(file).hasContent("7");
        assertThat(pids.toFile().list()).containsExactly("app.pid");
    }

    @Test
    void files_isNoRegularFile_isPassedOver() throws Exception {
        Files.createDirectories(pids);
        Path fifo = pids.resolve("fifo.pid");
        assertThat(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor())
                .isZero();

        assertThat(files.file("fifo").pid()).isEmpty();
        assertThat(files.kill("*", KillOption.REMOVE_FILE)).isZero();
        assertThat(fifo).exists();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "  "})
    void file_emptyName_isRefused(String name) {
        assertThatThrownBy(() -> files.file(name))
                .isInstanceOf(InvalidSpecException.class)
                .hasMessage("'pidFile' is empty; give a name, such as that of the program");
        assertThatThrownBy(() -> PidFile.of(name))
                .isInstanceOf(InvalidSpecException.class)
                .hasMessage("'pidFile' is empty; give the path of the file, or NAME for ~/pids/NAME.pid");
    }

    @Test
    void wrongNames_areRefused() {
        assertThatThrownBy(() -> files.write("a/b"))
                .isInstanceOf(InvalidSpecException.class)
                .hasMessage("'pidFile' is \"a/b\", which cannot be the name of a file; give one without a slash, or use"
                        + " PidFile.at for a path");
        assertThatThrownBy(() -> files.write("svc-*"))
                .isInstanceOf(InvalidSpecException.class)
                .hasMessage("'pidFile' is \"svc-*.pid\", a glob, and cannot be written; name one file");
        assertThatThrownBy(() -> files.kill("svc-["))
                .isInstanceOf(InvalidSpecException.class)
                .hasMessage("'pidFile' is \"svc-[.pid\", which is no glob: Missing ']; put a backslash before each sign"
                        + " that is meant as it is");
        assertThatThrownBy(() -> files.write("app", 0))
                .isInstanceOf(InvalidSpecException.class)
                .hasMessage("'pid' is 0; a pid is a number above 0");
        assertThatThrownBy(() -> PidFile.at(Path.of("/")))
                .isInstanceOf(InvalidSpecException.class)
                .hasMessage("'pidFile' is \"/\", which names no file; name one");
    }
}
