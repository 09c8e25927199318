package dev.procession.junit;

import dev.procession.process.StartFailedException;
import dev.procession.supervise.SupervisedProcess;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Puts the logs of the processes beside the report of a failed test. */
final class PublishedLogs {

    private static final Logger LOG = System.getLogger("dev.procession");

    /** Of a longer log, the end is published; the whole of it stays in the process's folder. */
    private static final long LONGEST = 10L << 20;

    private PublishedLogs() {}

    static void publish(ExtensionContext context, List<SupervisedProcess> processes) {
        processes.forEach(
                process -> publish(context, process.name(), process.log().files()));
    }

    /** What a process wrote that did not become ready. */
    static void publish(ExtensionContext context, StartFailedException failure) {
        if (!failure.logs().isEmpty()) {
            publish(context, failure.process(), failure.logs());
        }
    }

    /** Never fails: it is called beside a failure, which it would hide. */
    private static void publish(ExtensionContext context, String process, List<Path> logs) {
        try {
            context.publishDirectory("procession-" + process, folder -> copy(logs, folder));
        } catch (RuntimeException e) {
            LOG.log(
                    Level.WARNING,
                    "The logs of '" + process + "' stay where they are, " + logs
                            + ", because they cannot be published: " + e.getMessage());
        }
    }

    private static void copy(List<Path> logs, Path folder) throws IOException {
        for (Path log : logs) {
            if (Files.exists(log)) {
                copyEnd(log, folder.resolve(log.getFileName()));
            }
        }
    }

    private static void copyEnd(Path from, Path to) throws IOException {
        try (FileChannel in = FileChannel.open(from, StandardOpenOption.READ);
                FileChannel out = FileChannel.open(
                        to,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE,
                        StandardOpenOption.TRUNCATE_EXISTING)) {
            long size = in.size();
            long start = Math.max(0, size - LONGEST);
            if (start > 0) {
                out.write(ByteBuffer.wrap(("[the first " + start + " bytes are in " + from + " only]\n")
                        .getBytes(StandardCharsets.UTF_8)));
            }
            for (long at = start; at < size; ) {
                long copied = in.transferTo(at, size - at, out);
                if (copied <= 0) {
                    return;
                }
                at += copied;
            }
        }
    }
}
