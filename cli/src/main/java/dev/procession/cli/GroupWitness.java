package dev.procession.cli;

import dev.procession.process.Signal;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A little shell in our process group that tells whether a signal went to the whole group, as Ctrl-C does, and so has
 * reached our child already. A JVM does not learn who a signal came from. It ends when its input does. Thread safe.
 */
final class GroupWitness implements AutoCloseable {

    /**
     * A trap runs before the answer to a question that was asked after the signal: no time has to be waited for. It may also
     * end the reading, which is not the end of input then.
     */
    private static final String SCRIPT = """
            trap 'echo HUP; hit=yes' HUP
            trap 'echo INT; hit=yes' INT
            trap 'echo TERM; hit=yes' TERM
            hit=
            while read -r question || [ "$hit" ]; do
              hit=
              echo "$question"
            done
            """;

    private static final String QUESTION = "?";

    /** One that is stopped does not answer. */
    private static final long PATIENCE_SECONDS = 2;

    private final @Nullable Process shell;
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private final Set<Signal> seen = EnumSet.noneOf(Signal.class);

    private GroupWitness(@Nullable Process shell) {
        this.shell = shell;
    }

    /** Starts one. Without a shell there is one that has never seen anything. */
    static GroupWitness start() {
        Process shell;
        try {
            shell = new ProcessBuilder("/bin/sh", "-c", SCRIPT, "procession-witness")
                    .redirectError(Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            return new GroupWitness(null);
        }
        GroupWitness witness = new GroupWitness(shell);
        Thread reader = new Thread(() -> witness.readAll(shell), "procession-witness");
        reader.setDaemon(true);
        reader.start();
        return witness;
    }

    private void readAll(Process process) {
        try (BufferedReader reader =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                lines.add(line);
            }
        } catch (IOException e) {
            // It has ended, and will not answer.
        }
    }

    /** Whether a signal that we have got has also come to the whole group; each time is told once. */
    synchronized boolean saw(Signal signal) {
        if (shell == null || !ask(shell)) {
            return false;
        }
        try {
            String line = lines.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            while (line != null && !line.equals(QUESTION)) {
                if (!line.isEmpty()) {
                    seen.add(Signal.parse(line));
                }
                line = lines.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return seen.remove(signal);
    }

    private static boolean ask(Process shell) {
        try {
            OutputStream in = shell.getOutputStream();
            in.write((QUESTION + "\n").getBytes(StandardCharsets.US_ASCII));
            in.flush();
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public void close() {
        if (shell != null) {
            shell.destroyForcibly();
        }
    }
}
