package dev.procession.benchmarks;

import dev.procession.launch.ProcessLog;
import dev.procession.launch.Secrets;
import dev.procession.os.Child;
import dev.procession.os.OperatingSystem;
import dev.procession.os.SpawnRequest;
import dev.procession.process.Signal;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** This side of the {@link Helper}, which is a child by Procession: its listeners and its log are a child's. */
final class HelperProcess implements AutoCloseable {

    private static final OperatingSystem SYSTEM = Starter.SYSTEM;
    private static final int DEADLINE_MILLIS = (int) TimeUnit.SECONDS.toMillis(Starter.DEADLINE_SECONDS);

    private final Child child;
    private final Path stdout;
    private final Path stderr;
    private final Socket socket;
    private final DataInputStream answers;

    HelperProcess() throws Exception {
        stdout = Files.createFile(Leftovers.folder().resolve("helper-stdout.log"));
        stderr = Files.createFile(Leftovers.folder().resolve("helper-stderr.log"));
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            server.setSoTimeout(DEADLINE_MILLIS);
            List<String> command =
                    Main.java(Helper.class, List.of("-XX:+UseSerialGC"), Integer.toString(server.getLocalPort()));
            child = SYSTEM.spawner()
                    .spawn(new SpawnRequest(
                            Path.of(command.get(0)),
                            command,
                            Map.of(),
                            true,
                            Leftovers.folder(),
                            null,
                            stdout,
                            stderr));
            Leftovers.add(kill());
            socket = server.accept();
        }
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(DEADLINE_MILLIS);
        answers = new DataInputStream(socket.getInputStream());
        checkClock();
    }

    private Runnable kill() {
        return () -> SYSTEM.signaller().send(child.id(), Signal.KILL);
    }

    /** On Linux nanoTime is the machine's monotonic clock, the same in every JVM. Everything here depends on it. */
    private void checkClock() throws IOException {
        for (int i = 0; i < 20; i++) {
            long before = System.nanoTime();
            long between = ask(Helper.TIME, 0, 0);
            if (between < before || between > System.nanoTime()) {
                throw new IllegalStateException("System.nanoTime of two JVMs cannot be compared on this machine");
            }
        }
    }

    Child child() {
        return child;
    }

    Path stdout() {
        return stdout;
    }

    ProcessLog log() {
        return new ProcessLog("helper", List.of(stdout, stderr), SYSTEM.files(), child.exit(), Secrets.NONE);
    }

    void tell(int command, int number, long delay) throws IOException {
        socket.getOutputStream().write(Helper.command(command, number, delay));
    }

    long answer() throws IOException {
        return answers.readLong();
    }

    long ask(int command, int number, long delay) throws IOException {
        tell(command, number, delay);
        return answer();
    }

    /** Its log as new: a line that was written for one sample must not serve the next. */
    void emptyLog() throws IOException {
        try (FileChannel file = FileChannel.open(stdout, StandardOpenOption.WRITE)) {
            file.truncate(0);
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
        new Starter.Native(child).close();
        Files.delete(stdout);
        Files.delete(stderr);
    }
}
