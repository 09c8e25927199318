package dev.procession.os.linux;

import dev.procession.process.ProcessionException;
import java.io.File;
import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads files under {@code /proc} whole, to their end, into a buffer that is used again.
 *
 * <p>One instance belongs to one thread at a time.
 */
final class ProcFiles {

    private byte[] buffer = new byte[4096];
    private int length;

    byte[] buffer() {
        return buffer;
    }

    int length() {
        return length;
    }

    /** As if an empty file had been read. */
    void clear() {
        length = 0;
    }

    /**
     * @return false if the process has gone or hides the file from us
     * @throws ProcessionException if the file is there but cannot be opened for a reason of our own, such as too many
     *     open files: taking that for a death would be a lie
     */
    boolean read(String path, @Nullable String processFolder) {
        for (int attempt = 0; ; attempt++) {
            try (FileInputStream in = new FileInputStream(path)) {
                length = 0;
                int n;
                while ((n = in.read(buffer, length, buffer.length - length)) > 0) {
                    length += n;
                    if (length == buffer.length) {
                        buffer = Arrays.copyOf(buffer, buffer.length * 2);
                    }
                }
                return true;
            } catch (FileNotFoundException e) {
                // exists() needs no descriptor, so it tells "gone" from "no descriptor left".
                if (processFolder != null && (!new File(processFolder).exists() || !new File(path).canRead())) {
                    return false;
                }
                if (attempt == 1) {
                    // To a root without all capabilities a file can look readable and not be.
                    if (processFolder != null && isDescriptorLeft()) {
                        return false;
                    }
                    throw new ProcessionException("Cannot open " + path + ": " + e.getMessage(), e);
                }
            } catch (IOException e) {
                // ESRCH: the process went between open and read.
                return false;
            }
        }
    }

    private static boolean isDescriptorLeft() {
        try (FileInputStream own = new FileInputStream("/proc/self/stat")) {
            return own.read() >= 0;
        } catch (IOException e) {
            return false;
        }
    }
}
