package dev.procession.launch;

import dev.procession.process.BaseDirectory;
import dev.procession.process.InvalidSpecException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A file that is written before the start, with its placeholders filled in. Only <code>@&#123;…&#125;</code> is one here:
 * configuration files have dollar signs of their own. Immutable.
 *
 * @param from where it was read: {@code classpath:/nginx.conf}, or a path from the directory the JVM was started in
 * @param to where it is written, below the working directory
 * @param text what was read, as UTF-8
 */
public record Template(String from, String to, String text) {

    private static final String CLASS_PATH = "classpath:";

    /** In bytes. It is kept in memory, and each start makes another text of it. */
    private static final int LONGEST = 16 << 20;

    public Template {
        Path target = path("to", to);
        Path inside = target.normalize();
        if (inside.toString().isEmpty() || target.isAbsolute() || inside.startsWith("..")) {
            throw new InvalidSpecException(
                    "files",
                    "has \"" + to + "\" as 'to', which does not lie in the working directory",
                    "give a relative path");
        }
    }

    /**
     * Reads a template.
     *
     * @throws InvalidSpecException if it is not there, longer than 16 MB, or no text
     */
    public static Template read(String from, String to) {
        try (InputStream in = open(from)) {
            if (in == null) {
                throw new InvalidSpecException(
                        "files",
                        "has \"" + from + "\", which is not there",
                        "give \"classpath:/NAME\", or a path from " + BaseDirectory.ofJvm());
            }
            byte[] bytes = in.readNBytes(LONGEST + 1);
            if (bytes.length > LONGEST) {
                throw new InvalidSpecException(
                        "files",
                        "has \"" + from + "\", which is longer than the " + (LONGEST >> 20)
                                + " MB that a template may have",
                        "let the process read a large file where it is, by ${basedir}");
            }
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            return new Template(from, to, text);
        } catch (CharacterCodingException e) {
            throw new InvalidSpecException("files", "has \"" + from + "\", which is no UTF-8 text", "save it as UTF-8");
        } catch (IOException e) {
            throw new InvalidSpecException(
                    "files", "has \"" + from + "\", which cannot be read: " + e, "give a readable file");
        }
    }

    private static @Nullable InputStream open(String from) throws IOException {
        if (from.startsWith(CLASS_PATH)) {
            String name = from.substring(CLASS_PATH.length()).replaceFirst("^/+", "");
            ClassLoader loader = Thread.currentThread().getContextClassLoader();
            return (loader == null ? ClassLoader.getSystemClassLoader() : loader).getResourceAsStream(name);
        }
        Path file = BaseDirectory.ofJvm().resolve(path("from", from));
        return Files.isRegularFile(file) ? Files.newInputStream(file) : null;
    }

    private static Path path(String part, String text) {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw new InvalidSpecException(
                    "files",
                    "has \"" + text + "\" as '" + part + "', which is no path here: " + e.getReason(),
                    "correct it");
        }
    }
}
