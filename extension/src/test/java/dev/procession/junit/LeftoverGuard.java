package dev.procession.junit;

import java.util.List;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/** Fails the build when the tests have left a process behind. */
public final class LeftoverGuard implements LauncherSessionListener {

    @Override
    public void launcherSessionClosed(LauncherSession session) {
        List<String> left = Leftovers.now();
        if (!left.isEmpty()) {
            System.err.println("Expected that the tests leave no process behind, but these are left: " + left);
            // JUnit only logs what its listeners throw; a JVM that halts is an error to every build tool.
            Runtime.getRuntime().halt(3);
        }
    }
}
