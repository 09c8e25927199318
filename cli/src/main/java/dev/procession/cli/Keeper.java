package dev.procession.cli;

import dev.procession.cleanup.Watchdog;
import dev.procession.launch.CommandResolver;
import dev.procession.launch.RunCookie;
import dev.procession.launch.UnusableCommandException;
import dev.procession.os.backend.Backend;
import dev.procession.process.BaseDirectory;
import dev.procession.process.CommandLine;
import dev.procession.process.InvalidSpecException;
import dev.procession.process.ProcessId;
import dev.procession.process.ProcessInfo;
import dev.procession.process.ProcessSource;
import dev.procession.process.Signal;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Runs a command again and again, until it exits with 55 or we are asked to end.
 *
 * <p>The child stays in our session and process group, as a shell's would: it reads from the terminal and gets its Ctrl-C.
 * Hence it is the JDK that starts it; core gives each child a session of its own. The watchdog ends it, and what it has
 * started, if we are killed; what it leaves when we end in order stays.
 */
final class Keeper {

    /** With it, a program says that it wants to stay away. */
    private static final int STAY_AWAY = 55;

    /** The child's, for whoever meets it. */
    private static final String NAME = "keep-running";

    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final int SIGNALLED = 128;

    private final List<String> command;
    private final PrintStream err;

    /** By it the watchdog finds a child that it was not told of, because we were killed in between. */
    private final RunCookie cookie;

    private final Object lock = new Object();
    private @Nullable ProcessId child;
    private @Nullable Signal asked;

    /** @throws InvalidSpecException if the name of the directory this JVM was started in cannot be read in its locale */
    Keeper(List<String> command, PrintStream err) {
        BaseDirectory.ofJvm();
        this.command = List.copyOf(command);
        this.err = err;
        this.cookie = RunCookie.of(Backend.current().processes().self(), NAME, 1);
    }

    /**
     * Returns when it is over.
     *
     * @return 0 if the command wants to stay away, else what it ended with after we were asked to end
     * @throws InvalidSpecException if the command cannot be run at all
     */
    int run() {
        check();
        Watchdog watchdog = Watchdog.ofJvm();
        watchdog.start();
        try (GroupWitness witness = GroupWitness.start()) {
            StopSignals.handle(signal -> ask(signal, witness));
            Integer end = null;
            for (boolean first = true; end == null; first = false) {
                end = once(first, watchdog);
            }
            // What the command has left is its own affair, as it is without us.
            watchdog.dismiss();
            return end;
        }
    }

    private void check() {
        if (command.get(0).isEmpty()) {
            throw new InvalidSpecException("command", "begins with an empty word", "begin it with a program");
        }
        try {
            new CommandResolver(BaseDirectory.ofJvm(), Optional.ofNullable(System.getenv("PATH")), List.of())
                    .resolve(command.get(0));
        } catch (UnusableCommandException e) {
            // Of all else the system has the last word: a shell also runs a script without its first line.
            if (e.isMissing()) {
                throw new InvalidSpecException(
                        "command", "is " + CommandLine.text(command) + ", but " + e.problem(), e.fix());
            }
        }
    }

    /** One run and the pause behind it; gives what we end with, if we do. */
    private @Nullable Integer once(boolean first, Watchdog watchdog) {
        Process process = start(first, watchdog);
        int status = process == null ? SIGNALLED : waitFor(process);
        synchronized (lock) {
            child = null;
            if (process != null && status == STAY_AWAY) {
                return 0;
            }
            if (process != null && asked != null) {
                return status;
            }
            pause();
            return asked == null ? null : SIGNALLED + asked.number();
        }
    }

    /** @return null if it cannot be started any more, or must not be */
    private @Nullable Process start(boolean first, Watchdog watchdog) {
        synchronized (lock) {
            if (asked != null) {
                return null;
            }
            try {
                ProcessBuilder builder = new ProcessBuilder(ExactCommand.of(command)).inheritIO();
                builder.environment().putAll(cookie.variables());
                Process process = builder.start();
                child = ProcessId.of(process.pid()).orElse(null);
                if (child != null) {
                    watchdog.alsoWatch(child);
                }
                return process;
            } catch (IOException e) {
                if (first) {
                    throw new InvalidSpecException(
                            "command",
                            "is " + CommandLine.text(command) + ", which cannot be run: " + e.getMessage(),
                            "give a program, and '#!/bin/sh' in a script's first line");
                }
                // It may be there again soon, as when it is being replaced.
                err.println("procession: " + CommandLine.text(command) + " cannot be run: " + e.getMessage());
                return null;
            }
        }
    }

    private static int waitFor(Process process) {
        boolean interrupted = false;
        while (true) {
            try {
                int status = process.waitFor();
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
                return status;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
    }

    private void pause() {
        long end = System.nanoTime() + PAUSE_NANOS;
        long left = PAUSE_NANOS;
        while (asked == null && left > 0) {
            try {
                TimeUnit.NANOSECONDS.timedWait(lock, left);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
            left = end - System.nanoTime();
        }
    }

    private void ask(Signal signal, GroupWitness witness) {
        synchronized (lock) {
            asked = signal;
            boolean wentToGroup = witness.saw(signal);
            if (child != null && !(wentToGroup && isInOurGroup(child))) {
                Backend.current().signaller().send(child, signal);
            }
            lock.notifyAll();
        }
    }

    /** A shell with job control, for one, puts itself into another. */
    private static boolean isInOurGroup(ProcessId child) {
        ProcessSource source = ProcessSource.ofMachine();
        Optional<Long> group = source.find(child.pid()).map(ProcessInfo::group);
        return group.isPresent()
                && group.equals(source.find(ProcessHandle.current().pid()).map(ProcessInfo::group));
    }
}
