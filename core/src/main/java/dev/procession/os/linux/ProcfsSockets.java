package dev.procession.os.linux;

import dev.procession.os.Sockets;
import dev.procession.process.TableText;
import java.io.File;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Listeners from {@code /proc/net/tcp}: no native code, but about a millisecond a look. */
public final class ProcfsSockets implements Sockets {

    private static final String LISTEN = "0A";

    private static final Pattern LOCAL =
            Pattern.compile("(?<address>(?:[0-9A-F]{8}|[0-9A-F]{32})):(?<port>[0-9A-F]{4})");

    @Override
    public List<Listener> listeners() {
        List<Listener> found = new ArrayList<>();
        for (String table : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
            ProcFiles files = new ProcFiles();
            if (new File(table).canRead() && files.read(table, null)) {
                String text = new String(files.buffer(), 0, files.length(), StandardCharsets.US_ASCII);
                TableText.rows(text).skip(1).forEach(row -> {
                    Listener listener = parse(row);
                    if (listener != null) {
                        found.add(listener);
                    }
                });
            }
        }
        return found;
    }

    @Override
    public List<PathListener> listeners(Path path) {
        return ProcNetUnix.listeners(path);
    }

    @Override
    public boolean seesListeners() {
        return new File("/proc/net/tcp").canRead();
    }

    /** Columns: number, local address:port, remote, state, queues, timer, retransmits, uid, timeout, inode. */
    static @Nullable Listener parse(String row) {
        String[] columns = row.strip().split("\\s+");
        if (columns.length < 10 || !columns[3].equals(LISTEN)) {
            return null;
        }
        Matcher local = LOCAL.matcher(columns[1]);
        Optional<Long> user = TableText.number(columns[7], 10);
        Optional<Long> inode = TableText.number(columns[9], 10);
        return local.matches() && user.isPresent() && inode.isPresent()
                ? new Listener(
                        address(local.group("address")),
                        Integer.parseInt(local.group("port"), 16),
                        inode.get(),
                        user.get())
                : null;
    }

    /** Each group of four bytes stands in the machine's byte order, little endian on what we run on. */
    private static InetAddress address(String hex) {
        byte[] bytes = HexFormat.of().parseHex(hex);
        for (int i = 0; i < bytes.length; i += 4) {
            byte first = bytes[i];
            byte second = bytes[i + 1];
            bytes[i] = bytes[i + 3];
            bytes[i + 1] = bytes[i + 2];
            bytes[i + 2] = second;
            bytes[i + 3] = first;
        }
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("Expected 4 or 16 bytes of an address, but was " + hex, e);
        }
    }
}
