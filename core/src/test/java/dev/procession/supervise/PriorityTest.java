package dev.procession.supervise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.launch.ProcessSpec;
import dev.procession.testkit.Await;
import dev.procession.testkit.Backends;
import dev.procession.testkit.ChildJvm;
import dev.procession.testkit.ChildJvm.Result;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The lower its priority number, the earlier a process is started and the later it is stopped. */
class PriorityTest {

    @TempDir
    Path folder;

    private final Story story = new Story();

    private Supervisor supervisor() {
        Supervisor supervisor =
                Supervisor.builder().folder(folder.resolve("run")).base(folder).build(Backends.nativeOne());
        supervisor.subscribe("story", story);
        return supervisor;
    }

    /** Tells in a file that all share when it is asked to end, and when it has done what that asks for. */
    private static ProcessSpec.Builder slow(String name, int priority) {
        return Stage.script(
                        name,
                        "trap 'echo TERM $1 >>$2; sleep 0.1; echo end $1 >>$2; exit 0' TERM; echo ready;"
                                + " while :; do sleep 0.01; done",
                        name,
                        "${basedir}/ends")
                .priority(priority);
    }

    private static void awaitRunning(Supervisor supervisor) {
        Await.until(
                "all run",
                () -> supervisor.processes().stream().allMatch(process -> process.state() == ProcessState.RUNNING));
    }

    private List<String> ends() throws Exception {
        return Files.readAllLines(folder.resolve("ends"));
    }

    @Test
    void close_threePriorities_eachHasEndedBeforeTheNextIsSignalled() throws Exception {
        try (Supervisor supervisor = supervisor()) {
            supervisor.add(slow("middle", 50).build());
            supervisor.add(slow("first", 1).build());
            supervisor.add(slow("last", 900).build());
            awaitRunning(supervisor);
        }

        assertThat(ends())
                .containsExactly("TERM last", "end last", "TERM middle", "end middle", "TERM first", "end first");
    }

    @Test
    void stopAll_threePriorities_resultsAscendAllTheSame() throws Exception {
        try (Supervisor supervisor = supervisor()) {
            supervisor.add(slow("middle", 50).build());
            supervisor.add(slow("first", 1).build());
            supervisor.add(slow("last", 900).build());
            awaitRunning(supervisor);

            assertThat(SupervisorByNameTest.lines(supervisor.stopAll()))
                    .containsExactly("first:first 80 OK", "middle:middle 80 OK", "last:last 80 OK");
        }
        assertThat(ends())
                .containsExactly("TERM last", "end last", "TERM middle", "end middle", "TERM first", "end first");
    }

    /** Groups come first, and in them their members. */
    @Test
    void startAll_groupsAndMembers_ascend() throws Exception {
        try (Supervisor supervisor = supervisor()) {
            supervisor.add(ProcessGroup.of(
                            "late",
                            slow("z", 900).autostart(false).build(),
                            slow("a", 1).autostart(false).build())
                    .priority(10));
            supervisor.add(ProcessGroup.of(
                            "early",
                            slow("y", 999).autostart(false).build(),
                            slow("b", 2).autostart(false).build())
                    .priority(5));
            supervisor.add(slow("alone", 7).autostart(false).build());

            assertThat(SupervisorByNameTest.lines(supervisor.startAll()))
                    .containsExactly(
                            "early:b 80 OK", "early:y 80 OK", "alone:alone 80 OK", "late:a 80 OK", "late:z 80 OK");
            Await.until(
                    "all are told of", () -> story.entered(ProcessState.RUNNING).size() == 5);
            assertThat(story.entered(ProcessState.STARTING))
                    .containsExactly("early:b", "early:y", "alone", "late:a", "late:z");
        }
        assertThat(ends())
                .containsExactly(
                        "TERM z",
                        "end z",
                        "TERM a",
                        "end a",
                        "TERM alone",
                        "end alone",
                        "TERM y",
                        "end y",
                        "TERM b",
                        "end b");
    }

    @Test
    void open_addedInAnotherOrder_ascend() {
        try (Supervisor supervisor = Supervisor.builder()
                .folder(folder.resolve("run"))
                .base(folder)
                .idle()
                .build(Backends.nativeOne())) {
            supervisor.subscribe("story", story);
            for (int priority : List.of(5, 9, 1, 3, 7)) {
                supervisor.add(slow("p" + priority, priority).build());
            }

            supervisor.open();

            awaitRunning(supervisor);
            Await.until(
                    "all are told of",
                    () -> story.entered(ProcessState.STARTING).size() == 5);
            assertThat(story.entered(ProcessState.STARTING)).containsExactly("p1", "p3", "p5", "p7", "p9");
        }
    }

    @Test
    void close_dependencyAgainstPriority_dependencyDecides() throws Exception {
        try (Supervisor supervisor = supervisor()) {
            supervisor.add(slow("db", 900).build());
            supervisor.add(slow("app", 1).dependsOn("db").build());
            supervisor.add(slow("other", 50).build());
            awaitRunning(supervisor);
        }

        assertThat(ends()).containsExactly("TERM other", "end other", "TERM app", "end app", "TERM db", "end db");
    }

    @Test
    void exit_jvmGetsTerm_sameOrder() throws Exception {
        Process jvm = ChildJvm.of(Parent.class).nativeAccess().start(folder);
        try {
            Await.exists(folder.resolve("started"));
        } finally {
            jvm.destroy();
        }
        Result result = ChildJvm.await(jvm, folder);

        assertThat(result.exitCode()).as(result.toString()).isEqualTo(128 + 15);
        assertThat(ends())
                .containsExactly("TERM last", "end last", "TERM middle", "end middle", "TERM first", "end first");
        assertThat(Files.readAllLines(folder.resolve("told")))
                .as("listeners are told to the end")
                .startsWith("supervisor RUNNING -> SHUTDOWN")
                .endsWith("supervisor SHUTDOWN -> STOPPED")
                .filteredOn(line -> line.endsWith("-> STOPPED"))
                .hasSize(1);
        assertThat(Files.readAllLines(folder.resolve("told")).stream()
                        .filter(line -> line.startsWith("'"))
                        .map(line -> line.replaceAll(" \\(.*", "").replaceAll(":.*", "")))
                .containsExactly(
                        "'last' RUNNING -> STOPPING",
                        "'last' STOPPING -> STOPPED",
                        "'middle' RUNNING -> STOPPING",
                        "'middle' STOPPING -> STOPPED",
                        "'first' RUNNING -> STOPPING",
                        "'first' STOPPING -> STOPPED");
    }

    /** Is told to end by a signal. */
    public static final class Parent {
        public static void main(String[] arguments) throws Exception {
            Supervisor supervisor = Supervisor.create(Path.of("run"));
            supervisor.add(slow("middle", 50).build());
            supervisor.add(slow("first", 1).build());
            supervisor.add(slow("last", 900).build());
            awaitRunning(supervisor);
            supervisor.subscribe("file", event -> {
                try {
                    Files.writeString(
                            Path.of("told"),
                            event + "\n",
                            java.nio.file.StandardOpenOption.CREATE,
                            java.nio.file.StandardOpenOption.APPEND);
                } catch (java.io.IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            Files.createFile(Path.of("started"));
            Thread.sleep(Long.MAX_VALUE);
        }
    }
}
