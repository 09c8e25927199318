package dev.procession.testkit;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.procession.os.Child;
import dev.procession.process.ProcessId;
import dev.procession.process.RunState;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/**
 * A program whose first thread has ended while another goes on and listens: the kernel shows it as a zombie.
 *
 * @param thread the id of the thread that goes on
 * @param executable as it was started
 */
public record Headless(ProcessId id, long thread, Path executable, int port) {

    /** By the system call itself, which ends the thread that calls it and nobody else. */
    private static final String PROGRAM = """
            import ctypes, os, socket, threading, time
            server = socket.create_server(("127.0.0.1", 0))
            def work():
                while True:
                    time.sleep(1000)
            thread = threading.Thread(target=work)
            thread.start()
            print(thread.native_id, server.getsockname()[1], flush=True)
            ctypes.CDLL(None).syscall({"x86_64": 60, "aarch64": 93}[os.uname().machine], 0)
            """;

    /** Skips the test where there is no Python. */
    public static Headless start(Trial trial, String argument) throws Exception {
        Path python = python();
        Child child = trial.program(python.toString(), "-c", PROGRAM, argument)
                .withOnly(Map.of("PATH", "/usr/bin:/bin", "HEADLESS", argument))
                .spawn();
        String[] told = Await.lines(trial.stdout(child), 1).get(0).split(" ");
        Await.until(
                "the first thread has ended",
                () -> Processes.TABLE
                        .find(child.id().pid())
                        .filter(row -> row.state() == RunState.ZOMBIE && !row.isDead())
                        .isPresent());
        return new Headless(child.id(), Long.parseLong(told[0]), python, Integer.parseInt(told[1]));
    }

    private static Path python() throws InterruptedException {
        try {
            Process process = new ProcessBuilder("python3", "-c", "import sys; print(sys.executable)").start();
            String path = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            assumeTrue(process.waitFor() == 0, "needs python3");
            return Path.of(path);
        } catch (IOException e) {
            assumeTrue(false, "needs python3");
            throw new AssertionError(e);
        }
    }
}
