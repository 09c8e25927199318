package dev.procession.launch;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Finds the program that a command names, before anything is started: the system's own answer is the same "no such file"
 * for a missing program, folder and interpreter.
 *
 * <p>Paths stay as they are written. Programs that look at their own name (busybox, a Python virtual environment) would
 * otherwise become others.
 */
public final class CommandResolver {

    private final Path base;
    private final Optional<String> path;
    private final List<String> searchPath;

    /**
     * @param base what relative paths are relative to
     * @param path the child's PATH
     * @param searchPath folders after it, which may hold {@code *} and {@code ?}
     */
    public CommandResolver(Path base, Optional<String> path, List<String> searchPath) {
        this.base = base;
        this.path = path;
        this.searchPath = List.copyOf(searchPath);
    }

    /**
     * The absolute path of a program that can be run.
     *
     * @throws UnusableCommandException saying exactly what is wrong
     */
    public Path resolve(String program) throws UnusableCommandException {
        try {
            Path found = program.contains("/") ? base.resolve(program) : onPath(program);
            return checked(found);
        } catch (InvalidPathException e) {
            throw new UnusableCommandException(
                    "the path \"" + program + "\" cannot be written in this JVM's locale",
                    "start the JVM with LC_ALL=C.UTF-8");
        }
    }

    /** The first file of that name that can be run; else the first that cannot, for its message. */
    private Path onPath(String program) throws UnusableCommandException {
        List<Path> folders = folders();
        Optional<Path> first = Optional.empty();
        for (Path folder : folders) {
            Path candidate = folder.resolve(program);
            if (Files.isRegularFile(candidate)) {
                if (Files.isExecutable(candidate)) {
                    return candidate;
                }
                first = first.isPresent() ? first : Optional.of(candidate);
            }
        }
        if (first.isPresent()) {
            return first.get();
        }
        Set<String> others = programs(folders);
        // It can be there as a folder, or as a link to nowhere.
        others.remove(program);
        Optional<String> near = Suggestion.nearest(program, others);
        throw UnusableCommandException.missing(
                "there is no program '" + program + "' on the PATH"
                        + (searchPath.isEmpty() ? "" : " and its 'searchPath'") + " (searched " + searched() + ")",
                near.map(n -> "did you mean '" + n + "'? Otherwise install it").orElse("install it")
                        + ", or give its path");
    }

    private List<Path> folders() {
        List<Path> folders = new ArrayList<>(onPath());
        searchPath.forEach(glob -> folders.addAll(FolderGlob.find(base.resolve(glob))));
        return folders;
    }

    private List<Path> onPath() {
        // As the shells do where there is no PATH at all.
        return List.of(path.orElse("/usr/bin:/bin").split(":")).stream()
                .map(base::resolve)
                .toList();
    }

    /** The globs as they are written: that one matches nothing is worth knowing. */
    private String searched() {
        List<String> places =
                new ArrayList<>(onPath().stream().map(Path::toString).toList());
        places.addAll(searchPath);
        return String.join(":", places);
    }

    private static Set<String> programs(List<Path> folders) {
        Set<String> names = new LinkedHashSet<>();
        for (Path folder : folders) {
            String[] files = folder.toFile().list();
            if (files != null) {
                names.addAll(List.of(files));
            }
        }
        return names;
    }

    private Path checked(Path file) throws UnusableCommandException {
        if (!Files.exists(file)) {
            String relative = file.startsWith(base) ? " (relative paths start at " + base + ")" : "";
            throw UnusableCommandException.missing(
                    "there is no file " + file + relative, "build or install it, or correct the path");
        }
        if (Files.isDirectory(file)) {
            throw new UnusableCommandException(file + " is a folder", "name the program in it");
        }
        if (!Files.isExecutable(file)) {
            throw new UnusableCommandException(
                    file + " is not executable for this user", "run 'chmod +x " + file + "'");
        }
        if (isLinux()) {
            checkFormat(file);
        }
        return file;
    }

    private static boolean isLinux() {
        return System.getProperty("os.name", "").equals("Linux");
    }

    /** A file without {@code #!} is run by a shell or refused, depending on who starts it: here it is always refused. */
    private void checkFormat(Path file) throws UnusableCommandException {
        byte[] head = new byte[256];
        int length;
        try (InputStream in = Files.newInputStream(file)) {
            length = in.readNBytes(head, 0, head.length);
        } catch (IOException e) {
            // Executable but not readable: only the system can look inside.
            return;
        }
        if (length >= 2 && head[0] == '#' && head[1] == '!') {
            checkInterpreter(file, new String(head, 2, length - 2, StandardCharsets.UTF_8));
        } else if (length < 4 || head[0] != 0x7f || head[1] != 'E' || head[2] != 'L' || head[3] != 'F') {
            throw new UnusableCommandException(
                    file + " is neither a binary of this system nor a script that starts with '#!'",
                    "make its first line '#!/bin/sh', or run it as {\"sh\", \"" + file + "\"}");
        }
    }

    private void checkInterpreter(Path file, String head) throws UnusableCommandException {
        String line = head.split("\n", 2)[0];
        if (line.endsWith("\r")) {
            throw new UnusableCommandException(
                    "the '#!' line of " + file + " ends in a carriage return", "save it with Unix line ends");
        }
        List<String> words = new ArrayList<>(List.of(line.strip().split("\\s+")));
        Path interpreter = base.resolve(words.get(0));
        if (words.get(0).isEmpty() || !Files.isExecutable(interpreter)) {
            throw new UnusableCommandException(
                    file + " asks for the interpreter '" + words.get(0) + "', which is not there",
                    "install it, or correct the '#!' line");
        }
        if (interpreter.endsWith("env") && words.size() == 2) {
            try {
                onPath(words.get(1));
            } catch (UnusableCommandException e) {
                throw new UnusableCommandException(
                        file + " asks for '" + words.get(1) + "', but " + e.problem(), e.fix());
            }
        }
    }
}
