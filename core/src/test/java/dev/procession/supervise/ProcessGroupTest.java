package dev.procession.supervise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.launch.Backoff;
import dev.procession.launch.ProcessSpec;
import dev.procession.launch.RestartPolicy;
import dev.procession.os.OperatingSystem;
import dev.procession.process.DuplicateProcessException;
import dev.procession.process.InvalidSpecException;
import dev.procession.process.Signal;
import dev.procession.process.SpawnErrorException;
import dev.procession.process.UnknownProcessException;
import dev.procession.testkit.Await;
import dev.procession.testkit.Backends;
import dev.procession.testkit.Processes;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processes that are added, addressed and removed together. */
class ProcessGroupTest {

    private static final String SLEEPS = "echo ready; exec sleep 1000";

    @TempDir
    Path folder;

    private final OperatingSystem system = Backends.nativeOne();
    private Supervisor supervisor;

    @BeforeEach
    void open() {
        supervisor = Supervisor.builder().folder(folder).build(system);
    }

    @AfterEach
    void close() {
        supervisor.close();
    }

    private static ProcessSpec sleeper(String name) {
        return Stage.script(name, SLEEPS).build();
    }

    private static ProcessSpec manual(String name) {
        return Stage.script(name, SLEEPS).autostart(false).build();
    }

    private void await(String name, ProcessState state) {
        Await.until(
                name + " is " + state,
                () -> supervisor.process(name).orElseThrow().state() == state);
    }

    private List<String> states() {
        return supervisor.info().stream()
                .map(report -> report.group() + ":" + report.name() + " " + report.stateName())
                .toList();
    }

    @Test
    void of_wrongName_isRefused() {
        assertThatThrownBy(() -> ProcessGroup.of("a:b", sleeper("web")))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage("'name' of a group is \"a:b\", but it names a folder; use letters, digits, '.', '_' and '-'"
                        + " only");
        assertThatThrownBy(() -> ProcessGroup.of("..", sleeper("web")))
                .hasMessage("'name' of a group is \"..\", but it names a folder; use letters, digits, '.', '_' and '-'"
                        + " only");
    }

    @Test
    void of_noMembersOrOneTwice_isRefused() {
        assertThatThrownBy(() -> ProcessGroup.of("shop"))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage("'members' of group \"shop\" is empty; give at least one process");
        assertThatThrownBy(() -> ProcessGroup.of("shop", sleeper("web"), sleeper("web")))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage("'members' of group \"shop\" has \"web\" twice; give each process a name of its own");
    }

    @Test
    void numbered_count_isAMemberForEachNumber() {
        ProcessGroup group = ProcessGroup.numbered(
                "worker", 3, number -> Stage.script("x", SLEEPS).environment("NUMBER", Integer.toString(number)));

        assertThat(group.priority()).isEqualTo(999);
        assertThat(group.priority(5).priority()).isEqualTo(5);
        assertThat(group.members()).extracting(ProcessSpec::name).containsExactly("worker-0", "worker-1", "worker-2");
        assertThat(group.members())
                .extracting(member -> member.environment().get("NUMBER"))
                .containsExactly("0", "1", "2");
        assertThatThrownBy(() -> ProcessGroup.numbered("worker", 0, number -> Stage.script("x", SLEEPS)))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage("'count' of group \"worker\" is 0; give at least 1");
    }

    @Test
    void add_group_membersHaveTheirNamesAndFoldersInIt() {
        List<SupervisedProcess> added =
                supervisor.add(ProcessGroup.of("shop", sleeper("web"), manual("shop"), manual("db")));

        await("shop:web", ProcessState.RUNNING);

        assertThat(states()).containsExactly("shop:db STOPPED", "shop:shop STOPPED", "shop:web RUNNING");
        assertThat(added)
                .extracting(SupervisedProcess::directory)
                .containsExactly(
                        folder.resolve("shop/web/work"), folder.resolve("shop/work"), folder.resolve("shop/db/work"));
    }

    @Test
    void add_nameOfAGroupTaken_isRefusedWhicheverCameFirst() {
        supervisor.add(ProcessGroup.of("shop", manual("web"), manual("db")));
        supervisor.add(manual("alone"));

        assertThatThrownBy(() -> supervisor.add(ProcessGroup.of("shop", manual("other"))))
                .isExactlyInstanceOf(DuplicateProcessException.class)
                .hasMessage("Expected a name that is free, but 'shop' is taken by 'shop:web', which is STOPPED; give"
                        + " another name, or remove that one first");
        assertThatThrownBy(() -> supervisor.add(manual("shop"))).isExactlyInstanceOf(DuplicateProcessException.class);
        assertThatThrownBy(() -> supervisor.add(ProcessGroup.of("alone", manual("other"))))
                .isExactlyInstanceOf(DuplicateProcessException.class)
                .hasMessage("Expected a name that is free, but 'alone' is taken by 'alone', which is STOPPED; give"
                        + " another name, or remove that one first");
        // A fixture of that name would empty the folder in which those of the members are.
        assertThatThrownBy(() -> supervisor.start(sleeper("shop")))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage("ProcessSpec 'shop': 'name' is \"shop\", which a group of this supervisor has already; give"
                        + " one of them another 'name'");
        supervisor.add(manual("web"));
        assertThat(states())
                .containsExactly("alone:alone STOPPED", "shop:db STOPPED", "shop:web STOPPED", "web:web STOPPED");
    }

    @Test
    void add_oneMemberIsWrong_noneIsAdded() {
        assertThatThrownBy(() -> supervisor.add(ProcessGroup.of(
                        "shop",
                        sleeper("web"),
                        Stage.script("db", SLEEPS).dependsOn("disk").build())))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage("ProcessSpec 'db': 'dependsOn' holds \"disk\", which is no process; there are: 'web'");

        assertThat(supervisor.processes()).isEmpty();
    }

    @Test
    void anyCall_bareNameOfAMemberOrAGroup_saysWhatIsMeant() {
        supervisor.add(ProcessGroup.of("shop", manual("web"), manual("db")));

        assertThatThrownBy(() -> supervisor.start("web"))
                .isExactlyInstanceOf(UnknownProcessException.class)
                .hasMessage(
                        "Expected the name of a process or a group, but 'web' is none; did you mean 'shop:web'? there"
                                + " are: 'shop:db', 'shop:web'");
        assertThatThrownBy(() -> supervisor.remove("shop"))
                .hasMessage(
                        "Expected the name of a process or a group, but 'shop' is none; did you mean 'shop:*'? there"
                                + " are: 'shop:db', 'shop:web'");
        assertThatThrownBy(() -> supervisor.stop("shop:wbe"))
                .hasMessage(
                        "Expected the name of a process or a group, but 'shop:wbe' is none; did you mean 'shop:web'?"
                                + " there are: 'shop:db', 'shop:web'");
        assertThatThrownBy(() -> supervisor.stop("spoh:*"))
                .hasMessage("Expected the name of a process or a group, but 'spoh:*' is none; there are: 'shop:db',"
                        + " 'shop:web'");
    }

    @Test
    void start_wholeGroup_leavesOutThoseThatRun() {
        supervisor.add(ProcessGroup.of("shop", sleeper("web"), manual("db"), manual("mail")));
        await("shop:web", ProcessState.RUNNING);

        assertThat(SupervisorByNameTest.lines(supervisor.start("shop:*")))
                .containsExactly("shop:db 80 OK", "shop:mail 80 OK");
        assertThat(SupervisorByNameTest.lines(supervisor.start("shop:"))).isEmpty();
        assertThat(SupervisorByNameTest.lines(supervisor.start("shop:db")))
                .containsExactly("shop:db 60 ALREADY_STARTED: shop:db");
        assertThat(SupervisorByNameTest.lines(supervisor.signal("shop:*", Signal.CONT)))
                .containsExactly("shop:web 80 OK", "shop:db 80 OK", "shop:mail 80 OK");
        assertThat(SupervisorByNameTest.lines(supervisor.stop("shop:web"))).containsExactly("shop:web 80 OK");
        assertThat(SupervisorByNameTest.lines(supervisor.signal("shop:*", Signal.CONT)))
                .containsExactly("shop:db 80 OK", "shop:mail 80 OK");
        assertThat(SupervisorByNameTest.lines(supervisor.stop("shop:")))
                .containsExactly("shop:db 80 OK", "shop:mail 80 OK");
        assertThat(SupervisorByNameTest.lines(supervisor.stop("shop:*"))).isEmpty();
    }

    @Test
    void start_oneOfThreeFails_othersRunAndItIsInTheResult() {
        supervisor.add(ProcessGroup.of(
                "shop",
                manual("web"),
                Stage.script("broken", "exit 3")
                        .restart(RestartPolicy.unexpected().startRetries(0))
                        .autostart(false)
                        .build(),
                manual("db")));

        List<ProcessResult> results = supervisor.startAll();

        assertThat(SupervisorByNameTest.lines(results))
                .containsExactly("shop:web 80 OK", "shop:broken 50 SPAWN_ERROR: shop:broken", "shop:db 80 OK");
        assertThat(results.get(1).failure().orElseThrow())
                .isExactlyInstanceOf(SpawnErrorException.class)
                .hasMessageStartingWith(
                        "Expected 'shop:broken' to be running, but was FATAL (exited before it was ready:"
                                + " exit code 3; its log may have details)\n")
                .hasMessageEndingWith("\n  try         look at 'command' of ProcessSpec 'broken'");
        assertThat(states()).containsExactly("shop:broken FATAL", "shop:db RUNNING", "shop:web RUNNING");
    }

    @Test
    void stopAll_membersInAllStates_onlyThoseThatRunAreStopped() {
        supervisor.add(ProcessGroup.of(
                "shop",
                manual("stopped"),
                sleeper("running"),
                Stage.script("starting", "exec sleep 1000").build(),
                Stage.script("backoff", "exit 3")
                        .restart(RestartPolicy.unexpected().backoff(Backoff.fixed(Duration.ofHours(1))))
                        .build()));
        await("shop:running", ProcessState.RUNNING);
        await("shop:starting", ProcessState.STARTING);
        await("shop:backoff", ProcessState.BACKOFF);

        assertThat(SupervisorByNameTest.lines(supervisor.stopAll()))
                .containsExactly("shop:running 80 OK", "shop:starting 80 OK", "shop:backoff 80 OK");

        assertThat(states())
                .containsExactly(
                        "shop:backoff STOPPED",
                        "shop:running STOPPED",
                        "shop:starting STOPPED",
                        "shop:stopped STOPPED");
        assertThat(supervisor.process("shop:stopped").orElseThrow().wasStarted())
                .isFalse();
    }

    @Test
    void restart_wholeGroup_isAResultForEach() {
        supervisor.add(ProcessGroup.of("shop", sleeper("web"), manual("db")));
        await("shop:web", ProcessState.RUNNING);
        long before = supervisor.process("shop:web").orElseThrow().pid();

        assertThat(SupervisorByNameTest.lines(supervisor.restart("shop:*")))
                .containsExactly("shop:web 80 OK", "shop:db 80 OK");

        assertThat(supervisor.process("shop:web").orElseThrow().pid()).isNotEqualTo(before);
        assertThat(SupervisorByNameTest.lines(supervisor.kill("shop:db"))).containsExactly("shop:db 80 OK");
        assertThat(SupervisorByNameTest.lines(supervisor.restartAll())).containsExactly("shop:web 80 OK");
        assertThat(SupervisorByNameTest.lines(supervisor.kill("shop:*"))).containsExactly("shop:web 80 OK");
    }

    @Test
    void remove_memberAndGroup_nothingIsLeftAndTheNameIsFree() {
        supervisor.add(ProcessGroup.of("shop", sleeper("web"), sleeper("db"), manual("mail")));
        await("shop:web", ProcessState.RUNNING);
        await("shop:db", ProcessState.RUNNING);

        supervisor.remove("shop:web");
        assertThat(states()).containsExactly("shop:db RUNNING", "shop:mail STOPPED");
        supervisor.remove("shop:*");

        assertThat(supervisor.processes()).isEmpty();
        assertThat(Processes.workingIn(folder)).isEmpty();
        supervisor.add(ProcessGroup.of("shop", sleeper("web")));
        await("shop:web", ProcessState.RUNNING);
    }

    @Test
    void add_dependsOnAMemberOfItsOwnGroup_notOnItsNamesake() {
        supervisor.add(manual("db"));
        supervisor.add(ProcessGroup.of(
                "shop",
                sleeper("db"),
                Stage.script("web", SLEEPS).dependsOn("db").build()));

        await("shop:web", ProcessState.RUNNING);

        assertThat(supervisor.process("db").orElseThrow().wasStarted()).isFalse();
        assertThat(supervisor.process("shop:web").orElseThrow().dependencies())
                .containsExactly(supervisor.process("shop:db").orElseThrow());
    }
}
