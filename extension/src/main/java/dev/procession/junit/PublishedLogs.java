package dev.procession.junit;

import dev.procession.launch.Secrets;
import dev.procession.supervise.SupervisedProcess;
import java.io.BufferedOutputStream;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Puts the logs of the processes beside the report of a failed test, without the secrets that the processes were given. */
final class PublishedLogs {

    private static final Logger LOG = System.getLogger("dev.procession");

    /** Of a longer log, the end is published; the whole of it stays in the process's folder. */
    private static final long LONGEST = 10L << 20;

    private PublishedLogs() {}

    static void publish(ExtensionContext context, List<SupervisedProcess> processes) {
        processes.stream()
                .filter(SupervisedProcess::wasStarted)
                // JUnit refuses a second time; a start that fails and the end of its class are both occasions.
                .filter(process -> Scopes.isFirstTime("publishing " + process.name(), context))
                .forEach(process -> publish(
                        context,
                        process.name(),
                        process.log().files(),
                        process.log().secrets()));
    }

    /** Never fails: it is called beside a failure, which it would hide. */
    private static void publish(ExtensionContext context, String process, List<Path> logs, Secrets secrets) {
        try {
            context.publishDirectory("procession-" + process, folder -> copy(logs, folder, secrets));
        } catch (RuntimeException e) {
            LOG.log(
                    Level.WARNING,
                    "The logs of '" + process + "' stay where they are, " + logs
                            + ", because they cannot be published: " + e.getMessage());
        }
    }

    private static void copy(List<Path> logs, Path folder, Secrets secrets) throws IOException {
        for (Path log : logs) {
            // The program may have put a link to another file in its place, or a pipe.
            if (Files.isRegularFile(log, LinkOption.NOFOLLOW_LINKS)) {
                copyEnd(log, folder.resolve(log.getFileName()), secrets);
            }
        }
    }

    private static void copyEnd(Path from, Path to, Secrets secrets) throws IOException {
        // Not a channel: that one closes itself when the thread is interrupted, as that of a failed test may be.
        try (InputStream in = new FileInputStream(from.toFile());
                OutputStream out = new BufferedOutputStream(new FileOutputStream(to.toFile()))) {
            // The size now: the process may go on writing for ever.
            long size = Files.size(from);
            long start = Math.max(0, size - LONGEST);
            if (start > 0) {
                out.write(("[the first " + start + " bytes are in " + from + " only]\n")
                        .getBytes(StandardCharsets.UTF_8));
            }
            // A secret that the cut goes through must be seen whole to be recognised.
            long lead = Math.min(start, secrets.mostBytes());
            in.skipNBytes(start - lead);
            secrets.copyMasked(in, lead, lead + size - start, out);
        }
    }
}
