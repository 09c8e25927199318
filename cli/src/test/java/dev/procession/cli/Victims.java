package dev.procession.cli;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Programs with a name that nobody else on this machine has, and that do nothing until they are ended. */
final class Victims implements AutoCloseable {

    private static final AtomicInteger COUNT = new AtomicInteger();
    private static final String WAIT = "echo up; read -r line";

    final String name = "victim" + ProcessHandle.current().pid() + "-" + COUNT.incrementAndGet();

    private final Path folder;
    private final List<Process> started = new ArrayList<>();

    Victims(Path folder) {
        this.folder = folder;
    }

    /** With these as its last arguments. */
    Process start(String... arguments) {
        return start(WAIT, arguments);
    }

    /** One that outlives TERM. */
    Process startStubborn(String... arguments) {
        return start("trap '' TERM; " + WAIT, arguments);
    }

    private Process start(String script, String... arguments) {
        try {
            Path link = folder.resolve(name);
            if (!Files.exists(link)) {
                Files.createSymbolicLink(link, Path.of("/bin/sh"));
            }
            List<String> command = new ArrayList<>(List.of(link.toString(), "-c", script, "arg0"));
            command.addAll(Arrays.asList(arguments));
            return launch(command);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Any other program, that says something when it is there. */
    Process launch(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectError(new File("/dev/null"))
                .start();
        started.add(process);
        int first = process.getInputStream().read();
        if (first < 0) {
            throw new AssertionError("Expected that " + command + " writes something");
        }
        return process;
    }

    /** A script that is run by bash, as path behind the name of the interpreter. */
    Process script(String path) throws IOException {
        Path script = folder.resolve(path);
        Files.createDirectories(script.getParent());
        Files.writeString(script, WAIT + "\n");
        return launch(List.of("bash", path));
    }

    /** Ends one and waits for it. */
    static void end(Process process) {
        process.destroyForcibly();
        Cli.until("its end", () -> !process.isAlive());
    }

    @Override
    public void close() {
        started.forEach(Victims::end);
        try {
            // JUnit warns of links that lead out of a temporary folder.
            Files.deleteIfExists(folder.resolve(name));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
