package dev.procession.launch;

import dev.procession.os.FileCut;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;

/**
 * Keeps the logs of one process below their limit: {@code stdout.log} goes into {@code stdout.log.1}, that into {@code .2}, as
 * supervisord names them. Thread safe; one thread should do it, about once a second.
 *
 * <p>The process itself has the file open, and the kernel appends to it. So what is there is copied, and then cut off from
 * the file's beginning by a {@link FileCut}: nothing is lost, and up to {@value FileCut#UNIT} bytes stay in the file. Where
 * that cannot be done - on other file systems than ext4 and XFS, with the portable backend, or for less than that - it is
 * copied until it does not grow any more, and emptied in the next moment: what the process writes in exactly that moment is
 * lost, a line may be torn by that, and nothing can tell of it. That is microseconds for one that writes now and then; for
 * one that writes without a pause it can be some milliseconds, as long as the kernel lets the next write go before the
 * emptying. Whoever must not lose a line there sets no limit, or lets the process rotate its own files. A line may begin in
 * one file and end in the next; {@link ProcessLog} reads it whole.
 */
public final class LogRotation {

    private static final Logger LOG = System.getLogger("dev.procession");

    private final String process;
    private final List<LogFile> files;
    private final OutputPolicy policy;
    private final FileCut cut;
    private boolean failing;

    LogRotation(String process, List<LogFile> files, OutputPolicy policy, FileCut cut) {
        this.process = process;
        this.files = files;
        this.policy = policy;
        this.cut = cut;
    }

    /**
     * Rotates what has reached the limit. Cheap if nothing has: it asks for the sizes. A failure is logged, once, and tried
     * again at the next call; the output then stays where it is.
     *
     * @return whether something was rotated
     */
    public synchronized boolean rotateIfDue() {
        // A channel would close itself when its thread is interrupted.
        boolean interrupted = Thread.interrupted();
        try {
            boolean rotated = false;
            for (LogFile file : files) {
                rotated |= rotateIfDue(file);
            }
            failing = false;
            return rotated;
        } catch (IOException e) {
            if (!failing) {
                LOG.log(Level.WARNING, "'" + process + "': its output cannot be rotated: " + e);
            }
            failing = true;
            return false;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private boolean rotateIfDue(LogFile file) throws IOException {
        boolean due = policy.rotates() && file.length() >= policy.maxBytes();
        if (due) {
            file.rotate(policy.backups(), cut);
        }
        return due;
    }
}
