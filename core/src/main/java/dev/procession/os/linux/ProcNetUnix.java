package dev.procession.os.linux;

import dev.procession.os.Sockets.PathListener;
import dev.procession.process.TableText;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** Listeners at paths of the file system, from {@code /proc/net/unix}: by the name that they were bound to. */
final class ProcNetUnix {

    private static final String TABLE = "/proc/net/unix";

    /** __SO_ACCEPTCON, the flag of a socket that listens. */
    private static final long LISTENS = 0x10000;

    private ProcNetUnix() {}

    static List<PathListener> listeners(Path path) {
        ProcFiles files = new ProcFiles();
        SocketFile file = SocketFile.at(path).orElse(null);
        if (file == null || !files.read(TABLE, null)) {
            return List.of();
        }
        return parse(new String(files.buffer(), 0, files.length(), StandardCharsets.UTF_8), file.names()).stream()
                .map(inode -> new PathListener(inode, file.userId()))
                .toList();
    }

    /** Columns: address, references, protocol, flags, type, state, inode, path. */
    static List<Long> parse(String table, Set<String> paths) {
        return TableText.rows(table)
                .skip(1)
                .map(row -> row.split(" +", 8))
                .filter(columns -> columns.length == 8 && paths.contains(columns[7]))
                .filter(columns -> (TableText.number(columns[3], 16).orElse(0L) & LISTENS) != 0)
                .flatMap(columns -> TableText.number(columns[6], 10).stream())
                .toList();
    }
}
