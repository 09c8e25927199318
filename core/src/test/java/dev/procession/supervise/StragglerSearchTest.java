package dev.procession.supervise;

import static dev.procession.supervise.Stage.PATIENT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.process.ProcessId;
import dev.procession.process.Signal;
import dev.procession.process.Straggler;
import dev.procession.testkit.Await;
import dev.procession.testkit.Backends;
import dev.procession.testkit.ChildJvm;
import dev.procession.testkit.ChildJvm.Result;
import dev.procession.testkit.Processes;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** In JVMs and groups of their own: in this one's, other tests start processes at the same time. */
class StragglerSearchTest {

    @TempDir
    private Path folder;

    private List<String> says(Class<?> scenario) throws Exception {
        Result result = ChildJvm.of(scenario).nativeAccess().inAGroupOfItsOwn().run(folder);
        assertThat(result.stderr()).isEmpty();
        return result.expectSuccess().stdout().lines().toList();
    }

    /** A process that somebody has started with nothing but the JDK; its output is the pid of what matters. */
    private static ProcessId started(String script) throws Exception {
        Path file = Path.of("pid-" + System.nanoTime());
        new ProcessBuilder("sh", "-c", script).redirectOutput(file.toFile()).start();
        return Processes.identity(Await.lines(file, 1).get(0));
    }

    private static void say(List<Straggler> stragglers) {
        stragglers.forEach(straggler -> System.out.println(
                straggler.toString().replaceAll("pid \\d+", "pid P").replaceAll("up for [0-9.]+ m?s", "up for T")));
        System.out.println(stragglers.size() + " found");
    }

    @Test
    void end_childOfTheTestItself_isFoundAndEnded() throws Exception {
        assertThat(says(Child.class))
                .containsExactly(
                        "pid P (sleep 1000), parent Q, up for T; it descends from this JVM", "1 found", "dead");
    }

    public static final class Child {
        public static void main(String[] arguments) throws Exception {
            ProcessId before = started("echo $$; exec sleep 1001");
            StragglerSearch search = StragglerSearch.begin();
            ProcessId child = started("echo $$; exec sleep 1000");
            Processes.awaitCommand(child, "sleep", "1000");
            List<Straggler> found = search.end();
            System.out.println(found.get(0)
                    .toString()
                    .replaceAll("pid \\d+", "pid P")
                    .replace("parent " + ProcessHandle.current().pid(), "parent Q")
                    .replaceAll("up for [0-9.]+ m?s", "up for T"));
            System.out.println(found.size() + " found");
            System.out.println(Processes.isAlive(child) ? "alive" : "dead");
            if (!Processes.isAlive(before)) {
                System.out.println("ended what was there before");
            }
            kill(before);
        }
    }

    private static void kill(ProcessId id) {
        Backends.nativeOne().signaller().send(id, Signal.KILL);
        Processes.awaitDeath(id);
    }

    @Test
    void end_orphanInTheGroupOfTheJvm_isFoundButNotEnded() throws Exception {
        assertThat(says(Orphan.class))
                .containsExactly(
                        "pid P (sleep 1000), parent 1, up for T; it is an orphan in the process group of this JVM; it was"
                                + " not ended, because somebody else in that group may have started it",
                        "1 found",
                        "alive");
    }

    public static final class Orphan {
        public static void main(String[] arguments) throws Exception {
            StragglerSearch search = StragglerSearch.begin();
            ProcessId orphan = started("env -u PROCESSION_RUN sleep 1000 & echo $!");
            Processes.awaitCommand(orphan, "sleep", "1000");
            Await.until(
                    "it is an orphan",
                    () -> Processes.TABLE.find(orphan.pid()).orElseThrow().parentPid() == 1);
            say(search.end());
            System.out.println(Processes.isAlive(orphan) ? "alive" : "dead");
            kill(orphan);
        }
    }

    @Test
    void end_processesInCare_areNone_butWhatTheyLeaveIs() throws Exception {
        assertThat(says(InCare.class))
                .containsExactly(
                        "0 found",
                        "pid P (sleep 1000), parent 1, up for T; it carries the cookie of this run",
                        "1 found",
                        "dead");
    }

    /** The one that leaves something does so with the policy that spares it. */
    public static final class InCare {
        public static void main(String[] arguments) throws Exception {
            Supervisor supervisor = Supervisor.builder()
                    .folder(Path.of("processes"))
                    .stragglers(StragglerPolicy.IGNORE)
                    .build();
            StragglerSearch search = StragglerSearch.begin();
            SupervisedProcess process = supervisor.start(Stage.script(
                            "in-care", "setsid sleep 1000 & echo $!; echo ready; until [ -e go ]; do sleep 0.02; done")
                    .stop(PATIENT)
                    .build());
            ProcessId left = Stage.printed(process, 1).get(0);
            say(search.end());
            Await.until(
                    "told to go",
                    () -> process.directory().resolve("go").toFile().mkdir());
            process.awaitExit(Duration.ofSeconds(60));
            supervisor.close();
            say(search.end());
            System.out.println(Processes.isAlive(left) ? "alive" : "dead");
        }
    }

    @Test
    void end_whatKeepsForking_isOvertaken() throws Exception {
        List<String> said = says(Forking.class);
        assertThat(said.get(said.size() - 1)).isEqualTo("dead");
    }

    public static final class Forking {
        public static void main(String[] arguments) throws Exception {
            StragglerSearch search = StragglerSearch.begin();
            List<ProcessId> roots = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                roots.add(started("echo $$; while :; do sh -c 'sleep 1000 & sleep 1000' & sleep 0.05; done"));
            }
            search.end();
            System.out.println(
                    roots.stream().noneMatch(Processes::isAlive)
                                    && search.end().stream()
                                            .noneMatch(straggler ->
                                                    straggler.found().contains("descends"))
                            ? "dead"
                            : "alive");
        }
    }

    @Test
    void end_whatIsAboutToEnd_isGivenTheTime() throws Exception {
        assertThat(says(Ending.class)).containsExactly("0 found");
    }

    public static final class Ending {
        public static void main(String[] arguments) throws Exception {
            StragglerSearch search = StragglerSearch.begin();
            ProcessId ending = started("trap 'sleep 0.1; exit' TERM; echo $$; while :; do sleep 0.01; done");
            Backends.nativeOne().signaller().send(ending, Signal.TERM);
            say(search.end());
        }
    }
}
