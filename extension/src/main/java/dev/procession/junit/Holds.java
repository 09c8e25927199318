package dev.procession.junit;

import dev.procession.process.Durations;
import dev.procession.process.ProcessDiedException;
import dev.procession.supervise.ProcessState;
import dev.procession.supervise.SupervisedProcess;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/**
 * Holds the run where a test has failed, so that somebody can look at its processes before they are stopped. Of a whole
 * test run; thread safe: tests that run at the same time are held independently of each other.
 */
final class Holds {

    private static final Logger LOG = System.getLogger("dev.procession");
    private static final Duration LOOK_EVERY = Duration.ofMillis(100);
    private static final String LINE = "\n  %-11s %s";

    private final Path folder;
    private final Duration longest;
    private final AtomicInteger numbers = new AtomicInteger();

    /** Whose death, or pause, the run has been held for: every later test fails of it again. */
    private final Set<Sight> seen = ConcurrentHashMap.newKeySet();

    /** A process that was started again since, or is down for good by now, is another sight. */
    private record Sight(SupervisedProcess process, int restarts, ProcessState state) {
        static Sight of(SupervisedProcess process) {
            return new Sight(process, process.restarts(), process.state());
        }
    }

    Holds(Settings settings) {
        this.folder = settings.folder().toAbsolutePath();
        this.longest = settings.keepRunningOnFailure();
    }

    /**
     * Returns when somebody has removed the file that the console tells of, when the time is over, or when the thread is
     * interrupted, which it stays. Where nothing runs, or nobody has asked for it, at once.
     *
     * @param test what has failed, for the message
     * @param visible its processes
     */
    void hold(String test, List<SupervisedProcess> visible, Throwable failure) {
        if (longest.isZero() || visible.stream().noneMatch(Holds::isRunning) || isKnown(failure, visible)) {
            return;
        }
        // Writing a file would fail, and the hold would end at once.
        if (Thread.currentThread().isInterrupted()) {
            return;
        }
        try {
            Path file = make(test, visible, failure);
            try {
                await(file);
            } finally {
                Files.deleteIfExists(file);
            }
        } catch (IllegalStateException e) {
            LOG.log(Level.DEBUG, "The processes of " + test + " are not kept running: the JVM is ending", e);
        } catch (IOException e) {
            // It is called beside a failure, which it must not hide.
            LOG.log(Level.WARNING, "The processes of " + test + " cannot be kept running by a file in " + folder, e);
        }
    }

    private static boolean isRunning(SupervisedProcess process) {
        return process.state() == ProcessState.RUNNING;
    }

    private boolean isKnown(Throwable failure, List<SupervisedProcess> visible) {
        List<Sight> unusable = visible.stream()
                .filter(process -> !Blame.isUsable(process))
                .map(Sight::of)
                .toList();
        boolean isNews = seen.addAll(unusable);
        return failure instanceof ProcessDiedException && !unusable.isEmpty() && !isNews;
    }

    private Path make(String test, List<SupervisedProcess> visible, Throwable failure) throws IOException {
        Files.createDirectories(folder);
        while (true) {
            long pid = ProcessHandle.current().pid();
            Path file = folder.resolve("remove-to-go-on-" + pid + "-" + numbers.incrementAndGet());
            String message = message(test, visible, failure, file);
            try {
                // For a JVM that is made to end meanwhile.
                file.toFile().deleteOnExit();
                Files.writeString(file, message + "\n", StandardOpenOption.CREATE_NEW);
                System.err.println(message);
                return file;
            } catch (FileAlreadyExistsException e) {
                // That of another run in this JVM.
            }
        }
    }

    private void await(Path file) {
        long end = System.nanoTime() + Durations.nanos(longest);
        try {
            long left = end - System.nanoTime();
            while (left > 0 && Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
                // Rounded up: what is left of the last millisecond would be spun away.
                Thread.sleep(Math.min(LOOK_EVERY.toMillis(), left / 1_000_000 + 1));
                left = end - System.nanoTime();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private String message(String test, List<SupervisedProcess> visible, Throwable failure, Path file) {
        StringBuilder message = new StringBuilder(
                test + " has failed; its processes are kept running for " + Durations.describe(longest) + " at most");
        message.append(LINE.formatted("failure", failure.toString().replace("\n", "\n    ")));
        visible.stream()
                .filter(SupervisedProcess::wasStarted)
                .forEach(process -> message.append(LINE.formatted(process.name(), describe(process))));
        message.append(LINE.formatted(
                "to go on",
                "remove " + file + ", or end this JVM, pid "
                        + ProcessHandle.current().pid() + ", and all of them with it"));
        return message.toString();
    }

    private static String describe(SupervisedProcess process) {
        String ports = process.ports().entrySet().stream().map(Holds::describe).collect(Collectors.joining());
        return state(process) + ports + ", logs in "
                + process.log().files().get(0).toAbsolutePath().getParent();
    }

    private static String describe(Map.Entry<String, Integer> port) {
        return ", port " + (port.getKey().equals("port") ? "" : port.getKey() + " ") + port.getValue();
    }

    private static String state(SupervisedProcess process) {
        try {
            return (process.isPaused() ? "paused" : process.state()) + ", pid " + process.pid();
        } catch (IllegalStateException e) {
            // Not running, or not any more.
            return process.state()
                    + process.exitStatus().map(status -> " (" + status + ")").orElse("");
        }
    }
}
