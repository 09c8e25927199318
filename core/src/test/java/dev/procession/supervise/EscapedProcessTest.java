package dev.procession.supervise;

import static dev.procession.supervise.Stage.PATIENT;
import static dev.procession.supervise.Stage.QUICK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.procession.launch.Readiness;
import dev.procession.os.OperatingSystem;
import dev.procession.process.ProcessId;
import dev.procession.process.ProcessInfo;
import dev.procession.process.Signal;
import dev.procession.testkit.Await;
import dev.procession.testkit.Backends;
import dev.procession.testkit.Processes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What has shed parents, session and cookie is known by where it works or listens; and whoever is only near that place is
 * left in peace.
 */
class EscapedProcessTest {

    /** The shell leads the session and ends; what it has started is an orphan without anything in its environment. */
    private static final String SHED_ALL = "env -i setsid sh -c '%s & echo $!'";

    private static final String LISTEN = "perl -MSocket -e \"socket(S, PF_INET, SOCK_STREAM, 0)"
            + " && bind(S, sockaddr_in(shift, INADDR_LOOPBACK)) && listen(S, 5) or die; sleep 1000\"";

    private final List<ProcessId> strangers = new ArrayList<>();

    @TempDir
    private Path folder;

    static Stream<Named<OperatingSystem>> backends() {
        return Stream.of(Named.of("native", Backends.nativeOne()), Named.of("portable", Backends.portable()));
    }

    @AfterEach
    void endStrangers() {
        strangers.forEach(id -> Backends.nativeOne().signaller().send(id, Signal.KILL));
        strangers.forEach(Processes::awaitDeath);
    }

    private static String shedAll(String command) {
        return String.format(SHED_ALL, command);
    }

    private static ProcessInfo row(ProcessId id) {
        return Processes.TABLE.find(id.pid()).orElseThrow();
    }

    private static void assertNoAncestry(ProcessId orphan, SupervisedProcess process) {
        assertThat(row(orphan).session()).isNotEqualTo(process.pid());
        assertThat(row(orphan).parentPid()).isNotEqualTo(process.pid());
        // Which has no terminal, no variables of its own, and only those of a shell if any.
        assertThat(Processes.TABLE.environment(orphan.pid())).noneMatch(variable -> variable.startsWith("PROCESSION"));
    }

    @ParameterizedTest
    @MethodSource("backends")
    void stop_worksInTheProcessesFolder_isFound(OperatingSystem system) {
        try (Stage stage = new Stage(system, folder)) {
            SupervisedProcess process =
                    stage.start("works", shedAll("sleep 1000") + "; echo ready; exec sleep 1000", PATIENT);
            ProcessId orphan = Stage.printed(process, 1).get(0);
            assertNoAncestry(orphan, process);

            assertThat(process.tree()).extracting(ProcessInfo::id).containsExactly(process.id(), orphan);
            process.stop();

            assertThat(Processes.isAlive(orphan)).isFalse();
        }
    }

    @ParameterizedTest
    @MethodSource("backends")
    void stop_writesToItsLogFromElsewhere_isFound(OperatingSystem system) {
        try (Stage stage = new Stage(system, folder)) {
            SupervisedProcess process = stage.start(
                    "writes", "cd / && " + shedAll("sleep 1000") + "; echo ready; exec sleep 1000", PATIENT);
            ProcessId orphan = Stage.printed(process, 1).get(0);
            assertNoAncestry(orphan, process);

            assertThat(process.tree()).extracting(ProcessInfo::id).containsExactly(process.id(), orphan);
            process.stop();

            assertThat(Processes.isAlive(orphan)).isFalse();
        }
    }

    @Test
    void stop_strangerHasItsLogOpen_isLeftAlone() throws Exception {
        try (Stage stage = new Stage(Backends.nativeOne(), folder)) {
            SupervisedProcess process = stage.start("near", "echo ready; exec sleep 1000", QUICK);
            Path log = process.log().stdout().files().get(0);
            Process child = new ProcessBuilder("env", "-i", "sleep", "1000")
                    .directory(Path.of("/").toFile())
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .start();
            strangers.add(Processes.identity(child.pid()));
            strangers.add(orphan(Path.of("/"), "exec 3<" + log + "; env -i"));

            assertThat(process.tree()).extracting(ProcessInfo::id).doesNotContainAnyElementsOf(strangers);
            process.stop();

            assertThat(strangers).allMatch(Processes::isAlive);
        }
    }

    @Test
    void stop_itsFolderWasRemoved_isFoundAllTheSame() {
        try (Stage stage = new Stage(Backends.nativeOne(), folder)) {
            SupervisedProcess process = stage.start(
                    "removed",
                    "mkdir deep && cd deep && " + shedAll("sleep 1000")
                            + "; cd .. && rmdir deep; echo ready; exec sleep 1000",
                    PATIENT);
            ProcessId orphan = Stage.printed(process, 1).get(0);

            process.stop();

            assertThat(Processes.isAlive(orphan)).isFalse();
        }
    }

    @ParameterizedTest
    @MethodSource("backends")
    void start_onlyWhoHasShedAllListensOnTheLeasedPort_isReadyAndEnded(OperatingSystem system) {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/perl")), "needs perl");
        try (Stage stage = new Stage(system, folder)) {
            SupervisedProcess process = stage.supervisor()
                    .start(Stage.script(
                                    "listens",
                                    "cd / && env -i setsid sh -c '" + LISTEN
                                            + " $1 >/dev/null 2>&1 & echo $!' sh $1; exec sleep 1000",
                                    "${port}")
                            .ready(Readiness.DEFAULT)
                            .stop(PATIENT)
                            .build());
            ProcessId orphan = Stage.printed(process, 1).get(0);
            assertNoAncestry(orphan, process);

            assertThat(process.tree()).extracting(ProcessInfo::id).containsExactly(process.id(), orphan);
            process.stop();

            assertThat(Processes.isAlive(orphan)).isFalse();
        }
    }

    /** Whoever is somebody's child, older than the process, of another run, or in use by a human is not an escaped one. */
    @ParameterizedTest
    @ValueSource(strings = {"somebody's child", "older", "of another process", "of another user", "on a terminal"})
    void stop_strangerWorksInTheProcessesFolder_isLeftAlone(String kind) throws Exception {
        Path work = Files.createDirectories(folder.resolve("place"));
        try (Stage stage = new Stage(Backends.nativeOne(), folder.resolve("processes"))) {
            if (kind.equals("older")) {
                ProcessId older = orphan(work, "env -i");
                strangers.add(older);
                Await.until("the clock has moved on", () -> Processes.TABLE.nowTicks() > older.startTicks());
            }
            SupervisedProcess process = stage.start("near", "echo ready; exec sleep 1000", QUICK);
            Path inside = process.directory();
            switch (kind) {
                case "somebody's child" -> {
                    ProcessBuilder child = new ProcessBuilder("env", "-i", "sleep", "1000").directory(inside.toFile());
                    strangers.add(Processes.identity(child.start().pid()));
                }
                case "older" -> {
                    // It stays where it is; the folder comes to it.
                    Files.delete(inside);
                    Files.move(work, inside);
                }
                case "of another process" ->
                    strangers.add(orphan(inside, "env -i PROCESSION_PROCESS=other@1-1.5 PROCESSION_RUN=1-1"));
                case "of another user" -> {
                    assumeTrue(Integer.valueOf(0).equals(Files.getAttribute(folder, "unix:uid")), "needs root");
                    strangers.add(orphan(inside, "env -i setpriv --reuid=65534 --regid=65534 --clear-groups"));
                }
                default -> {
                    assumeTrue(Files.isExecutable(Path.of("/usr/bin/script")), "needs script");
                    strangers.addAll(onATerminal(inside));
                }
            }
            ProcessId stranger = strangers.get(strangers.size() - 1);
            assertThat(Backends.nativeOne().processes().workingDirectory(stranger.pid()))
                    .hasValue(inside.toRealPath());

            assertThat(process.tree()).extracting(ProcessInfo::id).doesNotContain(stranger);
            process.stop();

            assertThat(strangers).allMatch(Processes::isAlive);
        }
    }

    private ProcessId orphan(Path directory, String environment) throws Exception {
        ProcessId orphan = started(directory, "setsid sh -c '" + environment + " sleep 1000 & echo $!'", "orphan");
        // Until then it has the environment, and the user, of who started it.
        Processes.awaitCommand(orphan, "sleep", "1000");
        return orphan;
    }

    private ProcessId started(Path directory, String script, String name) throws Exception {
        Path pid = folder.resolve(name);
        Process shell = new ProcessBuilder("sh", "-c", script)
                .directory(directory.toFile())
                .redirectOutput(pid.toFile())
                .start();
        ProcessId id = Processes.identity(Await.lines(pid, 1).get(0));
        shell.waitFor();
        return id;
    }

    /** Last of them the orphan; before it those that keep the terminal. */
    private List<ProcessId> onATerminal(Path directory) throws Exception {
        Path pids = folder.resolve("pids");
        Process script = new ProcessBuilder(
                        "env",
                        "-i",
                        "script",
                        "-qc",
                        "echo $$ > " + pids + "; (sleep 1000 & echo $! >> " + pids + "); exec sleep 1000",
                        "/dev/null")
                .directory(directory.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .start();
        List<String> lines = Await.lines(pids, 2);
        List<ProcessId> all = List.of(
                Processes.identity(script.pid()), Processes.identity(lines.get(0)), Processes.identity(lines.get(1)));
        assertThat(row(all.get(2))).matches(ProcessInfo::hasTerminal);
        return all;
    }
}
