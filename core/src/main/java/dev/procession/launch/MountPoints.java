package dev.procession.launch;

import dev.procession.process.TableText;
import java.io.ByteArrayOutputStream;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where something is mounted. That a folder lies on another device does not tell it: one that is mounted a second time has
 * the device of the first.
 */
final class MountPoints {

    private static final String TABLE = "/proc/self/mountinfo";

    /** Of a row: id, parent, device, what of the file system is mounted, and where. */
    private static final int PLACE = 4;

    private MountPoints() {}

    /**
     * The first mount point below a folder; empty where no table tells of any.
     *
     * @param folder its real path
     */
    static Optional<String> below(Path folder) throws IOException {
        byte[] table;
        try (InputStream in = new FileInputStream(TABLE)) {
            table = in.readAllBytes();
        } catch (IOException e) {
            return Optional.empty();
        }
        return below(folder.toString(), new String(table, StandardCharsets.ISO_8859_1), namesOfPaths());
    }

    /** @param names the charset in which paths are seen here */
    static Optional<String> below(String folder, String table, Charset names) {
        String start = folder.endsWith("/") ? folder : folder + "/";
        return TableText.rows(table)
                .map(row -> row.split(" "))
                .filter(columns -> columns.length > PLACE)
                .map(columns -> plain(columns[PLACE], names))
                .filter(place -> place.startsWith(start) && !place.equals(folder))
                .findFirst();
    }

    /** Blank, tab, newline and backslash stand there as three octal digits. */
    private static String plain(String escaped, Charset names) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < escaped.length(); i++) {
            char c = escaped.charAt(i);
            Optional<Long> octal = c == '\\' && i + 3 < escaped.length()
                    ? TableText.number(escaped.substring(i + 1, i + 4), 8)
                    : Optional.empty();
            bytes.write(octal.orElse((long) c).intValue());
            i += octal.isPresent() ? 3 : 0;
        }
        return bytes.toString(names);
    }

    private static Charset namesOfPaths() {
        String name = System.getProperty("sun.jnu.encoding");
        return name != null && Charset.isSupported(name) ? Charset.forName(name) : Charset.defaultCharset();
    }
}
