package dev.procession.expect;

import dev.procession.process.ProcessId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Processes that nobody manages, under names that no other process on this machine has; closing it ends them. For one thread.
 */
public final class Foreign implements AutoCloseable {

    /** Holds {@link #word}, for annotations: they can be given no names but constants. */
    public static final String PROPERTY = "procession.test.word";

    private static final String EXEC = "exec -a \"$0\" \"$@\"";

    private static final Path PROC = Path.of("/proc");

    private final List<Process> started = new ArrayList<>();

    public Foreign() {
        System.setProperty(PROPERTY, word());
    }

    /** What all their names begin with. */
    public static String word() {
        return "zed" + ProcessHandle.current().pid() + "x";
    }

    /** Its argv is the name, {@code -c}, a script that waits, and the arguments. */
    public Process start(String suffix, String... arguments) {
        return play(suffix, "read x", arguments);
    }

    /** The same with a script of one's own. */
    public Process play(String suffix, String script, String... arguments) {
        List<String> command = new ArrayList<>(List.of("/bin/bash", "-c", script));
        command.addAll(List.of(arguments));
        return execute(suffix, command);
    }

    /** Ends by itself soon after this has returned, if not before. */
    public Process playBriefly(String suffix) {
        return awaitName(suffix, begin(EXEC, suffix, List.of("/bin/bash", "-c", "read -t 0.3 x")));
    }

    /** A command under a name of ours; it is there when this returns. */
    public Process execute(String suffix, List<String> command) {
        Process process = awaitName(suffix, begin(EXEC, suffix, command));
        if (!process.isAlive()) {
            throw new AssertionError("Expected that " + command + " runs, but it has ended");
        }
        return process;
    }

    private static Process awaitName(String suffix, Process process) {
        while (process.isAlive() && !commandLine(process.pid()).startsWith(word() + suffix + "\0")) {
            Thread.onSpinWait();
        }
        return process;
    }

    /** One that will be there only after a while. */
    public Process startLater(String suffix) {
        return begin("read -t 0.3 x; " + EXEC, suffix, List.of("/bin/bash", "-c", "read x"));
    }

    private Process begin(String script, String suffix, List<String> command) {
        List<String> whole = new ArrayList<>(List.of("/bin/bash", "-c", script, word() + suffix));
        whole.addAll(command);
        try {
            // Its input is a pipe whose other end we hold: it ends with us at the latest.
            Process process = new ProcessBuilder(whole)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            started.add(process);
            return process;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether it has not ended. The JDK says so a little longer: until it has asked for the exit code. */
    public static boolean isAlive(Process process) {
        return ProcessId.of(process.pid()).isPresent();
    }

    private static String commandLine(long pid) {
        try {
            return new String(Files.readAllBytes(PROC.resolve(pid + "/cmdline")), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "";
        }
    }

    /** With what differs between runs replaced. */
    public static String normalised(String message) {
        return message.replace(word(), "WORD")
                .replace(Path.of("").toAbsolutePath().toString(), "BASEDIR")
                .replaceAll("(?<=pid |parent |'kill )\\d+", "PID")
                .replaceAll("(up for|not longer than) \\d+(\\.\\d)? m?s", "$1 TIME")
                .replaceAll("\\d+ tr(y|ies)", "N tries");
    }

    @Override
    public void close() {
        started.forEach(Process::destroyForcibly);
        for (Process process : started) {
            try {
                if (!process.waitFor(60, TimeUnit.SECONDS)) {
                    throw new AssertionError("Expected that pid " + process.pid() + " ends, but it does not");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        System.clearProperty(PROPERTY);
    }
}
