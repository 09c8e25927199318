package dev.procession.readiness;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.os.OperatingSystem;
import dev.procession.os.SpawnRequest;
import dev.procession.process.ProcessId;
import dev.procession.readiness.ReadinessProbe.Answer;
import dev.procession.readiness.ReadinessProbe.Holds;
import dev.procession.readiness.ReadinessProbe.Never;
import dev.procession.readiness.ReadinessProbe.NotYet;
import dev.procession.testkit.Await;
import dev.procession.testkit.Backends;
import dev.procession.testkit.Processes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CommandProbeTest {

    private static final Duration LONG = Duration.ofMinutes(5);

    private final OperatingSystem system = Backends.nativeOne();
    private final List<CommandProbe> probes = new ArrayList<>();
    private final CountDownLatch ended = new CountDownLatch(1);

    @TempDir
    private Path folder;

    private Path log() {
        return folder.resolve("ready-command.log");
    }

    private CommandProbe probe(Path program, Duration longestTry, String... arguments) {
        List<String> argv = new ArrayList<>(List.of(program.toString()));
        argv.addAll(List.of(arguments));
        SpawnRequest request =
                new SpawnRequest(program, argv, Map.of("NAME", "value"), true, folder, null, log(), log());
        CommandProbe probe =
                new CommandProbe(request, List.of("ask", "it"), system.spawner(), ended::countDown, longestTry);
        probes.add(probe);
        return probe;
    }

    private CommandProbe script(Duration longestTry, String script) {
        return probe(Path.of("/bin/sh"), longestTry, "-c", script);
    }

    @AfterEach
    void endWhatIsUnderWay() {
        probes.forEach(CommandProbe::close);
        Await.until(
                "nobody works in " + folder, () -> Processes.workingIn(folder).isEmpty());
    }

    /** What is seen when a try has ended. */
    private static Answer ended(CommandProbe probe) {
        return Probing.until(probe, answer -> !(answer instanceof NotYet notYet) || notYet.pauseMillis() > 0);
    }

    @Test
    void itIsRunAgainUntilItSucceeds() {
        CommandProbe probe = script(LONG, "echo x >> tries; [ $(wc -l < tries) -ge 3 ] || { echo not yet; exit 7; }");

        assertThat(probe.description()).isEqualTo("command ask it");
        assertThat(probe.look()).isEqualTo(new NotYet("still running, 1 try", 0));
        assertThat(ended(probe)).isEqualTo(new NotYet("exit code 7 (\"not yet\"), 1 try", 100));
        assertThat(probe.look())
                .as("the last result is shown while the next try is under way")
                .isEqualTo(new NotYet("exit code 7 (\"not yet\"), 2 tries", 0));
        assertThat(ended(probe)).isEqualTo(new NotYet("exit code 7 (\"not yet\"), 2 tries", 100));
        assertThat(ended(probe)).isEqualTo(new Holds("exit code 0"));
        assertThat(folder.resolve("tries")).hasContent("x\nx\nx\n");
    }

    @Test
    void itsLastLineIsShown() {
        assertThat(ended(script(LONG, "echo one; echo two >&2; echo; exit 1")))
                .isEqualTo(new NotYet("exit code 1 (\"two\"), 1 try", 100));
        assertThat(ended(script(LONG, "exit 1"))).isEqualTo(new NotYet("exit code 1, 1 try", 100));
    }

    @Test
    void ofATryThatWritesMoreThanMemoryHoldsTheLastLineIsShown() {
        assertThat(ended(script(LONG, "truncate -s 3G ready-command.log; echo; echo last; exit 1")))
                .isEqualTo(new NotYet("exit code 1 (\"last\"), 1 try", 100));
    }

    @Test
    void whatStandsInPlaceOfItsLogIsReplacedAndNotFollowed() throws Exception {
        Path precious = Files.writeString(folder.resolve("precious"), "precious");
        Files.createSymbolicLink(log(), precious);

        assertThat(ended(script(LONG, "echo said; exit 1")))
                .isEqualTo(new NotYet("exit code 1 (\"said\"), 1 try", 100));

        assertThat(log()).isRegularFile().hasContent("said");
        assertThat(precious).hasContent("precious");
    }

    @Test
    void whileSomethingElseCannotBeRemovedFromThePlaceOfItsLogNoTryBegins() throws Exception {
        Path inTheWay = Files.createFile(Files.createDirectory(log()).resolve("file"));
        CommandProbe probe = script(LONG, "exit 0");

        assertThat(probe.look()).isEqualTo(new NotYet("somebody has taken away its log " + log() + ", 0 tries", 100));

        Files.delete(inTheWay);
        assertThat(ended(probe)).isEqualTo(new Holds("exit code 0"));
    }

    @Test
    void aTryThatIsUnderWayIsNotDisturbed() {
        CommandProbe probe = script(LONG, "until [ -e go ]; do sleep 0.02; done");
        probe.look();

        assertThat(probe.look()).isEqualTo(new NotYet("still running, 1 try", 0));
        assertThat(probe.look()).isEqualTo(new NotYet("still running, 1 try", 0));

        assertThat(folder.resolve("go").toFile().mkdir()).isTrue();
        assertThat(ended(probe)).isEqualTo(new Holds("exit code 0"));
    }

    @Test
    void whoWaitsIsWokenWhenATryHasEnded() {
        script(LONG, "exit 0").look();

        Await.until("it was woken", () -> ended.getCount() == 0);
    }

    @Test
    void aTryThatHangsIsEndedWithWhatItHasStarted() {
        CommandProbe probe = script(Duration.ZERO, "sleep 1000 & echo $!; echo $$; wait");
        probe.look();
        List<ProcessId> all =
                Await.lines(log(), 2).stream().map(Processes::identity).toList();

        assertThat(probe.look()).isEqualTo(new NotYet("no end within 0 ms, so it was killed, 1 try", 100));

        all.forEach(Processes::awaitDeath);
        assertThat(probe.look()).isEqualTo(new NotYet("no end within 0 ms, so it was killed, 2 tries", 0));
    }

    @Test
    void whatATryLeavesInItsGroupEndsWithIt() {
        CommandProbe probe = script(LONG, "sleep 1000 & echo $!; exit 0");
        probe.look();
        ProcessId left = Processes.identity(Await.lines(log(), 1).get(0));

        assertThat(ended(probe)).isEqualTo(new Holds("exit code 0"));

        Processes.awaitDeath(left);
    }

    @Test
    void aWaitThatIsGivenUpEndsTheTry() {
        CommandProbe probe = script(LONG, "echo $$; exec sleep 1000");
        probe.look();
        ProcessId child = Processes.identity(Await.lines(log(), 1).get(0));

        probe.close();
        probe.close();

        Processes.awaitDeath(child);
    }

    @Test
    void whatCannotBeRunIsNever() throws IOException {
        Path program = Files.writeString(folder.resolve("program"), "no program");

        assertThat(probe(program, LONG).look()).isInstanceOfSatisfying(Never.class, never -> {
            assertThat(never.seen()).startsWith("its command cannot be run: ").contains(program.toString());
            assertThat(never.fix()).isEqualTo("mend that");
        });
    }
}
