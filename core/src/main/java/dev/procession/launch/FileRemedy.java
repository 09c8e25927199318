package dev.procession.launch;

import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What to do about a file or folder that cannot be made, changed or removed, if the system's reason tells. */
public final class FileRemedy {

    private static final String ELSEWHERE = ", or let it have another folder";

    /** By what the system says, in English at least; the JDK gives no other sign. */
    private static final List<Map.Entry<String, String>> REMEDIES = List.of(
            Map.entry("read-only file system", "mount that file system for writing"),
            Map.entry(
                    "operation not permitted",
                    "where 'lsattr' shows an i or an a for it, or 'lsattr -d' for its folder, take that away with"
                            + " 'chattr -ia'"),
            Map.entry("no space left", "make room there"),
            Map.entry("quota exceeded", "make room there"));

    private FileRemedy() {}

    /**
     * What to do.
     *
     * @param failure of which somewhere a file is the cause
     * @param otherwise what to do if none is, or it does not say enough
     */
    public static String of(Throwable failure, String otherwise) {
        @Nullable Throwable cause = failure;
        while (cause != null && !(cause instanceof FileSystemException)) {
            cause = cause.getCause();
        }
        return cause instanceof FileSystemException file ? remedy(file).orElse(otherwise) : otherwise;
    }

    private static Optional<String> remedy(FileSystemException failure) {
        String reason = Optional.ofNullable(failure.getReason()).orElse("").toLowerCase(Locale.ROOT);
        if (failure instanceof AccessDeniedException && reason.isEmpty()) {
            return Optional.of("let this user write there" + ELSEWHERE);
        }
        return REMEDIES.stream()
                .filter(known -> reason.contains(known.getKey()))
                .map(known -> known.getValue() + ELSEWHERE)
                .findFirst();
    }
}
