package dev.procession.os.linux;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** What {@code /proc/PID/status}, which nobody hides, tells of a process's rights. */
record ProcStatus(long user, long group, long capabilities) {

    private static final int EFFECTIVE = 2;

    /** The effective ids and capabilities; empty of a process that has gone, or where that is not told. */
    static Optional<ProcStatus> of(long pid) {
        ProcFiles files = new ProcFiles();
        String folder = "/proc/" + pid;
        if (!files.read(folder + "/status", folder)) {
            return Optional.empty();
        }
        String text = new String(files.buffer(), 0, files.length(), StandardCharsets.ISO_8859_1);
        return field(text, "Uid:\t", EFFECTIVE)
                .flatMap(user -> field(text, "Gid:\t", EFFECTIVE)
                        .flatMap(group -> field(text, "CapEff:\t", 1)
                                .map(capabilities -> new ProcStatus(
                                        Long.parseLong(user),
                                        Long.parseLong(group),
                                        Long.parseUnsignedLong(capabilities, 16)))));
    }

    /** The name, in the first line, may hold anything but a line's end: the kernel escapes that. */
    private static Optional<String> field(String text, String label, int column) {
        return text.lines()
                .filter(line -> line.startsWith(label))
                .map(line -> line.split("\t")[column])
                .findFirst();
    }
}
