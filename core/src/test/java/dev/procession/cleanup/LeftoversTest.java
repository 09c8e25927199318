package dev.procession.cleanup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.procession.launch.ProcessSpec;
import dev.procession.launch.Readiness;
import dev.procession.os.backend.Backend;
import dev.procession.process.ProcessId;
import dev.procession.process.ProcessInfo;
import dev.procession.process.Signal;
import dev.procession.supervise.Supervisor;
import dev.procession.testkit.Await;
import dev.procession.testkit.Backends;
import dev.procession.testkit.CapturedLog;
import dev.procession.testkit.ChildJvm;
import dev.procession.testkit.ChildJvm.Result;
import dev.procession.testkit.Loners;
import dev.procession.testkit.Processes;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a JVM finds that was left by another, and above all what it leaves alone. */
@EnabledOnOs(OS.LINUX)
class LeftoversTest {

    private static final Machine HERE = Machine.here().orElseThrow();

    @TempDir
    private Path folder;

    private Path runs;
    private Path work;
    private Loners loners;

    /** A JVM that is no more. */
    private ProcessId dead;

    static boolean isRoot() {
        return HERE.user() == 0;
    }

    @BeforeEach
    void make() throws Exception {
        folder = folder.toRealPath();
        runs = Files.createDirectory(
                folder.resolve("runs"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        work = Files.createDirectory(folder.resolve("work"));
        loners = new Loners(folder);
        dead = deadProcess();
    }

    @AfterEach
    void endLoners() {
        loners.close();
    }

    private static ProcessId deadProcess() throws Exception {
        Process process = new ProcessBuilder("sleep", "1000").start();
        ProcessId id = Processes.identity(process.pid());
        process.destroyForcibly().waitFor();
        return id;
    }

    private static String run(ProcessId jvm) {
        return jvm.pid() + "-" + jvm.startTicks();
    }

    private String marked() {
        return "PROCESSION_RUN=1-1/" + run(dead);
    }

    private static String line(String what, ProcessId id) {
        return what + " " + id.pid() + " " + id.startTicks();
    }

    private Path record(String... lines) throws Exception {
        return record(HERE, dead, lines);
    }

    private Path record(Machine machine, ProcessId jvm, String... lines) throws Exception {
        StringBuilder text = new StringBuilder(FormerRun.header(machine, jvm, Path.of("/base")));
        Stream.of(lines).forEach(line -> text.append(line).append('\n'));
        return Files.writeString(runs.resolve(run(jvm) + "-abc.run"), text);
    }

    /** What is logged of it while a JVM looks, which does so in this one. */
    private List<String> look() {
        try (CapturedLog log = new CapturedLog("dev.procession")) {
            new Leftovers(Backends.nativeOne(), new RunRecords(runs)).end();
            List<String> lines = new ArrayList<>(log.naming("/base"));
            lines.addAll(log.naming(folder.toString()).stream()
                    .filter(line -> !line.contains("/base"))
                    .toList());
            return lines.stream().map(LeftoversTest::ageless).toList();
        }
    }

    private static String ageless(String text) {
        return text.replaceAll("up for [0-9.]+ (ms|s|m)", "up for a while");
    }

    private String left(ProcessId id) {
        return "WARNING pid " + id.pid() + " (sleep 1000), up for a while, was left behind by the JVM with pid "
                + dead.pid() + " in /base";
    }

    private String ended(ProcessId id, String sign) {
        return left(id) + ", which was killed together with its watchdog; it was ended (" + sign + ")";
    }

    private String suspected(ProcessId id, String sign) {
        return "WARNING pid " + id.pid()
                + " (sleep 1000), up for a while, may have been left behind by the JVM with pid "
                + dead.pid() + " in /base, which was killed together with its watchdog: " + sign
                + ". It was not ended, since nobody can tell for certain that it is ours; if it is, end it with 'kill "
                + id.pid() + "'";
    }

    /** Somebody who is in the session of a loner, orphaned if that ends. */
    private ProcessId inSessionOf(List<ProcessId> leader, String after) throws Exception {
        Path pid = folder.resolve("child-" + System.nanoTime());
        leader.add(loners.start(
                folder, List.of(), "sh", "-c", "sleep 1000 & echo $! >\"$1\"; " + after, "sh", pid.toString()));
        ProcessId child = loners.adopt(Await.lines(pid, 1).get(0));
        Processes.awaitCommand(child, "sleep", "1000");
        return child;
    }

    private final List<ProcessId> children = new ArrayList<>();

    @AfterEach
    void endChildren() {
        children.forEach(child -> Backend.current().signaller().send(child, Signal.KILL));
    }

    /** Starts what a JVM may leave, says so, and waits to be killed. */
    static final class Victim {

        /** In its own session, in one of a child, as an orphan in a third, and without a mark in a fourth. */
        private static final String TREE = """
                sleep 76001 &
                setsid sleep 76002 &
                (setsid sleep 76003 &)
                env -i PATH="$PATH" setsid sleep 76004 &
                (cd /; env -i PATH="$PATH" setsid sh -c 'echo $$ >"$0.new"; mv "$0.new" "$0"; exec sleep 76005' "$1" &)
                echo ready
                exec sleep 76000
                """;

        private Victim() {}

        public static void main(String[] arguments) throws Exception {
            Path folder = Path.of("").toAbsolutePath();
            Path daemon = folder.resolve("daemon");
            Supervisor.create(folder.resolve("processes"))
                    .start(ProcessSpec.command("sh", "-c", TREE, "tree", daemon.toString())
                            .name("tree")
                            .ready(Readiness.DEFAULT.log("ready"))
                            .build());
            Watchdog.ofJvm().alsoWatch(Processes.identity(Await.lines(daemon, 1).get(0)));
            Files.writeString(folder.resolve("up"), "");
            Thread.sleep(600_000);
        }
    }

    /** Starts something, and ends. */
    static final class Next {

        private Next() {}

        public static void main(String[] arguments) {
            try (Supervisor supervisor = Supervisor.create(Path.of("next"))) {
                supervisor.start(ProcessSpec.command("true")
                        .name("next")
                        .ready(Readiness.DEFAULT.exit(0))
                        .build());
            }
            System.out.println("started");
        }
    }

    private ChildJvm jvm(Class<?> main) {
        // Not of this test's own run: what a living run answers for is left to that.
        return ChildJvm.of(main)
                .under("env", "-u", "PROCESSION_RUN", "-u", "PROCESSION_PROCESS")
                .nativeAccess()
                .option("-Dprocession.runs=" + runs);
    }

    private static List<String> warnings(String stderr) {
        return stderr.lines()
                .filter(line -> line.startsWith("WARNING: "))
                .map(line -> ageless(line.substring("WARNING: ".length())))
                .toList();
    }

    private List<Path> records() throws Exception {
        try (Stream<Path> files = Files.list(runs)) {
            return files.toList();
        }
    }

    /** A JVM and its watchdog, both killed so that neither can do anything any more. */
    private ProcessId killedVictim(String backend, Map<Long, ProcessId> tree) throws Exception {
        Process process = jvm(Victim.class)
                .option("-D" + Backend.PROPERTY + "=" + backend)
                .start(folder);
        ProcessId jvm = Processes.identity(process.pid());
        children.add(jvm);
        Await.exists(folder.resolve("up"));
        for (long seconds = 76_000; seconds <= 76_004; seconds++) {
            tree.put(seconds, findHere("sleep", Long.toString(seconds)));
        }
        ProcessId daemon =
                Processes.identity(Await.lines(folder.resolve("daemon"), 1).get(0));
        Processes.awaitCommand(daemon, "sleep", "76005");
        tree.put(76_005L, daemon);
        children.addAll(tree.values());
        ProcessId watchdog = watchdogOf(jvm, run(jvm));
        for (Map.Entry<ProcessId, Signal> sent : List.of(
                Map.entry(watchdog, Signal.STOP), Map.entry(jvm, Signal.KILL), Map.entry(watchdog, Signal.KILL))) {
            assertThat(Backend.current().signaller().send(sent.getKey(), sent.getValue()))
                    .isTrue();
        }
        process.waitFor();
        Processes.awaitDeath(watchdog);
        assertThat(tree.values()).allMatch(Processes::isAlive);
        return jvm;
    }

    /** Others on this machine may sleep as long, but not in this folder. */
    private ProcessId findHere(String... command) {
        List<ProcessId> found = new ArrayList<>();
        Await.until("one " + Arrays.toString(command) + " in " + folder, () -> {
            found.clear();
            Processes.workingIn(folder).stream()
                    .map(ProcessInfo::id)
                    .filter(id -> Processes.TABLE.commandLine(id.pid()).equals(List.of(command)))
                    .forEach(found::add);
            return found.size() == 1;
        });
        return found.get(0);
    }

    /** What it has just forked still has its command line, but not its parent. */
    private static ProcessId watchdogOf(ProcessId jvm, String run) {
        return Processes.TABLE.scan().stream()
                .filter(row -> row.parentPid() == jvm.pid() && !row.isDead())
                .map(ProcessInfo::id)
                .filter(id -> Watchdog.isOf(run, Processes.TABLE.commandLine(id.pid())))
                .findFirst()
                .orElseThrow();
    }

    private List<String> expected(ProcessId jvm, Map<Long, ProcessId> tree) {
        long root = tree.get(76_000L).pid();
        Map<Long, String> signs = Map.of(
                76_000L, "its record names it",
                76_001L, "it is in the session of pid " + root + ", which its record names",
                76_002L, "it carries the mark of that run",
                76_003L, "it carries the mark of that run",
                76_004L, "it descends from pid " + root,
                76_005L, "its record names it");
        return tree.entrySet().stream()
                .map(entry -> "pid " + entry.getValue().pid() + " (sleep " + entry.getKey()
                        + "), up for a while, was left behind by the JVM with pid " + jvm.pid() + " in " + folder
                        + ", which was killed together with its watchdog; it was ended (" + signs.get(entry.getKey())
                        + ")")
                .toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"native", "portable"})
    void aJvmAndItsWatchdogWereKilledTheNextJvmEndsAllAndSaysSo(String backend) throws Exception {
        Map<Long, ProcessId> tree = new TreeMap<>();
        ProcessId jvm = killedVictim(backend, tree);
        ProcessId stranger = loners.in(work);

        Result result = jvm(Next.class)
                .option("-D" + Backend.PROPERTY + "=" + backend)
                .run(folder)
                .expectSuccess();

        assertThat(result.stdout()).isEqualTo("started\n");
        assertThat(tree.values()).noneMatch(Processes::isAlive);
        assertThat(warnings(result.stderr())).containsExactlyInAnyOrderElementsOf(expected(jvm, tree));
        assertThat(stranger).matches(Processes::isAlive);
        assertThat(records()).isEmpty();
    }

    @Test
    void twoJvmsStartAtOnceEachLeftoverIsNamedOnce() throws Exception {
        Map<Long, ProcessId> tree = new TreeMap<>();
        ProcessId jvm = killedVictim("native", tree);
        List<Path> folders = List.of(folder.resolve("one"), folder.resolve("two"));
        List<Process> processes = new ArrayList<>();
        for (Path one : folders) {
            processes.add(jvm(Next.class).start(Files.createDirectory(one)));
        }

        List<String> said = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            Result result = ChildJvm.await(processes.get(i), folders.get(i)).expectSuccess();
            said.addAll(warnings(result.stderr()));
        }

        assertThat(said).containsExactlyInAnyOrderElementsOf(expected(jvm, tree));
        assertThat(tree.values()).noneMatch(Processes::isAlive);
        assertThat(records()).isEmpty();
    }

    @Test
    void aJvmThatEndsInOrderLeavesNoRecord() throws Exception {
        jvm(Next.class).run(folder).expectSuccess();

        assertThat(records()).isEmpty();
    }

    @Test
    void whatTheRecordNamesIsEnded() throws Exception {
        ProcessId led = loners.in(folder);
        ProcessId other = loners.in(folder);
        ProcessId forgotten = loners.in(folder);
        Path file = record(line("+", led), line("+", forgotten), line("=", other), "- " + forgotten.pid());

        assertThat(look())
                .containsExactlyInAnyOrder(ended(led, "its record names it"), ended(other, "its record names it"));

        assertThat(List.of(led, other)).noneMatch(Processes::isAlive);
        assertThat(forgotten).matches(Processes::isAlive);
        assertThat(file).doesNotExist();
    }

    @Test
    void aNewcomerWithTheSameNumberIsSomebodyElse() throws Exception {
        List<ProcessId> leader = new ArrayList<>();
        ProcessId child = inSessionOf(leader, "wait");
        Path file = record(
                "+ " + leader.get(0).pid() + " " + (leader.get(0).startTicks() - 1),
                "= " + child.pid() + " " + (child.startTicks() - 1));

        assertThat(look()).isEmpty();

        assertThat(child).matches(Processes::isAlive);
        assertThat(leader).allMatch(Processes::isAlive);
        assertThat(file).doesNotExist();
    }

    @Test
    void aSessionWithoutItsLeaderMayBeSomebodyElses() throws Exception {
        List<ProcessId> leader = new ArrayList<>();
        ProcessId child = inSessionOf(leader, "until [ -e gone ]; do sleep 0.01; done");
        Files.createFile(folder.resolve("gone"));
        Await.until(
                "its leader has gone",
                () -> Processes.TABLE.find(leader.get(0).pid()).isEmpty());
        record(line("+", leader.get(0)));

        assertThat(look())
                .containsExactly(suspected(
                        child,
                        "it is in the session " + leader.get(0).pid()
                                + ", which its record names, but whose leader has gone"));

        assertThat(child).matches(Processes::isAlive);
        assertThat(records()).isEmpty();
    }

    @Test
    void whoWorksInAFolderOfTheRunMayBeSomebodyElse() throws Exception {
        ProcessId inside = loners.in(work);
        ProcessId ofAnotherRun = loners.in(work, "PROCESSION_RUN=1-1");
        ProcessId beside = loners.in(folder);
        record("/ " + work);

        assertThat(look()).containsExactly(suspected(inside, "it works in " + work));

        assertThat(List.of(inside, ofAnotherRun, beside)).allMatch(Processes::isAlive);
    }

    private ProcessId writing(Path log, String... variables) throws Exception {
        ProcessId id =
                loners.start(Path.of("/"), List.of(variables), "sh", "-c", "exec sleep 1000 >>\"$0\"", log.toString());
        Processes.awaitCommand(id, "sleep", "1000");
        return id;
    }

    @Test
    void whoWritesToALogOfTheRunIsEnded() throws Exception {
        Path log = folder.resolve("stdout.log");
        ProcessId writer = writing(log);
        ProcessId ofAnotherRun = writing(log, "PROCESSION_RUN=1-1");
        ProcessId below = writing(work.resolve("stdout.log"));
        ProcessId beside = writing(runs.resolve("stdout.log"));
        Files.delete(log);
        record("/1 " + folder, "/2 " + runs, "p 12", "- p 12", "- /2");

        assertThat(look()).containsExactly(ended(writer, "it writes its output to " + log + ", a log of that run"));

        assertThat(List.of(ofAnotherRun, below, beside)).allMatch(Processes::isAlive);
    }

    @Test
    void aFolderMayBeCalledWhateverItLikes() throws Exception {
        Path odd = Files.createDirectory(folder.resolve("a\nb\r\\n"));
        ProcessId inside = loners.in(odd);
        record("/1 " + PathText.encode(odd));

        assertThat(look()).containsExactly(suspected(inside, "it works in " + odd));
    }

    @Test
    void whoWorkedInAFolderBeforeThatJvmWasStartedIsNotItsOwn() throws Exception {
        ProcessId elder = loners.in(work);
        Await.until("the clock has ticked", () -> Processes.TABLE.nowTicks() > elder.startTicks() + 1);
        dead = deadProcess();
        record("/ " + work);

        assertThat(look()).isEmpty();

        assertThat(elder).matches(Processes::isAlive);
    }

    @Test
    void aMarkIsEnough() throws Exception {
        ProcessId inner = loners.in(folder, marked());
        ProcessId itself = loners.in(folder, "PROCESSION_RUN=" + run(dead));
        ProcessId alike = loners.in(folder, "PROCESSION_RUN=" + run(dead) + "0");
        record();

        assertThat(look())
                .containsExactlyInAnyOrder(
                        ended(inner, "it carries the mark of that run"),
                        ended(itself, "it carries the mark of that run"));

        assertThat(List.of(inner, itself)).noneMatch(Processes::isAlive);
        assertThat(alike).matches(Processes::isAlive);
    }

    @Test
    void whatALivingRunAnswersForIsLeftToThat() throws Exception {
        ProcessId living = loners.in(folder);
        ProcessId outer = loners.in(folder, "PROCESSION_RUN=" + run(living) + "/" + run(dead));
        ProcessId inner = loners.in(folder, "PROCESSION_RUN=" + run(dead) + "/" + run(living));
        record(line("=", outer));

        assertThat(look()).isEmpty();

        assertThat(List.of(outer, inner)).allMatch(Processes::isAlive);
    }

    @Test
    void aWatchdogEndsByItself() throws Exception {
        ProcessId watchdog = loners.in(folder, "PROCESSION_WATCHDOG=1", marked());
        record();

        assertThat(look()).isEmpty();

        assertThat(watchdog).matches(Processes::isAlive);
    }

    /** Which it has, if the JVM was killed a moment ago. */
    @Test
    void aWatchdogThatIsAtWorkIsLeftToIt() throws Exception {
        ProcessId ours = loners.in(folder, marked());
        Path file = record();
        loners.start(
                folder,
                List.of("PROCESSION_WATCHDOG=1"),
                "sh",
                "-c",
                "sleep 1; rm \"$3\"; exit",
                "procession-watchdog",
                run(dead),
                "",
                file.toString());

        assertThat(look()).isEmpty();

        assertThat(ours).matches(Processes::isAlive);
        assertThat(file).doesNotExist();
    }

    @Test
    void ofAnotherBootNothingCanBeLeft() throws Exception {
        ProcessId stranger = loners.in(folder, marked());
        record(new Machine("another", HERE.pidNamespace(), HERE.user()), dead, line("+", stranger));

        assertThat(look()).isEmpty();

        assertThat(stranger).matches(Processes::isAlive);
        assertThat(records()).isEmpty();
    }

    private void assertNameOnly(Path file, String because) throws Exception {
        ProcessId marked = loners.in(folder, marked());
        ProcessId unmarked = loners.in(work);
        Files.writeString(file, line("+", unmarked) + "\n/ " + work + "\n", StandardOpenOption.APPEND);

        String warning =
                left(marked) + ". It was not ended, because " + because + "; end it with 'kill " + marked.pid() + "'";
        assertThat(look()).containsExactly(warning);
        assertThat(file).exists();

        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(Duration.ofDays(8))));
        assertThat(look()).containsExactly(warning);
        assertThat(file).doesNotExist();

        assertThat(List.of(marked, unmarked)).allMatch(Processes::isAlive);
    }

    @Test
    void ofAnotherPidNamespaceNothingIsEnded() throws Exception {
        assertNameOnly(
                record(new Machine(HERE.boot(), "pid:[1]", HERE.user()), dead),
                "that JVM ran in another pid namespace, as a container has");
    }

    @Test
    void ofAnotherUserNothingIsEnded() throws Exception {
        assertNameOnly(
                record(new Machine(HERE.boot(), HERE.pidNamespace(), 54321), dead),
                "that JVM ran as user id 54321, and this one runs as user id " + HERE.user());
    }

    @Test
    @EnabledIf("isRoot")
    void aRecordThatAnotherUserHasWrittenIsHis() throws Exception {
        Path file = record();
        Files.setAttribute(file, "unix:uid", 54321);

        assertNameOnly(file, "its record belongs to user id 54321, and this JVM runs as user id 0");
    }

    @Test
    @EnabledIf("isRoot")
    void aJvmInARealContainerIsNotTakenForOneOfHere() throws Exception {
        assumeTrue(
                new ProcessBuilder("unshare", "--pid", "--fork", "--mount-proc", "true")
                                .start()
                                .waitFor()
                        == 0,
                "needs the right to make pid namespaces");
        // Its first process, which holds the namespace, is a shell that outlives the JVM.
        Process container = jvm(Victim.class)
                .under(
                        "env",
                        "-u",
                        "PROCESSION_RUN",
                        "unshare",
                        "--pid",
                        "--fork",
                        "--kill-child",
                        "--mount-proc",
                        "sh",
                        "-c",
                        "\"$@\" & wait; while :; do sleep 1; done",
                        "sh")
                .start(folder);
        try {
            Await.exists(folder.resolve("up"));
            Path file = records().get(0);
            dead = FormerRun.jvmOf(String.valueOf(file.getFileName()));
            ProcessId jvm = within(container, "java");
            ProcessId watchdog = watchdogOf(jvm, run(dead));
            ProcessId marked = findHere("sleep", "76002");
            for (Map.Entry<ProcessId, Signal> sent : List.of(
                    Map.entry(watchdog, Signal.STOP), Map.entry(jvm, Signal.KILL), Map.entry(watchdog, Signal.KILL))) {
                assertThat(Backend.current().signaller().send(sent.getKey(), sent.getValue()))
                        .isTrue();
            }
            Processes.awaitDeath(jvm);
            Processes.awaitDeath(watchdog);

            Result result = jvm(Next.class)
                    .run(Files.createDirectory(folder.resolve("second")))
                    .expectSuccess();

            assertThat(warnings(result.stderr()))
                    .contains("pid " + marked.pid()
                            + " (sleep 76002), up for a while, was left behind by the JVM with pid " + dead.pid()
                            + " in "
                            + folder
                            + ". It was not ended, because that JVM ran in another pid namespace, as a container has;"
                            + " end it with 'kill " + marked.pid() + "'")
                    .allMatch(line -> line.contains("another pid namespace"));
            assertThat(marked).matches(Processes::isAlive);
            assertThat(file).exists();
        } finally {
            container.destroyForcibly().waitFor();
            Await.until(
                    "nobody is left in the container",
                    () -> Processes.workingIn(folder).stream()
                            .noneMatch(row -> row.id().startTicks() >= dead.startTicks()));
        }
    }

    private static ProcessId within(Process container, String name) {
        return Processes.treeOf(container.pid()).stream()
                .filter(id -> Processes.TABLE
                        .find(id.pid())
                        .filter(row -> row.name().equals(name))
                        .isPresent())
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aJvmThatLivesIsLeftAlone() throws Exception {
        dead = loners.in(folder);
        ProcessId its = loners.in(work, marked());
        Path file = record(line("+", its));

        assertThat(look()).isEmpty();

        assertThat(its).matches(Processes::isAlive);
        assertThat(file).exists();
    }

    @Test
    void ourOwnRunIsLeftAlone() throws Exception {
        dead = Processes.TABLE.self();
        ProcessId its = loners.in(work);
        Path file = record(line("+", its));

        assertThat(look()).isEmpty();

        assertThat(its).matches(Processes::isAlive);
        assertThat(file).exists();
    }

    /** Locks a file until it is killed, as a JVM does that this machine's table does not show. */
    static final class Locker {

        private Locker() {}

        public static void main(String[] arguments) throws Exception {
            try (FileChannel channel = FileChannel.open(Path.of(arguments[0]), StandardOpenOption.WRITE)) {
                channel.lock();
                Files.writeString(Path.of("locked"), "");
                Thread.sleep(600_000);
            }
        }
    }

    @Test
    void aRecordThatIsLockedIsLeftAlone() throws Exception {
        ProcessId its = loners.in(work, marked());
        Path file = record(line("+", its));
        Process locker = ChildJvm.of(Locker.class, file.toString()).start(folder);
        try {
            Await.exists(folder.resolve("locked"));

            assertThat(look()).isEmpty();

            assertThat(its).matches(Processes::isAlive);
            assertThat(file).exists();
        } finally {
            locker.destroyForcibly().waitFor();
        }
        assertThat(look()).as("now that it is not").containsExactly(ended(its, "its record names it"));
    }

    /**
     * The shell above the next JVM and another process of its group are named by a record, though they were never that
     * run's.
     */
    @ParameterizedTest
    @CsvSource({"$$ $!, ''", "$$, setsid"})
    void neitherWhatWeStandOnNorOurGroupIsEnded(String named, String session) throws Exception {
        Path file = record();
        String script = "sleep 600 & for pid in " + named + "; do"
                + " echo \"= $pid $(sed 's/.*) //' /proc/$pid/stat | cut -d ' ' -f 20)\" >>'" + file + "'; done;"
                + " " + session + " \"$@\"; sed 's/.*) \\(.\\).*/both are there, \\1/' /proc/$!/stat; kill -s KILL $!";

        Result result = jvm(Next.class)
                .under("env", "-u", "PROCESSION_RUN", "sh", "-c", script, "sh")
                .run(folder)
                .expectSuccess();

        assertThat(result.stdout()).isEqualTo("started\nboth are there, S\n");
        assertThat(warnings(result.stderr())).isEmpty();
        assertThat(file).doesNotExist();
    }

    @Test
    void aRecordThatIsNoneIsNamedAndIgnored() throws Exception {
        Path good = record();
        ProcessId other = deadProcess();
        Map<String, String> broken = new TreeMap<>(Map.of(
                "nonsense",
                "its name is not that of a record",
                run(other) + "-empty",
                "it does not begin with \"procession 1\"",
                run(other) + "-cut",
                "it has \"\" where \"boot\" belongs",
                run(other) + "-line",
                "the line \"? 1 2\" is none of a record",
                run(other) + "-other",
                "its name and its lines speak of different JVMs",
                run(other) + "-folder",
                "it is no regular file"));
        String whole = FormerRun.header(HERE, other, Path.of("/b"));
        Map<String, String> texts = Map.of(
                "cut",
                "procession 1\n",
                "line",
                whole + "? 1 2\n",
                "other",
                FormerRun.header(HERE, dead, Path.of("/b")));
        List<String> expected = new ArrayList<>();
        for (Map.Entry<String, String> one : broken.entrySet()) {
            Path file = runs.resolve(one.getKey() + ".run");
            String kind = one.getKey().substring(one.getKey().lastIndexOf('-') + 1);
            if (kind.equals("folder")) {
                Files.createDirectory(file);
            } else {
                Files.writeString(file, texts.getOrDefault(kind, ""));
            }
            expected.add("WARNING The run record " + file + " is ignored: " + one.getValue()
                    + ". Look whether its JVM has left anything, and remove it");
        }

        assertThat(look()).containsExactlyInAnyOrderElementsOf(expected);

        assertThat(records()).hasSize(broken.size());
        assertThat(good).doesNotExist();
    }

    @Test
    void aRecordThatWasNeverFinishedGoesWhenItIsOld() throws Exception {
        Path old = Files.writeString(runs.resolve(run(dead) + "-old.new"), "");
        Path recent = Files.writeString(runs.resolve(run(dead) + "-recent.new"), "");
        Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofDays(8))));

        assertThat(look()).isEmpty();

        assertThat(records()).containsExactly(recent);
    }

    @Test
    void whoLooksWithAnInterruptKeepsIt() throws Exception {
        ProcessId its = loners.in(work, marked());
        record();

        Thread.currentThread().interrupt();
        try {
            look();
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }

        assertThat(its).matches(id -> !Processes.isAlive(id));
    }

    @Test
    void itLooksOnce() throws Exception {
        Leftovers leftovers = new Leftovers(Backends.nativeOne(), new RunRecords(runs));
        leftovers.end();
        Path file = record();

        leftovers.end();

        assertThat(file).exists();
    }
}
