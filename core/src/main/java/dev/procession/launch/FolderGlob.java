package dev.procession.launch;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds the folders that a path with {@code *} and {@code ?} stands for, the highest version first. */
final class FolderGlob {

    private static final Pattern PARTS = Pattern.compile("\\d{1,18}|\\D+");

    private FolderGlob() {}

    /** @param glob an absolute path, each name of which may hold {@code *} and {@code ?} */
    static List<Path> find(Path glob) {
        List<Path> found = List.of(glob.getRoot());
        for (Path name : glob) {
            List<Path> next = new ArrayList<>();
            found.forEach(folder -> next.addAll(matching(folder, name.toString())));
            found = next;
        }
        return found;
    }

    private static List<Path> matching(Path folder, String name) {
        if (!name.contains("*") && !name.contains("?")) {
            Path only = folder.resolve(name);
            return Files.isDirectory(only) ? List.of(only) : List.of();
        }
        List<Path> matching = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, Files::isDirectory)) {
            Pattern pattern = pattern(name);
            for (Path entry : entries) {
                if (pattern.matcher(entry.getFileName().toString()).matches()) {
                    matching.add(entry);
                }
            }
        } catch (IOException e) {
            // Not there, or not ours to read: nothing to be found in it.
        }
        matching.sort(Comparator.comparing((Path path) -> path.getFileName().toString(), FolderGlob::byVersion)
                .reversed());
        return matching;
    }

    private static Pattern pattern(String name) {
        return Pattern.compile(Pattern.quote(name).replace("*", "\\E[^/]*\\Q").replace("?", "\\E[^/]\\Q"));
    }

    /** By their numbers where both have some: 9.6 is older than 15. */
    private static int byVersion(String a, String b) {
        Matcher left = PARTS.matcher(a);
        Matcher right = PARTS.matcher(b);
        while (true) {
            boolean more = left.find();
            if (more != right.find()) {
                return more ? 1 : -1;
            }
            if (!more) {
                return 0;
            }
            int order = isNumber(left) && isNumber(right)
                    ? new BigInteger(left.group()).compareTo(new BigInteger(right.group()))
                    : left.group().compareTo(right.group());
            if (order != 0) {
                return order;
            }
        }
    }

    private static boolean isNumber(Matcher part) {
        // Not Character.isDigit: the pattern takes the digits of other scripts for letters.
        return "0123456789".indexOf(part.group().charAt(0)) >= 0;
    }
}
