package dev.procession.watch;

import dev.procession.process.FoundProcess;
import dev.procession.process.InvalidSpecException;
import dev.procession.process.ProcessId;
import dev.procession.process.ProcessInfo;
import dev.procession.process.ProcessSelection;
import dev.procession.process.ProcessSource;
import dev.procession.process.ProcessionException;
import dev.procession.process.Signal;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.PatternSyntaxException;

/**
 * A file that holds the pid of a running program, or all such files whose name matches a glob. As a selection it means the
 * processes that have these pids, if they are still those for which the files were written.
 *
 * <p>A process that was started after the file was written is somebody else who was given the pid later; it is neither
 * found nor signalled. Files that are missing, are no regular files, or hold something else than a pid mean nobody.
 *
 * <p>Immutable and thread safe; each call looks anew.
 */
public final class PidFile implements ProcessSelection {

    /** A pid and its line's end; some programs, as PostgreSQL, write further lines behind it. */
    private static final int LONGEST = 4096;

    private static final String GLOB_SIGNS = "*?[{\\";

    private static final long MILLIS_PER_TICK = 10;

    /** A file's time is read from a clock that lags up to a tick behind, and each of two conversions is a tick coarse. */
    private static final long LAG_MILLIS = 40;

    /** On file systems that keep whole seconds only, some of them only the even ones. */
    private static final long COARSE_LAG_MILLIS = 2_000;

    private final Path folder;
    private final String fileName;

    private PidFile(Path folder, String fileName) {
        this.folder = folder;
        this.fileName = fileName;
    }

    /**
     * By path or name, as annotations and the command line take it.
     *
     * @param pathOrName with a slash the path of the file, which may hold glob signs in its last part; without one the name
     *     of a file {@code ~/pids/NAME.pid}, as {@link PidFiles#inUserHome()} has it
     * @throws InvalidSpecException if it is empty or no path
     */
    public static PidFile of(String pathOrName) {
        if (pathOrName.isBlank()) {
            throw new InvalidSpecException(
                    "pidFile", "is empty", "give the path of the file, or NAME for ~/pids/NAME.pid");
        }
        return pathOrName.indexOf('/') < 0 ? PidFiles.inUserHome().file(pathOrName) : at(path(pathOrName));
    }

    private static Path path(String text) {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw new InvalidSpecException(
                    "pidFile", "is \"" + text + "\", which is no path: " + e.getReason(), "give the path of the file");
        }
    }

    /**
     * By path.
     *
     * @param path its last part may hold glob signs
     * @throws InvalidSpecException if it names no file, or its glob cannot be read
     */
    public static PidFile at(Path path) {
        Path name = path.getFileName();
        if (name == null || name.toString().isEmpty()) {
            throw new InvalidSpecException("pidFile", "is \"" + path + "\", which names no file", "name one");
        }
        Path folder = Objects.requireNonNull(path.toAbsolutePath().getParent());
        return in(folder, name.toString());
    }

    static PidFile in(Path folder, String fileName) {
        PidFile file = new PidFile(folder, fileName);
        file.matcher();
        return file;
    }

    static boolean isGlob(String name) {
        return name.chars().anyMatch(c -> GLOB_SIGNS.indexOf(c) >= 0);
    }

    private PathMatcher matcher() {
        try {
            return folder.getFileSystem().getPathMatcher("glob:" + fileName);
        } catch (PatternSyntaxException e) {
            throw new InvalidSpecException(
                    "pidFile",
                    "is \"" + fileName + "\", which is no glob: " + e.getDescription(),
                    "put a backslash before each sign that is meant as it is");
        }
    }

    /** The files that are there now, in the order of their names. */
    public List<Path> files() {
        if (!isGlob(fileName)) {
            Path file = folder.resolve(fileName);
            return Files.isRegularFile(file) ? List.of(file) : List.of();
        }
        PathMatcher matcher = matcher();
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(folder)) {
            for (Path file : all) {
                Path name = file.getFileName();
                boolean hidden = name.toString().startsWith(".") && !fileName.startsWith(".");
                if (!hidden && matcher.matches(name) && Files.isRegularFile(file)) {
                    files.add(file);
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            // No folder, no files.
            return files;
        }
        files.sort(null);
        return files;
    }

    /**
     * The pid that the file holds, whoever has it now.
     *
     * @return empty if there is no such file or it holds no pid; of several files the first that does
     */
    public OptionalLong pid() {
        return files().stream()
                .map(PidFile::read)
                .filter(OptionalLong::isPresent)
                .findFirst()
                .orElse(OptionalLong.empty());
    }

    /** Blanks and further lines are passed over; what is no number above 0 is none. */
    static OptionalLong read(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            String text = new String(in.readNBytes(LONGEST), StandardCharsets.ISO_8859_1);
            String first = text.strip().lines().findFirst().orElse("").strip();
            if (!first.matches("[0-9]{1,18}")) {
                return OptionalLong.empty();
            }
            long pid = Long.parseLong(first);
            return pid > 0 ? OptionalLong.of(pid) : OptionalLong.empty();
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }

    /**
     * Writes the pid of this JVM.
     *
     * @return the file
     * @throws InvalidSpecException if this is a glob
     * @throws ProcessionException if the file cannot be written
     */
    public Path write() {
        return write(ProcessHandle.current().pid());
    }

    /**
     * Writes a pid: in decimal, without a line's end, readable for whom the umask lets. The folder is made. Whoever reads
     * the file meanwhile finds the old content or the new one, never a part.
     *
     * @return the file
     * @throws InvalidSpecException for a pid of 0 or less, and if this is a glob
     * @throws ProcessionException if the file cannot be written
     */
    public Path write(long pid) {
        if (pid <= 0) {
            throw new InvalidSpecException("pid", "is " + pid, "a pid is a number above 0");
        }
        if (isGlob(fileName)) {
            throw new InvalidSpecException(
                    "pidFile", "is \"" + fileName + "\", a glob, and cannot be written", "name one file");
        }
        Path file = folder.resolve(fileName);
        Path unfinished = folder.resolve("." + fileName + "."
                + ProcessHandle.current().pid() + "-" + Thread.currentThread().getId() + ".new");
        try {
            Files.createDirectories(folder);
            try {
                Files.write(
                        unfinished,
                        Long.toString(pid).getBytes(StandardCharsets.US_ASCII),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE);
                return Files.move(
                        unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(unfinished);
            }
        } catch (IOException e) {
            throw new ProcessionException("Cannot write the pidfile " + file + ": " + e, e);
        }
    }

    /**
     * Removes the files.
     *
     * @return how many; what is not there or cannot be removed does not count
     */
    public int remove() {
        int removed = 0;
        for (Path file : files()) {
            try {
                if (Files.deleteIfExists(file)) {
                    removed++;
                }
            } catch (IOException e) {
                // It does not count.
            }
        }
        return removed;
    }

    /**
     * Sends TERM to those whose pids the files hold, and waits for nobody.
     *
     * @return to how many it was sent
     */
    public int kill(KillOption... options) {
        List<KillOption> wanted = Arrays.asList(options);
        int sent = kill(wanted.contains(KillOption.FORCE) ? Signal.KILL : Signal.TERM);
        if (wanted.contains(KillOption.REMOVE_FILE)) {
            remove();
        }
        return sent;
    }

    @Override
    public int kill() {
        return kill(Signal.TERM);
    }

    @Override
    public List<FoundProcess> find() {
        ProcessSource source = ProcessSource.ofMachine();
        return files().stream()
                .map(file -> owner(file, source))
                .flatMap(Optional::stream)
                .distinct()
                .map(row -> new FoundProcess(row, source.commandLine(row.pid())))
                .sorted(NEWEST_FIRST)
                .toList();
    }

    private static Optional<ProcessInfo> owner(Path file, ProcessSource source) {
        OptionalLong pid = read(file);
        return pid.isEmpty()
                ? Optional.empty()
                : source.find(pid.getAsLong()).filter(row -> !row.isDead() && wasThere(row.id(), file, source));
    }

    /** Whether it was there when the file was written. */
    private static boolean wasThere(ProcessId id, Path file, ProcessSource source) {
        FileTime written;
        try {
            written = Files.getLastModifiedTime(file);
        } catch (IOException e) {
            return false;
        }
        long lag = written.toMillis() % 1000 == 0 ? COARSE_LAG_MILLIS : LAG_MILLIS;
        long age = Duration.between(written.toInstant(), source.now()).toMillis();
        return id.startTicks() <= source.nowTicks() + Math.floorDiv(lag - age, MILLIS_PER_TICK);
    }

    /** The path, as seen from the directory the JVM was started in if it lies below. */
    @Override
    public String toString() {
        Path file = folder.resolve(fileName);
        Path base = Path.of("").toAbsolutePath();
        return "the pidfile " + (file.startsWith(base) ? base.relativize(file) : file);
    }
}
