package dev.procession.launch;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/**
 * What there is to say when a log of one process was emptied and written anew by somebody else than whoever rotates it: once
 * as a warning, and in every message about the process. Thread safe.
 */
final class LogLoss {

    private static final Logger LOG = System.getLogger("dev.procession");

    private final String process;
    private final String remedy;
    private final AtomicReference<Path> first = new AtomicReference<>();

    /** @param remedy what to do */
    private LogLoss(String process, String remedy) {
        this.process = process;
        this.remedy = remedy;
    }

    static LogLoss of(ProcessSpec spec) {
        return new LogLoss(
                spec.name(),
                spec.output().piped()
                        ? "let nobody but the process itself write there"
                        : "write with >&2 or tee -a instead of opening /dev/stdout or /dev/stderr, or say output = PIPE in "
                                + spec.declaration());
    }

    static LogLoss of(String process) {
        return new LogLoss(process, "append to it");
    }

    /** It was emptied, and perhaps written anew; what it had held was not moved anywhere. */
    void noticed(Path file) {
        if (first.compareAndSet(null, file)) {
            LOG.log(Level.WARNING, "'" + process + "': " + text(file));
        }
    }

    /** For messages; empty as long as nothing was lost. */
    Optional<String> text() {
        return Optional.ofNullable(first.get()).map(this::text);
    }

    private String text(Path file) {
        return file + " was emptied and written anew, and what stood there is lost: " + remedy;
    }
}
