package dev.procession.cleanup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.procession.cleanup.StragglerKill.Outcome;
import dev.procession.launch.OutputPolicy;
import dev.procession.launch.ProcessSpec;
import dev.procession.launch.Readiness;
import dev.procession.launch.RunCookie;
import dev.procession.os.Child;
import dev.procession.process.ExitStatus;
import dev.procession.process.InvalidSpecException;
import dev.procession.process.ProcessId;
import dev.procession.process.ProcessInfo;
import dev.procession.process.ProcessQuery;
import dev.procession.process.ProcessSelection;
import dev.procession.process.RunState;
import dev.procession.process.Signal;
import dev.procession.process.StopFailedException;
import dev.procession.process.Straggler;
import dev.procession.supervise.SupervisedProcess;
import dev.procession.supervise.Supervisor;
import dev.procession.testkit.Actors;
import dev.procession.testkit.Await;
import dev.procession.testkit.Backends;
import dev.procession.testkit.CapturedLog;
import dev.procession.testkit.Processes;
import dev.procession.watch.PidFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StragglerKillTest {

    private static final Duration LONG = Duration.ofSeconds(60);

    private final String word = Actors.word();

    @TempDir
    private Path folder;

    private Actors actors;

    @BeforeEach
    void open() {
        actors = new Actors(folder);
    }

    @AfterEach
    void close() {
        actors.close();
    }

    private static List<ProcessId> ids(List<Straggler> stragglers) {
        return stragglers.stream().map(Straggler::id).toList();
    }

    private static ExitStatus exit(Child child) {
        return Await.result(child.exit());
    }

    @Test
    void run_endsByItself_isSentTermOnly() throws Exception {
        Child child = actors.child(word, "trap 'exit 7' TERM; " + Actors.waiting(), "alpha");
        Child other = actors.child(word, Actors.waiting(), "beta");

        Outcome outcome = StragglerKill.named(word, "alph").gracePeriod(LONG).run();

        assertThat(ids(outcome.killed())).containsExactly(child.id());
        assertThat(outcome.killed().get(0).toString())
                .startsWith("pid " + child.id().pid() + " (" + word + " -c ")
                .endsWith("; it was meant by '" + word + "' with arguments that contain alph");
        assertThat(outcome.spared()).isEmpty();
        assertThat(exit(child)).isEqualTo(new ExitStatus.Code(7));
        assertThat(Processes.isAlive(other.id())).isTrue();
    }

    @Test
    void run_isDeafToTerm_isKilledAfterTheGracePeriod() throws Exception {
        Child child = actors.child(word, "trap '' TERM; " + Actors.waiting());
        long start = System.nanoTime();

        Outcome outcome =
                StragglerKill.named(word).gracePeriod(Duration.ofMillis(300)).run();

        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(300_000_000L);
        assertThat(ids(outcome.killed())).containsExactly(child.id());
        assertThat(exit(child)).isEqualTo(new ExitStatus.Signalled(9, false));
    }

    @Test
    void run_force_isKilledAtOnce() throws Exception {
        Child child = actors.child(word, "trap 'exit 7' TERM; " + Actors.waiting());

        StragglerKill.named(word).force().run();

        assertThat(exit(child)).isEqualTo(new ExitStatus.Signalled(9, false));
    }

    @Test
    void run_stoppedProcess_learnsOfIt() throws Exception {
        Child child = actors.child(word, "trap 'exit 7' TERM; " + Actors.waiting());
        Backends.nativeOne().signaller().send(child.id(), Signal.STOP);
        Await.until(
                "it is stopped",
                () -> Processes.TABLE
                        .find(child.id().pid())
                        .filter(row -> row.state() == RunState.STOPPED)
                        .isPresent());

        StragglerKill.named(word).gracePeriod(LONG).run();

        assertThat(exit(child)).isEqualTo(new ExitStatus.Code(7));
    }

    @Test
    void run_startsAnotherWhenItIsToldToEnd_thatOneIsEndedToo() throws Exception {
        String heir = "exec -a " + word + " bash -c \"trap 'exit 8' TERM; echo heir; "
                + "exec 3<> <(:); until read -r -t 0.1 -u 3 x; do :; done\"";
        Child child =
                actors.child(word, "trap '" + heir.replace("'", "'\\''") + " & exit 7' TERM; " + Actors.waiting());

        Outcome outcome = StragglerKill.named(word).gracePeriod(LONG).run();

        assertThat(exit(child)).isEqualTo(new ExitStatus.Code(7));
        assertThat(ids(outcome.killed())).contains(child.id()).hasSizeGreaterThanOrEqualTo(2);
        assertThat(ProcessQuery.named(word).find()).isEmpty();
    }

    @Test
    void run_isStartedAnewByItsParent_thatIsTold() throws Exception {
        Child parent = actors.child("parent", "echo ready; while :; do (exec -a " + word + " sleep 1000); done");
        Await.until("there is one", () -> !ProcessQuery.named(word).find().isEmpty());

        assertThatThrownBy(() -> StragglerKill.named(word).force().run())
                .isInstanceOf(StopFailedException.class)
                .message()
                .matches("What is meant by '" + word + "' was ended (once|\\d+ times) within 10 s, and each time pid "
                        + parent.id().pid() + " \\(parent -c .*\\) started it anew, the last time as pid \\d+ \\(.*"
                        + word + ".*\\); end pid " + parent.id().pid() + " instead");
        assertThat(Processes.isAlive(parent.id())).isTrue();
        // With the one that it has started last.
        parent.signalGroup(Signal.KILL);
    }

    /** The clock was ahead when the file was written, and has been set back since. */
    @Test
    void run_pidFileFromTheFuture_isSparedAndNamed() throws Exception {
        Child child = actors.child(word, Actors.waiting());
        PidFile file = PidFile.at(folder.resolve("app.pid"));
        Path path = file.write(child.id().pid());
        Instant ahead = Instant.now().plus(Duration.ofHours(1)).truncatedTo(ChronoUnit.SECONDS);
        Files.setLastModifiedTime(path, FileTime.from(ahead));

        Outcome outcome = StragglerKill.of(file).removePidFile().force().run();

        assertThat(outcome.killed()).isEmpty();
        assertThat(ids(outcome.spared())).containsExactly(child.id());
        assertThat(outcome.spared().get(0).found())
                .isEqualTo("the pidfile " + path + " was last written at " + ahead
                        + ", which is yet to come by this machine's clock, so nobody can tell whether its pid has been"
                        + " given to somebody else since; if it is the one that is meant, run 'touch " + path + "'");
        assertThat(Processes.isAlive(child.id())).isTrue();
        assertThat(path).exists();
    }

    @Test
    void run_nobody_isNothing() {
        assertThat(StragglerKill.named(word).run()).isEqualTo(new Outcome(List.of(), List.of()));
    }

    @Test
    void run_managedByALiveRun_isSparedAndNamed() throws Exception {
        ProcessId self = Processes.identity(ProcessHandle.current().pid());
        Map<String, String> cookie = RunCookie.of(self, "web", 1).variables();
        Child managed = actors.child(word, Actors.waiting(), cookie);
        ProcessId nobodys = actors.start(word);

        try (CapturedLog log = new CapturedLog("dev.procession")) {
            Outcome outcome = StragglerKill.named(word).force().run();

            assertThat(ids(outcome.killed())).containsExactly(nobodys);
            assertThat(ids(outcome.spared())).containsExactly(managed.id());
            String reason =
                    "; it belongs to 'web', which a run that is still alive manages (JVM pid " + self.pid() + ")";
            assertThat(outcome.spared().get(0).toString()).endsWith(reason);
            assertThat(log.naming(word))
                    .singleElement()
                    .asString()
                    .startsWith("WARNING pid " + managed.id().pid() + " (" + word + " -c ")
                    .endsWith(reason + "; it was meant by '" + word + "', but was left alone");
        }
        assertThat(Processes.isAlive(managed.id())).isTrue();
        assertThat(Processes.isAlive(nobodys)).isFalse();
    }

    /** As redis, nginx and PostgreSQL do, it has no environment any more; and its child neither. */
    @Test
    void run_managedByThisJvm_environmentErased_isSparedWithWhatItStarted() throws Exception {
        try (Supervisor supervisor =
                Supervisor.builder().folder(folder.resolve("managed")).build()) {
            SupervisedProcess managed = supervisor.start(ProcessSpec.command(
                            "env",
                            "-i",
                            "/bin/bash",
                            "-c",
                            "(exec -a " + word + " sleep 1000) & echo ready; exec -a " + word + " sleep 1000")
                    .name("web")
                    .ready(Readiness.DEFAULT.log("ready"))
                    .build());
            Await.until(
                    "both have the name", () -> ProcessQuery.named(word).find().size() >= 2);

            Outcome outcome = StragglerKill.named(word).force().run();

            assertThat(outcome.killed()).isEmpty();
            assertThat(outcome.spared())
                    .hasSize(2)
                    .allMatch(spared -> spared.toString()
                            .endsWith("; it belongs to what a run that is still alive manages (JVM pid "
                                    + ProcessHandle.current().pid() + ")"));
            assertThat(managed.isAlive()).isTrue();
        }
    }

    /** With it, what the process writes from then on would be lost. */
    @Test
    void run_carrierOfALiveRunsOutput_isSpared() throws Exception {
        try (Supervisor supervisor =
                Supervisor.builder().folder(folder.resolve("managed")).build()) {
            SupervisedProcess managed =
                    supervisor.start(ProcessSpec.command("/bin/bash", "-c", "echo ready; exec sleep 1000")
                            .name("web")
                            .output(OutputPolicy.PIPE)
                            .ready(Readiness.DEFAULT.log("ready"))
                            .build());
            Path real = folder.toRealPath();
            Await.until("each stream has its carrier", () -> carriers(real).length == 2);
            long[] carriers = carriers(real);

            Outcome outcome =
                    StragglerKill.of(ProcessSelection.ofPids(carriers)).force().run();

            assertThat(outcome.killed()).isEmpty();
            assertThat(outcome.spared())
                    .hasSize(2)
                    .extracting(Straggler::found)
                    .containsOnly("it serves a run of Procession, and ends with what it serves");
            assertThat(managed.isAlive()).isTrue();
        }
    }

    private static long[] carriers(Path folder) {
        return Processes.TABLE.scan().stream()
                .filter(row -> row.name().equals("cat") && !row.isDead())
                .filter(row ->
                        Processes.TABLE.outputs(row.pid()).stream().anyMatch(output -> output.startsWith(folder)))
                .mapToLong(ProcessInfo::pid)
                .toArray();
    }

    @Test
    void run_leftByARunThatHasEnded_isEnded() throws Exception {
        ProcessId self = Processes.identity(ProcessHandle.current().pid());
        ProcessId earlier = new ProcessId(self.pid(), self.startTicks() - 1);
        Child left = actors.child(
                word, Actors.waiting(), RunCookie.of(earlier, "web", 1).variables());

        Outcome outcome = StragglerKill.named(word).force().run();

        assertThat(ids(outcome.killed())).containsExactly(left.id());
        assertThat(outcome.spared()).isEmpty();
    }

    @Test
    void run_anotherUsers_isSparedUntilThatIsSaid() throws Exception {
        assumeTrue(Processes.TABLE.userId(ProcessHandle.current().pid()).orElse(-1) == 0, "only root has others");
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/setpriv")), "there is no setpriv");
        Child first = anothers();
        Child second = anothers();

        Outcome spared = StragglerKill.named(word).force().run();

        assertThat(spared.killed()).isEmpty();
        assertThat(spared.spared())
                .hasSize(2)
                .allSatisfy(
                        straggler -> assertThat(straggler.toString()).endsWith("; it runs as another user, id 65534"));
        ProcessQuery ofUser =
                ProcessQuery.named(word).user("65534").ignoring(second.id().pid());
        assertThat(ids(StragglerKill.of(ofUser).force().run().killed())).containsExactly(first.id());
        assertThat(Processes.isAlive(second.id())).isTrue();
        assertThat(ids(StragglerKill.named(word).anyUser().force().run().killed()))
                .containsExactly(second.id());
    }

    private Child anothers() throws Exception {
        Child child = actors.trial()
                .program(
                        "/usr/bin/setpriv",
                        "--reuid=65534",
                        "--regid=65534",
                        "--clear-groups",
                        "--",
                        "/bin/bash",
                        "-c",
                        "exec -a " + word + " bash -c '" + Actors.waiting() + "'")
                .withOnly(Map.of("PATH", "/usr/bin:/bin"))
                .in(Path.of("/"))
                .spawn();
        Await.lines(actors.trial().stdout(child), 1);
        return child;
    }

    @Test
    void run_pidFile_isRemovedWhenThatIsSaid() throws Exception {
        Child child = actors.child(word, Actors.waiting());
        PidFile file = PidFile.at(folder.resolve("run/app.pid"));
        file.write(child.id().pid());

        Outcome outcome = StragglerKill.of(file).gracePeriod(LONG).run();

        assertThat(ids(outcome.killed())).containsExactly(child.id());
        assertThat(file.files()).hasSize(1);
        assertThat(StragglerKill.of(file).removePidFile().run().killed()).isEmpty();
        assertThat(file.files()).isEmpty();
    }

    @Test
    void run_whoStartedUs_isNoStraggler() {
        long parent = ProcessHandle.current().parent().orElseThrow().pid();

        assertThat(StragglerKill.of(ProcessSelection.ofPids(
                                parent, ProcessHandle.current().pid()))
                        .force()
                        .run())
                .isEqualTo(new Outcome(List.of(), List.of()));
    }

    @Test
    void run_interrupted_isQuickAndStaysInterrupted() throws Exception {
        Child child = actors.child(word, "trap '' TERM; " + Actors.waiting());
        Thread.currentThread().interrupt();

        Outcome outcome = StragglerKill.named(word).gracePeriod(LONG).run();

        assertThat(Thread.interrupted()).isTrue();
        assertThat(ids(outcome.killed())).containsExactly(child.id());
        assertThat(exit(child)).isEqualTo(new ExitStatus.Signalled(9, false));
    }

    /** Only made, never run: if it were not refused, it would end whatever this JVM may signal. */
    @Test
    void of_whoeverThereIs_isRefused() {
        assertThatThrownBy(() -> StragglerKill.of(ProcessQuery.any()))
                .isInstanceOf(InvalidSpecException.class)
                .hasMessage("'process' is not given, so that any process would be killed; say by name, argument,"
                        + " pattern, user or port who is meant");
        assertThatThrownBy(() -> StragglerKill.of(ProcessQuery.matching("a|")))
                .isInstanceOf(InvalidSpecException.class)
                .hasMessage("'pattern' is \"a|\", which every process matches, since it matches the empty text; give a"
                        + " part of the command line; who really means everybody writes .*");
        assertThat(ProcessQuery.matching(".*").isNarrow()).isTrue();
        assertThat(ProcessQuery.named(word).pattern("a|").isNarrow()).isTrue();
    }

    @Test
    void gracePeriod_negative_isRefused() {
        assertThatThrownBy(() -> StragglerKill.named(word).gracePeriod(Duration.ofMillis(-1)))
                .isInstanceOf(InvalidSpecException.class)
                .hasMessage("'gracePeriod' is PT-0.001S; give a duration between 0 and a year");
    }
}
