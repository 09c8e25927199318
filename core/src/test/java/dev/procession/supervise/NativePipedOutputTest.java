package dev.procession.supervise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.os.OperatingSystem;
import dev.procession.process.ProcessId;
import dev.procession.process.ProcessInfo;
import dev.procession.process.Signal;
import dev.procession.testkit.Await;
import dev.procession.testkit.Backends;
import dev.procession.testkit.ChildJvm;
import dev.procession.testkit.Processes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativePipedOutputTest implements PipedOutputContract {

    @Override
    public OperatingSystem system() {
        return Backends.nativeOne();
    }

    /** Starts one process with a daemon, says so, and stays. */
    static final class Victim {

        private Victim() {}

        public static void main(String[] arguments) throws Exception {
            Path here = Path.of("").toAbsolutePath();
            try (Supervisor supervisor = Supervisor.create(here.resolve("processes"))) {
                supervisor.start(PipedOutputContract.piped(
                                "parent", "setsid sh -c 'echo $$; exec sleep 1000' & echo ready; exec sleep 1000")
                        .build());
                Files.createFile(here.resolve("up"));
                Await.exists(here.resolve("never"));
            }
        }
    }

    @Test
    void kill_jvmIsKilled_relaysEndWithItsProcesses(@TempDir Path folder) throws Exception {
        Process jvm = ChildJvm.of(Victim.class).nativeAccess().start(folder);
        try {
            Await.exists(folder.resolve("up"));
            Path log = folder.resolve("processes/parent/stdout.log");
            ProcessId daemon = Processes.identity(Await.lines(log, 2).stream()
                    .filter(line -> line.matches("\\d+"))
                    .findFirst()
                    .orElseThrow());
            List<ProcessInfo> relays = PipedOutputContract.relays(folder);
            assertThat(relays).hasSize(2);

            system().signaller().send(Processes.identity(String.valueOf(jvm.pid())), Signal.KILL);

            Processes.awaitDeath(daemon);
            relays.forEach(relay -> Processes.awaitDeath(relay.id()));
        } finally {
            jvm.destroyForcibly();
        }
    }

    /** What looks for whatever a test has left finds no relay. */
    static final class Searcher {

        private Searcher() {}

        public static void main(String[] arguments) {
            Path here = Path.of("").toAbsolutePath();
            StragglerSearch search = StragglerSearch.begin();
            try (Supervisor supervisor = Supervisor.create(here.resolve("processes"))) {
                SupervisedProcess process =
                        supervisor.start(PipedOutputContract.piped("parent", "echo ready; exec sleep 1000")
                                .build());
                System.out.println(search.end());
                process.signal(Signal.TERM);
                System.out.println(process.awaitExit(Duration.ofSeconds(60)));
            }
        }
    }

    @Test
    void end_relaysOfALivingProcess_areNobodysStragglers(@TempDir Path folder) throws Exception {
        assertThat(ChildJvm.of(Searcher.class)
                        .nativeAccess()
                        .inAGroupOfItsOwn()
                        .run(folder)
                        .expectSuccess()
                        .stdout()
                        .lines())
                .containsExactly("[]", "killed by TERM");
    }
}
