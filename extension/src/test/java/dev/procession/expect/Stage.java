package dev.procession.expect;

import static org.assertj.core.api.Assertions.catchThrowable;

import dev.procession.launch.ProcessSpec;
import dev.procession.launch.Readiness;
import dev.procession.supervise.SupervisedProcess;
import dev.procession.supervise.Supervisor;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** A supervisor of one test, and shell scripts as its processes: each is ready when it has printed {@code ready}. */
public final class Stage implements AutoCloseable {

    /** For machines under load; nothing is concluded from the time itself. */
    public static final Duration PATIENCE = Duration.ofMinutes(1);

    public static final String SLEEPS = "echo ready; exec sleep 600";

    private final Path folder;
    private final Supervisor supervisor;

    public Stage(Path folder) {
        this.folder = folder;
        this.supervisor = Supervisor.create(folder);
    }

    public static ProcessSpec.Builder script(String script) {
        return ProcessSpec.command("sh", "-c", script).name("actor").ready(Readiness.DEFAULT.log("^ready$"));
    }

    public SupervisedProcess start(String script) {
        return start(script(script));
    }

    public SupervisedProcess start(ProcessSpec.Builder spec) {
        return supervisor.start(spec.build());
    }

    /** Kills it behind the library's back, and waits until that is known. */
    public static void murder(SupervisedProcess process) {
        signal(process, "KILL");
        process.exit().join();
    }

    /** Sends a signal behind the library's back. */
    public static void signal(SupervisedProcess process, String signal) {
        try {
            int code = new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                    .start()
                    .waitFor();
            if (code != 0) {
                throw new AssertionError("Expected kill to succeed, but was exit code " + code);
            }
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** The message of what fails, with what differs between runs replaced. */
    public String failure(ThrowingCallable fails) {
        Throwable thrown = catchThrowable(fails);
        if (!(thrown instanceof AssertionError)) {
            throw new AssertionError("Expected an AssertionError, but was " + thrown, thrown);
        }
        return normalised(thrown);
    }

    public String normalised(Throwable thrown) {
        return thrown.getMessage()
                .replace(folder.toString(), "FOLDER")
                .replaceAll("pid \\d+", "pid PID")
                .replaceAll("parent \\d+", "parent PID")
                .replaceAll("up for \\d+(\\.\\d)? m?s", "up for TIME")
                .replaceAll("\\b(2\\d{4}|3[0-2]\\d{3})\\b", "PORT");
    }

    @Override
    public void close() {
        supervisor.close();
    }
}
