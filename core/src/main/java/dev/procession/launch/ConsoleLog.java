package dev.procession.launch;

import dev.procession.os.FileWatch.Registration;
import dev.procession.process.ExitStatus;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Shows what a process writes on the console, each line as {@code [name] line}, as procmon's log does. A console that
 * blocks holds up nothing but this. Thread safe.
 */
public final class ConsoleLog implements AutoCloseable {

    private final String prefix;
    private final Secrets secrets;
    private final Executor work;
    private final List<LineCursor> streams = new ArrayList<>();
    private final List<Registration> registrations = new ArrayList<>();
    private final AtomicBoolean scheduled = new AtomicBoolean();
    private boolean closed;

    private ConsoleLog(String name, Secrets secrets, Executor work) {
        this.prefix = "[" + name + "] ";
        this.secrets = secrets;
        this.work = work;
    }

    /**
     * Begins; it ends with the process.
     *
     * @param work its own: whatever else ran there would wait for the console too
     */
    public static ConsoleLog follow(
            String name, ProcessLog log, Secrets secrets, CompletableFuture<ExitStatus> exit, Executor work) {
        ConsoleLog console = new ConsoleLog(name, secrets, work);
        for (Path file : log.files()) {
            console.streams.add(new LineCursor(file, 0));
            console.registrations.add(log.watch().onChange(file, console::schedule));
        }
        console.schedule();
        exit.whenComplete((status, failure) -> console.close());
        return console;
    }

    private void schedule() {
        if (!scheduled.getAndSet(true)) {
            try {
                work.execute(this::show);
            } catch (RejectedExecutionException e) {
                // The supervisor was closed; the logs have the rest.
            }
        }
    }

    private void show() {
        scheduled.set(false);
        print(false);
    }

    private synchronized void print(boolean ended) {
        // Asked for each time: whoever captures the output of tests replaces it.
        PrintStream console = System.out;
        for (LineCursor stream : streams) {
            stream.readLines(line -> console.println(prefix + secrets.mask(line)));
            if (ended && !stream.unterminated().isEmpty()) {
                console.println(prefix + secrets.mask(stream.unterminated()));
            }
        }
    }

    /**
     * Shows what was written until now, and then no more. Does not wait for that; but when it returns, it has been ordered,
     * whoever was the first to call. Idempotent.
     */
    @Override
    public void close() {
        // Not the monitor in which lines are printed: a console can block.
        synchronized (registrations) {
            if (closed) {
                return;
            }
            closed = true;
            registrations.forEach(Registration::close);
            try {
                work.execute(() -> print(true));
            } catch (RejectedExecutionException e) {
                // The supervisor was closed; the logs have the rest.
            }
        }
    }
}
