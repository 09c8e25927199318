package dev.procession.cli;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/** Fails the build when the tests have left a process behind. */
public final class LeftoverGuard implements LauncherSessionListener {

    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

    @Override
    public void launcherSessionClosed(LauncherSession session) {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        while (!left().isEmpty() && System.nanoTime() < deadline) {
            Thread.onSpinWait();
        }
        if (!left().isEmpty()) {
            System.err.println("Expected that the tests leave no process behind, but these are left: " + left());
            // JUnit only logs what its listeners throw; a JVM that halts is an error to every build tool.
            Runtime.getRuntime().halt(3);
        }
    }

    private static List<String> left() {
        return ProcessHandle.current()
                .descendants()
                .map(process ->
                        process.pid() + " " + process.info().commandLine().orElse("?"))
                .toList();
    }
}
