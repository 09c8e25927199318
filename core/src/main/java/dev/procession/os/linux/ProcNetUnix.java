package dev.procession.os.linux;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Listeners at paths of the file system, from {@code /proc/net/unix}. */
final class ProcNetUnix {

    private static final String TABLE = "/proc/net/unix";

    /** __SO_ACCEPTCON, the flag of a socket that listens. */
    private static final long LISTENS = 0x10000;

    private ProcNetUnix() {}

    static List<Long> listeners(Path path) {
        ProcFiles files = new ProcFiles();
        if (!files.read(TABLE, null)) {
            return List.of();
        }
        return parse(new String(files.buffer(), 0, files.length(), StandardCharsets.UTF_8), path.toString());
    }

    /** Columns: address, references, protocol, flags, type, state, inode, path. */
    static List<Long> parse(String table, String path) {
        List<Long> inodes = new ArrayList<>();
        table.lines().skip(1).forEach(line -> {
            String[] columns = line.strip().split("\\s+", 8);
            if (columns.length == 8 && columns[7].equals(path) && (Long.parseLong(columns[3], 16) & LISTENS) != 0) {
                inodes.add(Long.parseLong(columns[6]));
            }
        });
        return inodes;
    }
}
