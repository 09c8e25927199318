package dev.procession.cleanup;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/** A path in one line, whatever stands in it: a line end is {@code \n} or {@code \r} there, and a backslash two of them. */
final class PathText {

    private PathText() {}

    static String encode(Path path) {
        return path.toString().replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r");
    }

    /** @return empty if it was written in a locale whose names this one does not have */
    static Optional<Path> decode(String text) {
        StringBuilder path = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char at = text.charAt(i);
            if (at == '\\' && i + 1 < text.length()) {
                i++;
                path.append(
                        switch (text.charAt(i)) {
                            case 'n' -> '\n';
                            case 'r' -> '\r';
                            default -> text.charAt(i);
                        });
            } else {
                path.append(at);
            }
        }
        try {
            return Optional.of(Path.of(path.toString()));
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }
}
