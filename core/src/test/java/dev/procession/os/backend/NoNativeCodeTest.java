package dev.procession.os.backend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.cleanup.StragglerKill;
import dev.procession.process.Epoch;
import dev.procession.process.ProcessId;
import dev.procession.process.ProcessQuery;
import dev.procession.testkit.Actors;
import dev.procession.testkit.Await;
import dev.procession.testkit.ChildJvm;
import dev.procession.testkit.ChildJvm.Result;
import dev.procession.watch.PidFiles;
import dev.procession.watch.ProcessWatch;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A look must not wait until native code is loaded, which takes longer than the look. */
class NoNativeCodeTest {

    @Test
    void find_andAllThatOnlyLooks_loadsNone(@TempDir Path folder) throws Exception {
        Result result = ChildJvm.of(Look.class)
                .option("-Xlog:class+load:file=" + folder.resolve("classes") + ":none")
                .run(folder)
                .expectSuccess();

        assertThat(result.stdout()).isEqualTo("found\n");
        assertThat(result.stderr()).isEmpty();
        assertThat(folder.resolve("classes"))
                .content()
                .contains("dev.procession.process.ProcessQuery")
                .doesNotContain("com.sun.jna");
    }

    @Test
    void kill_portableBackend_worksAsWell(@TempDir Path folder) throws Exception {
        Result result = ChildJvm.of(Kill.class)
                .option("-Dprocession.backend=portable")
                .option("-Xlog:class+load:file=" + folder.resolve("classes") + ":none")
                .run(folder)
                .expectSuccess();

        assertThat(result.stdout()).isEqualTo("1 killed, 0 left, 1 straggler\n");
        assertThat(folder.resolve("classes")).content().doesNotContain("com.sun.jna");
    }

    /** Kills two sleepers. */
    public static final class Kill {
        public static void main(String[] arguments) throws Exception {
            String word = Actors.word();
            ProcessQuery query = ProcessQuery.named(word);
            ProcessId first = sleeper(word);
            Await.until("it has its name", () -> !query.find().isEmpty());
            int killed = query.kill();
            int left = ProcessWatch.ofJvm()
                    .awaitDeath(query, Duration.ofSeconds(60))
                    .size();
            ProcessId second = sleeper(word);
            Epoch epoch = Epoch.startOf(first);
            ProcessWatch.ofJvm().awaitStart(query, epoch, Duration.ofSeconds(60));
            int stragglers = StragglerKill.named(word).run().killed().size();
            System.out.println(killed + " killed, " + left + " left, " + stragglers + " straggler");
            Await.until("both are gone", () -> !first.isAlive() && !second.isAlive());
        }

        private static ProcessId sleeper(String name) throws IOException {
            Process process = new ProcessBuilder("/bin/bash", "-c", "exec -a \"$0\" sleep 1000", name).start();
            return ProcessId.of(process.pid()).orElseThrow();
        }
    }

    /** Looks in every way. */
    public static final class Look {
        public static void main(String[] arguments) throws Exception {
            long parent = ProcessHandle.current().parent().orElseThrow().pid();
            boolean found = ProcessId.startTime(parent).isPresent()
                    && !ProcessQuery.any()
                            .user(System.getProperty("user.name"))
                            .find()
                            .isEmpty()
                    && ProcessQuery.any().startedAfter(Epoch.ofJvm()).pids().size() < 10_000
                    && ProcessQuery.named("a.sh").args("b").loose().find().isEmpty()
                    && ProcessQuery.named("/no/such").pattern("x").find().isEmpty()
                    && PidFiles.in(Path.of("pids")).file("*").find().isEmpty()
                    && ProcessWatch.ofJvm()
                            .awaitDeath(ProcessQuery.named("nosuchprocess"), Duration.ofSeconds(10))
                            .isEmpty();
            found &= ProcessQuery.any().listeningOn(freePort()).find().isEmpty();
            System.out.println(found ? "found" : "not found");
        }

        private static int freePort() throws IOException {
            try (ServerSocket socket = new ServerSocket(0)) {
                return socket.getLocalPort();
            }
        }
    }
}
