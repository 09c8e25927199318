package dev.procession.os.linux;

import dev.procession.process.TableText;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** What {@code /proc/PID/status}, which nobody hides, tells of a process's rights. */
record ProcStatus(long user, long group, long capabilities) {

    /** Behind the real one. */
    private static final int EFFECTIVE = 1;

    /** The effective ids and capabilities; empty of a process that has gone, or where that is not told. */
    static Optional<ProcStatus> of(long pid) {
        ProcFiles files = new ProcFiles();
        String folder = "/proc/" + pid;
        if (!files.read(folder + "/status", folder)) {
            return Optional.empty();
        }
        String text = new String(files.buffer(), 0, files.length(), StandardCharsets.ISO_8859_1);
        return number(text, "Uid:\t", EFFECTIVE, 10)
                .flatMap(user -> number(text, "Gid:\t", EFFECTIVE, 10)
                        .flatMap(group -> number(text, "CapEff:\t", 0, 16)
                                .map(capabilities -> new ProcStatus(user, group, capabilities))));
    }

    /** The name, in the first row, may hold anything but a newline: the kernel escapes that. */
    private static Optional<Long> number(String text, String label, int column, int radix) {
        return TableText.field(text, label)
                .map(values -> values.split("\t"))
                .filter(values -> values.length > column)
                .flatMap(values -> TableText.number(values[column], radix));
    }
}
