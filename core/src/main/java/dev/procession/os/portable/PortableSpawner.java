package dev.procession.os.portable;

import dev.procession.os.ArgumentSpace;
import dev.procession.os.Child;
import dev.procession.os.FedChild;
import dev.procession.os.ProcessTable;
import dev.procession.os.Signaller;
import dev.procession.os.SpawnException;
import dev.procession.os.SpawnRequest;
import dev.procession.os.Spawner;
import dev.procession.process.ProcessId;
import dev.procession.process.ProcessInfo;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Starts programs by ProcessBuilder, with the {@code setsid} command where there is one.
 *
 * <p>What it cannot do: undo a signal the JVM has blocked (JDK 17 blocks QUIT in its children) or ignores.
 */
public final class PortableSpawner implements Spawner {

    private static final long SESSION_DEADLINE_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final ProcessTable table;
    private final Signaller signaller;
    private final @Nullable File setsid;

    PortableSpawner(ProcessTable table) {
        this.table = table;
        this.signaller = new PortableSignaller(table);
        this.setsid = List.of("/usr/bin/setsid", "/bin/setsid").stream()
                .map(File::new)
                .filter(File::canExecute)
                .findFirst()
                .orElse(null);
    }

    @Override
    public Child spawn(SpawnRequest request) throws SpawnException {
        Path stdin = request.stdin() == null ? SpawnRequest.NOWHERE : request.stdin();
        long before = table.nowTicks();
        return child(start(request, Redirect.from(stdin.toFile())), before);
    }

    @Override
    public FedChild spawnFed(SpawnRequest request) throws SpawnException {
        long before = table.nowTicks();
        Process process = start(request, Redirect.PIPE);
        return new FedChild(child(process, before), new StreamFeed(process.getOutputStream()));
    }

    private Process start(SpawnRequest request, Redirect stdin) throws SpawnException {
        request.checkLogs();
        checkArguments(request);
        List<String> command = new ArrayList<>();
        if (setsid != null) {
            command.add(setsid.getPath());
        }
        command.add(request.executable().toString());
        command.addAll(request.arguments().subList(1, request.arguments().size()));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(request.directory().toFile())
                .redirectInput(stdin)
                .redirectOutput(Redirect.appendTo(request.stdout().toFile()));
        if (request.stderr().equals(request.stdout())) {
            builder.redirectErrorStream(true);
        } else {
            builder.redirectError(Redirect.appendTo(request.stderr().toFile()));
        }
        setEnvironment(builder.environment(), request);
        try {
            Descriptors.check();
            return builder.start();
        } catch (IOException e) {
            throw new SpawnException(
                    "ProcessBuilder could not start " + request.executable() + " in " + request.directory() + ": "
                            + e.getMessage()
                            + (isTooLong(e) ? ArgumentSpace.explain(request) : ""),
                    e);
        }
    }

    /** The JDK tells the system's number in its text alone: {@code error=7, } or, in newer ones, {@code error: 7 (}. */
    private static boolean isTooLong(IOException e) {
        String text = String.valueOf(e.getMessage());
        return text.contains("error=" + ArgumentSpace.E2BIG + ",")
                || text.contains("error: " + ArgumentSpace.E2BIG + " ");
    }

    /** Entries that are not touched keep their bytes; those that are set are encoded with the locale's charset. */
    private static void setEnvironment(Map<String, String> environment, SpawnRequest request) throws SpawnException {
        if (!request.inheritEnvironment()) {
            environment.clear();
        }
        Charset charset = nativeCharset();
        for (Map.Entry<String, String> variable : request.environment().entrySet()) {
            if (!charset.newEncoder().canEncode(variable.getKey() + variable.getValue())) {
                throw new SpawnException("the value of the environment variable " + variable.getKey()
                        + " cannot be written in the JVM's charset " + charset + "; start the JVM with LC_ALL=C.UTF-8");
            }
            environment.put(variable.getKey(), variable.getValue());
        }
    }

    /** The JDK would quietly write a question mark. */
    private static void checkArguments(SpawnRequest request) throws SpawnException {
        Charset charset = nativeCharset();
        for (int i = 0; i < request.arguments().size(); i++) {
            if (!charset.newEncoder().canEncode(request.arguments().get(i))) {
                throw new SpawnException("argument " + i + " cannot be written in the JVM's charset " + charset
                        + "; start the JVM with LC_ALL=C.UTF-8");
            }
        }
    }

    private static Charset nativeCharset() {
        String name = System.getProperty("sun.jnu.encoding");
        return name != null && Charset.isSupported(name) ? Charset.forName(name) : Charset.defaultCharset();
    }

    /** {@code setsid} makes the session only after start() has returned; the handle waits for that. */
    private Child child(Process process, long before) {
        long deadline = System.nanoTime() + SESSION_DEADLINE_NANOS;
        while (true) {
            Optional<ProcessInfo> row = table.find(process.pid());
            if (row.isEmpty()) {
                // Gone already. What it has started is no older than that, and in the session it made.
                return new PortableChild(process, new ProcessId(process.pid(), before), setsid != null, signaller);
            }
            boolean leads = row.get().session() == process.pid();
            if (leads || setsid == null || !process.isAlive() || System.nanoTime() > deadline) {
                return new PortableChild(process, row.get().id(), leads, signaller);
            }
            Thread.onSpinWait();
        }
    }
}
