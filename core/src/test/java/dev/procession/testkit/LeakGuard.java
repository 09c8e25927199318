package dev.procession.testkit;

import dev.procession.launch.CommandText;
import dev.procession.process.ProcessInfo;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestPlan;

/** Makes the build fail when the tests leave a process behind: a child of this JVM, or whoever carries its mark. */
public final class LeakGuard implements TestExecutionListener {

    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

    @Override
    public void testPlanExecutionFinished(TestPlan plan) {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        Set<ProcessInfo> left = Processes.startedHere();
        // The JDK reaps in threads of its own, after the exit has been seen.
        while (!left.isEmpty() && System.nanoTime() < deadline) {
            Thread.onSpinWait();
            left = Processes.startedHere();
        }
        if (!left.isEmpty()) {
            StringBuilder text = new StringBuilder("The tests have left processes behind:\n");
            left.forEach(row -> text.append("  pid ")
                    .append(row.pid())
                    .append(' ')
                    .append(row.state())
                    .append(", parent ")
                    .append(row.parentPid())
                    .append(": ")
                    .append(row.name())
                    .append(' ')
                    .append(CommandText.of(Processes.TABLE.commandLine(row.pid())))
                    .append('\n'));
            PrintStream err = new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
            err.print(text);
            err.flush();
            Runtime.getRuntime().halt(70);
        }
    }
}
