package dev.procession.os.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.os.Child;
import dev.procession.os.DeathWatchContract;
import dev.procession.os.FileWatchContract;
import dev.procession.os.OperatingSystem;
import dev.procession.os.SignalContract;
import dev.procession.os.Sockets;
import dev.procession.os.SocketsContract;
import dev.procession.os.SpawnContract;
import dev.procession.os.SpawnException;
import dev.procession.process.ExitStatus;
import dev.procession.process.ProcessId;
import dev.procession.process.RunState;
import dev.procession.process.Signal;
import dev.procession.testkit.Await;
import dev.procession.testkit.Backends;
import dev.procession.testkit.Processes;
import dev.procession.testkit.Trial;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The contract, and what only the native implementation promises. */
@Tag("locale")
class NativeBackendTest
        implements SpawnContract, SignalContract, DeathWatchContract, FileWatchContract, SocketsContract {

    @Override
    public OperatingSystem system() {
        return Backends.nativeOne();
    }

    @Override
    public Sockets sockets() {
        return system().sockets();
    }

    @Override
    public boolean canWriteAnything() {
        return true;
    }

    /** A child that another thread was just starting can hold such a copy of a writer's descriptor for a moment. */
    @Test
    @SuppressWarnings("try") // closed early: that is the point
    void spawn_programStillOpenForWriting_waitsUntilItIsClosed(@TempDir Path folder) throws Exception {
        Path script = folder.resolve("script");
        try (Trial trial = new Trial(system(), folder);
                OutputStream writer = Files.newOutputStream(script)) {
            writer.write("#!/bin/sh\necho ran\n".getBytes(StandardCharsets.UTF_8));
            assertThat(script.toFile().setExecutable(true)).isTrue();
            CompletableFuture<String> output = new CompletableFuture<>();
            Thread spawning = new Thread(
                    () -> {
                        try {
                            output.complete(trial.program(script.toString()).output());
                        } catch (Exception e) {
                            output.completeExceptionally(e);
                        }
                    },
                    "spawning");
            spawning.start();
            Await.until("it has found the program busy", () -> spawning.getState() == Thread.State.TIMED_WAITING);

            writer.close();

            assertThat(Await.result(output)).isEqualTo("ran\n");
        }
    }

    @Test
    void spawn_programOpenForWritingForGood_saysSo(@TempDir Path folder) throws Exception {
        Path script = folder.resolve("script");
        try (Trial trial = new Trial(system(), folder);
                OutputStream writer = Files.newOutputStream(script)) {
            writer.flush();
            assertThat(script.toFile().setExecutable(true)).isTrue();

            assertThatThrownBy(() -> trial.program(script.toString()).spawn())
                    .isInstanceOf(SpawnException.class)
                    .hasMessage("posix_spawn of " + script + " in " + folder
                            + " answered: Text file busy (errno 26); somebody has it open for writing");
        }
    }

    @Test
    void description_onThisMachine_everythingIsNative() {
        assertThat(system().description()).isEqualTo("native");
    }

    @Test
    void exit_bySignalAndByTheCodeThatLooksLikeIt_areToldApart(@TempDir Path folder) throws Exception {
        try (Trial trial = new Trial(system(), folder)) {
            assertThat(trial.script("kill -TERM $$").run()).isEqualTo(new ExitStatus.Signalled(15, false));
            assertThat(trial.script("exit 143").run()).isEqualTo(new ExitStatus.Code(143));
            assertThat(trial.script("exit 255").run()).isEqualTo(new ExitStatus.Code(255));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"HUP", "INT", "QUIT", "PIPE", "ALRM", "TERM", "USR1", "XFSZ", "KILL"})
    void send_signalThatTheJvmHandlesOrBlocks_endsTheChild(Signal signal, @TempDir Path folder) throws Exception {
        try (Trial trial = new Trial(system(), folder)) {
            Child child = trial.program("/bin/sleep", "1000").spawn();

            assertThat(system().signaller().send(child.id(), signal)).isTrue();

            assertThat(Await.result(child.exit()))
                    .isInstanceOfSatisfying(
                            ExitStatus.Signalled.class,
                            status -> assertThat(status.by(signal)).isTrue());
        }
    }

    @Test
    void spawn_executableOfNoKnownFormat_isRefused(@TempDir Path folder) throws Exception {
        Path broken = Files.write(folder.resolve("broken"), new byte[] {0x7f, 'E', 'L', 'F', 0, 0});
        assertThat(broken.toFile().setExecutable(true)).isTrue();
        try (Trial trial = new Trial(system(), folder)) {
            assertThatThrownBy(() -> trial.program(broken.toString()).spawn())
                    .isInstanceOf(SpawnException.class)
                    .hasMessage(
                            "posix_spawn of " + broken + " in " + folder + " answered: Exec format error (errno 8)");
            assertThatThrownBy(() ->
                            trial.program(folder.resolve("missing").toString()).spawn())
                    .isInstanceOf(SpawnException.class)
                    .hasMessage("posix_spawn of " + folder.resolve("missing") + " in " + folder
                            + " answered: No such file or directory (errno 2)");
        }
    }

    @Test
    void spawn_argumentLargerThanTheKernelTakes_isRefused(@TempDir Path folder) {
        try (Trial trial = new Trial(system(), folder)) {
            assertThatThrownBy(() ->
                            trial.program("/bin/echo", "x".repeat(200_000)).spawn())
                    .isInstanceOf(SpawnException.class)
                    .hasMessage("posix_spawn of /bin/echo in " + folder + " answered: Argument list too long (errno 7);"
                            + " argument 1 has 200000 bytes, and one may have 131071: let the program read it"
                            + " from a file");
        }
    }

    @Test
    void spawn_logMissing_isRefused(@TempDir Path folder) throws Exception {
        Path out = folder.resolve("out");
        try (Trial trial = new Trial(system(), folder)) {
            var request = trial.script("exit 0").stdout(out).request();
            Files.delete(out);

            assertThatThrownBy(() -> trial.spawn(request))
                    .isInstanceOf(SpawnException.class)
                    .hasMessage("the log " + out + " is no regular file");
        }
    }

    @Test
    void spawn_stdinMissing_isRefused(@TempDir Path folder) {
        Path stdin = folder.resolve("missing");
        try (Trial trial = new Trial(system(), folder)) {
            assertThatThrownBy(() -> trial.script("exit 0").stdin(stdin).spawn())
                    .isInstanceOf(SpawnException.class)
                    .hasMessage("cannot open " + stdin + ": No such file or directory (errno 2)");
        }
    }

    @Test
    void exit_isPublished_theZombieKeepsThePidUntilItIsReaped(@TempDir Path folder) throws Exception {
        try (Trial trial = new Trial(system(), folder)) {
            Child child = trial.script("exit 5").spawn();
            Await.result(child.exit());

            assertThat(system().processes().find(child.id().pid()).orElseThrow())
                    .matches(row -> row.id().equals(child.id()) && row.state() == RunState.ZOMBIE);
            child.reap();
            assertThat(system().processes()
                            .find(child.id().pid())
                            .filter(row -> row.id().equals(child.id())))
                    .isEmpty();
            assertThat(child.exit()).isCompletedWithValue(new ExitStatus.Code(5));
        }
    }

    @Test
    void signalGroup_leaderIsDeadButNotReaped_reachesTheOthers(@TempDir Path folder) throws Exception {
        try (Trial trial = new Trial(system(), folder)) {
            Child child = trial.script("sleep 1000 & echo $!").spawn();
            ProcessId left =
                    Processes.identity(Await.lines(trial.stdout(child), 1).get(0));
            Await.result(child.exit());

            assertThat(child.signalGroup(Signal.KILL)).isTrue();
            Processes.awaitDeath(left);
            child.reap();
            assertThat(child.signalGroup(Signal.KILL)).isFalse();
        }
    }

    @Test
    void watches_thatAreOver_leaveNoDescriptor(@TempDir Path folder) throws Exception {
        try (Trial trial = new Trial(system(), folder)) {
            Child child = trial.program("/bin/sleep", "1000").spawn();
            long pid = child.id().pid();
            assertThat(pidfds(pid)).isEqualTo(1);
            CompletableFuture<Void> cancelled = system().deaths().death(child.id());
            CompletableFuture<Void> kept = system().deaths().death(child.id());
            assertThat(pidfds(pid)).isEqualTo(3);

            cancelled.cancel(false);
            assertThat(pidfds(pid)).isEqualTo(2);
            system().signaller().send(child.id(), Signal.KILL);
            Await.result(kept);
            Await.result(child.exit());
            child.reap();

            Await.until("no descriptor is left", () -> openPidfds(pid) == 0);
        }
    }

    /** How many descriptors of this JVM name a process: what their fdinfo says in its line "Pid:". */
    private static long pidfds(long pid) {
        return openPidfds(pid);
    }

    private static long openPidfds(long pid) {
        return Stream.of(new File("/proc/self/fdinfo").listFiles())
                .filter(file -> {
                    try {
                        return Files.readString(file.toPath()).lines().anyMatch(line -> line.equals("Pid:\t" + pid));
                    } catch (IOException e) {
                        return false;
                    }
                })
                .count();
    }

    @Test
    void spawn_besideOtherCodesProcesses_theyKeepTheirExitCodes(@TempDir Path folder) throws Exception {
        try (Trial trial = new Trial(system(), folder)) {
            List<Process> others = new ArrayList<>();
            List<Child> ours = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                ours.add(trial.script("exit 9").spawn());
                others.add(new ProcessBuilder("/bin/sh", "-c", "exit 7").start());
            }
            for (Child child : ours) {
                assertThat(Await.result(child.exit())).isEqualTo(new ExitStatus.Code(9));
                child.reap();
            }
            for (Process other : others) {
                assertThat(other.waitFor(60, TimeUnit.SECONDS)).isTrue();
                assertThat(other.exitValue()).isEqualTo(7);
            }
        }
    }

    /** Descriptors are used again at once; a watch that is taken down late must not take down its successor's. */
    @Test
    void spawn_reapedAtOnceBySeveralThreads_noExitIsMissed(@TempDir Path folder) throws Exception {
        List<Future<Integer>> threads = new ArrayList<>();
        for (int thread = 0; thread < 4; thread++) {
            threads.add(Await.async(() -> {
                int ended = 0;
                try (Trial trial = new Trial(system(), folder)) {
                    for (; ended < 150; ended++) {
                        Child child = trial.program("/bin/true").spawn();
                        assertThat(Await.result(child.exit())).isEqualTo(new ExitStatus.Code(0));
                        child.reap();
                    }
                }
                return ended;
            }));
        }
        assertThat(threads).allMatch(thread -> Await.result(thread) == 150);
    }

    @Test
    void pidGivenToANewcomer_signalAndWatchByTheOldIdentityMissIt(@TempDir Path folder) throws Exception {
        Path lastPid = Path.of("/proc/sys/kernel/ns_last_pid");
        Assumptions.assumeTrue(Files.isWritable(lastPid), "the next pid cannot be chosen here");
        try (Trial trial = new Trial(system(), folder)) {
            Child old = trial.script("exit 0").spawn();
            Await.result(old.exit());
            old.reap();
            Child newcomer = null;
            for (int attempt = 0; attempt < 50 && newcomer == null; attempt++) {
                try {
                    Files.writeString(lastPid, Long.toString(old.id().pid() - 1));
                } catch (IOException e) {
                    Assumptions.abort("the next pid cannot be chosen here: " + e);
                }
                Child candidate = trial.script(COUNTS_TERMS).spawn();
                newcomer = candidate.id().pid() == old.id().pid() ? candidate : null;
            }
            Assumptions.assumeTrue(newcomer != null, "somebody else was always faster");
            Await.lines(trial.stdout(newcomer), 1);
            Assumptions.assumeTrue(
                    newcomer.id().startTicks() != old.id().startTicks(), "started within the same tick of 10 ms");

            assertThat(system().deaths().death(old.id())).isCompleted();
            assertThat(system().signaller().send(old.id(), Signal.TERM)).isFalse();
            assertThat(old.signalGroup(Signal.TERM)).isFalse();
            assertThat(Backends.portable().signaller().send(old.id(), Signal.TERM))
                    .isFalse();
            assertThat(Backends.portable().deaths().death(old.id())).isCompleted();

            system().signaller().send(newcomer.id(), Signal.TERM);
            assertThat(Await.lines(trial.stdout(newcomer), 2)).containsExactly("ready", "TERM 1");
        }
    }
}
