package dev.procession.supervise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.launch.ProcessSpec;
import dev.procession.launch.Readiness;
import dev.procession.launch.StopPolicy;
import dev.procession.process.ProcessId;
import dev.procession.process.ProcessInfo;
import dev.procession.testkit.Await;
import dev.procession.testkit.ChildJvm;
import dev.procession.testkit.Executables;
import dev.procession.testkit.Processes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A daemon that one service has started, and that others use, as Erlang's epmd. */
@EnabledOnOs(OS.LINUX)
class SharedHelperTest {

    private static final String HELPER = "helper-of-many";

    @TempDir
    private Path folder;

    /** Starts a service with a helper beside one that has a nameless daemon, stops both, and ends in order. */
    static final class Services {

        private Services() {}

        public static void main(String[] arguments) throws Exception {
            StragglerSearch search = StragglerSearch.begin();
            Path helper = Executables.copy(Path.of("/bin/sleep"), Path.of("bin/" + HELPER));
            Supervisor supervisor = Supervisor.create(Path.of("processes"));
            SupervisedProcess service = supervisor.start(ProcessSpec.command(
                            "bash",
                            "-c",
                            "setsid \"$0\" 1000 & echo $!; setsid sleep 1000 & echo $!; echo ready; exec sleep 1000",
                            helper.toAbsolutePath().toString())
                    .name("service")
                    .ready(Readiness.DEFAULT.log("ready"))
                    .stop(StopPolicy.DEFAULT.leave(HELPER))
                    .build());
            List<String> pids = service.log().stdout().lines();
            ProcessId shared = Processes.identity(pids.get(0));
            ProcessId own = Processes.identity(pids.get(1));
            Await.until(
                    "both run what they are to run",
                    () -> Processes.TABLE
                            .find(shared.pid())
                            .filter(row -> row.name().equals(HELPER) && row.session() == row.pid())
                            .isPresent());
            List<ProcessId> tree = service.tree().stream().map(ProcessInfo::id).toList();
            service.stop();
            System.out.println("in the tree: " + tree.contains(shared) + ", alive: " + shared.isAlive());
            System.out.println("in the tree: " + tree.contains(own) + ", alive: " + own.isAlive());
            System.out.println("stragglers: " + search.end());
            System.out.println(shared.pid() + " " + shared.startTicks());
        }
    }

    @Test
    void leave_isNotOfTheTree_butEndsWithTheJvm() throws Exception {
        Files.createDirectory(folder.resolve("bin"));

        List<String> told = ChildJvm.of(Services.class)
                .nativeAccess()
                .inAGroupOfItsOwn()
                .run(folder)
                .expectSuccess()
                .stdout()
                .lines()
                .toList();

        String[] shared = told.get(3).split(" ");
        Processes.awaitDeath(new ProcessId(Long.parseLong(shared[0]), Long.parseLong(shared[1])));
        assertThat(told.subList(0, 3))
                .containsExactly(
                        "in the tree: false, alive: true", "in the tree: true, alive: false", "stragglers: []");
    }
}
