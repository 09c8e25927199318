package dev.procession.supervise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.launch.Backoff;
import dev.procession.launch.ProcessSpec;
import dev.procession.launch.RestartPolicy;
import dev.procession.launch.StopScope;
import dev.procession.os.Child;
import dev.procession.os.FedChild;
import dev.procession.os.ForwardingChild;
import dev.procession.os.OperatingSystem;
import dev.procession.os.SpawnException;
import dev.procession.os.SpawnRequest;
import dev.procession.os.Spawner;
import dev.procession.process.AbnormalTerminationException;
import dev.procession.process.AlreadyStartedException;
import dev.procession.process.DuplicateProcessException;
import dev.procession.process.ExitStatus;
import dev.procession.process.InvalidSpecException;
import dev.procession.process.NotRunningException;
import dev.procession.process.ProcessId;
import dev.procession.process.Signal;
import dev.procession.process.SpawnErrorException;
import dev.procession.process.StartFailedException;
import dev.procession.process.SupervisionException;
import dev.procession.process.SupervisionFailedException;
import dev.procession.process.UnknownProcessException;
import dev.procession.testkit.Await;
import dev.procession.testkit.Backends;
import dev.procession.testkit.CapturedLog;
import dev.procession.testkit.Processes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is asked of a supervisor by the names of processes, as supervisord's clients do; groups have a test of their own. */
class SupervisorByNameTest {

    private static final String SLEEPS = "echo ready; exec sleep 1000";
    private static final RestartPolicy IN_AN_HOUR =
            RestartPolicy.unexpected().backoff(Backoff.fixed(Duration.ofHours(1)));

    @TempDir
    Path folder;

    private final OperatingSystem system = Backends.nativeOne();
    private final Story story = new Story();
    private Supervisor supervisor;

    @BeforeEach
    void open() {
        supervisor = Supervisor.builder().folder(folder).base(folder).build(system);
        supervisor.subscribe("story", story);
    }

    @AfterEach
    void close() {
        supervisor.close();
    }

    private static ProcessSpec.Builder sleeper(String name) {
        return Stage.script(name, SLEEPS);
    }

    private SupervisedProcess process(String name) {
        return supervisor.process(name).orElseThrow();
    }

    private void await(String name, ProcessState state) {
        Await.until(name + " is " + state, () -> process(name).state() == state);
    }

    static List<String> lines(List<ProcessResult> results) {
        return results.stream()
                .map(result -> result.group() + ":" + result.name() + " "
                        + result.status().code() + " " + result.description())
                .toList();
    }

    /** The failure of the only result, of that class and with that code. */
    private static SupervisionException failure(
            List<ProcessResult> results, Class<? extends SupervisionException> type, int code) {
        assertThat(results).hasSize(1);
        SupervisionException failure = results.get(0).failure().orElseThrow();
        assertThat(failure).isExactlyInstanceOf(type);
        assertThat(failure.fault().code()).isEqualTo(code);
        assertThat(results.get(0).status()).isEqualTo(failure.fault());
        assertThat(failure.process()).isEqualTo(results.get(0).name());
        return failure;
    }

    @Test
    void add_openSupervisor_startsItAndTellsAllOfIt() {
        SupervisedProcess added = supervisor.add(sleeper("web").build());

        await("web", ProcessState.RUNNING);

        ProcessReport report = supervisor.info().get(0);
        assertThat(supervisor.info()).hasSize(1);
        assertThat(report)
                .isEqualTo(new ProcessReport(
                        "web",
                        "web",
                        report.start(),
                        Optional.empty(),
                        report.now(),
                        ProcessState.RUNNING,
                        "",
                        Optional.empty(),
                        Optional.of(folder.resolve("web/stdout.log")),
                        Optional.of(folder.resolve("web/stderr.log")),
                        added.pid(),
                        0,
                        0));
        assertThat(report.start()).contains(added.startedAt());
        assertThat(report.description()).matches("pid " + added.pid() + ", uptime 0:\\d\\d:\\d\\d");
    }

    @Test
    void add_withoutARestartPolicy_comesBackAfterAnUnexpectedEnd() {
        SupervisedProcess process = supervisor.add(sleeper("web").build());
        await("web", ProcessState.RUNNING);

        process.crash();

        process.awaitReady(Duration.ofSeconds(60));
        assertThat(process.restarts()).isEqualTo(1);
    }

    @Test
    void add_notToBeStartedByItself_waitsForAStart() {
        supervisor.add(sleeper("web").autostart(false).build());

        assertThat(process("web").state()).isEqualTo(ProcessState.STOPPED);
        assertThat(supervisor.info().get(0).description()).isEqualTo("Not started");
        assertThat(lines(supervisor.start("web"))).containsExactly("web:web 80 OK");
        assertThat(process("web").state()).isEqualTo(ProcessState.RUNNING);
    }

    @Test
    void add_idleSupervisor_isStartedWhenThatOpens() {
        try (Supervisor idle =
                Supervisor.builder().folder(folder.resolve("idle")).idle().build(system)) {
            SupervisedProcess web = idle.add(sleeper("web").build());
            SupervisedProcess manual =
                    idle.add(sleeper("manual").autostart(false).build());
            assertThat(idle.state()).isEqualTo(SupervisorState.STOPPED);
            assertThat(web.state()).isEqualTo(ProcessState.STOPPED);

            idle.open();
            idle.open();

            assertThat(idle.state()).isEqualTo(SupervisorState.RUNNING);
            web.awaitReady(Duration.ofSeconds(60));
            SupervisedProcess late = idle.add(sleeper("late").build());
            Await.until("it runs", () -> late.state() == ProcessState.RUNNING);
            assertThat(web.restarts()).isZero();
            assertThat(manual.wasStarted()).isFalse();
        }
    }

    @Test
    void add_nameTaken_isADuplicate() {
        supervisor.add(sleeper("web").build());
        await("web", ProcessState.RUNNING);

        assertThatThrownBy(() -> supervisor.add(sleeper("web").build()))
                .isExactlyInstanceOf(DuplicateProcessException.class)
                .hasMessage("Expected a name that is free, but 'web' is taken by 'web', which is RUNNING; give another"
                        + " name, or remove that one first");
        assertThat(supervisor.processes()).hasSize(1);
    }

    @Test
    void add_wrongDescription_nothingIsAddedOrTold() {
        assertThatThrownBy(() -> supervisor.add(sleeper("web").dependsOn("db").build()))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage(
                        "ProcessSpec 'web': 'dependsOn' holds \"db\", which is no process; there is no other process");

        supervisor.tell("end", "");
        assertThat(story.lines(1)).containsExactly("user event 'end': ");
        assertThat(supervisor.processes()).isEmpty();
    }

    @Test
    void start_noSuchFile_isThatFault() {
        supervisor.add(ProcessSpec.command("./nope")
                .name("web")
                .restart(IN_AN_HOUR)
                .autostart(false)
                .build());

        List<ProcessResult> results = supervisor.start("web");

        assertThat(lines(results)).containsExactly("web:web 20 NO_FILE: web");
        assertThat(failure(results, SpawnErrorException.class, 20))
                .hasMessage("Expected 'web' to be running, but was BACKOFF (could not be started: there is no file "
                        + folder + "/./nope (relative paths start at " + folder + "))\n"
                        + "  process     BACKOFF, never started\n"
                        + "  command     ./nope      in " + folder + "/web/work\n"
                        + "  try         build or install it, or correct the path; look at 'command' of ProcessSpec"
                        + " 'web'; meanwhile it is tried again");
    }

    @Test
    void start_notExecutable_isThatFault() throws Exception {
        Path file = Files.writeString(folder.resolve("plain"), "#!/bin/sh\n");
        supervisor.add(ProcessSpec.command(file.toString())
                .name("web")
                .restart(IN_AN_HOUR)
                .autostart(false)
                .build());

        List<ProcessResult> results = supervisor.start("web");

        assertThat(lines(results)).containsExactly("web:web 21 NOT_EXECUTABLE: web");
        assertThat(failure(results, SpawnErrorException.class, 21))
                .hasMessage("Expected 'web' to be running, but was BACKOFF (could not be started: " + file
                        + " is not executable for this user)\n"
                        + "  process     BACKOFF, never started\n"
                        + "  command     " + file + "      in " + folder + "/web/work\n"
                        + "  try         run 'chmod +x " + file + "'; look at 'command' of ProcessSpec 'web'; meanwhile"
                        + " it is tried again");
    }

    @Test
    void start_running_isAlreadyStarted() {
        supervisor.add(sleeper("web").build());
        await("web", ProcessState.RUNNING);
        long pid = process("web").pid();

        List<ProcessResult> results = supervisor.start("web");

        assertThat(lines(results)).containsExactly("web:web 60 ALREADY_STARTED: web");
        assertThat(failure(results, AlreadyStartedException.class, 60))
                .hasMessage("Expected 'web' not to be started yet, but was RUNNING; stop it first, or restart it");
        assertThat(process("web").pid()).isEqualTo(pid);
        assertThatThrownBy(() -> process("web").start())
                .hasMessage("Expected 'web' not to be started yet, but was RUNNING; stop it first, or restart it");
        assertThat(lines(supervisor.startAll()))
                .as("of all, only those that do not run")
                .isEmpty();
    }

    @Test
    void start_fromManyThreads_oneHasStartedIt() {
        supervisor.add(sleeper("web").autostart(false).build());
        List<Future<List<ProcessResult>>> starts = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            starts.add(Await.async(() -> supervisor.start("web")));
        }

        List<String> results = starts.stream()
                .map(Await::result)
                .flatMap(list -> lines(list).stream())
                .sorted()
                .toList();

        assertThat(results.subList(0, 7)).containsOnly("web:web 60 ALREADY_STARTED: web");
        assertThat(results.get(7)).isEqualTo("web:web 80 OK");
        assertThat(process("web").restarts()).isZero();
    }

    @Test
    void start_endsTooEarly_isASpawnErrorAndTriedAgain() {
        supervisor.add(Stage.script("web", "[ -e go ] || { echo not yet >&2; exit 3; }; " + SLEEPS)
                .restart(RestartPolicy.unexpected()
                        .backoff(Backoff.fixed(Duration.ofMillis(50)))
                        .unlimited())
                .autostart(false)
                .build());

        List<ProcessResult> results = supervisor.start("web");

        assertThat(lines(results)).containsExactly("web:web 50 SPAWN_ERROR: web");
        failure(results, SpawnErrorException.class, 50);
        process("web").directory().resolve("go").toFile().mkdir();
        await("web", ProcessState.RUNNING);
    }

    @Test
    void start_endsTooEarly_messageIsWhole() {
        supervisor.add(Stage.script("web", "echo no space >&2; exit 3")
                .restart(IN_AN_HOUR)
                .autostart(false)
                .build());

        SupervisionException failure = failure(supervisor.start("web"), SpawnErrorException.class, 50);

        assertThat(failure.getMessage().replaceAll("pid \\d+", "pid N").replaceAll("was up for .*", "was up for T"))
                .isEqualTo("Expected 'web' to be running, but was BACKOFF (exited before it was ready: exit code 3; its"
                        + " log may have details)\n"
                        + "  process     pid N, BACKOFF, exit code 3, was up for T\n"
                        + "  command     sh -c 'echo no space >&2; exit 3' sh      in " + folder + "/web/work\n"
                        + "  last lines of " + folder + "/web/stderr.log\n"
                        + "    no space\n"
                        + "  try         look at 'command' of ProcessSpec 'web'; meanwhile it is tried again");
        assertThat(supervisor.info().get(0).description())
                .isEqualTo("exited before it was ready: exit code 3; its log may have details");
        assertThat(failure(supervisor.start("web"), AlreadyStartedException.class, 60))
                .hasMessage("Expected 'web' not to be started yet, but was BACKOFF (exited before it was ready: exit"
                        + " code 3; its log may have details); stop it first, or restart it");
    }

    @Test
    void start_stoppedMeanwhile_isAnAbnormalTermination() {
        supervisor.add(Stage.script("web", "echo begun; exec sleep 1000")
                .autostart(false)
                .build());
        Future<List<ProcessResult>> start = Await.async(() -> supervisor.start("web"));
        Await.lines(folder.resolve("web/stdout.log"), 1);

        assertThat(lines(supervisor.stop("web"))).containsExactly("web:web 80 OK");

        List<ProcessResult> results = Await.result(start);
        assertThat(lines(results)).containsExactly("web:web 40 ABNORMAL_TERMINATION: web");
        assertThat(failure(results, AbnormalTerminationException.class, 40).getMessage())
                .isIn(
                        "Expected 'web' to be running once it was started, but was STOPPED (killed by TERM); look who"
                                + " stopped it meanwhile, and start it again",
                        "Expected 'web' to be running once it was started, but was STOPPING; look who stopped it"
                                + " meanwhile, and start it again",
                        "Expected 'web' to be running once it was started, but was STOPPING (killed by TERM); look who"
                                + " stopped it meanwhile, and start it again");
    }

    @Test
    void start_interrupted_isAFailureAndKeepsTheInterrupt() {
        supervisor.add(Stage.script("web", "exec sleep 1000").autostart(false).build());

        Thread.currentThread().interrupt();
        List<ProcessResult> results = supervisor.start("web");

        assertThat(Thread.interrupted()).isTrue();
        assertThat(lines(results)).containsExactly("web:web 30 FAILED: web");
    }

    @Test
    void start_whatItDependsOnIsDown_fails() {
        supervisor.add(sleeper("db").autostart(false).build());
        supervisor.add(sleeper("app").dependsOn("db").autostart(false).build());

        List<ProcessResult> results = supervisor.start("app");

        assertThat(lines(results)).containsExactly("app:app 30 FAILED: app");
        assertThat(failure(results, SupervisionFailedException.class, 30))
                .hasMessage("Expected 'db' to be ready, on which 'app' depends, but was STOPPED; start that first");
        assertThat(process("app").wasStarted()).isFalse();
    }

    @Test
    void start_whatItDependsOnWasGivenUp_failsWithTheReason() {
        supervisor.add(Stage.script("db", "exit 3")
                .restart(RestartPolicy.unexpected().startRetries(0))
                .build());
        supervisor.add(sleeper("app").dependsOn("db").autostart(false).build());
        await("db", ProcessState.FATAL);

        assertThat(failure(supervisor.start("app"), SupervisionFailedException.class, 30))
                .hasMessage("Expected 'db' to be ready, on which 'app' depends, but was FATAL (exited before it was"
                        + " ready: exit code 3; its log may have details); start that first");
    }

    @Test
    void start_byItselfButWhatItDependsOnIsDown_isSaidInTheLog() {
        try (CapturedLog log = new CapturedLog("dev.procession")) {
            supervisor.add(sleeper("idle-db").autostart(false).build());
            supervisor.add(sleeper("needy-app").dependsOn("idle-db").build());

            Await.until("it is said", () -> !log.naming("'needy-app'").isEmpty());
            assertThat(log.naming("'needy-app'"))
                    .containsExactly("WARNING 'needy-app' was not started: Expected 'idle-db' to be ready, on which"
                            + " 'needy-app' depends, but was STOPPED; start that first");
        }
    }

    /** The one that depends comes first by its priority, and is looked at first. */
    @Test
    void startAll_whatItDependsOnStartsInTheSameCall_waitsForThat() {
        supervisor.add(Stage.script("db", "while [ ! -e ${basedir}/go ]; do sleep 0.01; done; " + SLEEPS)
                .priority(900)
                .autostart(false)
                .build());
        supervisor.add(
                sleeper("app").dependsOn("db").priority(1).autostart(false).build());
        Future<List<ProcessResult>> start = Await.async(() -> supervisor.startAll());
        await("db", ProcessState.STARTING);
        assertThat(process("app").wasStarted()).isFalse();
        folder.resolve("go").toFile().mkdir();

        assertThat(lines(Await.result(start))).containsExactly("app:app 80 OK", "db:db 80 OK");
        Await.until(
                "both were told of", () -> story.entered(ProcessState.RUNNING).size() == 2);
        assertThat(story.entered(ProcessState.RUNNING)).containsExactly("db", "app");
    }

    @Test
    void stop_startWaitsForADependency_isNotStartedAnyMore() {
        supervisor.add(Stage.script("db", "while [ ! -e ${basedir}/go ]; do sleep 0.01; done; " + SLEEPS)
                .build());
        supervisor.add(sleeper("app").dependsOn("db").autostart(false).build());
        Future<List<ProcessResult>> start = Await.async(() -> supervisor.start("app"));
        Future<List<ProcessResult>> other = Await.async(() -> supervisor.start("app"));
        await("db", ProcessState.STARTING);
        Await.until("it waits", () -> !start.isDone() && !other.isDone());

        while (!start.isDone() || !other.isDone()) {
            supervisor.stop("app", false);
        }

        assertThat(lines(Await.result(start))).containsExactly("app:app 40 ABNORMAL_TERMINATION: app");
        assertThat(lines(Await.result(other))).containsExactly("app:app 40 ABNORMAL_TERMINATION: app");
        folder.resolve("go").toFile().mkdir();
        await("db", ProcessState.RUNNING);
        assertThat(process("app").wasStarted()).isFalse();
    }

    @Test
    void start_withoutWaiting_tellsOnlyThatItHasBegun() {
        supervisor.add(Stage.script("web", "while [ ! -e go ]; do sleep 0.01; done; " + SLEEPS)
                .autostart(false)
                .build());

        assertThat(lines(supervisor.start("web", false))).containsExactly("web:web 80 OK");

        await("web", ProcessState.STARTING);
        process("web").directory().resolve("go").toFile().mkdir();
        await("web", ProcessState.RUNNING);
    }

    @Test
    void start_fixtureThatFailed_hasNothingToStartWith() {
        assertThatThrownBy(() -> supervisor.start(Stage.script("web", "exit 3").build()))
                .isExactlyInstanceOf(StartFailedException.class);

        assertThat(failure(supervisor.start("web"), SupervisionFailedException.class, 30))
                .hasMessage("Expected 'web' to have its ports and its folder still, but gave them back when its start"
                        + " failed; start it anew from its description");
        assertThat(supervisor.startAll()).isEmpty();
        supervisor.add(sleeper("web").build());
        await("web", ProcessState.RUNNING);
    }

    @Test
    void stop_notRunning_isThatFault() {
        supervisor.add(sleeper("web").build());
        await("web", ProcessState.RUNNING);
        assertThat(lines(supervisor.stop("web"))).containsExactly("web:web 80 OK");
        assertThat(supervisor.processes()).as("it stays").hasSize(1);

        List<ProcessResult> results = supervisor.stop("web");

        assertThat(lines(results)).containsExactly("web:web 70 NOT_RUNNING: web");
        assertThat(failure(results, NotRunningException.class, 70))
                .hasMessage("Expected 'web' to be running, but was STOPPED (killed by TERM); start it first");
        assertThat(lines(supervisor.kill("web"))).containsExactly("web:web 70 NOT_RUNNING: web");
        assertThat(lines(supervisor.signal("web", Signal.HUP))).containsExactly("web:web 70 NOT_RUNNING: web");
        assertThat(supervisor.stopAll()).isEmpty();
        assertThat(supervisor.killAll()).isEmpty();
        assertThat(supervisor.restartAll()).isEmpty();
        ProcessReport report = supervisor.info().get(0);
        assertThat(report.pid()).isZero();
        assertThat(report.exitCode()).isEqualTo(-1);
        assertThat(report.stop()).isPresent();
    }

    @Test
    void stop_waitsToBeStartedAgain_staysDownAndNobodyIsSignalled() {
        supervisor.add(Stage.script("web", "exit 3").restart(IN_AN_HOUR).build());
        await("web", ProcessState.BACKOFF);

        assertThat(lines(supervisor.stop("web"))).containsExactly("web:web 80 OK");

        assertThat(process("web").state()).isEqualTo(ProcessState.STOPPED);
        assertThat(process("web").restarts()).isZero();
    }

    @Test
    void stop_withoutWaiting_tellsOnlyThatItHasBegun() {
        supervisor.add(Stage.script(
                        "web",
                        "trap 'echo TERM; while [ ! -e go ]; do sleep 0.01; done; exit 0' TERM; echo ready;"
                                + " while :; do sleep 0.01; done")
                .build());
        await("web", ProcessState.RUNNING);

        assertThat(lines(supervisor.stop("web", false))).containsExactly("web:web 80 OK");

        Stage.awaitLine(process("web"), "TERM");
        assertThat(process("web").state()).isEqualTo(ProcessState.STOPPING);
        process("web").directory().resolve("go").toFile().mkdir();
        await("web", ProcessState.STOPPED);
        assertThat(process("web").exitStatus()).contains(new ExitStatus.Code(0));
    }

    @Test
    void kill_whileItIsBeingStopped_waitsForNoGracePeriod() {
        supervisor.add(Stage.script("web", "trap 'echo TERM' TERM; echo ready; while :; do sleep 0.01; done")
                .build());
        await("web", ProcessState.RUNNING);
        Future<List<ProcessResult>> stop = Await.async(() -> supervisor.stop("web"));
        Stage.awaitLine(process("web"), "TERM");

        assertThat(lines(supervisor.kill("web"))).containsExactly("web:web 80 OK");

        assertThat(lines(Await.result(stop))).containsExactly("web:web 80 OK");
        assertThat(process("web").exitStatus().orElseThrow().shellCode()).hasValue(128 + 9);
    }

    @Test
    void kill_stopScopeSparesOthers_killsThemToo() {
        SupervisedProcess web = supervisor.add(Stage.script("web", "sleep 1000 & echo $!; " + SLEEPS)
                .stop(Stage.PATIENT.scope(StopScope.PROCESS))
                .build());
        await("web", ProcessState.RUNNING);
        List<ProcessId> spared = new ArrayList<>(Stage.printed(web, 1));
        supervisor.restart("web");
        spared.addAll(Stage.printed(web, 1));
        assertThat(spared).hasSize(2).allMatch(Processes::isAlive);

        assertThat(lines(supervisor.killAll())).containsExactly("web:web 80 OK");

        assertThat(spared).noneMatch(Processes::isAlive);
    }

    @Test
    void restart_runningOrNot_isANewRun() {
        supervisor.add(sleeper("web").build());
        await("web", ProcessState.RUNNING);
        long first = process("web").pid();

        assertThat(lines(supervisor.restart("web"))).containsExactly("web:web 80 OK");

        long second = process("web").pid();
        assertThat(second).isNotEqualTo(first);
        supervisor.stop("web");
        assertThat(lines(supervisor.restartAll())).as("only of those that run").isEmpty();
        assertThat(lines(supervisor.restart("web", false))).containsExactly("web:web 80 OK");
        await("web", ProcessState.RUNNING);
        assertThat(lines(supervisor.restartAll())).containsExactly("web:web 80 OK");
        assertThat(process("web").restarts()).isEqualTo(3);
    }

    @Test
    void signal_running_reachesItAndItsEndIsAskedFor() {
        SupervisedProcess web =
                supervisor.add(sleeper("web").restart(RestartPolicy.NEVER).build());
        await("web", ProcessState.RUNNING);

        assertThat(lines(supervisor.signal("web", Signal.HUP))).containsExactly("web:web 80 OK");

        assertThat(web.awaitExit(Duration.ofSeconds(60)).shellCode()).hasValue(128 + 1);
        assertThat(web.unexpectedDeath()).isEmpty();
    }

    @Test
    void anyCall_unknownName_saysWhoIsThere() {
        String none = "Expected the name of a process or a group, but 'web' is none; there is no process";
        assertThatThrownBy(() -> supervisor.start("web"))
                .isExactlyInstanceOf(UnknownProcessException.class)
                .hasMessage(none);
        supervisor.add(sleeper("worker").autostart(false).build());
        supervisor.add(sleeper("api").autostart(false).build());
        String slip = "Expected the name of a process or a group, but 'wroker' is none; did you mean 'worker'? there"
                + " are: 'api', 'worker'";

        List.<Runnable>of(
                        () -> supervisor.start("wroker"),
                        () -> supervisor.stop("wroker"),
                        () -> supervisor.kill("wroker"),
                        () -> supervisor.restart("wroker"),
                        () -> supervisor.remove("wroker"),
                        () -> supervisor.signal("wroker", Signal.HUP))
                .forEach(call -> assertThatThrownBy(call::run)
                        .isExactlyInstanceOf(UnknownProcessException.class)
                        .hasMessage(slip));
    }

    @Test
    void remove_running_isStoppedAndItsNameAndPortAreFree() {
        SupervisedProcess removed = supervisor.add(Stage.script("web", SLEEPS + " # ${port}")
                .restart(RestartPolicy.always())
                .build());
        await("web", ProcessState.RUNNING);
        ProcessId id = removed.id();

        supervisor.remove("web");

        assertThat(Processes.isAlive(id)).isFalse();
        assertThat(supervisor.processes()).isEmpty();
        assertThat(supervisor.info()).isEmpty();
        assertThatThrownBy(removed::start).hasMessage("Expected an open supervisor to start 'web', but it was removed");
        SupervisedProcess next = supervisor.add(Stage.script("web", SLEEPS + " # ${port}")
                .port("port=" + removed.port())
                .build());
        await("web", ProcessState.RUNNING);
        assertThat(next).isNotSameAs(removed);
    }

    @Test
    void remove_waitsToBeStartedAgain_isStoppedAndNotGivenUp() {
        supervisor.add(Stage.script("web", "exit 3").restart(IN_AN_HOUR).build());
        await("web", ProcessState.BACKOFF);

        supervisor.remove("web");

        assertThat(supervisor.processes()).isEmpty();
        assertThat(story.lines(7))
                .endsWith(
                        "'web' BACKOFF -> STOPPED: asked for, while it waited to be started again",
                        "'web' removed",
                        "group 'web' removed");
    }

    @Test
    void remove_othersDependOnIt_theyDependOnTheNextOfThatName() {
        supervisor.add(sleeper("db").build());
        supervisor.add(sleeper("app").dependsOn("db").autostart(false).build());

        supervisor.remove("db");

        assertThat(failure(supervisor.start("app"), SupervisionFailedException.class, 30)
                        .getMessage())
                .matches("Expected 'db' to be ready, on which 'app' depends, but was STOPPED.*; add that again first");
        supervisor.add(sleeper("db").build());
        assertThat(lines(supervisor.start("app"))).containsExactly("app:app 80 OK");
        assertThat(process("app").dependencies()).containsExactly(process("db"));
    }

    /** Signals reach nobody, as with a process that is stuck in the kernel. */
    private static Child stuck(Child child) {
        return new ForwardingChild(child) {
            @Override
            public boolean signal(Signal signal) {
                return true;
            }

            @Override
            public boolean signalGroup(Signal signal) {
                return true;
            }
        };
    }

    @Test
    void kill_hasNoEffect_failsAndSoDoesAStart() {
        OperatingSystem powerless = new OperatingSystem(
                system.processes(),
                new Spawner() {
                    @Override
                    public Child spawn(SpawnRequest request) throws SpawnException {
                        return stuck(system.spawner().spawn(request));
                    }

                    @Override
                    public FedChild spawnFed(SpawnRequest request) throws SpawnException {
                        return system.spawner().spawnFed(request);
                    }
                },
                (id, signal) -> true,
                system.deaths(),
                system.files(),
                system.sockets(),
                "native, but powerless");
        Supervisor other = Supervisor.builder().folder(folder.resolve("other")).build(powerless);
        SupervisedProcess web = other.add(sleeper("web").build());
        Await.until("it runs", () -> web.state() == ProcessState.RUNNING);
        ProcessId id = web.id();
        try {
            String stuck = "'web' could not be ended: KILL had no effect within 10 s on pid " + id.pid()
                    + "; a process in state UNINTERRUPTIBLE waits for the kernel, often for a disk or network file"
                    + " system";

            List<ProcessResult> results = other.kill("web");

            assertThat(lines(results)).containsExactly("web:web 30 FAILED: web");
            assertThat(failure(results, SupervisionFailedException.class, 30)).hasMessage(stuck);
            assertThat(failure(other.start("web"), SupervisionFailedException.class, 30))
                    .hasMessage("Expected 'web' to be startable, but was UNKNOWN (" + stuck
                            + "); end what is left of it, remove it, and add it again");
        } finally {
            system.signaller().send(id, Signal.KILL);
            Processes.awaitDeath(id);
            other.close();
        }
    }
}
