package dev.procession.os.portable;

import dev.procession.os.ProcessTable;
import dev.procession.os.SafeTargets;
import dev.procession.os.Signaller;
import dev.procession.process.ProcessId;
import dev.procession.process.ProcessionException;
import dev.procession.process.Signal;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.util.concurrent.TimeUnit;

/**
 * Signals by the system's {@code kill} command; KILL, which needs none, by the JDK where there is no such command.
 *
 * <p>Between the look and the signal the pid could in theory be used again; only the native implementation closes that
 * gap.
 */
public final class PortableSignaller implements Signaller {

    private static final long KILL_COMMAND_SECONDS = 10;

    private final ProcessTable table;
    private final SafeTargets targets;

    PortableSignaller(ProcessTable table) {
        this.table = table;
        this.targets = SafeTargets.asSeenIn(table);
    }

    @Override
    public boolean send(ProcessId id, Signal signal) {
        if (!table.isAlive(targets.check(id))) {
            return false;
        }
        if (signal == Signal.KILL) {
            return ProcessHandle.of(id.pid())
                    .map(ProcessHandle::destroyForcibly)
                    .orElse(false);
        }
        return killCommand(id, signal);
    }

    private static boolean killCommand(ProcessId id, Signal signal) {
        try {
            Descriptors.check();
            Process kill = new ProcessBuilder("kill", "-s", signal.name(), Long.toString(id.pid()))
                    .redirectOutput(Redirect.DISCARD)
                    .redirectError(Redirect.DISCARD)
                    .start();
            if (!kill.waitFor(KILL_COMMAND_SECONDS, TimeUnit.SECONDS)) {
                kill.destroyForcibly();
                return false;
            }
            return kill.exitValue() == 0;
        } catch (IOException e) {
            if (signal == Signal.TERM) {
                return ProcessHandle.of(id.pid()).map(ProcessHandle::destroy).orElse(false);
            }
            throw new ProcessionException(
                    "Cannot send " + signal + ": the 'kill' command cannot be run (" + e.getMessage()
                            + "), and the JDK can only send TERM and KILL",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
