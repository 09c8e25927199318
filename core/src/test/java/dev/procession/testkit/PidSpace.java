package dev.procession.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.procession.os.Child;
import dev.procession.process.ProcessId;
import dev.procession.process.Signal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * A space of process ids that a JVM and its children have for themselves, and in which the next id can be chosen: there a
 * pid is used again at once, as otherwise on a machine that has counted once around.
 */
public final class PidSpace {

    private static final Path LAST_PID = Path.of("/proc/sys/kernel/ns_last_pid");

    /** From here on nobody is given a pid unless it is chosen. */
    private static final long FAR_AWAY = 20_000;

    private static final long NEAR = 1_000;
    private static final int PIN_ATTEMPTS = 20;

    private PidSpace() {}

    /** The space ends with the JVM, and all that is in it. Skips the test where such a space cannot be had. */
    public static ChildJvm inOneOfItsOwn(ChildJvm jvm) throws IOException, InterruptedException {
        for (String user : List.of("--pid", "--user --map-root-user --pid")) {
            List<String> command = new ArrayList<>(List.of("unshare"));
            command.addAll(List.of(user.split(" ")));
            // A shell as init, since a JVM reaps no orphans.
            command.addAll(List.of("--fork", "--kill-child", "--mount-proc", "sh", "-c", "\"$@\"; exit $?", "sh"));
            if (canChoose(command)) {
                return jvm.under(command.toArray(String[]::new));
            }
        }
        assumeTrue(false, "neither root nor a user here may make a space of process ids (unshare --pid)");
        return jvm;
    }

    private static boolean canChoose(List<String> wrapper) throws InterruptedException {
        List<String> command = new ArrayList<>(wrapper);
        command.addAll(List.of("sh", "-c", "echo " + FAR_AWAY + " > " + LAST_PID));
        try {
            Process trial = new ProcessBuilder(command)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return trial.waitFor(60, TimeUnit.SECONDS) && trial.exitValue() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    /** Does something whose first new process gets a pid that nobody else is given by accident. */
    public static <T> T farAway(Callable<T> action) throws Exception {
        return next(FAR_AWAY, action);
    }

    private static <T> T next(long pid, Callable<T> action) throws Exception {
        try {
            choose(pid - 1);
            return action.call();
        } finally {
            choose(NEAR);
        }
    }

    private static void choose(long last) {
        try {
            Files.writeString(LAST_PID, Long.toString(last));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Spawns until somebody has the pid of one that is dead: a thread of this JVM may be given it in between. */
    public static Child reuse(ProcessId dead, Supplier<Trial.Program> programs) {
        Await.until("a tick is over", () -> Processes.TABLE.nowTicks() > dead.startTicks() + 1);
        List<Child> found = new ArrayList<>();
        Await.until("somebody else has " + dead, () -> {
            attempt(dead, programs).ifPresent(found::add);
            return !found.isEmpty();
        });
        assertThat(found.get(0).id()).isNotEqualTo(dead);
        return found.get(0);
    }

    /** The pid is nobody's as long as it is the id of a group, or of a process that nobody has reaped. */
    public static void assertPinned(ProcessId id, Supplier<Trial.Program> programs) {
        for (int i = 0; i < PIN_ATTEMPTS; i++) {
            assertThat(attempt(id, programs)).isEmpty();
        }
    }

    private static Optional<Child> attempt(ProcessId dead, Supplier<Trial.Program> programs) {
        try {
            Child child = next(dead.pid(), () -> programs.get().spawn());
            if (child.id().pid() == dead.pid()) {
                return Optional.of(child);
            }
            child.signalGroup(Signal.KILL);
            Await.result(child.exit());
            child.reap();
            return Optional.empty();
        } catch (Exception e) {
            throw new AssertionError("Expected to spawn, but was " + e, e);
        }
    }
}
