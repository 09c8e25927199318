package dev.procession.cleanup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.launch.ProcessSpec;
import dev.procession.launch.Readiness;
import dev.procession.os.backend.Backend;
import dev.procession.process.ProcessId;
import dev.procession.process.Signal;
import dev.procession.supervise.Supervisor;
import dev.procession.testkit.Await;
import dev.procession.testkit.CapturedLog;
import dev.procession.testkit.ChildJvm;
import dev.procession.testkit.Processes;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a JVM writes down of its run, and where. */
@EnabledOnOs(OS.LINUX)
class RunRecordTest {

    private static final Machine HERE = Machine.here().orElseThrow();
    private static final ProcessId SELF = Processes.TABLE.self();

    @TempDir
    private Path folder;

    private Path runs;

    static boolean isRoot() {
        return HERE.user() == 0;
    }

    @BeforeEach
    void name() throws Exception {
        folder = folder.toRealPath();
        runs = folder.resolve("above/runs");
    }

    private List<Path> records() throws Exception {
        try (Stream<Path> files = Files.list(runs)) {
            return files.toList();
        }
    }

    @Test
    void whoIsInterruptedWritesDownToo() throws Exception {
        Thread.currentThread().interrupt();
        RunRecord record = new RunRecords(runs).begin(SELF).orElseThrow();
        record.add("+ 12 34", List::of);
        Thread.currentThread().interrupt();
        record.add("+ 56 78", List::of);

        assertThat(Thread.interrupted()).as("still interrupted").isTrue();
        assertThat(record.file()).content().endsWith("\n+ 12 34\n+ 56 78\n");
        record.delete();
    }

    @Test
    void aRecordHoldsWhatTheWatchdogIsTold() throws Exception {
        RunRecord record = new RunRecords(runs).begin(SELF).orElseThrow();

        record.add("+ 12 34", List::of);
        record.add("/ /a b/ä", List::of);

        assertThat(record.file())
                .hasContent("procession 1\nboot " + HERE.boot() + "\npids "
                        + Files.readSymbolicLink(Path.of("/proc/self/ns/pid")) + "\njvm " + SELF.pid() + " "
                        + SELF.startTicks() + "\nuser " + HERE.user() + "\nbase "
                        + Path.of("").toAbsolutePath()
                        + "\n+ 12 34\n/ /a b/ä\n");
        assertThat(records()).containsExactly(record.file());
        assertThat(record.file().getFileName().toString())
                .matches(SELF.pid() + "-" + SELF.startTicks() + "-[0-9a-z]+\\.run");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(runs)))
                .isEqualTo("rwx------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(record.file())))
                .isEqualTo("rw-------");

        record.delete();
        record.add("+ 56 78", List::of);
        record.delete();

        assertThat(records()).isEmpty();
    }

    /** Says whether it can lock a file. */
    static final class Question {

        private Question() {}

        public static void main(String[] arguments) throws Exception {
            try (FileChannel channel = FileChannel.open(Path.of(arguments[0]), StandardOpenOption.WRITE)) {
                System.out.print(channel.tryLock() == null ? "locked" : "free");
            }
        }
    }

    /** Two of one JVM, as of two class loaders: neither drops the lock of the other. */
    @Test
    void aRecordIsLockedWhileItsJvmLives() throws Exception {
        RunRecord record = new RunRecords(runs).begin(SELF).orElseThrow();
        RunRecord other = new RunRecords(runs).begin(SELF).orElseThrow();
        new Leftovers(Backend.current(), new RunRecords(runs)).end();

        assertThat(records()).containsExactlyInAnyOrder(record.file(), other.file());
        other.delete();
        assertThat(ChildJvm.of(Question.class, record.file().toString())
                        .run(folder)
                        .stdout())
                .isEqualTo("locked");
    }

    /** As that of a JVM that starts and stops for days. */
    @Test
    void aRecordThatHasGrownIsWrittenAnew() throws Exception {
        RunRecord record = new RunRecords(runs).begin(SELF).orElseThrow();
        List<String> standing = List.of("+ 12 34", "/ /a b");
        for (int i = 0; i < 200_000; i++) {
            record.add(i % 2 == 0 ? "+ 777 4711" : "- 777", () -> standing);
        }

        assertThat(ChildJvm.of(Question.class, record.file().toString())
                        .run(folder)
                        .stdout())
                .isEqualTo("locked");
        assertThat(records()).containsExactly(record.file());
        assertThat(Files.size(record.file())).isLessThan(RunRecord.MOST_BYTES + 1_000);
        FormerRun run = FormerRun.parse(Files.readString(record.file()));
        assertThat(run.leaders()).containsExactly(new ProcessId(12, 34));
        assertThat(run.folders()).containsExactly(Path.of("/a b"));
        record.delete();
        assertThat(records()).isEmpty();
    }

    /** Starts two processes, ends one of them, and then itself as it is told. */
    static final class Runner {

        private Runner() {}

        public static void main(String[] arguments) throws Exception {
            Supervisor supervisor = Supervisor.create(Path.of("processes"));
            supervisor.start(sleeper("kept"));
            supervisor.start(sleeper("ended")).stop();
            Watchdog.ofJvm().user(7, 8);
            Files.writeString(Path.of("up"), "");
            switch (arguments[0]) {
                case "exit" -> System.exit(0);
                case "close" -> supervisor.close();
                default -> Thread.sleep(600_000);
            }
        }

        private static ProcessSpec sleeper(String name) {
            return ProcessSpec.command("sh", "-c", "echo ready; exec sleep 1000")
                    .name(name)
                    .ready(Readiness.DEFAULT.log("ready"))
                    .build();
        }
    }

    private ChildJvm runner(String end, String backend) {
        return ChildJvm.of(Runner.class, end)
                .nativeAccess()
                .option("-Dprocession.runs=" + runs)
                .option("-D" + Backend.PROPERTY + "=" + backend);
    }

    @ParameterizedTest
    @ValueSource(strings = {"native", "portable"})
    void aJvmThatRunsHasARecordWhichItsWatchdogRemovesWhenItIsKilled(String backend) throws Exception {
        Process process = runner("wait", backend).start(folder);
        Await.exists(folder.resolve("up"));
        ProcessId jvm = Processes.identity(process.pid());
        FormerRun run = FormerRun.parse(Files.readString(records().get(0)));

        assertThat(run.jvm()).isEqualTo(jvm);
        assertThat(run.base()).isEqualTo(folder.toString());
        assertThat(run.machine()).isEqualTo(HERE);
        assertThat(run.leaders()).hasSize(1).allMatch(Processes::isAlive);
        assertThat(run.folders())
                .containsExactlyInAnyOrder(folder.resolve("processes/kept"), folder.resolve("processes/ended"));

        Backend.current().signaller().send(jvm, Signal.KILL);

        run.leaders().forEach(Processes::awaitDeath);
        process.waitFor();
        Await.until("its record has gone", () -> {
            try {
                return records().isEmpty();
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"exit", "close"})
    void aJvmThatEndsInOrderHasRemovedItsRecordByThen(String end) throws Exception {
        runner(end, "native").run(folder).expectSuccess();

        assertThat(records()).isEmpty();
    }

    private void assertNone(String problem) {
        try (CapturedLog log = new CapturedLog("dev.procession")) {
            RunRecords records = new RunRecords(runs);
            assertThat(records.begin(SELF)).isEmpty();
            assertThat(records.begin(SELF)).isEmpty();
            assertThat(records.files()).isEmpty();

            assertThat(log.naming(runs.toString()))
                    .as("said once")
                    .containsExactly("WARNING There is no run record: " + problem
                            + ". If this JVM is killed together with its watchdog, the next one will not know what it"
                            + " left.");
        }
    }

    @Test
    void aFolderThatIsALinkIsNotTrusted() throws Exception {
        Files.createDirectories(runs.getParent());
        Files.createSymbolicLink(runs, Files.createDirectory(folder.resolve("elsewhere")));

        assertNone(runs + " is no folder but a link; remove it");
    }

    @Test
    void aFolderThatIsOpenToOthersIsNotTrusted() throws Exception {
        Files.createDirectories(runs);
        Files.setPosixFilePermissions(runs, PosixFilePermissions.fromString("rwx-wx---"));

        assertNone(runs + " is rwx-wx---, so it is not this user's alone; run 'chmod 700 " + runs + "'");
    }

    @Test
    @EnabledIf("isRoot")
    void aFolderOfAnotherUserIsNotTrusted() throws Exception {
        Files.createDirectories(runs);
        Files.setPosixFilePermissions(runs, PosixFilePermissions.fromString("rwx------"));
        Files.setAttribute(runs, "unix:uid", 54321);

        assertNone(runs + " belongs to user id 54321, and this JVM runs as user id 0; remove it, or name another by"
                + " -Dprocession.runs=FOLDER");
    }

    @Test
    void aFolderThatCannotBeMadeIsNamed() throws Exception {
        Files.writeString(runs.getParent(), "no folder");

        assertNone(runs + " cannot be made: java.nio.file.FileAlreadyExistsException: " + runs.getParent()
                + "; name another by -Dprocession.runs=FOLDER");
    }

    @Test
    void aLastLineThatWasCutOffIsLeftOut() {
        FormerRun run = FormerRun.parse(FormerRun.header(HERE, SELF, Path.of("/b\nase"))
                + "+ 1 2\n+ 3 4\n= 1 9\n- 1\n= 5 6\n= 7 8\n- 7 8\np 80\np 81\n- p 80\nu 1 1\n+ 1");

        assertThat(run)
                .isEqualTo(new FormerRun(
                        HERE,
                        SELF,
                        "/b?ase",
                        Set.of(new ProcessId(3, 4)),
                        Set.of(new ProcessId(1, 9), new ProcessId(5, 6)),
                        Set.of(),
                        Set.of(81)));
    }
}
