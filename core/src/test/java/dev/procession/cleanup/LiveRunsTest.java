package dev.procession.cleanup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.procession.cleanup.StragglerKill.Outcome;
import dev.procession.launch.PortLeases;
import dev.procession.launch.ProcessSpec;
import dev.procession.launch.Readiness;
import dev.procession.launch.RunCookie;
import dev.procession.launch.StopPolicy;
import dev.procession.process.ProcessId;
import dev.procession.process.ProcessQuery;
import dev.procession.process.Straggler;
import dev.procession.supervise.Supervisor;
import dev.procession.testkit.Actors;
import dev.procession.testkit.Await;
import dev.procession.testkit.Backends;
import dev.procession.testkit.ChildJvm;
import dev.procession.testkit.Processes;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Whoever ends stragglers spares what other runs manage at that moment, and who has called him. */
@EnabledOnOs(OS.LINUX)
class LiveRunsTest {

    private static final String[] PIDS = {"--pid", "--mount-proc"};
    private static final String[] TIME = {"--time", "--boottime", "1000000"};

    private final String word = Actors.word();

    @TempDir
    private Path folder;

    private List<Process> started;

    @BeforeEach
    void begin() {
        started = new ArrayList<>();
    }

    /** All that they have started, and what they have left. */
    @AfterEach
    void end() {
        for (Process process : started) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        Await.until("nothing is left", () -> {
            ProcessQuery.matching(word)
                    .find()
                    .forEach(found -> ProcessHandle.of(found.pid()).ifPresent(ProcessHandle::destroyForcibly));
            return ProcessQuery.matching(word).find().isEmpty()
                    && Processes.workingIn(folder).isEmpty();
        });
    }

    /** Manages two processes, one of which shows no mark of that. */
    static final class Run {

        private Run() {}

        public static void main(String[] arguments) throws Exception {
            Supervisor supervisor = Supervisor.create(Path.of("processes"));
            String script = "echo ready; exec -a " + arguments[0] + " sleep 1000";
            supervisor.startAll(List.of(
                    spec("marked", "bash", "-c", script), spec("bare", "env", "-i", "/bin/bash", "-c", script)));
            System.out.println("up");
            Thread.sleep(600_000);
        }

        private static ProcessSpec spec(String name, String... command) {
            return ProcessSpec.command(command)
                    .name(name)
                    .ready(Readiness.DEFAULT.log("ready"))
                    .build();
        }
    }

    private void start(ChildJvm jvm) throws Exception {
        started.add(jvm.start(folder));
        Await.lines(folder.resolve("jvm-stdout"), 1);
        Await.until("both have the name", () -> ProcessQuery.named(word).find().size() == 2);
    }

    /** In namespaces of its own, as in a container. */
    private ChildJvm within(ChildJvm jvm, String... namespaces) throws Exception {
        List<String> command = new ArrayList<>(List.of("env", "-u", "PROCESSION_RUN", "unshare"));
        command.addAll(List.of(namespaces));
        command.addAll(List.of("--fork", "--kill-child", "sh", "-c", "\"$@\"; exit $?", "sh"));
        List<String> trial = new ArrayList<>(command);
        trial.add("true");
        Process process = new ProcessBuilder(trial)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        assumeTrue(
                process.waitFor(60, TimeUnit.SECONDS) && process.exitValue() == 0,
                () -> "needs the right to 'unshare " + String.join(" ", namespaces) + "'");
        return jvm.under(command.toArray(String[]::new));
    }

    private ChildJvm jvm() {
        return ChildJvm.of(Run.class, word).nativeAccess();
    }

    private void assertSpared(String... reasons) {
        Outcome outcome = StragglerKill.named(word).force().run();

        assertThat(outcome.killed()).isEmpty();
        assertThat(outcome.spared()).extracting(Straggler::found).containsExactlyInAnyOrder(reasons);
        assertThat(ProcessQuery.named(word).find()).hasSize(2);
    }

    private static final String ELSEWHERE =
            "it runs in another pid or time namespace, in which a run that is still alive manages processes";

    @Test
    void run_managedInAnotherPidNamespace_isSpared() throws Exception {
        start(within(jvm(), PIDS));

        assertSpared(marked(), ELSEWHERE);
    }

    /** As in a container, which has a folder for temporary files for itself. */
    @Test
    void run_managedInAnotherPidNamespaceWithRecordsOfItsOwn_isSpared() throws Exception {
        start(within(jvm().option("-Dprocession.runs=" + folder.resolve("runs")), PIDS));

        assertSpared(ELSEWHERE, ELSEWHERE);
    }

    @Test
    void run_managedInAnotherTimeNamespace_isSpared() throws Exception {
        start(within(jvm(), TIME));

        assertSpared(marked(), ELSEWHERE);
    }

    private String marked() {
        return Processes.TABLE.scan().stream()
                .filter(row -> Processes.TABLE.commandLine(row.pid()).stream().anyMatch(word::equals))
                .map(row -> Processes.TABLE.environment(row.pid()))
                .flatMap(List::stream)
                .filter(variable -> variable.startsWith("PROCESSION_PROCESS=marked@"))
                .map(variable -> "it belongs to 'marked', which a run that is still alive manages (JVM pid "
                        + variable.replaceAll("^.*@|-.*$", "") + ")")
                .findFirst()
                .orElseThrow();
    }

    /** A pid that a run still knows, of a process that has ended, can be somebody else's by now. */
    @Test
    void run_leadsASessionWhoseNumberALiveRunKnows_isEnded() throws Exception {
        Process jvm =
                new ProcessBuilder("sleep", "1000").directory(folder.toFile()).start();
        started.add(jvm);
        started.add(new ProcessBuilder("setsid", "bash", "-c", "exec -a \"$0\" sleep 1000", word)
                .directory(folder.toFile())
                .start());
        Await.until("it is there", () -> ProcessQuery.named(word).find().size() == 1);
        ProcessId straggler = ProcessQuery.named(word).find().get(0).id();
        ProcessId live = Processes.identity(jvm.pid());
        Path record = RunRecords.ofUser()
                .folder()
                .orElseThrow()
                .resolve(live.pid() + "-" + live.startTicks() + "-test" + RunRecord.SUFFIX);
        Files.writeString(
                record,
                FormerRun.header(Machine.here().orElseThrow(), live, folder) + "+ " + straggler.pid() + " "
                        + (straggler.startTicks() - 1) + "\n");
        try {
            Outcome outcome = StragglerKill.named(word).force().run();

            assertThat(outcome.spared()).isEmpty();
            assertThat(outcome.killed()).extracting(Straggler::id).containsExactly(straggler);
        } finally {
            Files.delete(record);
        }
    }

    @Test
    void run_jvmOfALiveRun_isSpared() throws Exception {
        start(jvm());
        ProcessId jvm = Processes.identity(started.get(0).pid());

        Outcome outcome = StragglerKill.of(ProcessQuery.named("java").args(Run.class.getName(), word))
                .force()
                .run();

        assertThat(outcome.killed()).isEmpty();
        assertThat(outcome.spared())
                .singleElement()
                .satisfies(spared -> assertThat(spared.id()).isEqualTo(jvm))
                .extracting(Straggler::found)
                .isEqualTo("it is the JVM of a run that is still alive");
        assertThat(Processes.isAlive(jvm)).isTrue();
    }

    /** As Maven over the JVM that it has forked for the tests, or a script of CI: with them the run would end. */
    @Test
    void run_whoHasStartedTheJvmOfALiveRun_isSpared() throws Exception {
        start(jvm().under("timeout", "600", "bash", "-c", "\"$@\"; exit", "script"));
        ProcessId timeout = Processes.identity(started.get(0).pid());
        ProcessId script = onlyChildOf(timeout);
        ProcessId jvm = onlyChildOf(script);

        Outcome outcome = StragglerKill.of(ProcessQuery.matching(Pattern.quote(Run.class.getName()) + " " + word))
                .force()
                .run();

        assertThat(outcome.killed()).isEmpty();
        String above = "it has started the JVM of a run that is still alive (JVM pid " + jvm.pid() + ")";
        assertThat(outcome.spared().stream().collect(Collectors.toMap(Straggler::id, Straggler::found)))
                .isEqualTo(Map.of(timeout, above, script, above, jvm, "it is the JVM of a run that is still alive"));
        assertThat(List.of(timeout, script, jvm)).allMatch(Processes::isAlive);
    }

    private static ProcessId onlyChildOf(ProcessId parent) {
        return Processes.TABLE.scan().stream()
                .filter(row -> row.parentPid() == parent.pid() && !row.isDead())
                .reduce((one, other) -> {
                    throw new AssertionError(
                            "Expected one child of " + parent + ", but there are " + one + " and " + other);
                })
                .orElseThrow()
                .id();
    }

    /** Has a folder and a port for processes that it does not know by anything else. */
    static final class Keeper {

        private Keeper() {}

        public static void main(String[] arguments) throws Exception {
            Watchdog.ofJvm().start();
            Watchdog.ofJvm()
                    .know(new TreeMarks(
                            RunCookie.of(Processes.TABLE.self(), "kept", 1),
                            Path.of(arguments[0]),
                            Set.of(Integer.parseInt(arguments[1])),
                            StopPolicy.DEFAULT));
            System.out.println("up");
            Thread.sleep(600_000);
        }
    }

    /** Servers that went into the background, in sessions of their own and without an environment. */
    @Test
    void run_knownByFolderLogOrPortAlone_isSpared() throws Exception {
        Path place = Files.createDirectory(folder.resolve("place"));
        try (PortLeases.Lease lease =
                PortLeases.ofMachine().take(Backends.nativeOne().sockets())) {
            assertSparedByPlace(place, lease.port());
        }
    }

    private void assertSparedByPlace(Path place, int port) throws Exception {
        String before = daemon("before", place, "exec -a \"$0\" sleep 1000");
        Process keeper = ChildJvm.of(Keeper.class, place.toString(), Integer.toString(port))
                .nativeAccess()
                .under("env")
                .start(folder);
        started.add(keeper);
        Await.lines(folder.resolve("jvm-stdout"), 1);
        String elsewhere = daemon("elsewhere", Path.of("/"), "exec -a \"$0\" sleep 1000");
        List<String> kept = List.of(
                daemon("folder", place, "exec -a \"$0\" sleep 1000"),
                daemon("child", place, "(exec -a \"$0\" sleep 1000); exit"),
                daemon("log", Path.of("/"), "exec -a \"$0\" sleep 1000 >" + place + "/stdout.log"),
                daemon(
                        "port",
                        Path.of("/"),
                        "exec -a \"$0\" perl -MSocket -e 'socket(S, PF_INET, SOCK_STREAM, 0)"
                                + " && bind(S, sockaddr_in($ARGV[0], INADDR_LOOPBACK)) && listen(S, 5) or die $!;"
                                + " sleep 1000' " + port));
        Await.until(
                "it listens",
                () -> !Backends.nativeOne().sockets().listeners(port).isEmpty());

        Outcome outcome =
                StragglerKill.of(ProcessQuery.matching("^" + word)).force().run();

        assertThat(outcome.killed())
                .extracting(straggler -> straggler.command().split(" ")[0])
                .containsExactlyInAnyOrder(before, elsewhere);
        assertThat(outcome.spared())
                .extracting(straggler -> straggler.command().split(" ")[0])
                .containsExactlyInAnyOrderElementsOf(kept);
        assertThat(outcome.spared())
                .extracting(Straggler::found)
                .containsOnly("it belongs to what a run that is still alive manages (JVM pid " + keeper.pid() + ")");
    }

    /** @return its name */
    private String daemon(String suffix, Path directory, String script) throws Exception {
        String name = word + suffix;
        new ProcessBuilder("bash", "-c", "setsid env -i bash -c \"$0\" \"$1\" &", script, name)
                .directory(directory.toFile())
                .redirectInput(new File("/dev/null"))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
        Await.until(
                name + " is there and an orphan",
                () -> ProcessQuery.matching("^" + name).find().size() == 1);
        return name;
    }

    /** Ends stragglers as a member of a pipeline, once the others are there, and says whom. */
    static final class Member {

        private Member() {}

        public static void main(String[] arguments) throws Exception {
            ProcessQuery query = ProcessQuery.matching(arguments[0]);
            int others = Integer.parseInt(arguments[1]);
            Await.until(
                    "the others are there",
                    () -> query.find().stream()
                                    .filter(found -> found.commandLine().get(0).startsWith(arguments[0]))
                                    .count()
                            == others);
            Outcome outcome = StragglerKill.of(query).withoutLog().force().run();
            String text = tell("killed", outcome.killed()) + tell("spared", outcome.spared());
            Files.writeString(Path.of("new"), text);
            Files.move(Path.of("new"), Path.of("outcome"));
        }

        private static String tell(String what, List<Straggler> stragglers) {
            return stragglers.stream()
                    .map(straggler -> what + " " + straggler.command() + ": " + straggler.found() + "\n")
                    .sorted()
                    .collect(Collectors.joining());
        }
    }

    private List<String> outcomeOf(String script, int others) throws Exception {
        List<String> command = new ArrayList<>(List.of("setsid", "bash", "-c", script, "bash"));
        command.addAll(ChildJvm.of(Member.class, word, Integer.toString(others))
                .nativeAccess()
                .command());
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(folder.resolve("out").toFile())
                .redirectError(folder.resolve("err").toFile());
        // Nobody's, so that no mark spares anybody.
        builder.environment().keySet().removeAll(Set.of("PROCESSION_RUN", "PROCESSION_PROCESS"));
        started.add(builder.start());
        Await.exists(folder.resolve("outcome"));
        return Files.readAllLines(folder.resolve("outcome"));
    }

    /** A pattern that means everybody must not take the caller's own pipeline with it. */
    @Test
    void run_pipelineOfTheCaller_isSpared() throws Exception {
        String up = word + "up";
        String down = word + "down";
        String victim = word + "victim";
        String script = "(exec -a " + victim + " sleep 1000) & (exec -a " + up + " sleep 1000) | \"$@\""
                + " | while read -r line; do echo \"$line\"; done | (exec -a " + down
                + " bash -c 'read -r line; wait')";

        assertThat(outcomeOf(script, 3))
                .containsExactly(
                        "killed " + victim + " 1000: it was meant by any process with a command line that matches /"
                                + word + "/",
                        "spared " + down + " -c 'read -r line; wait': it is in the pipeline of this JVM or of who has"
                                + " started it",
                        "spared " + up + " 1000: it is in the pipeline of this JVM or of who has started it");
    }

    /** It has no parent any more, but the terminal would be gone with the leader. */
    @Test
    void run_leaderOfTheCallersSession_isSpared() throws Exception {
        String leader = word + "leader";
        String script = "exec -a " + leader + " bash -c '(\"$@\" &); wait; sleep 1000; exit' bash \"$@\"";

        assertThat(outcomeOf(script, 1))
                .singleElement()
                .asString()
                .startsWith("spared " + leader + " -c ")
                .endsWith(": it leads the session of this JVM or of who has started it");
    }
}
