package dev.procession.supervise;

import dev.procession.launch.CommandText;
import dev.procession.launch.Launch;
import dev.procession.launch.UnusableCommandException;
import dev.procession.os.Child;
import dev.procession.os.OwnFile;
import dev.procession.os.SpawnException;
import dev.procession.os.SpawnRequest;
import dev.procession.process.Durations;
import dev.procession.process.ExitStatus;
import dev.procession.process.InvalidSpecException;
import dev.procession.process.ProcessionException;
import dev.procession.process.WaitTimeoutException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * One program that is run beside a process, to its end. It carries the cookie of the process: what it leaves behind belongs
 * to the tree of that, and goes with it; as it does itself, whatever it carries.
 */
final class Exec {

    private static final int LONGEST_TAIL = 500;

    /** In bytes: the result is kept in memory. */
    private static final int LONGEST_OUTPUT = 16 << 20;

    private final String name;
    private final Launch launch;
    private final List<String> argv;

    Exec(Launch launch, List<String> argv) {
        this.name = launch.spec().name();
        this.launch = launch;
        this.argv = List.copyOf(argv);
        if (argv.isEmpty() || argv.get(0).isEmpty()) {
            throw new InvalidSpecException("exec", "names no program", "give its name and then its arguments");
        }
    }

    /**
     * @param run beside which it runs
     * @throws WaitTimeoutException if it has not ended within that time; it is killed then
     */
    ExecResult run(Run run, Duration timeout) {
        try {
            SpawnRequest request = launch.beside(argv);
            try {
                ExitStatus status = await(run, request, timeout);
                return new ExecResult(status, whole(request.stdout()), whole(request.stderr()));
            } finally {
                Files.deleteIfExists(request.stdout());
                Files.deleteIfExists(request.stderr());
            }
        } catch (UnusableCommandException e) {
            throw new InvalidSpecException("exec", e.problem(), e.fix()).reworded(launch.secrets()::mask);
        } catch (SpawnException e) {
            throw new ProcessionException("Cannot run " + command() + " beside '" + name + "': " + e.getMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot keep what " + command() + " writes beside '" + name + "'", e);
        }
    }

    private ExitStatus await(Run run, SpawnRequest request, Duration timeout) throws IOException, SpawnException {
        Child child = run.spawnBeside(launch, request);
        try {
            CompletableFuture.anyOf(child.exit(), run.ended()).get(Durations.nanos(timeout), TimeUnit.NANOSECONDS);
            if (!child.exit().isDone()) {
                // Nobody else ends it any more.
                child.discard();
            }
            ExitStatus status = Run.awaitStatus(child, Lifecycle.NEWS_LAG);
            // What has asked the process to end, as a client does by "shutdown", ends by itself.
            if (!(status instanceof ExitStatus.Code) && run.isBeingEnded()) {
                throw new ProcessionException(
                        "'" + name + "' was ended while " + command() + " ran beside it, and that with it");
            }
            return status;
        } catch (TimeoutException e) {
            throw new WaitTimeoutException("Expected " + command() + " beside '" + name + "' to end within "
                    + Durations.describe(timeout) + ", but it did not, and was killed; it wrote "
                    + tail(end(request.stdout()) + end(request.stderr())));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ProcessionException("Interrupted while " + command() + " ran beside '" + name + "'", e);
        } catch (ExecutionException e) {
            throw new ProcessionException("Cannot learn how " + command() + " ended beside '" + name + "'", e);
        } finally {
            run.leave(child);
        }
    }

    private String command() {
        return CommandText.of(argv, launch.secrets());
    }

    private String tail(String output) {
        String text = launch.secrets().mask(output).strip();
        return text.isEmpty() ? "nothing" : "\"" + text.substring(Math.max(0, text.length() - LONGEST_TAIL)) + "\"";
    }

    private String whole(Path file) throws IOException {
        long length = Files.size(file);
        if (length > LONGEST_OUTPUT) {
            throw new ProcessionException("Expected " + command() + " beside '" + name + "' to write no more than "
                    + (LONGEST_OUTPUT >> 20) + " MB to each of its outputs, but it wrote " + length
                    + " bytes to one; let it write them to a file");
        }
        return end(file);
    }

    private static String end(Path file) throws IOException {
        return OwnFile.tail(file, LONGEST_OUTPUT);
    }
}
